"""What the page of another threshold shows: counts by check, and of charts that were sent, which ones change."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import NamedTuple

from cds_hooks.judgement.supposed.effect import TURNS, Changed, Turn
from cds_hooks.judgement.supposed.number import Named
from service.population.summing.summary import Hidden
from service.whatif.judging import Outcome

Count = int | None  # None: too small to be told


class Line(NamedTuple):
    """One check: in how many patients it is raised before and after, and what became of its findings."""

    protocol: str
    check: str
    asks: bool  # for the number
    before: Count
    after: Count
    turns: Mapping[Turn, Count]


class Shown:
    """The difference as it is told. Of a run (`run`: its day) small counts are hidden and nobody is named.

    `in_force`: the profile that the number's protocol is judged by otherwise; `patients`: of the whole run.
    """

    def __init__(
        self,
        named: Named,
        texts: tuple[str, ...],
        in_force: str,
        outcome: Outcome,
        least: int,
        run: str = "",
        patients: int = 0,
    ) -> None:
        self._outcome, self._hidden = outcome, Hidden(least if run else 1)
        self.named, self.texts, self.value, self.in_force = named, texts, " – ".join(texts), in_force
        self.run, self.turns, self.least, self.step = run, TURNS, least, self._hidden.step
        self.judged, self.unjudged = self._hidden.number(outcome.effect.patients), () if run else outcome.unjudged
        self.unjudged_count = self._hidden.number(len(outcome.unjudged))
        self.patients = self._hidden.number(patients)

    @property
    def lines(self) -> list[Line]:
        """The checks that ask for the number, and all others whose findings differ."""
        protocol = self.named.number.protocol
        asking = [(protocol, check) for check in self.named.checks]
        return [self._line(*key, key in asking) for key in self._outcome.effect.touched(asking)]

    @property
    def is_same(self) -> bool:
        """Whether no finding differs."""
        return not self._outcome.effect.changed

    @property
    def changed(self) -> list[tuple[int, Sequence[Changed]]]:
        """By the place of each chart what changes in it; nothing of a run."""
        by_place = groupby(() if self.run else self._outcome.effect.changed, key=lambda one: one.place)
        return [(place, list(some)) for place, some in by_place]

    def _line(self, protocol: str, check: str, asks: bool) -> Line:
        effect, tell, key = self._outcome.effect, self._hidden.number, (protocol, check)
        turns = {turn: tell(effect.turns[key, turn]) for turn in TURNS}
        return Line(protocol, check, asks, tell(effect.before[key]), tell(effect.after[key]), turns)
