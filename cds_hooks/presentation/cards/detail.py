"""The detail of a card: a short flat list that says what was seen, against which limit, what is advised, and why."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache

from cds_hooks.findings import Change, Citation, Considered, Evidence, Finding, Strength
from cds_hooks.judgement.chart.anatomy import ANATOMICAL, assumption
from cds_hooks.judgement.chart.changes import in_short
from cds_hooks.judgement.knowledge.disagreement import Stances
from cds_hooks.presentation.cards.layout import Layout
from cds_hooks.presentation.cards.occasion import Occasion
from cds_hooks.presentation.cards.topics import DATA_QUALITY, Topic, about
from cds_hooks.presentation.markdown import Markdown, bullets, escape, fill, line, link
from cds_hooks.presentation.orders.offers import Offer
from cds_hooks.presentation.wording import Words, name, names, reading

RESULTS = 6  # results named on one card
STANCES = 5  # guidelines named where they differ
QUESTIONS = 3  # more would not be answered
_SIGNED = {True: "evidence_verified", False: "evidence_unverified"}
_DECIDED_BY = ("taking", "form")  # the predicates that look at how a therapy was recognised
_DOUBTED_BY = frozenset({"unread", "implausible", "reads_like"})
CHECKS = 8  # lines of checks in a pooled card


def topic_detail(occasion: Occasion, topic: Topic, layout: Layout, offers: Sequence[Offer]) -> str:
    """Everything about one problem."""
    words, lead = occasion.words, topic.lead
    lines = [line(words["label_result"], reading(words, item)) for item in _results(topic.findings)]
    lines.append(_limit(occasion, lead))
    lines.append(_change(occasion, topic))
    lines.append(_differing(occasion, topic.findings))
    lines.append(_therapy(words, lead))
    lines.append(_assumed(words, topic.findings))
    lines.extend([line(words["label_why"], text) for text in _doubts(topic.findings)])
    if lead.detail:
        lines.append(line(words["label_why"], lead.detail))
    if lead.advice:
        lines.append(line(words["label_advice"], lead.advice))
    lines.extend([line(words["label_also"], also(words, finding)) for finding in topic.findings[1:]])
    lines.extend([_muted(words, finding) for finding in layout.muted.get(topic.name, ())])
    not_run = layout.not_run.get(topic.name, ())
    if not_run:
        lines.append(line(words["label_not_run"], ", ".join([finding.check for finding in not_run])))
    lines.extend(_draws(offers))
    lines.extend(_support(words, topic.findings))
    return closed(occasion, lines)


def closed(occasion: Occasion, lines: Iterable[Markdown]) -> str:
    """The list with the lines that end every card."""
    return bullets([*[text for text in lines if text], *occasion.signature])


def pooled_detail(occasion: Occasion, label: str, findings: Sequence[Finding], offers: Sequence[Offer]) -> str:
    """Several findings named one by one, with the draws that belong to no other card."""
    lines = [line(label, also(occasion.words, finding)) for finding in findings]
    return closed(occasion, [*lines, *occasion.silent, *_draws(offers), *_support(occasion.words, findings)])


def in_range_detail(
    occasion: Occasion, results: Sequence[Evidence], noted: Sequence[Finding], offers: Sequence[Offer]
) -> str:
    """Results in range, what was noted without advice, and the next draw."""
    words = occasion.words
    lines = [line(words["label_result"], reading(words, item)) for item in results]
    lines.extend([line(words["label_noted"], also(words, finding)) for finding in noted])
    return closed(occasion, [*lines, *occasion.silent, *_draws(offers), *_support(words, noted)])


def not_evaluated_detail(occasion: Occasion, findings: Sequence[Finding], partial: Sequence[Considered] = ()) -> str:
    """Checks that could not be judged, grouped by what stands in the way, and what would answer them."""
    words = occasion.words
    groups: dict[tuple[str, str], list[str]] = {}
    for finding in findings:
        groups.setdefault((names(words, about(finding)), reason(finding)), []).append(finding.check)
    lines = [
        fill(words["check_reason"], names=subjects, checks=", ".join(checks), reason=cause)
        for (subjects, cause), checks in list(groups.items())[:CHECKS]
    ]
    if len(groups) > CHECKS:
        beyond = list(groups.values())[CHECKS:]
        lines.append(fill(words["and_checks"], count=str(sum(map(len, beyond)))))
    lines.extend([fill(words["partly_judged_line"], protocol=each.protocol, because=each.because) for each in partial])
    lines.extend([line(words["label_to_answer"], question) for question in _questions(words, findings)])
    return closed(occasion, lines)


def reason(finding: Finding) -> str:
    """What stands in the way of an unknown finding."""
    for step in finding.because:
        if step.outcome == "unknown" or step.missing:
            return step.text
    return finding.summary


def _muted(words: Words, finding: Finding) -> Markdown:
    return line(words["label_muted"], fill(words["muted_line"], summary=finding.summary, check=finding.check))


def also(words: Words, finding: Finding) -> Markdown:
    """A finding in one line."""
    return fill(words["also_line"], summary=finding.summary, advice=finding.advice or "", check=finding.check)


def _results(findings: Iterable[Finding]) -> list[Evidence]:
    distinct = {(item.reference, item.analyte): item for finding in findings for item in finding.evidence}
    return list(distinct.values())[:RESULTS]


def _doubts(findings: Iterable[Finding]) -> list[str]:
    """What is wrong with each of several doubtful results; of a single one the summary says it."""
    steps = [step for finding in findings for step in finding.because]
    texts = dict.fromkeys([step.text for step in steps if step.predicate in _DOUBTED_BY and step.outcome == "true"])
    return list(texts)[:RESULTS] if len(texts) > 1 else []


def _limit(occasion: Occasion, finding: Finding) -> Markdown:
    """The limit that was crossed and the profile that sets it, else the profile alone."""
    words, profile = occasion.words, occasion.profiles.get(finding.protocol)
    true = [step for step in finding.because if step.outcome == "true" and step.predicate not in ANATOMICAL]
    crossed = [step.limit for step in true if step.limit]
    limits = ", ".join(dict.fromkeys(crossed))
    if limits and profile:
        return line(words["label_limit"], fill(words["limit_profile"], limit=limits, profile=profile))
    if limits:
        return line(words["label_limit"], limits)
    return line(words["label_profile"], profile) if profile and finding.topic not in DATA_QUALITY else Markdown()


def _change(occasion: Occasion, topic: Topic) -> Markdown:
    """Whether what advice on a dose rests on is more than noise. A safety finding is confirmed by repeat instead."""
    words, speaking = occasion.words, [finding for finding in topic.findings if finding.urgency != "info"]
    if any(_keeps_silent(occasion, finding) for finding in (topic.lead, *speaking)):
        return Markdown()
    shown = {(item.reference, item.analyte) for finding in topic.findings for item in finding.evidence}
    found = [change for change in occasion.compare() if (change.newest, change.analyte) in shown]
    told = [_changed(words, change) for change in found if change.up is not None][:RESULTS]
    return line(words["label_change"], "; ".join(told)) if told else Markdown()


def _keeps_silent(occasion: Occasion, finding: Finding) -> bool:
    return finding.urgency == "critical" or (finding.protocol, finding.check) not in occasion.optimising


def _changed(words: Words, change: Change) -> str:
    """`TSH +722.2 % (noise up to +63.5 %): true change`."""
    analyte, verdict = name(words, change.analyte), words[f"change_{change.verdict}"]
    text = words["change_line"].format(analyte=analyte, change=in_short(change), verdict=verdict)
    return text + words["change_regression"] if change.regression else text


def _differing(occasion: Occasion, findings: Iterable[Finding]) -> Markdown:
    """What the shipped profiles say of a number that decided, where they differ."""
    decided = [
        number.stances
        for finding in findings
        for number in occasion.disagreements.get((finding.protocol, finding.check), ())
        if any(step.outcome == "true" and step.limit in number.said for step in finding.because)
    ]
    return _stances(occasion.words["label_differ"], occasion.words["and_more"], tuple(dict.fromkeys(decided)))


# Knowledge only, nothing of a patient.
@lru_cache(maxsize=512)
def _stances(label: str, more: str, numbers: tuple[Stances, ...]) -> Markdown:
    said = [f"{', '.join(titles)} {words}" for stances in numbers for words, titles in stances]
    rest = [more.format(count=len(said) - STANCES)] if len(said) > STANCES else []
    return line(label, "; ".join([*said[:STANCES], *rest])) if said else Markdown()


def _assumed(words: Words, findings: Iterable[Finding]) -> Markdown:
    """Organs that no record shows, and what they were assumed from."""
    steps = [step.text for finding in findings for step in finding.because if step.predicate in ANATOMICAL]
    said = dict.fromkeys([told for text in steps if (told := assumption(text)) is not None])
    return line(words["label_assumed"], "; ".join(said)) if said else Markdown()


def _therapy(words: Words, finding: Finding) -> Markdown:
    """The drugs that decided, and how each was recognised."""
    deciding = [step for step in finding.because if step.predicate in _DECIDED_BY and step.outcome == "true"]
    said = [fill(words["recognised"], therapy=step.text, basis=step.value) for step in deciding if step.value]
    return line(words["label_therapy"], Markdown("; ".join(dict.fromkeys(said)))) if said else Markdown()


def _draws(offers: Iterable[Offer]) -> list[Markdown]:
    return [text for offer in offers for text in offer.lines]


def _support(words: Words, findings: Sequence[Finding]) -> list[Markdown]:
    """Where the advice comes from and how well it is supported."""
    lines = []
    sources = dict.fromkeys([source for finding in findings for source in finding.sources])
    if sources:
        lines.append(line(words["label_sources"], Markdown("; ".join([_citation(source) for source in sources]))))
    if findings:
        grades = [_strength(words[_SIGNED[f.strength.verified]], f.check, f.strength) for f in findings]
        lines.append(line(words["label_evidence"], Markdown("; ".join(grades))))
    return lines


# Both hold knowledge only, nothing of a patient, and come back on every card.
@lru_cache(maxsize=512)
def _citation(source: Citation) -> Markdown:
    return link(source.title, source.url)


@lru_cache(maxsize=512)
def _strength(template: str, check: str, strength: Strength) -> Markdown:
    return fill(template, check=check, grade=strength.grade, confidence=strength.confidence)


def _questions(words: Words, findings: Iterable[Finding]) -> list[Markdown]:
    """What would answer the most urgent checks: each missing element once, with the first sentence that asks for it."""
    asked: dict[str, str] = {}
    for finding in findings:
        for step in finding.because:
            if step.missing:
                asked.setdefault(step.missing, step.text)
    pairs = list(asked.items())[:QUESTIONS]
    return [fill(words["question"], text=escape(text), missing=missing) for missing, text in pairs]
