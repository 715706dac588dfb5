"""One invented patient: a card's chart, filled up, with the troubles of real ones, and the truth about it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from itertools import count, islice

import msgspec

from service.population.synthetic.chance import Chance
from service.population.synthetic.defects import Told, spoiled, troubled
from service.population.synthetic.elements import (
    Resource,
    coded,
    condition,
    encounter,
    observation,
    patient,
    procedure,
    quantity,
    when,
)
from service.population.synthetic.planting import Plant
from service.population.synthetic.tables import Card, Diagnosis, Tables

SITES = 7
STEADY = (Decimal("0.98"), Decimal("1.02"))  # how much of a person's own value a filler is, each time
HAY_FEVER = Diagnosis(code="J30.9", text="Allergic rhinitis", ago=(100, 4000))


class Truth(msgspec.Struct, frozen=True, omit_defaults=True):
    """What is known of a patient because it was planted; nothing else about the patient is claimed.

    `overdue` names analytes that must be overdue; empty: nothing is; absent: not claimed. `unread` says for resources
    that cannot be judged why, "unmapped" for a code that nobody understands.
    """

    patient: str
    card: str
    raises: tuple[str, ...] = ()
    quiet: tuple[str, ...] = ()
    overdue: tuple[str, ...] | None = None
    unread: Told = {}


def invent(tables: Tables, seed: int, number: int, today: date, observations: int) -> tuple[list[Resource], Truth]:
    """The resources of one patient, with at least so many Observations, and what must be found in them."""
    chance = Chance(seed, number)
    card = chance.weighed(tables.cards, tables.shares)
    identity = f"synthetic-{number:08}"
    subject, site = f"Patient/{identity}", chance.between((1, SITES))
    unread: Told = {}
    planted = list(Plant(card, tables, chance, subject, today).grow())
    results = [one for one in planted if one["resourceType"] == "Observation"]
    resources = [patient(identity, card.sex, _born(card, chance, today), site)]
    resources += [one for one in planted if one["resourceType"] != "Observation"]
    resources += troubled(results, chance, unread)
    if card.unread:
        unread[f"Observation/{results[-1]['id']}"] = card.unread
    wanted = max(observations - len(results), 0)
    resources += islice(_fillers(tables, chance, subject, today, unread), wanted)
    resources += _neutral(identity, chance, today, site)
    return resources, Truth(subject, card.name, card.raises, card.quiet, card.overdue, unread)


def _born(card: Card, chance: Chance, today: date) -> date:
    return today - timedelta(days=int(365.25 * chance.between(card.age)) + chance.between((5, 350)))


def _fillers(tables: Tables, chance: Chance, subject: str, today: date, unread: Told) -> Iterator[Resource]:
    own = {name: _own(tables, chance, name) for name in tables.fillers}
    identity = subject.removeprefix("Patient/")
    for visit in count():
        at = datetime.combine(today - timedelta(days=20 + 45 * visit + chance.between((0, 20))), time(8, 30))
        for place, name in enumerate(tables.fillers):
            habit = tables.habits[name]
            way = chance.one_of(habit.ways)
            value = chance.number(own[name] * STEADY[0], own[name] * STEADY[1], way.factor, way.decimals + 1)
            measured = quantity(value, way.unit, way.code)
            code = coded(way.loinc, habit.name)
            filler = observation(f"{identity}-f{visit}-{place}", subject, code, when(at), valueQuantity=measured)
            yield spoiled(filler, chance, today, unread) if habit.spoilt and visit == 0 else filler


def _own(tables: Tables, chance: Chance, name: str) -> Decimal:
    low, high = tables.habits[name].filler or (Decimal(1), Decimal(1))
    return chance.number(low, high, Decimal(1), 2)


def _neutral(identity: str, chance: Chance, today: date, site: int) -> Iterator[Resource]:
    """What a chart also holds and no claim depends on."""
    subject = f"Patient/{identity}"
    at = datetime.combine(today - timedelta(days=chance.between((10, 400))), time(9))
    yield encounter(f"{identity}-e0", subject, at, site)
    if chance.happens(0.3):
        onset = today - timedelta(days=chance.between(HAY_FEVER.ago))
        yield condition(f"{identity}-c9", subject, HAY_FEVER, onset)
    if chance.happens(0.1):
        yield procedure(f"{identity}-p0", subject, today - timedelta(days=chance.between((900, 6000))))
