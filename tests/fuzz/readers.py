"""Everything that reads what others wrote, each as a function of bytes that only its documented errors may leave."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from datetime import date
from functools import cache

from starlette.requests import Request

from cds_hooks.facts import Moment
from cds_hooks.presentation.hooks.services import PRESENT
from cds_hooks.presentation.report import encode_report
from cds_hooks.record.drugs.amounts import amounts_in
from cds_hooks.record.drugs.spoken_intervals import in_words
from cds_hooks.record.hl7v2.bundle import bundle_of
from cds_hooks.refusal import Refusal
from cds_hooks.wire.discovery import discover
from cds_hooks.wire.feedback import decode_feedback
from cds_hooks.wire.request import check_call, decode_call
from cds_hooks.wire.response import CDSHooksResponse, encode
from service.evaluation import moment_of, report_on
from service.fhir.apply.answer import apply_plan
from service.fhir.apply.sent import read_application
from service.fhir.monitoring.given import given_in
from service.fhir.monitoring.judging import Asking, answer_in_fhir
from service.fhir.monitoring.lines import inflated, lines_of
from service.fhir.operations.operations import OPERATIONS
from service.fhir.operations.posted import from_body
from service.fhir.shelf import Shelves
from service.fhir.validation import _outcome
from service.hooks import answer_to
from service.site.site import InForce, packaged_files
from service.trust.distrust import Distrust
from service.trust.token import read_token
from terminology.units.ucum import Ucum, UcumError
from tests.charts import LOINC, UCUM
from tests.engine import site

Reader = Callable[[bytes], object]
TODAY = Moment(date(2026, 9, 4))
STEP = 7  # bytes that arrive at a time


def bundle(content: bytes) -> None:
    """A posted Bundle: decoded, read, judged, and written as a report."""
    with suppress(Refusal):
        report, _ = report_on(site(), content, TODAY, ())
        encode_report(report)


def operation(content: bytes) -> None:
    """The FHIR operation's body: a Bundle, or Parameters around it."""
    with suppress(Refusal):
        given = given_in(content, ())
        asking = Asking.of(site(), given.today, given.profiles, None)
        answer_in_fhir(in_force(), given.bundle, asking)


def hook(content: bytes) -> None:
    """A hook call of each service in turn, to its cards."""
    for service in services():
        with suppress(Refusal):
            answer = answer_to(site(), check_call(decode_call(content, service), service), PRESENT[service.id])
            encode(CDSHooksResponse(answer.cards))


def feedback(content: bytes) -> None:
    """What clinicians did with cards."""
    with suppress(Refusal):
        decode_feedback(content)


def strict(content: bytes) -> None:
    """Anything that is to be validated."""
    with suppress(Refusal):
        _outcome(content, site().knowledge.vocabulary, None, "4.0")


def terminology(content: bytes) -> None:
    """The Parameters of every terminology operation in turn, to its answer."""
    for each in OPERATIONS:
        with suppress(Refusal):
            each.answer(shelves().of(site().knowledge).catalogue, from_body(content, each.taken(False)), None)


def application(content: bytes) -> None:
    """The body of `$apply`, to the plan applied."""
    with suppress(Refusal):
        sent = read_application(Request({"type": "http", "query_string": b"", "headers": []}), content)
        apply_plan(site(), shelves().of(site().knowledge).catalogue.plan("testosterone-safety.es2018"), sent)


def hl7v2(content: bytes) -> None:
    """A laboratory's message, to its Bundle, to the report."""
    with suppress(Refusal):
        bundle(bundle_of(content))


def ndjson(content: bytes) -> None:
    """Lines of Bundles, plain and as gzip, that arrive in pieces."""
    asyncio.run(_lines(content))


async def _lines(content: bytes) -> None:
    with suppress(Refusal):
        async for line in lines_of(_pieces(content), 100_000):
            with suppress(Refusal):
                answer_in_fhir(in_force(), line.content or b"", Asking(site(), TODAY, (), "representation"))
    with suppress(Refusal):
        async for _ in lines_of(inflated(_pieces(content)), 100_000):
            pass


async def _pieces(content: bytes) -> AsyncIterator[bytes]:
    for start in range(0, len(content), STEP):
        yield content[start : start + STEP]


