"""The EHR's FHIR server is dead, slow, or lies; calls to another one, and complete calls, go on beside it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any
from uuid import uuid4

import msgspec

from benchmarks.faults.drill import HOOK, Told, Traffic
from benchmarks.live import Answer, Caller, Service, running
from cds_hooks.wire.discovery import PATIENT_VIEW, discover
from service.examples.chart import Chart, read_charts
from service.examples.ehr import hook_call
from tests.elsewhere import Answer as Give
from tests.elsewhere import Asked, Write, always, said
from tests.engine import site
from tests.service.ehr.servers import TOKEN, loopback

TIMEOUT = 2  # seconds that the service waits for a FHIR server
CALLS = 12  # that lack their results
FHIR = {"Content_Type": "application/fhir+json"}
Json = dict[str, Any]


async def mute(asked: Asked, write: Write) -> None:
    """Nothing, for long."""
    await asyncio.sleep(60)


async def dead(asked: Asked, write: Write) -> None:
    """Hangs up."""
    raise ConnectionAbortedError


async def endless(asked: Asked, write: Write) -> None:
    """Each page links to one more."""
    address = f"http://{asked.headers['host']}/fhir/Observation?page={uuid4()}"
    link = [{"relation": "next", "url": address}]
    await write(said(json.dumps({"resourceType": "Bundle", "type": "searchset", "link": link}).encode(), **FHIR))


def of_somebody_else() -> Give:
    """Results of another patient, and that patient as the one asked for."""
    other = {"resourceType": "Patient", "id": "somebody-else", "gender": "male", "birthDate": "1950-01-01"}
    result = {
        "resourceType": "Observation",
        "id": "o",
        "status": "final",
        "subject": {"reference": "Patient/somebody-else"},
        "code": {"coding": [{"system": "http://loinc.org", "code": "4544-3"}]},
        "effectiveDateTime": "2026-09-03",
        "valueQuantity": {"value": 60, "unit": "%", "system": "http://unitsofmeasure.org", "code": "%"},
    }

    async def give(asked: Asked, write: Write) -> None:
        entry = [{"resource": result}] if "/Observation" in asked.target else []
        found = (
            other if "/Patient/" in asked.target else {"resourceType": "Bundle", "type": "searchset", "entry": entry}
        )
        await write(said(json.dumps(found).encode(), **FHIR))

    return give


HTML = always(said(b"<html><body>Sign in</body></html>", Content_Type="text/html"))
FAULTS: dict[str, tuple[str, Give, tuple[int, ...], bytes]] = {
    "dead": ("hangs up on every query", dead, (412,), b"prefetch.labs"),
    "slow": ("does not answer", mute, (412,), b"prefetch.labs"),
    "html": ("answers with a page of HTML", HTML, (412,), b"prefetch.labs"),
    "other": ("answers with somebody else's results", of_somebody_else(), (200,), b"another patient"),
    "endless": ("answers with pages without end", endless, (200,), b"history"),
}


async def fhir_server(name: str, folder: Path) -> Told:
    """A call that needs the server says what it lacks, in time; all others are answered as ever."""
    what, fault, statuses, word = FAULTS[name]
    told = Told(f"EHR's FHIR server {what}")
    chart = next(one for one in read_charts(site().now().day) if one.name == "stable")
    settings = {"FHIR_SERVERS": "http://127.0.0.1", "FHIR_TIMEOUT": str(TIMEOUT)}
    with ExitStack() as stack:
        service = stack.enter_context(running(Service(folder / "s", settings)))
        (broken, elsewhere), (good, _) = (stack.enter_context(loopback([chart])) for _ in range(2))
        traffic, caller = Traffic(service), Caller(service)
        whole = _lacking(chart, good.address)
        usual = await caller.call(HOOK, whole)
        told.promise(usual.status == 200, f"the server that is well is used ({usual.status})")
        lied_to = _lacking(chart, broken.address, *(("patient",) if name == "other" else ()))
        async with traffic.flowing():
            restored, elsewhere.answer = elsewhere.answer, fault
            bad, beside = await asyncio.gather(_several(caller, lied_to), _several(caller, whole))
            elsewhere.answer = restored
            after = await caller.call(HOOK, lied_to)
        _judge(told, name, bad, statuses, word)
        told.promise({one.status for one in beside} == {200}, "calls to the other EHR are answered")
        told.promise(_cards(beside[0]) == _cards(usual), "and with the same cards")
        told.promise(set(traffic.counts) == {200}, f"complete calls are answered: {dict(traffic.counts)}")
        told.promise(after.status == 200 and _cards(after) == _cards(usual), "right again with the next call")
        told.recovery = "with the next call"
        slowest = max(one.seconds for one in bad)
        told.notes.append(f"slowest such call {slowest:.1f} s; beside it {max(one.seconds for one in beside):.2f} s")
        caller.close()
    return told


def _judge(told: Told, name: str, bad: Iterable[Answer], statuses: tuple[int, ...], word: bytes) -> None:
    for one in bad:
        told.answers[one.status] += 1
        told.promise(one.seconds < TIMEOUT + 2, f"an answer {TIMEOUT} s after the call, not {one.seconds:.1f}")
        told.promise(word in one.body, f"it says why: {one.body[:300]!r}")
        told.promise(b"overdue" not in one.body and b"60 %" not in one.body, "nothing is made up")
    told.only(*statuses)


async def _several(caller: Caller, body: bytes) -> list[Answer]:
    return await asyncio.gather(*[caller.call(HOOK, body) for _ in range(CALLS)])


def _cards(answer: Answer) -> list[str]:
    return [card["summary"] for card in json.loads(answer.body)["cards"]]


def _lacking(chart: Chart, server: str, *more: str) -> bytes:
    """A call without laboratory results, which are to be had at a server."""
    service = discover(site().knowledge.vocabulary).find(PATIENT_VIEW)
    call: Json = hook_call(msgspec.to_builtins(service), chart)
    for key in ("labs", *more):
        del call["prefetch"][key]
    token = {"access_token": TOKEN, "token_type": "Bearer", "expires_in": 300, "scope": "patient/*.rs", "subject": "x"}
    return json.dumps(call | {"fhirServer": server, "fhirAuthorization": token}).encode()


DRILLS = {f"fhir-{name}": partial(fhir_server, name) for name in FAULTS}
