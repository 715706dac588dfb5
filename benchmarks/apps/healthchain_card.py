"""HealthChain (PyPI) as its documentation shows it: its own conversion of the prefetch to FHIR objects, and one rule.

Runs in an environment of its own: the project does not depend on HealthChain.
"""

from __future__ import annotations

from typing import Any

from healthchain.fhir import convert_prefetch_to_fhir_objects
from healthchain.gateway import CDSHooksService, HealthChainAPI
from healthchain.models import Card, CDSRequest, CDSResponse
from healthchain.models.responses.cdsresponse import Source

HEMATOCRIT = "4544-3"

service = CDSHooksService()


@service.hook("patient-view", id="hematocrit")
def judge(request: CDSRequest) -> CDSResponse:
    """A warning when the newest hematocrit is high."""
    chart = convert_prefetch_to_fhir_objects(request.prefetch or {})
    value = newest(chart["labs"], HEMATOCRIT)
    if chart["patient"].gender != "male" or value is None or value < 54:
        return CDSResponse(cards=[])
    card = Card(summary=f"Hematocrit {value} %", indicator="warning", source=Source(label="Rule"))
    return CDSResponse(cards=[card])


def newest(labs: Any, code: str) -> Any:
    """The value of the newest result with this code."""
    results = [entry.resource for entry in labs.entry or () if entry.resource.code.coding[0].code == code]
    latest = max(results, key=lambda result: result.effectiveDateTime, default=None)
    return latest.valueQuantity.value if latest is not None else None


app = HealthChainAPI()
app.register_service(service)