def dosage(content: bytes) -> None:
    """Words about a drug and how it is taken."""
    text = content.decode("utf-8", "replace")
    amounts_in(text)
    in_words(text)
    order = {"resourceType": "MedicationRequest", "id": "m", "status": "active", "intent": "order"}
    words = {"medicationCodeableConcept": {"text": text}, "dosageInstruction": [{"text": text}]}
    known = {"medicationCodeableConcept": {"text": "testosterone"}, "dosageInstruction": [{"patientInstruction": text}]}
    _judge(order | words, order | known | {"id": "n"})


def unit(content: bytes) -> None:
    """A unit, alone and of a result."""
    text = content.decode("utf-8", "replace")
    with suppress(UcumError):
        ucum().measure(text)
    quantity = {"value": 47, "unit": text, "system": UCUM, "code": text}
    beside = quantity | {"code": "ng/dL"}
    _judge(
        _result(effectiveDateTime="2026-09-03", valueQuantity=quantity),
        _result(effectiveDateTime="2026-09-03", valueQuantity=beside) | {"id": "p"},
        _result(effectiveDateTime="2026-09-03", valueString=f"47 {text}") | {"id": "q"},
    )


def moment(content: bytes) -> None:
    """A date in every place that can hold one."""
    text = content.decode("utf-8", "replace")
    with suppress(Refusal):
        moment_of(site(), [text])
    quantity = {"value": 47, "unit": "%", "system": UCUM, "code": "%"}
    drug = {"medicationCodeableConcept": {"text": "testosterone cypionate"}}
    repeat = {"boundsPeriod": {"start": text, "end": text}, "frequency": 1, "period": 2, "periodUnit": "wk"}
    order = {"resourceType": "MedicationRequest", "id": "m", "status": "active", "intent": "order", "authoredOn": text}
    given = {"resourceType": "MedicationAdministration", "id": "a", "status": "completed", "effectiveDateTime": text}
    _judge(
        {"resourceType": "Patient", "id": "1", "birthDate": text, "deceasedDateTime": text},
        _result(effectiveDateTime=text, issued=text, valueQuantity=quantity),
        order | drug | {"dosageInstruction": [{"timing": {"event": [text], "repeat": repeat}}]},
        given | drug,
    )


def token(content: bytes) -> None:
    """A client's token, before its signature is looked at."""
    with suppress(Distrust):
        read_token(content.decode("latin-1"))


OF_TREES: tuple[Reader, ...] = (bundle, operation, hook, feedback, strict, terminology, application)
OF_TEXT: tuple[Reader, ...] = (hl7v2, ndjson, dosage, unit, moment, token)
READERS: dict[str, Reader] = {each.__name__: each for each in (*OF_TREES, *OF_TEXT)}
# Readers of JSON, whose inputs are changed as trees; the others' as text.
TREES = frozenset(each.__name__ for each in OF_TREES)
# Where a server reads the same: address and media type.
DOORS = {
    "bundle": ("/evaluate", "application/json"),
    "operation": ("/fhir/$hormone-monitoring", "application/fhir+json"),
    "hook": ("/cds-services/hormone-monitoring-patient-view", "application/json"),
    "feedback": ("/cds-services/hormone-monitoring-patient-view/feedback", "application/json"),
    "strict": ("/fhir/$validate", "application/fhir+json"),
    "terminology": ("/fhir/CodeSystem/$validate-code", "application/fhir+json"),
    "application": ("/fhir/PlanDefinition/testosterone-safety.es2018/$apply", "application/fhir+json"),
    "ndjson": ("/fhir/$hormone-monitoring", "application/fhir+ndjson"),
}


@cache
def ucum() -> Ucum:
    """The reader of UCUM units."""
    return Ucum.read(packaged_files("terminology.tables")["ucum-essence.xml"])


@cache
def services() -> tuple[object, ...]:
    """Every CDS service."""
    return tuple(discover(site().knowledge.vocabulary).services)


@cache
def shelves() -> Shelves:
    """What is published of the site's knowledge."""
    return Shelves()


@cache
def in_force() -> InForce:
    """The site without a database."""
    return InForce(site())


def _result(**elements: object) -> dict[str, object]:
    code = {"coding": [{"system": LOINC, "code": "4544-3"}]}
    return {"resourceType": "Observation", "id": "o", "status": "final", "code": code, **elements}


def _judge(*resources: dict[str, object]) -> None:
    chart = {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": each} for each in resources]}
    bundle(json.dumps(chart).encode("utf-8", "surrogatepass"))
