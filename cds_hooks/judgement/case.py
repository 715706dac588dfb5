"""One patient's facts arranged for judging: readings by analyte, the course of the drug, and what is held back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import ROUND_HALF_UP, Decimal

from cds_hooks.facts import Facts, Moment, Reading, Unread, UnreadReason
from cds_hooks.judgement.planning.panels import Due, Panel
from cds_hooks.judgement.timing.clock import days_between, sort_key
from cds_hooks.judgement.timing.course import Course, Timing
from terminology.vocabulary import Vocabulary

NOT_A_RESULT = (UnreadReason.STATUS, UnreadReason.OTHER_PATIENT, UnreadReason.EFFECTIVE_FUTURE)


@dataclass(frozen=True, slots=True)
class Case:
    """What predicates may look at. `held` maps a reading's reference and analyte to the check that forbids its use."""

    facts: Facts
    vocabulary: Vocabulary
    today: Moment
    profile: str
    course: Course | None
    readings: Mapping[str, tuple[Reading, ...]]  # newest first
    unusable: Mapping[str, tuple[Unread, ...]]
    analytes: frozenset[str]  # those the protocols that apply judge or draw
    panels: Mapping[str, Panel]
    held: Mapping[tuple[str, str], str] = field(default_factory=dict)
    due: Due | None = None  # the next set of draws, once known

    def with_due(self, due: Due | None) -> Case:
        """The same case once the schedule was read."""
        return replace(self, due=due)

    def with_held(self, held: Mapping[tuple[str, str], str]) -> Case:
        """The same case after data-quality checks held readings back."""
        return replace(self, held=held)

    def usable(self, analyte: str, *, preliminary: bool) -> list[Reading]:
        """Readings that may be judged, newest first; preliminary ones only where a check is critical."""
        return [
            reading
            for reading in self.readings.get(analyte, ())
            if (preliminary or reading.status != "preliminary") and (reading.reference, analyte) not in self.held
        ]

    def latest(self, analyte: str, *, preliminary: bool, within: int | None) -> list[Reading]:
        """The newest usable reading, with every other of the same moment, none older than `within` days."""
        usable = self.usable(analyte, preliminary=preliminary)
        if not usable or (within is not None and days_between(usable[0].effective, self.today) > within):
            return []
        return [reading for reading in usable if same_moment(reading.effective, usable[0].effective)]

    def blocking(self, analyte: str, newest: Reading | None, *, preliminary: bool) -> tuple[str, ...]:
        """What prevents a judgement: results newer than the newest usable one that cannot be judged."""
        names = [
            self.held[reading.reference, analyte]
            for reading in self.readings.get(analyte, ())
            if (reading.reference, analyte) in self.held and _not_older(reading.effective, newest)
        ]
        names += [
            unread.reason.value
            for unread in self.unusable.get(analyte, ())
            if unread.reason not in NOT_A_RESULT and _not_older(unread.effective, newest)
        ]
        if not preliminary:
            names += [
                "preliminary"
                for reading in self.readings.get(analyte, ())
                if reading.status == "preliminary" and _not_older(reading.effective, newest)
            ]
        return tuple(dict.fromkeys(names))

    def timing(self, reading: Reading) -> Timing | None:
        """The draw's timing relative to the dose, where that matters."""
        return self.course.timing(reading) if self.course is not None else None

    def label(self, analyte: str) -> str:
        """What clinicians call an analyte: `total testosterone`."""
        known = self.vocabulary.analytes.get(analyte)
        return known.label if known is not None else analyte.replace("_", " ")

    def canonical(self, reading: Reading) -> str:
        """Number and canonical unit for people: `54.5 %`, with the comparator the laboratory gave."""
        return f"{reading.comparator or ''}{number(self._shown(reading))} {reading.unit}"

    def _shown(self, reading: Reading) -> Decimal:
        if reading.conversion.multiply == reading.conversion.divide:
            return reading.value
        known = self.vocabulary.analytes.get(reading.analyte)
        return rounded(reading.value, max(1, known.decimals if known is not None else 1))


def rounded(value: Decimal, decimals: int) -> Decimal:
    """Rounded half up, for people; never used in a comparison."""
    return value.quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_UP)


def number(value: Decimal) -> str:
    """A number without exponent, as few digits as it has."""
    return f"{value:f}"


def same_moment(one: Moment, other: Moment) -> bool:
    """Whether the chart leaves open which of two draws came first."""
    if one.day != other.day:
        return False
    return one.clock == other.clock or one.clock is None or other.clock is None


def newest_first(readings: Sequence[Reading]) -> tuple[Reading, ...]:
    """Newest first; ties by issue time, version and reference, so that the order is always the same."""
    return tuple(
        sorted(readings, key=lambda r: (sort_key(r.effective), r.issued, r.version, r.reference), reverse=True)
    )


def _not_older(effective: Moment | None, newest: Reading | None) -> bool:
    return effective is None or newest is None or effective.day >= newest.effective.day
