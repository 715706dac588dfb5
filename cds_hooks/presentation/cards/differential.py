"""What may explain that a protocol does not work as expected, in words: in brief beside other cards, or in full."""

from __future__ import annotations

from collections.abc import Sequence

from cds_hooks.findings import Discordance, Explanation
from cds_hooks.judged import Judged
from cds_hooks.presentation.markdown import Markdown, fill, line, link, plain
from cds_hooks.presentation.wording import Words, list_that_fits, name
from cds_hooks.wire.response import SUMMARY_LIMIT, length

OWN_CARDS = frozenset({"safety", "data", "pre-analytic"})  # what stands on a card of its own already
_FOUND = frozenset({"delivery", "comorbidity", "context"})
_NAMED = ("delivery", "comorbidity")  # what a summary may name: never how somebody lives


def has_news(judged: Judged) -> bool:
    """Whether the chart itself holds something that may explain, beside what has a card of its own."""
    return any(one.kind in _FOUND and one.of for one in judged.differential)


def brief(words: Words, judged: Judged) -> tuple[str, list[Markdown]]:
    """One sentence, and one short line for each thing that was found or is to be asked."""
    told = [one for one in judged.differential if one.kind not in OWN_CARDS]
    lines = [line(words["label_problem"], one.summary) for one in judged.discordances]
    lines += [_short(words, one) for one in told]
    return _summary(words, judged), [*lines, fill(words["differential_more"])]


def full(words: Words, judged: Judged) -> tuple[str, list[Markdown]]:
    """One sentence, and every step with what it can and cannot explain, its grade and its source."""
    lines = [line(words["label_problem"], one.summary) for one in judged.discordances]
    for one in judged.differential:
        lines.extend(_at_length(words, one))
    return _summary(words, judged), lines


def _summary(words: Words, judged: Judged) -> str:
    found = [plain(one.title) for one in judged.differential if one.kind in _NAMED]
    problems = _problems(words, judged.discordances)
    said = words["differential"].format(problems=problems)
    room = SUMMARY_LIMIT - length(said) - length(words["differential_first"].format(names="")) - 1
    if not found or room < length(found[0]):
        return said
    return f"{said} {words['differential_first'].format(names=list_that_fits(found, words['and_more'], room))}"


def _problems(words: Words, discordances: Sequence[Discordance]) -> str:
    room = SUMMARY_LIMIT - length(words["differential"].format(problems=""))
    return list_that_fits([plain(one.title) for one in discordances], words["and_more"], room)


def _short(words: Words, one: Explanation) -> Markdown:
    said = one.explains if one.kind == "dose-review" else title(words, one)
    return line(
        words[f"kind_{one.kind}"], " ".join(_ended(part) for part in (said, one.observed, _grade(words, one)) if part)
    )


def _at_length(words: Words, one: Explanation) -> list[Markdown]:
    observed = f" ({one.observed})" if one.observed else ""
    sentences = [title(words, one) + observed, one.explains]
    if one.kind not in OWN_CARDS:
        sentences += [one.cannot, one.suggests]
    said = " ".join(_ended(sentence) for sentence in sentences if sentence)
    head = words["differential_step"].format(rank=one.rank, kind=words[f"kind_{one.kind}"])
    return [line(head, said), *_support(words, one)]


def _support(words: Words, one: Explanation) -> list[Markdown]:
    if not one.grade or one.kind in OWN_CARDS:
        return []
    cited = "; ".join(link(source.title, source.url) for source in one.sources)
    support = fill(words["differential_support"], grade=_grade(words, one), confidence=one.confidence)
    return [Markdown(f"{support} {cited}".rstrip())]


def title(words: Words, one: Explanation) -> str:
    """What it is called: a factor by its title, a check by its id and topic."""
    if one.kind in OWN_CARDS or one.kind == "change":
        return f"{one.id} {name(words, one.title)}"
    return one.title[:1].upper() + one.title[1:]


def _grade(words: Words, one: Explanation) -> str:
    if not one.grade:
        return ""
    exo = words[f"exo_{one.exo}"] if one.exo else ""
    reason = f" ({one.reason})" if one.reason else ""
    return words["differential_grade"].format(grade=one.grade, reason=reason) + (f"; {exo}" if exo else "")


def _ended(sentence: str) -> str:
    return sentence if sentence.endswith((".", "?", "!")) else f"{sentence}."
