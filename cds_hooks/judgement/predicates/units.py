"""Predicates over doubtful data: units, implausible and mislabelled values, notes and statuses."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import ClassVar, Literal, Self

from cds_hooks.facts import Reading, Unread
from cds_hooks.judgement.case import Case, number
from cds_hooks.judgement.predicates.outcome import Doubt, Outcome, step
from cds_hooks.judgement.predicates.predicate import Numbers, Plain, Predicate, Written
from cds_hooks.judgement.timing.clock import days_between

# A summary is plain text that some clients render as markup: what cannot be a unit is not repeated in it.
_LOOKS_LIKE_A_UNIT = re.compile(r"[\w%/.*^\[\]{}()' -]{1,20}")


class Unusable(Plain):
    """A result that matters here, not older than the newest usable one, could not be read for one of these reasons."""

    keyword: ClassVar[str] = "unread"

    unread: tuple[str, ...]
    others: bool = False  # of analytes that no check judges, instead of those that some check does

    def judge(self, case: Case) -> Outcome:
        """Never unknown: what was supplied was either read or not."""
        found = [
            unread
            for analyte in sorted(case.unusable)
            if (analyte in case.judged) is not self.others
            for unread in case.unusable.get(analyte, ())
            if unread.reason.value in self.unread and self._matters(case, unread)
        ]
        if not found:
            return Outcome(False, (step(self.keyword, False, "every result that matters here could be read"),))
        doubts = tuple(self._doubt(case, unread) for unread in found)
        because = tuple(step(self.keyword, True, doubt.text) for doubt in doubts)
        return Outcome(True, because, unread=tuple(found), values=spoken(doubts), doubts=doubts)

    def _doubt(self, case: Case, unread: Unread) -> Doubt:
        label = case.label(unread.analyte or "")
        values = {"analyte": label, "analytes": label, "detail": unread.detail, "value": _written(unread)}
        values["results"] = f"{label} {values['value']}"
        text = f"{values['results']}: {unread.detail}"
        return Doubt(unread.analyte or "", text, unread, values, holds=False)

    def _matters(self, case: Case, unread: Unread) -> bool:
        if unread.effective is None:
            return True
        if days_between(unread.effective, case.today) > case.policy.results_for:
            return False
        usable = case.readings.get(unread.analyte or "", ())
        return not usable or unread.effective.day >= usable[0].effective.day


class WrittenImplausible(Written):
    """`implausible`: lowest and highest value a living person can have, by analyte."""

    keyword: ClassVar[str] = "implausible"

    implausible: dict[str, tuple[str, str]]

    def ready(self, numbers: Numbers) -> Implausible:
        """With its windows in canonical units."""
        quantity = numbers.vocabulary.quantity
        windows = {name: (quantity(name, low), quantity(name, high)) for name, (low, high) in self.implausible.items()}
        return Implausible(windows, self.implausible)


@dataclass(frozen=True, slots=True)
class Implausible(Predicate):
    """A result outside what a living person can have: most often a wrong unit."""

    windows: Mapping[str, tuple[Decimal, Decimal]]
    written: Mapping[str, tuple[str, str]]

    def judge(self, case: Case) -> Outcome:
        """Never unknown. Every such value is in doubt, also one too old to raise this."""
        doubts = tuple(
            self._doubt(case, reading)
            for analyte in sorted(self.windows)
            for reading in case.readings.get(analyte, ())
            if self._outside(reading)
        )
        if not doubts:
            return Outcome(False, (step("implausible", False, "every value is within plausible bounds"),))
        told = [doubt for doubt in doubts if doubt.raised]
        if not told:
            texts = [f"{doubt.text}; it is old, and no check uses it" for doubt in doubts]
            return Outcome(False, tuple(step("implausible", False, text) for text in texts), doubts=doubts)
        because = tuple(step("implausible", True, doubt.text) for doubt in told)
        readings = tuple(doubt.of for doubt in told if isinstance(doubt.of, Reading))
        return Outcome(True, because, readings, values=spoken(told), doubts=doubts)

    def _matters(self, case: Case, reading: Reading) -> bool:
        """An old impossible value no longer matters once a newer one can be judged."""
        if days_between(reading.effective, case.today) > case.policy.results_for:
            return False
        newer = (other for other in case.readings[reading.analyte] if other.effective.day > reading.effective.day)
        return all(self._outside(other) for other in newer)

    def _outside(self, reading: Reading) -> bool:
        low, high = self.windows[reading.analyte]
        return not low <= reading.value <= high

    def _doubt(self, case: Case, reading: Reading) -> Doubt:
        low, high = self.written[reading.analyte]
        label, other = case.label(reading.analyte), alternative(case, reading, self.windows)
        text = f"{label} {_as_written(case, reading)} is outside {low} to {high}"
        values = {
            "value": case.canonical(reading),
            "reported": _reported(reading),
            "analyte": label,
            "analytes": label,
            "detail": text,
            "alternative": other or "nor likely in another unit",
        }
        text = f"{text}; {other}" if other else text
        return Doubt(reading.analyte, text, reading, values, raised=self._matters(case, reading))


_POOLED = ("analytes", "results")


def spoken(doubts: Sequence[Doubt]) -> dict[str, str]:
    """What a sentence about several doubtful results says: the first leads, and every one is named."""
    pooled = {
        name: ", ".join(dict.fromkeys(doubt.values.get(name, "") for doubt in doubts))
        for name in _POOLED
        if name in doubts[0].values
    }
    return {**doubts[0].values, **pooled}


def alternative(case: Case, reading: Reading, windows: Mapping[str, tuple[Decimal, Decimal]]) -> str | None:
    """What the number would be in another unit the analyte is measured in, where that is plausible."""
    low, high = windows[reading.analyte]
    for unit, value in readings_of_number(case, reading.analyte, reading.reported):
        if low <= value <= high and unit != reading.conversion.ucum:
            return f"as {unit} it would be {_as_printed(case, reading.analyte, value)} {reading.unit}"
    return None


def readings_of_number(case: Case, analyte: str, value: Decimal) -> list[tuple[str, Decimal]]:
    """A bare number read in every unit the analyte is measured in: unit and canonical value."""
    known = case.vocabulary.analytes.get(analyte)
    if known is None:
        return []
    read = []
    for unit in known.units:
        conversion = case.vocabulary.unit(analyte, unit, unit, True)
        if hasattr(conversion, "apply"):
            read.append((unit, conversion.apply(value)))
    return read


class WrittenReadsLike(Written):
    """`reads_like`: out of line as labelled, and in line were the number in another unit."""

    keyword: ClassVar[str] = "reads_like"

    reads_like: str  # the analyte
    as_unit: str
    labelled: tuple[str, ...]  # UCUM units the result is labelled with
    between: tuple[str, str]  # plausible when read as `as_unit`
    outside: tuple[str, str] | None = None  # as labelled it is not inside this
    holds_from: str | None = None  # a smaller value is doubted and judged all the same

    def ready(self, numbers: Numbers) -> ReadsLike:
        """With its ranges in the canonical unit."""
        between, outside = (
            (
                numbers.vocabulary.quantity(self.reads_like, pair[0]),
                numbers.vocabulary.quantity(self.reads_like, pair[1]),
            )
            if pair is not None
            else None
            for pair in (self.between, self.outside)
        )
        if between is None:
            raise ValueError(f"{self.reads_like}: between is missing")
        holds = numbers.vocabulary.quantity(self.reads_like, self.holds_from) if self.holds_from is not None else None
        within = numbers.policy.results_for
        return ReadsLike(self.reads_like, self.as_unit, self.labelled, between, outside, holds, within)


@dataclass(frozen=True, slots=True)
class ReadsLike(Predicate):
    """The newest result looks as if its number were in another unit."""

    analyte: str
    as_unit: str
    labelled: tuple[str, ...]
    between: tuple[Decimal, Decimal]
    outside: tuple[Decimal, Decimal] | None
    holds_from: Decimal | None
    within: int

    @property
    def asks_about(self) -> tuple[str, ...]:
        return (self.analyte,)

    def judge(self, case: Case) -> Outcome:
        """False without a result: there is nothing to doubt."""
        found = [
            reading
            for reading in case.latest(self.analyte, preliminary=True, within=self.within)
            if self._suspicious(case, reading)
        ]
        label = case.label(self.analyte)
        if not found:
            return Outcome(False, (step("reads_like", False, f"no {label} result looks mislabelled"),))
        doubts = tuple(self._doubt(case, reading) for reading in found)
        because = tuple(step("reads_like", True, doubt.text) for doubt in doubts)
        return Outcome(True, because, tuple(found), values=spoken(doubts), doubts=doubts)

    def _doubt(self, case: Case, reading: Reading) -> Doubt:
        label, other = case.label(self.analyte), _as_printed(case, self.analyte, self._reread(case, reading))
        text = f"{label} {_as_written(case, reading)}; read as {self.as_unit} it would be {other} {reading.unit}"
        values = {
            "value": case.canonical(reading),
            "reported": _reported(reading),
            "alternative": f"{other} {reading.unit}",
            "as_unit": self.as_unit,
            "analyte": label,
            "analytes": label,
        }
        holds = self.holds_from is None or reading.value >= self.holds_from
        return Doubt(self.analyte, text, reading, values, holds)

    def _suspicious(self, case: Case, reading: Reading) -> bool:
        """A bound says nothing of how large the value is; the wrong label alone is wrong for a bound too."""
        bounded = reading.comparator is not None and self.outside is not None
        if bounded or reading.conversion.ucum not in self.labelled:
            return False
        if self.outside is not None and self.outside[0] <= reading.value <= self.outside[1]:
            return False
        return self.between[0] <= self._reread(case, reading) <= self.between[1]

    def _reread(self, case: Case, reading: Reading) -> Decimal:
        conversion = case.vocabulary.unit(self.analyte, self.as_unit, self.as_unit, True)
        return conversion.apply(reading.reported) if hasattr(conversion, "apply") else reading.value


class Noted(Plain):
    """The newest result of some analyte that matters here, or of `also`, carries a note or a status."""

    keyword: ClassVar[str] = "noted"

    noted: Literal["property-mismatch", "unknown-status", "preliminary"]
    also: tuple[str, ...] = ()  # analytes looked at even where no check judges them

    def ready(self, numbers: Numbers) -> Self:
        """Itself, once every analyte in `also` is one."""
        unknown = set(self.also) - numbers.vocabulary.analytes.keys()
        if unknown:
            raise ValueError(f"also: not an analyte: {', '.join(sorted(unknown))}")
        return self

    def judge(self, case: Case) -> Outcome:
        """Never unknown."""
        looked_at = case.judged.union(self.also)
        newest = [case.readings[analyte][0] for analyte in sorted(looked_at & case.readings.keys())]
        found = [reading for reading in newest if self._carries(reading)]
        if not found:
            return Outcome(False, (step(self.keyword, False, f"no newest result is marked {self.noted}"),))
        names = ", ".join(dict.fromkeys(case.label(reading.analyte) for reading in found))
        values = {"analytes": names, "status": found[0].status, "analyte": case.label(found[0].analyte)}
        text = f"{names}: {self.noted.replace('-', ' ')}"
        return Outcome(True, (step(self.keyword, True, text),), tuple(found), values=values)

    def _carries(self, reading: Reading) -> bool:
        if self.noted == "unknown-status":
            return reading.status == "unknown"
        return reading.status == "preliminary" if self.noted == "preliminary" else self.noted in reading.notes


def _as_printed(case: Case, analyte: str, value: Decimal) -> str:
    """A canonical value to the decimals that are usually printed: one through a molar mass may never end."""
    last = Decimal(1).scaleb(-case.vocabulary.analytes[analyte].decimals)
    return number(value.quantize(last).normalize())


def _as_written(case: Case, reading: Reading) -> str:
    """As reported, and in the canonical unit where that is another number."""
    reported, canonical = _reported(reading), case.canonical(reading)
    return reported if reading.reported == reading.value else f"{reported} ({canonical})"


def _reported(reading: Reading) -> str:
    return f"{reading.comparator or ''}{number(reading.reported)} {reading.reported_unit}"


def _written(unread: Unread) -> str:
    value = number(unread.value) if unread.value is not None else "no value"
    if not unread.unit:
        return value
    return (
        f"{value} {unread.unit}" if _LOOKS_LIKE_A_UNIT.fullmatch(unread.unit) else f"{value} in a unit not shown here"
    )
