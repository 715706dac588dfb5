"""Names for several analytes drawn together, and a set of draws that is due."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from functools import cached_property

import msgspec

from cds_hooks.judgement.written.strict import Strict


class Panel(Strict):
    """A name for several analytes drawn together, and which results answer it."""

    id: str
    title: str
    analytes: tuple[str, ...]
    satisfied_by: tuple[tuple[str, ...], ...]  # any of these sets, drawn on one day

    @cached_property
    def members(self) -> frozenset[str]:
        """Its analytes, to look one up."""
        return frozenset(self.analytes)


class Due(msgspec.Struct, frozen=True, gc=False):
    """The next set of draws: items not yet answered, its window, and which of them are overdue."""

    visit: str
    due: date
    earliest: date
    latest: date
    items: tuple[str, ...]
    overdue: tuple[str, ...]
    reached: tuple[str, ...]  # whose day has come: due today, or overdue
    days_over: int
    missed: str  # the overdue visit; the due one when none is


def members(items: Sequence[str], panels: Mapping[str, Panel]) -> tuple[str, ...]:
    """The analytes behind a list of analytes and panels, each once."""
    names = [name for item in items for name in (panels[item].analytes if item in panels else (item,))]
    return tuple(dict.fromkeys(names))
