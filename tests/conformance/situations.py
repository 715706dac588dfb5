"""Hook calls as different clients make them, for charts that bring out every kind of card."""

from __future__ import annotations

import json
import tomllib
import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from service.examples.chart import Chart, move_dates, read_charts
from service.examples.ehr import hook_call
from tests.charts import chart

Call = dict[str, Any]
Service = dict[str, Any]

HOSTILE = (
    "<img src=x onerror=alert(1)>",
    "<script>alert(1)</script>",
    "<iframe src='https://evil.example'></iframe>",
    "[click](javascript:alert(1))",
    "![pixel](https://evil.example/pixel.png)",
    "| a | b |\n|---|---|\n# heading\n1. item https://evil.example",
)
OUTCOME = {"resourceType": "OperationOutcome", "issue": [{"severity": "error", "code": "exception"}]}
EPIC = "com.epic.cdshooks.request.bpa-trigger-action"
TOKEN = "ey-secret-token"
AUTHORIZATION = {
    "access_token": TOKEN,
    "token_type": "Bearer",
    "expires_in": 3600,
    "scope": "patient/*.* user/*.* launch openid profile online_access",
    "subject": "48163c5e-88b5-4cb3-92d3-23b800caa927",
}


def today() -> date:
    """The day on the clock of a service without a time zone."""
    return datetime.now(UTC).date()


def charts() -> dict[str, Chart]:
    """The demo's charts and those of the clinical stories, moved to today."""
    demo = {shown.name: shown for shown in read_charts(today())}
    return demo | {told.name: told for told in _stories()}


def _stories() -> Iterator[Chart]:
    for story in tomllib.loads((Path(__file__).parents[1] / "stories" / "men.toml").read_text("utf-8"))["story"]:
        told_on = date.fromisoformat(str(story["today"])[:10])
        moved = json.loads(move_dates(json.dumps(chart(story)), today() - told_on))
        yield Chart(story["name"], story["name"], tuple(entry["resource"] for entry in moved["entry"]))


def calls(service: Service) -> dict[str, Call]:
    """Every situation by name. Each is a call that gets cards."""
    known = charts()
    plain = {name: hook_call(service, shown) for name, shown in known.items()}
    return plain | {name: make(hook_call(service, known["hematocrit"])) for name, make in SITUATIONS.items()}


ANTIBIOTIC = {
    "resourceType": "MedicationRequest",
    "id": "draft-antibiotic",
    "status": "draft",
    "intent": "order",
    "medicationCodeableConcept": {"text": "amoxicillin 500 mg capsule"},
}


def with_drafts(call: Call, *drafts: dict[str, Any]) -> Call:
    """The same call, where its hook writes orders with these and no others."""
    bundle = {"resourceType": "Bundle", "entry": [{"resource": draft} for draft in drafts]}
    context = call["context"]
    context |= {name: bundle for name in ("draftOrders", "medications") if name in context}
    if "selections" in context:
        context["selections"] = [f"{draft['resourceType']}/{draft['id']}" for draft in drafts]
    return call


def repeat(call: Call) -> Call:
    """The same call for another hook instance."""
    return call | {"hookInstance": str(uuid.uuid4())}


def entries(call: Call, key: str) -> list[dict[str, Any]]:
    """The entries of one prefetched Bundle, to be changed in place."""
    found: list[dict[str, Any]] = call["prefetch"][key]["entry"]
    return found


def from_another_patient(call: Call) -> Call:
    """The EHR prefetched the chart of someone else."""
    return call | {"context": call["context"] | {"patientId": "1040092"}}


def with_a_stranger(call: Call) -> Call:
    """One result in the chart belongs to somebody else."""
    lab = entries(call, "labs")[0]["resource"] | {"id": "stray", "subject": {"reference": "Patient/other"}}
    entries(call, "labs").append({"resource": lab})
    return call


def paged(call: Call) -> Call:
    """The first of several pages of results."""
    call["prefetch"]["labs"] |= {"total": 900, "link": [{"relation": "next", "url": "https://ehr.example/fhir?page=2"}]}
    return call


