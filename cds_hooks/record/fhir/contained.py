"""Results that a report or a panel carries inside itself, as if each stood alone in the chart."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import replace

from cds_hooks.record.fhir.elements import Resource
from cds_hooks.record.fhir.resources import Located

_CARRIERS = frozenset({"DiagnosticReport", "Observation"})
_VOID = frozenset({"entered-in-error", "cancelled"})


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
    around = item.resource
    return [
        replace(item, resource=_alone(one, around, f"{around.id or ''}#{name}"), reference=f"{item.reference}#{name}")
        for number, one in enumerate(around.contained or ())
        if one.resourceType == "Observation" and (name := one.id or str(number))
    ]


def _alone(result: Resource, around: Resource, identity: str) -> Resource:
    return replace(
        result,
        id=identity,
        meta=result.meta or around.meta,
        subject=result.subject or around.subject,
        status=around.status if around.status in _VOID else result.status,
        contained=around.contained,
        modifierExtension=result.modifierExtension or around.modifierExtension,
        implicitRules=result.implicitRules or around.implicitRules,
    )
