"""How a drug is taken, as an order's words say it: route, hours between doses, and dose."""

from __future__ import annotations

from decimal import Decimal
from typing import NamedTuple

import msgspec
from msgspec.structs import replace

from cds_hooks.record.drugs.dosage import dosages_of, dose_of, interval_of
from cds_hooks.record.drugs.routes import refined, stated_route
from cds_hooks.record.fhir.dosages import Dosage
from cds_hooks.record.fhir.elements import Resource
from cds_hooks.record.recalled import Recalled
from terminology.vocabulary import DrugMatch, Vocabulary


class Regimen(NamedTuple):
    """How a drug is taken, and whether it then acts in the whole body."""

    route: str | None
    interval_hours: Decimal | None
    dose: str | None
    systemic: bool | None


def wording_of(resource: Resource) -> bytes | None:
    """What a request, statement or administration says of its drug and in its dosages, but no dates.

    None when it refers to a Medication, which may say more.
    """
    if resource.medicationReference is not None or resource.medication is not None:
        return None
    return msgspec.json.encode((resource.medicationCodeableConcept, *map(_undated, dosages_of(resource))))


class Regimens:
    """The regimens of charts; since the same words recur, each is worked out once."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._vocabulary = vocabulary
        self._known: Recalled[Regimen] = Recalled()

    def of(self, resource: Resource, match: DrugMatch, names: list[str], wording: bytes | None) -> Regimen:
        """The regimen of an order of a drug that is called by these names; `wording` is what it is known again by."""
        if wording is None:
            return self._read(resource, match, names)
        return self._known.get((wording,)) or self._known.keep((wording,), self._read(resource, match, names))

    def _read(self, resource: Resource, match: DrugMatch, names: list[str]) -> Regimen:
        dosages = dosages_of(resource)
        stated = stated_route(dosages)
        # The product makes what is stated precise; its own route counts where nothing, or an impossible one, is said.
        route = self._vocabulary.route(match, refined(stated, match.route)) if stated is not None else match.route
        return Regimen(
            route,
            interval_of(dosages, names) or match.lasts_hours,
            dose_of(dosages, () if match.others else names),  # what a combination's name states is one of its parts'
            self._vocabulary.systemic(match, route),
        )


def _undated(dosage: Dosage) -> Dosage:
    timing = dosage.timing
    repeat = timing.repeat if timing is not None else None
    if timing is None or not (timing.event or (repeat is not None and repeat.boundsPeriod)):
        return dosage
    undated = replace(repeat, boundsPeriod=None) if repeat is not None else None
    return replace(dosage, timing=replace(timing, event=None, repeat=undated))
