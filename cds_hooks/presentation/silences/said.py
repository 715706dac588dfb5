"""How it is said that a problem stays silent because it was overridden or shown before."""

from __future__ import annotations

from cds_hooks.judged import Judged
from cds_hooks.presentation.markdown import Markdown, fill, line
from cds_hooks.presentation.wording import Words, name


def silent_lines(words: Words, judged: Judged) -> tuple[Markdown, ...]:
    """One line for each problem: its name, its checks, since when and how long."""
    lines = [
        fill(words["silent_line"], names=names, checks=", ".join(checks), reason=reason)
        for (names, reason), checks in _problems(words, judged).items()
    ]
    return tuple([line(words["label_silent"], text) for text in lines])


def silent_names(words: Words, judged: Judged) -> list[str]:
    """What the silent problems are about, each once."""
    return list(dict.fromkeys([names for names, _ in _problems(words, judged)]))


def _problems(words: Words, judged: Judged) -> dict[tuple[str, str], list[str]]:
    quiet = {(item.protocol, item.check): item.reason for item in judged.silenced if item.until is not None}
    if not quiet:
        return {}
    problems: dict[tuple[str, str], list[str]] = {}
    for finding in judged.telling:
        reason = quiet.get((finding.protocol, finding.check))
        if reason is not None:
            problems.setdefault((name(words, finding.topic or finding.check), reason), []).append(finding.check)
    return problems
