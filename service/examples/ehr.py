"""Plays the EHR's part: fills a prefetch template from a chart and builds the hook call."""

from __future__ import annotations

import uuid
from typing import Any
from urllib.parse import parse_qsl

from service.examples.chart import Chart, Resource


def hook_call(service: dict[str, Any], chart: Chart) -> dict[str, Any]:
    """The request an EHR sends when a clinician opens this chart."""
    return {
        "hook": service["hook"],
        "hookInstance": str(uuid.uuid4()),
        "context": {"userId": "Practitioner/demo-clinician", "patientId": chart.patient_id},
        "prefetch": {key: answer_query(chart, query) for key, query in service["prefetch"].items()},
    }


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
    return frozenset(coding["code"] for coding in resource["code"]["coding"])
