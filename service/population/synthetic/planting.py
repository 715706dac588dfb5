"""What a scenario card plants in a chart: therapies, doses, results and diagnoses, by the card's ranges alone."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from decimal import Decimal

import msgspec

from service.population.synthetic.chance import Chance
from service.population.synthetic.elements import (
    LOINC,
    SNOMED,
    Resource,
    administration,
    coded,
    condition,
    observation,
    order,
    quantity,
    told,
    when,
)
from service.population.synthetic.tables import Card, Habit, Regimen, Result, Tables, Way
from terminology.organs import INVENTORY

DOSE_AT, DOSES = time(8), 8  # when doses are given, and how many of the last are on record
PREGNANT = coded("77386006", "Pregnant", SNOMED)
DAY_ONLY = 0.2  # of results whose hour a card leaves open, so many have a day alone


class Course(msgspec.Struct, frozen=True):
    """A therapy as it was taken: its first day, and when its last doses were given, the newest first."""

    start: date
    doses: tuple[datetime, ...] = ()


class Plant:
    """One patient's chart while a card is planted in it."""

    def __init__(self, card: Card, tables: Tables, chance: Chance, subject: str, today: date) -> None:
        self._card, self._tables, self._chance = card, tables, chance
        self._subject, self._today = subject, today
        self._name = subject.removeprefix("Patient/")

    def grow(self) -> Iterator[Resource]:
        """The card's resources."""
        courses = []
        for place, (name, *since) in enumerate(self._card.take):
            regimen = self._tables.regimens[name]
            courses.append(self._course(regimen, (since[0], since[1])))
            yield from self._therapy(f"{self._name}-m{place}", regimen, courses[-1])
        for place, result in enumerate(self._card.results):
            yield self._result(f"{self._name}-r{place}", result, courses)
        for place, diagnosis in enumerate(self._card.conditions):
            onset = self._day(self._chance.between(diagnosis.ago))
            yield condition(f"{self._name}-c{place}", self._subject, diagnosis, onset)
        for organ, presence in self._card.organs.items():
            code, answer = (coded(one, one, INVENTORY) for one in (organ, presence))
            yield told(f"{self._name}-{organ}", self._subject, code, self._day(400), answer)
        if self._card.pregnant is not None:
            asked = self._day(self._chance.between(self._card.pregnant))
            code = coded("82810-3", "Pregnancy status", LOINC)
            yield told(f"{self._name}-pregnancy", self._subject, code, asked, PREGNANT)

    def _day(self, ago: int) -> date:
        return self._today - timedelta(days=ago)

    def _course(self, regimen: Regimen, since: tuple[int, int]) -> Course:
        ago, every = self._chance.between(since), regimen.every_days
        if not regimen.given:
            return Course(self._day(ago))
        last = self._chance.between((1, every))
        turns = max(ago - last, 0) // every
        given = [datetime.combine(self._day(last + every * turn), DOSE_AT) for turn in range(turns + 1)]
        return Course(given[-1].date(), tuple(given[:DOSES]))

    def _therapy(self, identity: str, regimen: Regimen, course: Course) -> Iterator[Resource]:
        text, dosage = self._chance.one_of(regimen.orders), self._chance.one_of(regimen.dosage)
        ordered = order(identity, self._subject, regimen, text, dosage, course.start)
        yield ordered
        for turn, at in enumerate(course.doses):
            yield administration(f"{identity}-{turn}", self._subject, ordered["medicationCodeableConcept"], at)

    def _result(self, identity: str, result: Result, courses: list[Course]) -> Resource:
        habit = self._tables.habits[result.of]
        sums = _sums(habit)
        way = habit.ways[result.way] if result.way is not None else self._chance.weighed(habit.ways, sums)
        if result.is_[0] == result.is_[1]:  # on a limit: only as the card writes it
            way = habit.ways[0]
        value = self._number(result, way)
        measured = quantity(value, way.unit, way.code) if result.unit is None else quantity(value, result.unit, "")
        code = coded(result.loinc or way.loinc, habit.name)
        effective = self._drawn(result, courses)
        return observation(identity, self._subject, code, effective, valueQuantity=measured) | {"status": result.status}

    def _number(self, result: Result, way: Way) -> Decimal:
        decimals = way.decimals if result.decimals is None else result.decimals
        return self._chance.number(*result.is_, way.factor, decimals)

    def _drawn(self, result: Result, courses: list[Course]) -> str:
        if result.phase is not None:
            return when(self._after_dose(self._chance.between(result.phase), courses[0]))
        day = self._day(self._chance.between(result.ago))
        if result.before is not None:
            day = courses[0].start - timedelta(days=self._chance.between(result.before))
        if result.clock is None and self._chance.happens(DAY_ONLY):
            return when(day)
        hour = self._chance.between(result.clock) if result.clock else self._chance.between((7, 15))
        return when(datetime.combine(day, time(hour, 0 if result.clock else self._chance.between((0, 59)))))

    def _after_dose(self, hours: int, course: Course) -> datetime:
        """So long after the newest dose for which that is past."""
        drawn = (dose + timedelta(hours=hours) for dose in course.doses)
        return next(at for at in drawn if at.date() < self._today)


def _sums(habit: Habit) -> list[int]:
    total, sums = 0, []
    for way in habit.ways:
        total += way.often
        sums.append(total)
    return sums
