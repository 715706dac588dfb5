"""Findings become cards: one for each problem, the urgent first, what could not be judged said aloud."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from cds_hooks.facts import Facts, UnreadReason
from cds_hooks.findings import Considered, Draw, Evidence, Finding, Urgency
from cds_hooks.judged import Judged
from cds_hooks.judgement.knowledge.knowledge import Knowledge
from cds_hooks.presentation.canonical import CHECKS, card_code
from cds_hooks.presentation.cards import summaries
from cds_hooks.presentation.cards.detail import (
    closed,
    in_range_detail,
    not_evaluated_detail,
    pooled_detail,
    topic_detail,
)
from cds_hooks.presentation.cards.differential import brief, has_news
from cds_hooks.presentation.cards.gaps import gaps_in_therapy, partly_judged
from cds_hooks.presentation.cards.layout import Layout, lay_out
from cds_hooks.presentation.cards.occasion import Occasion, occasion, occasion_for
from cds_hooks.presentation.cards.topics import Checks, Topic, in_range, rank
from cds_hooks.presentation.markdown import Markdown, escape, fill, line
from cds_hooks.presentation.orders.offers import Offer, offer
from cds_hooks.presentation.wording import card_title
from cds_hooks.wire.app_context import Opened, write_context
from cds_hooks.wire.response import Card, Coding, Link, Source, Suggestion

CAP = 5  # cards that are not critical; one closing card may follow, which names whatever is left
_LEFT_OUT = 5  # references of records left out that a card names


def present_cards(
    judged: Judged,
    facts: Facts,
    knowledge: Knowledge,
    *,
    public_url: str | None,
    namespace: uuid.UUID,
    service_version: str | None = None,
    has_app: bool = False,
    insisting: Checks = frozenset(),
) -> tuple[Card, ...]:
    """Cards for one chart: critical, data quality, warning, info. The same input gives the same cards.

    Checks that are `insisting` have a card also where they only inform.
    """
    scene = occasion_for(judged, facts, knowledge, public_url, namespace, service_version, has_app)
    left_out = left_out_cards(scene, judged, facts)
    no_change = knowledge.no_change
    layout = lay_out(judged, CAP - len(left_out), no_change, insisting)
    cards = [(rank("warning", data_quality=True), card) for card in left_out]
    cards.extend([(topic.rank, topic_card(scene, topic, layout)) for topic in layout.topics])
    if layout.hidden:
        urgency = min([topic.lead.urgency for topic in layout.hidden], key=rank)
        cards.append((rank(urgency), _more_card(scene, layout, urgency)))
    partial = partly_judged(judged, facts, knowledge)
    if layout.unknown or partial:
        cards.append((rank("info"), not_evaluated_card(scene, layout.unknown, partial)))
    if not judged.protocols and (gaps := gaps_in_therapy(facts)):
        cards.append((rank("warning"), therapy_unclear_card(scene, gaps)))
    if has_news(judged) and not layout.hidden and sum(place > 0 for place, _ in cards) < CAP:
        cards.append((rank("info"), _differential_card(scene, judged)))
    closing = None if layout.hidden else _in_range_card(scene, in_range(judged, no_change), layout, judged)
    if closing:
        cards.append((rank("info"), closing))
    return tuple([card for _, card in sorted(cards, key=lambda pair: pair[0])])


def another_patient_card(knowledge: Knowledge, namespace: uuid.UUID, service_version: str | None = None) -> Card:
    """The only card when the chart supplied is not the chart that is open."""
    scene = occasion(knowledge, namespace, service_version)
    words = scene.words
    detail = closed(scene, [fill(words["other_patient_nothing"])])
    return pooled_card(scene, "other_patient", words["other_patient_whole"], "warning", detail)


def topic_card(scene: Occasion, topic: Topic, layout: Layout) -> Card:
    """The card of one problem."""
    lead, offers = topic.lead, _offers(scene, layout.draws.get(topic.name, ()), layout)
    references = [item.reference for finding in topic.findings for item in finding.evidence]
    return Card(
        uuid=scene.identify(topic.name, [*[finding.check for finding in topic.findings], *references]),
        summary=summaries.of_finding(lead),
        indicator=lead.urgency,
        detail=topic_detail(scene, topic, layout, offers),
        source=_source(scene, topic),
        suggestions=_suggestions(offers),
        overrideReasons=scene.override_reasons,
        links=_links(scene, lead),
    )


def _source(scene: Occasion, topic: Topic) -> Source:
    lead = topic.lead
    coding = Coding(CHECKS, card_code(lead.check), card_title(scene.words, lead.check, topic.name))
    if not lead.sources:
        return Source(label=scene.words["service_name"], topic=coding)
    cited = lead.sources[0]
    url = cited.url if cited.url and cited.url.startswith(("https://", "http://")) else None
    return Source(label=cited.title, url=url, topic=coding)


def _links(scene: Occasion, finding: Finding) -> tuple[Link, ...]:
    if scene.public_url is None:
        return ()
    label = scene.words["link_label"].format(check=finding.check)
    how = Link(label, f"{scene.public_url}/protocols/{finding.protocol}#{finding.check}", "absolute")
    return (how, _app(scene, scene.public_url, finding)) if scene.has_app else (how,)


def _app(scene: Occasion, public_url: str, finding: Finding) -> Link:
    """The timeline as a SMART app, told which check it was opened from, and about what."""
    told = Opened(finding.check, tuple(dict.fromkeys(one.analyte for one in finding.evidence)))
    return Link(scene.words["app_label"], f"{public_url}/launch", "smart", write_context(told))


def _offers(scene: Occasion, draws: Sequence[Draw], layout: Layout) -> tuple[Offer, ...]:
    return tuple([offer(scene, draw, layout.is_due(draw)) for draw in draws])


def _suggestions(offers: Sequence[Offer]) -> tuple[Suggestion, ...]:
    return tuple([suggestion for each in offers for suggestion in each.suggestions])


def _more_card(scene: Occasion, layout: Layout, urgency: Urgency) -> Card:
    """Every raised finding beyond the cap, by name."""
    words, offers = scene.words, _offers(scene, layout.loose, layout)
    findings = [finding for topic in layout.hidden for finding in topic.findings]
    return pooled_card(
        scene,
        "more_findings",
        summaries.of_more(words, layout.hidden),
        urgency,
        pooled_detail(scene, words["label_also"], [*findings, *layout.noted], offers),
        parts=[finding.check for finding in findings],
        offers=offers,
    )


def _differential_card(scene: Occasion, judged: Judged) -> Card:
    """What may explain that a protocol does not work, in brief; only where it displaces nothing else."""
    summary, lines = brief(scene.words, judged)
    parts = [one.id for one in judged.differential]
    return pooled_card(scene, "differential", summary, "info", closed(scene, lines), parts=parts)


def not_evaluated_card(scene: Occasion, findings: Sequence[Finding], partial: Sequence[Considered]) -> Card:
    """What could not be judged, and why."""
    words = scene.words
    return pooled_card(
        scene,
        "not_evaluated",
        summaries.of_unknown(words, findings) if findings else words["partly_judged"],
        "info",
        not_evaluated_detail(scene, findings, partial),
        parts=[*[finding.check for finding in findings], *[line.protocol for line in partial]],
    )


def therapy_unclear_card(scene: Occasion, gaps: Sequence[str]) -> Card:
    """Nothing was judged because no therapy was found, in a medication list that could not be read completely."""
    lines = [fill(scene.words["therapy_unclear_line"]), line(scene.words["label_left_out"], ", ".join(gaps))]
    return pooled_card(
        scene, "therapy_unclear", scene.words["therapy_unclear"], "warning", closed(scene, lines), parts=gaps
    )


def _in_range_card(scene: Occasion, results: Sequence[Evidence], layout: Layout, judged: Judged) -> Card | None:
    if not (results or layout.noted or layout.loose):
        return silent_card(scene, judged) if scene.silent else None
    offers = _offers(scene, layout.loose, layout)
    return pooled_card(
        scene,
        "in_range",
        summaries.of_in_range(scene.words, results, layout.noted, judged.draws),
        "info",
        in_range_detail(scene, results, layout.noted, offers),
        parts=[*[item.reference for item in results], *[finding.check for finding in layout.noted]],
        offers=offers,
    )


def silent_card(scene: Occasion, judged: Judged) -> Card:
    """What is kept silent, where no other closing card says it."""
    summary = summaries.of_silent(scene.words, judged)
    return pooled_card(scene, "silent", summary, "info", closed(scene, scene.silent), parts=scene.silent)


def left_out_cards(scene: Occasion, judged: Judged, facts: Facts) -> list[Card]:
    """What belongs to another patient; and, where anything was judged, what is no FHIR that can be read or understood.

    Drafts have a card of their own.
    """
    strangers = [one.reference for one in facts.unread if one.reason is UnreadReason.OTHER_PATIENT]
    malformed = [
        one.reference
        for one in facts.unread
        if one.reason is UnreadReason.MALFORMED and not one.code and one.reference not in facts.drafts
        if not _is_all_of_a_kind(one.reference, facts.absent)
    ]
    # Of a known analyte a check tells.
    modified = [one.reference for one in facts.unread if one.reason is UnreadReason.MODIFIED and one.analyte is None]
    kinds = {"other_patient": strangers}
    if judged.protocols:
        kinds |= {"malformed": malformed, "modified": modified}
    return [_left_out_card(scene, kind, references) for kind, references in kinds.items() if references]


def _is_all_of_a_kind(reference: str, absent: frozenset[str]) -> bool:
    """Whether nothing else was sent of a kind of data: it is told as not supplied, then."""
    if reference.startswith(("Patient/", "prefetch.patient")):
        return "patient" in absent
    return reference.removeprefix("prefetch.") in absent


def _left_out_card(scene: Occasion, kind: str, references: Sequence[str]) -> Card:
    words, count = scene.words, len(references)
    left_out = Markdown(", ".join([escape(reference) for reference in references[:_LEFT_OUT]]))
    lines = [fill(words[f"{kind}_line"]), line(words["label_left_out"], left_out)]
    summary = words[f"{kind}_one" if count == 1 else f"{kind}_part"].format(count=count)
    return pooled_card(scene, kind, summary, "warning", closed(scene, lines), parts=references)


def pooled_card(
    scene: Occasion,
    kind: str,
    summary: str,
    urgency: Urgency,
    detail: str,
    *,
    parts: Sequence[str] = (),
    offers: Sequence[Offer] = (),
) -> Card:
    """A card that speaks for several checks, under a topic of its own."""
    coding = Coding(CHECKS, card_code(kind.upper()), scene.words[f"topic_{kind}"])
    return Card(
        uuid=scene.identify(kind, parts),
        summary=summary,
        indicator=urgency,
        detail=detail,
        source=Source(label=scene.words["service_name"], topic=coding),
        suggestions=_suggestions(offers),
        overrideReasons=() if kind in ("in_range", "silent") else scene.override_reasons,
    )
