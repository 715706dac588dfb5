"""How much a result moves by itself, read from `protocols/variation.toml`, and the ratios that chance explains."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import time
from decimal import Decimal
from functools import cached_property
from typing import Literal

import msgspec
from pydantic import model_validator

from cds_hooks.facts import Reading
from cds_hooks.findings import Citation, Verdict
from cds_hooks.judgement.chart.formulas import reference_change, total_variation
from cds_hooks.judgement.reference.shares import Share
from cds_hooks.judgement.timing.forms import ClockTime, Days, Hours
from cds_hooks.judgement.written.strict import Strict
from terminology.units.conversion import EXACT
from terminology.vocabulary import Vocabulary

_TWO_RESULTS = 2
_AT_ONCE = 8  # numbers of earlier results that ratios are worked out for at start


class RowFile(Strict):
    """The variation of one analyte in one kind of person; what each key means stands at the head of the file."""

    of: str
    biological_cv: Share
    analytical_cv: Share
    sex: Literal["male", "female"] | None = None
    age_at_least: int | None = None
    age_below: int | None = None
    clock: tuple[ClockTime, ClockTime] | None = None
    only_below: str | None = None
    fasting: bool = False
    same_clock: Hours | None = None
    shifted_by: tuple[str, ...] = ()
    not_on: tuple[str, ...] = ()
    settles: Days = 0
    no_verdict: str | None = None
    source: tuple[str, ...]
    confidence: str

    @model_validator(mode="after")
    def _varies(self) -> RowFile:
        if not self.biological_cv or not self.analytical_cv:
            raise ValueError(f"{self.of}: a variation of nothing would call every change true")
        return self


class VariationFile(Strict):
    """`variation.toml`."""

    z: Decimal
    guard: Share
    row: tuple[RowFile, ...]


@dataclass(frozen=True)
class Row:
    """A row with its numbers worked out."""

    file: RowFile
    z: Decimal
    guard: Decimal
    only_below: Decimal | None
    sources: tuple[Citation, ...]

    @cached_property
    def variation(self) -> Decimal:
        """Biological and analytical together, as a fraction."""
        return total_variation(self.file.biological_cv, self.file.analytical_cv)

    @cached_property
    def is_for_all(self) -> bool:
        """Whether it is about every adult."""
        file = self.file
        return file.sex is None and not file.not_on and file.age_at_least is None and file.age_below is None

    @cached_property
    def is_plain(self) -> bool:
        """Whether it is about everyone, and nothing but the method decides which results can be compared."""
        file = self.file
        return self.is_for_all and not (self.only_below or file.clock or file.fasting or file.same_clock)

    @cached_property
    def clock(self) -> tuple[time, time] | None:
        """The hours between which results are compared, if only those."""
        return self.file.clock

    @cached_property
    def settles(self) -> int:
        """Days after a start, change or end in which nothing is compared."""
        return self.file.settles

    @cached_property
    def shifted_by(self) -> tuple[str, ...]:
        """The drugs that move it."""
        return self.file.shifted_by

    @cached_property
    def fasting(self) -> bool:
        """Whether results of which one was drawn fasting and the other not cannot be compared."""
        return self.file.fasting

    @cached_property
    def same_clock(self) -> Decimal | None:
        """The hours by which the times of day of two draws may differ, if that matters."""
        return self.file.same_clock

    @cached_property
    def no_verdict(self) -> str | None:
        """Why this row cannot tell a change from noise, if it cannot."""
        if self.file.no_verdict is not None:
            return self.file.no_verdict
        spread = EXACT.multiply(EXACT.multiply(self.z, self.z), _TWO_RESULTS)
        beyond = EXACT.multiply(spread, EXACT.multiply(self.variation, self.variation)) > self.guard * self.guard
        return "it varies so much by itself that no change can be told from noise" if beyond else None

    @cached_property
    def _ratios(self) -> dict[int, tuple[Decimal, Decimal]]:
        return {earlier: reference_change(self.variation, self.z, earlier) for earlier in range(1, _AT_ONCE)}

    def ratios(self, earlier: int) -> tuple[Decimal, Decimal]:
        """The least and the greatest ratio of a result to the mean of so many earlier ones that chance explains."""
        found = self._ratios.get(earlier)
        if found is None:
            found = self._ratios[earlier] = reference_change(self.variation, self.z, earlier)
        return found


class Pair(msgspec.Struct, frozen=True, gc=False):
    """A newest result and those before that it can be compared with, the latest first; else why it cannot be."""

    verdict: Verdict
    newest: Reading
    earlier: tuple[Reading, ...]
    row: Row | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Variation:
    """Every row, by analyte, in the order of the file."""

    rows: Mapping[str, tuple[Row, ...]]

    def measured_with(self, of: str, cv: Decimal, sources: tuple[Citation, ...]) -> Variation:
        """The same with a laboratory's own imprecision. Raises ValueError saying why it cannot be."""
        if not cv:
            raise ValueError(f"{of}: no measurement is without variation")
        if of not in self.rows:
            raise ValueError(f"{of}: no variation of it is known; known: {', '.join(self.rows)}")
        rows = tuple(
            replace(row, file=row.file.but(analytical_cv=cv), sources=(*row.sources, *sources)) for row in self.rows[of]
        )
        if any(new.no_verdict and not old.no_verdict for new, old in zip(rows, self.rows[of], strict=True)):
            raise ValueError(f"{of}: with so imprecise a measurement no change could be told from noise")
        return Variation({**self.rows, of: rows})


def read_variation(file: VariationFile, vocabulary: Vocabulary, sources: Mapping[str, Citation]) -> Variation:
    """The table with its numbers. Raises ValueError naming the row that cannot be read."""
    rows: dict[str, tuple[Row, ...]] = {}
    for written in file.row:
        if written.of not in vocabulary.analytes:
            raise ValueError(f"{written.of}: not an analyte")
        below = vocabulary.quantity(written.of, written.only_below) if written.only_below else None
        cited = tuple(sources[name] for name in written.source if name in sources)
        row = Row(written, file.z, file.guard, below, cited)
        rows[written.of] = (*rows.get(written.of, ()), row)
        row.ratios(1)
    return Variation(rows)
