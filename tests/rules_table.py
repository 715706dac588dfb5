"""Writes tests/RULES.md: every rule with the protocols that judge it, and the examples and stories on both sides."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from cds_hooks.judgement.differential.ready import Differential
from cds_hooks.judgement.written.examples import Example
from cds_hooks.judgement.written.written import ProtocolFile
from tests.engine import site

HERE = Path(__file__).parent
TABLE = HERE / "RULES.md"
INTRODUCTION = """\
# Clinical rules, one by one

Generated from `rules.toml`, the protocols with their examples, and the stories; a test fails when it is stale.
Renew it with `python -m tests.rules_table`. Examples are judged at every start, stories by the tests.
"""
_FACTORS = "context-factors"  # shown, or not, in the differential
HEAD = "| rule | from | judged in | raised in examples | clear in examples | stories |\n|---|---|---|---|---|---|"


@dataclass(frozen=True)
class Rule:
    """A rule, where it is written down, and why it has no check, if it has none."""

    id: str
    written: str
    left_out: str | None = None


@dataclass(frozen=True)
class Told:
    """Names of examples and stories that speak of one check."""

    protocols: tuple[str, ...]
    raised: tuple[str, ...]
    clear: tuple[str, ...]
    stories_raised: tuple[str, ...]
    stories_not: tuple[str, ...]


def rules() -> list[Rule]:
    """The committed list, in its order."""
    written = tomllib.loads((HERE / "rules.toml").read_text(encoding="utf-8"))
    return [Rule(name, row["from"], row.get("left_out")) for name, row in written.items()]


def beyond_the_list() -> list[str]:
    """Checks that answer to no rule of the list."""
    listed = {rule.id for rule in rules()}
    return sorted({check.id for protocol in _protocols() for check in protocol.check} - listed)


@cache
def told(check: str) -> Told:
    """Who speaks of a check."""
    judging = tuple(protocol.id for protocol in _protocols() if check in {each.id for each in protocol.check})
    examples = [example for protocol in _protocols() for example in protocol.example]
    told_of = _differential().examples
    listed = (_FACTORS,) if check in {factor.file.id for factor in _differential().factors} else ()
    return Told(
        (*judging, *listed),
        _names([*(one for one in examples if check in one.raises), *(one for one in told_of if check in one.shows)]),
        _names([*(one for one in examples if check in one.clears), *(one for one in told_of if check in one.hides)]),
        _told_in(check, "raises", "differential"),
        _told_in(check, "not_raised", "not_differential"),
    )


def _told_in(check: str, *keys: str) -> tuple[str, ...]:
    return tuple(story["name"] for story in _stories() if any(check in story.get(key, ()) for key in keys))


def _differential() -> Differential:
    known = site().knowledge.differential
    assert known is not None
    return known


def table() -> str:
    """The page."""
    listed = [_row(rule.id, rule.written, rule.left_out) for rule in rules()]
    others = [_row(check, "", None) for check in beyond_the_list()]
    return "\n".join([INTRODUCTION, HEAD, *listed, "\n## Checks beyond the list\n", HEAD, *others, ""])


def _row(check: str, written: str, left_out: str | None) -> str:
    found = told(check)
    judged = ", ".join(found.protocols) or (f"Left out: {left_out}" if left_out else "**not yet**")
    stories = [
        *([f"raised: {_listed(found.stories_raised)}"] if found.stories_raised else []),
        *([f"not raised: {_listed(found.stories_not)}"] if found.stories_not else []),
    ]
    cells = (check, written, judged, _listed(found.raised), _listed(found.clear), "<br>".join(stories))
    return f"| {' | '.join(cells)} |"


def _listed(names: Iterable[str]) -> str:
    return "; ".join(names).replace("|", "\\|")


def _names(examples: Iterable[Example]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(example.name for example in examples))


def _protocols() -> tuple[ProtocolFile, ...]:
    return site().knowledge.protocols


@cache
def _stories() -> tuple[Mapping[str, Any], ...]:
    files = sorted((HERE / "stories").glob("*.toml"))
    return tuple(story for file in files for story in tomllib.loads(file.read_text(encoding="utf-8"))["story"])


if __name__ == "__main__":
    TABLE.write_text(table(), encoding="utf-8")
