"""Resources that mean something else than they seem to: FHIR forbids reading them without knowing what changes them."""

from __future__ import annotations

from collections.abc import Sequence

from cds_hooks.record.fhir.elements import Resource
from cds_hooks.record.fhir.resources import Located

_NONE = (b"", b"null", b"[]")


def modifier_of(resource: Resource) -> str | None:
    """The element that changes the meaning of all others; none of them is known here."""
    for name in ("modifierExtension", "implicitRules"):
        if getattr(resource, name) and bytes(getattr(resource, name)) not in _NONE:
            return name
    return None


def without_modified(chart: Sequence[Located]) -> tuple[Sequence[Located], list[tuple[Located, str]]]:
    """What may be read, and what may not with the element that forbids it."""
    modified = [
        (item, name)
        for item in chart
        if (item.resource.modifierExtension or item.resource.implicitRules) and (name := modifier_of(item.resource))
    ]
    strange = {id(item) for item, _ in modified}
    return [item for item in chart if id(item) not in strange] if modified else chart, modified
