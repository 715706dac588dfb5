"""Reference ranges by age and sex, for results that come without their laboratory's own."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal, NamedTuple

import msgspec

from cds_hooks.judgement.written.strict import Strict
from terminology.vocabulary import Vocabulary


class AgeRowFile(Strict):
    """The range of one sex in completed years of age, both included."""

    sex: Literal["male", "female"]
    ages: tuple[int, int]
    low: str
    high: str
    source: tuple[str, ...]
    confidence: str


class AgeTableFile(Strict):
    """`igf1.toml` or `dhea-s.toml`."""

    of: str
    method: str | None = None  # the note that a result must carry
    row: tuple[AgeRowFile, ...]


class Range(NamedTuple):
    """What one result is read against, in the canonical unit: in words, and where it is from."""

    low: Decimal | None
    high: Decimal | None
    text: str
    basis: str


class AgeRange(msgspec.Struct, frozen=True, gc=False):
    """A range in the canonical unit, and what it is called."""

    low: Decimal
    high: Decimal
    text: str  # "280–640 ug/dL"
    named: str  # "men of 20–29"


@dataclass(frozen=True, slots=True)
class AgeTable:
    """Ranges of one analyte."""

    of: str
    method: str | None
    rows: tuple[tuple[str, int, int, AgeRange], ...]

    def range_of(self, sex: str | None, years: int | None) -> AgeRange | None:
        """The range of a person; None where the table has none, or the person is not known well enough."""
        if sex is None or years is None:
            return None
        return next((found for kind, first, last, found in self.rows if kind == sex and first <= years <= last), None)


def read_ages(file: AgeTableFile, vocabulary: Vocabulary) -> AgeTable:
    """The table with its numbers. Raises ValueError naming a number that cannot be read, or ages that overlap."""
    rows: list[tuple[str, int, int, AgeRange]] = []
    for row in file.row:
        low, high = (vocabulary.quantity(file.of, text) for text in (row.low, row.high))
        first, last = row.ages
        if not 0 < low < high or first > last:
            raise ValueError(f"{file.of}, {row.sex} {first}–{last}: write the smaller number first")
        if any(kind == row.sex and first <= until and since <= last for kind, since, until, _ in rows):
            raise ValueError(f"{file.of}, {row.sex} {first}–{last}: two ranges for one age")
        text = f"{row.low.partition(' ')[0]}–{row.high}"
        named = f"{'men' if row.sex == 'male' else 'women'} of {first}–{last}"
        rows.append((row.sex, first, last, AgeRange(low, high, text, named)))
    return AgeTable(file.of, file.method, tuple(rows))
