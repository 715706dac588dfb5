"""Plays the EHR's part: fills a prefetch template from a chart and builds the hook call."""

from __future__ import annotations

import uuid
from typing import Any
from urllib.parse import parse_qsl

from service.examples.chart import Chart, Resource


def hook_call(service: dict[str, Any], chart: Chart) -> dict[str, Any]:
    """The request an EHR sends for this chart; where orders are written, they renew the drugs of the chart."""
    return {
        "hook": service["hook"],
        "hookInstance": str(uuid.uuid4()),
        "context": context_of(service["hook"], chart),
        "prefetch": {key: answer_query(chart, query) for key, query in service["prefetch"].items()},
    }


def context_of(hook: str, chart: Chart) -> dict[str, Any]:
    """What the hook's context holds when a clinician works in this chart."""
    context: dict[str, Any] = {"userId": "Practitioner/demo-clinician", "patientId": chart.patient_id}
    orders = [one for one in chart.resources if one["resourceType"] == "MedicationRequest"]
    drafts = [one | {"id": f"draft-{one['id']}", "status": "draft"} for one in orders]
    bundle = {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": draft} for draft in drafts]}
    if hook == "encounter-start":
        return context | {"encounterId": "demo-encounter"}
    if hook == "medication-refill":
        return context | {"medications": bundle}
    if hook == "order-select":
        context["selections"] = [f"MedicationRequest/{draft['id']}" for draft in drafts]
    return context | ({"draftOrders": bundle} if hook.startswith("order-") else {})


def answer_query(chart: Chart, template: str) -> Resource:
    """What the EHR's FHIR server answers to one prefetch query: a resource for a read, a Bundle for a search."""
    path, _, parameters = template.partition("?")
    resource_type = path.partition("/")[0]
    resources = [resource for resource in chart.resources if resource["resourceType"] == resource_type]
    if "/" in path:
        return resources[0]
    codes = frozenset(dict(parse_qsl(parameters)).get("code", "").split(",")) - {""}
    found = [resource for resource in resources if not codes or codes & _codes(resource)]
    entries = [{"resource": resource, "search": {"mode": "match"}} for resource in found]
    return {"resourceType": "Bundle", "type": "searchset", "total": len(entries), "entry": entries}


def _codes(resource: Resource) -> frozenset[str]:
    concept = resource.get("code")
    codings = concept.get("coding") if isinstance(concept, dict) else None
    listed = codings if isinstance(codings, list) else []
    found = [coding.get("code") for coding in listed if isinstance(coding, dict)]
    return frozenset(code for code in found if isinstance(code, str))