def without_labs(call: Call) -> Call:
    """Nothing has been measured, said with null."""
    call["prefetch"]["labs"] = None
    return call


def with_only_what_is_required(call: Call) -> Call:
    """Neither conditions nor doses nor the patient."""
    call["prefetch"] = {key: call["prefetch"][key] for key in ("labs", "medications")}
    return call


def with_failed_queries(call: Call) -> Call:
    """All that is optional failed on the client's side."""
    call["prefetch"] |= {key: OUTCOME for key in call["prefetch"] if key not in ("labs", "medications")}
    return call


def with_hostile_text(call: Call) -> Call:
    """Free text of the chart that would like to be HTML, a link or a table."""
    for number, text in enumerate(HOSTILE):
        lab = entries(call, "labs")[0]["resource"]
        value = {"value": 52, "unit": text, "system": "http://unitsofmeasure.org", "code": text}
        code = lab["code"] | {"text": text}
        entries(call, "labs").append({"resource": lab | {"id": text, "code": code, "valueQuantity": value}})
        order = entries(call, "medications")[0]["resource"]
        concept = {"text": f"testosterone {text}"}
        named = order | {
            "id": f"m{number}",
            "medicationCodeableConcept": concept,
            "dosageInstruction": [{"text": text}],
        }
        entries(call, "medications").append({"fullUrl": f"urn:uuid:{text}", "resource": named})
        stray = lab | {"subject": {"reference": f"Patient/{text}"}, "id": f"stray-{text}"}
        entries(call, "labs").append({"resource": stray})
    return call


def from_epic(call: Call) -> Call:
    """Extensions as objects on every level, a server and a token."""
    extension = {EPIC: "60", "com.epic.cdshooks.request.criteria": {"id": "1", "rows": [1, "2"]}}
    call["context"] |= {"extension": extension, "encounterId": "enc-1", "userId": "PractitionerRole/e.1"}
    call["prefetch"] |= {"extension": extension}
    return call | {
        "extension": extension,
        "fhirServer": "https://ehr.example/api/FHIR/R4",
        "fhirAuthorization": AUTHORIZATION | {"patient": call["context"]["patientId"], "extension": extension},
    }


def from_the_sandbox(call: Call) -> Call:
    """As the official sandbox sends it: a token in words, no Bundle type, a category that is no list, null entries."""
    call["context"]["encounterId"] = "{{context.encounterId}}"
    for key in ("labs", "medications", "administrations"):
        call["prefetch"][key].pop("type")
        for entry in entries(call, key):
            entry["resource"]["category"] = {"text": "outpatient"}
    call["prefetch"]["conditions"] = {"resourceType": "Bundle", "type": "searchset", "total": 0}
    return call | {"fhirServer": "http://127.0.0.1:9/fhir", "fhirAuthorization": AUTHORIZATION}


def with_single_resources(call: Call) -> Call:
    """Prefetch values that are resources, where searches would bring Bundles; and keys nobody asked for."""
    for key in ("medications", "administrations"):
        call["prefetch"][key] = entries(call, key)[0]["resource"]
    return call | {"prefetch": call["prefetch"] | {"encounter": {"resourceType": "Encounter", "id": "e"}, "odd": 7}}


def from_a_later_version(call: Call) -> Call:
    """Context fields that this version of the hook does not know."""
    call["context"] |= {"locale": None, "careTeam": [{"reference": "CareTeam/1"}], "urgent": True}
    return call | {"hookVersion": "2.0"}


SITUATIONS: dict[str, Callable[[Call], Call]] = {
    "another patient": from_another_patient,
    "a stranger's result": with_a_stranger,
    "one page of several": paged,
    "nothing measured": without_labs,
    "only what is required": with_only_what_is_required,
    "failed optional queries": with_failed_queries,
    "hostile text": with_hostile_text,
    "Epic": from_epic,
    "the sandbox": from_the_sandbox,
    "single resources": with_single_resources,
    "a later version": from_a_later_version,
}
NAMES = (*charts(), *SITUATIONS)
