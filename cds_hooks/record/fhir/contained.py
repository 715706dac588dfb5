"""Results that a report or a panel carries inside itself, as if each stood alone in the chart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec
from msgspec.structs import replace

from cds_hooks.record.fhir.datatypes import Reference
from cds_hooks.record.fhir.elements import Resource
from cds_hooks.record.fhir.resources import Located

_CARRIERS = frozenset({"DiagnosticReport", "Observation"})
_VOID = frozenset({"entered-in-error", "cancelled"})
_NAMED = ("Patient", "Specimen")  # what a result may name that stands beside it
_Beside = Mapping[tuple[str, str | None], Resource]


def with_contained(chart: Sequence[Located]) -> Sequence[Located]:
    """The chart, and behind it the Observations contained in its reports and panels.

    What a result does not say of its subject and version is that of the resource around it, and with a report that is
    withdrawn its results are. Its time is its own: a report may be of another day.
    """
    carriers = [item for item in chart if item.resource.contained and item.resource.resourceType in _CARRIERS]
    if not carriers:
        return chart
    return [*chart, *(result for item in carriers for result in _results(item))]


def _results(item: Located) -> list[Located]:
    around, inside = item.resource, item.resource.contained or ()
    beside = {(one.resourceType, one.id): one for one in reversed(inside) if one.resourceType in _NAMED}
    return [
        replace(item, resource=_alone(one, around, beside, name), reference=f"{item.reference}#{name}")
        for number, one in enumerate(inside)
        if one.resourceType == "Observation" and (name := one.id or str(number))
    ]


def _alone(result: Resource, around: Resource, beside: _Beside, name: str) -> Resource:
    subject = result.subject or around.subject
    named = [reference.reference or "" for reference in (subject, _specimen_of(result)) if reference is not None]
    keys = [(kind, reference[1:]) for kind in _NAMED for reference in named if reference.startswith("#")]
    return replace(
        result,
        id=f"{around.id or ''}#{name}",
        meta=result.meta or around.meta,
        subject=subject,
        status=around.status if around.status in _VOID else result.status,
        contained=[beside[key] for key in keys if key in beside],  # not all: every result would be searched in all
        modifierExtension=result.modifierExtension or around.modifierExtension,
        implicitRules=result.implicitRules or around.implicitRules,
    )


def _specimen_of(result: Resource) -> Reference | None:
    try:
        return _REFERENCE.decode(result.specimen) if result.specimen else None
    except msgspec.ValidationError:
        return None


_REFERENCE = msgspec.json.Decoder(Reference | None)
