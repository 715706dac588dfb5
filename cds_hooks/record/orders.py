"""Laboratory orders that are already placed."""

from __future__ import annotations

from collections.abc import Mapping

from cds_hooks.facts import OpenOrder
from cds_hooks.record.fhir.concepts import codings_of
from cds_hooks.record.fhir.elements import Resource
from cds_hooks.record.moments import Calendar
from cds_hooks.record.results.codes import loinc_codes
from terminology.vocabulary import Vocabulary


def read_order(
    reference: str,
    resource: Resource,
    vocabulary: Vocabulary,
    panels: Mapping[str, tuple[str, ...]],
    calendar: Calendar,
) -> OpenOrder | None:
    """An active ServiceRequest and the analytes it will answer.

    `panels` is looked up by LOINC code, then by name, and by the site's own orderable codes as `system|code`.

    A draft may never be signed and one on hold is not drawn: neither answers anything.
    """
    if resource.status != "active" or resource.doNotPerform:
        return None
    authored = calendar.known(resource.authoredOn)
    ordered = (resource.code and resource.code.concept) or resource.code
    codes = loinc_codes(ordered, vocabulary, authored.day if authored is not None else None)
    analytes = [
        analyte for code in codes for analyte in panels.get(code.code) or panels.get(code.analyte, (code.analyte,))
    ]
    for system, code, _ in codings_of(ordered):
        analytes.extend(panels.get(f"{system}|{code}", ()))
    if not analytes:
        return None
    return OpenOrder(tuple(dict.fromkeys(analytes)), reference, authored)
