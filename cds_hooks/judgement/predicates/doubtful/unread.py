"""Predicates over results that could not be read, and over those that carry a note or a status."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import ClassVar, Literal, Self

from cds_hooks.facts import Reading, Unread
from cds_hooks.judgement.chart.case import Case
from cds_hooks.judgement.chart.marks import UNREAD, Marks
from cds_hooks.judgement.chart.shown import number
from cds_hooks.judgement.predicates.doubtful.doubts import spoken
from cds_hooks.judgement.predicates.outcome import Doubt, Outcome, step
from cds_hooks.judgement.predicates.predicate import Numbers, Plain
from cds_hooks.judgement.timing.clock import days_between

# A summary is plain text that some clients render as markup: what cannot be a unit is not repeated in it.
_LOOKS_LIKE_A_UNIT = re.compile(r"[\w%/.*^\[\]{}()' -]{1,20}")


class Unusable(Plain):
    """A result that matters here, not older than the newest usable one, could not be read for one of these reasons."""

    keyword: ClassVar[str] = "unread"

    unread: tuple[str, ...]
    others: bool = False  # of analytes that no check judges, instead of those that some check does

    @property
    def marks(self) -> Marks | None:
        return frozenset([UNREAD])

    @property
    def told_by_marks(self) -> bool:
        return True

    def surely_false(self, case: Case) -> bool:
        """Whether every result could be read."""
        return not case.unusable

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
        found = _newest_of_each(found) if self.others else found
        doubts = tuple(self._doubt(case, unread) for unread in found)
        because = tuple(step(self.keyword, True, doubt.text) for doubt in doubts)
        return Outcome(True, because, unread=tuple(found), values=spoken(doubts), doubts=doubts)

    def _doubt(self, case: Case, unread: Unread) -> Doubt:
        label = case.label(unread.analyte or "")
        values = {"analyte": label, "analytes": label, "detail": unread.detail, "value": _written(unread)}
        values |= {"values": values["value"], "results": f"{label} {values['value']}"}
        text = f"{values['results']}: {unread.detail}"
        return Doubt(unread.analyte or "", text, unread, values, holds=False)

    def _matters(self, case: Case, unread: Unread) -> bool:
        if unread.effective is None:
            return True
        if days_between(unread.effective, case.today) > case.policy.results_for:
            return False
        usable = case.readings.get(unread.analyte or "", ())
        return not usable or unread.effective.day >= usable[0].effective.day


_STATUSES = {"unknown-status": "unknown", "preliminary": "preliminary"}


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

    def surely_false(self, case: Case) -> bool:
        """Whether none does."""
        mark, newest = self.noted, [found[0] for found in case.readings.values()]
        if status := _STATUSES.get(mark):
            marked = [one for one in newest if one.status == status]
        else:
            marked = [one for one in newest if one.notes and mark in one.notes]
        return not marked or not self._found(case)

    def judge(self, case: Case) -> Outcome:
        """Never unknown."""
        found = self._found(case)
        if not found:
            return Outcome(False, (step(self.keyword, False, f"no newest result is marked {self.noted}"),))
        names = ", ".join(dict.fromkeys(case.label(reading.analyte) for reading in found))
        values = {"analytes": names, "status": found[0].status, "analyte": case.label(found[0].analyte)}
        text = f"{names}: {self.noted.replace('-', ' ')}"
        return Outcome(True, (step(self.keyword, True, text),), tuple(found), values=values)

    def _found(self, case: Case) -> list[Reading]:
        """By analyte."""
        newest = [
            case.readings[analyte][0] for analyte in case.readings if analyte in case.judged or analyte in self.also
        ]
        return sorted(filter(self._carries, newest), key=lambda reading: reading.analyte)

    def _carries(self, reading: Reading) -> bool:
        status = _STATUSES.get(self.noted)
        return reading.status == status if status else self.noted in reading.notes


def _newest_of_each(found: Sequence[Unread]) -> list[Unread]:
    """One result of each analyte; the newest, and one without a date only where no other is."""
    oldest_first = sorted(found, key=lambda unread: unread.effective.day.isoformat() if unread.effective else "")
    newest = {unread.analyte: unread for unread in oldest_first}
    return [unread for unread in found if unread is newest[unread.analyte]]


def _written(unread: Unread) -> str:
    value = number(unread.value) if unread.value is not None else "no value"
    if not unread.unit:
        return value
    return (
        f"{value} {unread.unit}" if _LOOKS_LIKE_A_UNIT.fullmatch(unread.unit) else f"{value} in a unit not shown here"
    )
