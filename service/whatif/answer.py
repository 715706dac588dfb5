"""What another number would do, and which numbers there are, as JSON."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from cds_hooks.judgement.supposed.effect import Turn
from cds_hooks.judgement.supposed.number import Named
from service.whatif.shown import Count, Shown


class Standing(msgspec.Struct, frozen=True):
    """A named number as it stands; one that is not `free` is the same for every site."""

    number: str
    words: str
    texts: tuple[str, ...]
    checks: tuple[str, ...]
    free: bool


class Numbers(msgspec.Struct, frozen=True):
    """Every named number of every profile."""

    numbers: tuple[Standing, ...]


class Affected(msgspec.Struct, frozen=True):
    """One check: whether it asks for the number, and in how many patients it is raised; null where that is hidden."""

    protocol: str
    check: str
    asks: bool
    before: Count
    after: Count
    turns: dict[Turn, Count]


class Turned(msgspec.Struct, frozen=True):
    """A finding that is another, of the chart at this place (from 1)."""

    place: int
    protocol: str
    check: str
    turn: Turn


class Sampled(msgspec.Struct, frozen=True):
    """The run whose patients were judged: its day, how many it has, and how its counts are rounded and hidden."""

    today: str
    patients: Count
    threshold: int
    roundedUpTo: int


class WhatIf(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """The difference. `inForce`: the profile that the protocol is judged by otherwise; `notJudged`: refused charts."""

    number: str
    stands: str
    supposed: tuple[str, ...]
    inForce: str
    run: Sampled | None = None
    judged: Count
    notJudged: Count
    refused: tuple[int, ...] = ()
    same: bool
    checks: tuple[Affected, ...]
    changed: tuple[Turned, ...] = ()


def numbers(found: Iterable[Named]) -> Numbers:
    """The numbers there are to choose from."""
    return Numbers(tuple(Standing(one.number.key, *one[1:]) for one in found))


def what_if(shown: Shown) -> WhatIf:
    """What the page tells."""
    run = Sampled(shown.run, shown.patients, shown.least, shown.step) if shown.run else None
    return WhatIf(
        number=shown.named.number.key,
        stands=shown.named.words,
        supposed=shown.texts,
        inForce=shown.in_force,
        run=run,
        judged=shown.judged,
        notJudged=shown.unjudged_count,
        refused=tuple(shown.unjudged),
        same=shown.is_same,
        checks=tuple(Affected(*line[:-1], dict(line.turns)) for line in shown.lines),
        changed=tuple(Turned(*one) for _, some in shown.changed for one in some),
    )
