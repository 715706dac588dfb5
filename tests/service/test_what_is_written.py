"""A real service at its most verbose is sent a patient in every way; nothing of it is written down anywhere.

Searched are its standard output and error, the files of its database, and what it tells people and load balancers.
"""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import msgspec
import pytest

from cds_hooks.wire.discovery import discover
from service.demo.play import free_port, wait_for_answer
from service.examples.chart import DEMO_DAY, Chart, chart_json, read_charts
from service.examples.ehr import hook_call
from tests.elsewhere import Answer, Asked, Elsewhere, Write, always, elsewhere, said
from tests.engine import site
from tests.service.ehr.servers import TOKEN, answering
from tests.service.test_watching import say
from tests.service.trust.tokens import ISSUER, Signer, bearer, key_set

Json = dict[str, Any]
MARK = "Xylophon"
DIGITS = "73125"  # at the end of every number
SECONDS = ":53:37"  # of every time of day
WORDS = ("text", "display", "family", "given", "patientInstruction", "unit", "description", "comment")
NAMES = ("id", "reference", "userId", "patientId", "encounterId", "value", "fullUrl")
LAB = "MSH|^~\\&|LIS|LAB|||20260903||ORU^R01|7|P|2.5.1\rPID|1||{0}^^^{0}^MR||{0}^{0}||19680125|M\r"


def marked(node: Any, key: str = "") -> Any:
    """A chart with a word in every free text, name and id, and digits in every number; codes are as they were."""
    if isinstance(node, dict):
        return {name: marked(value, name) for name, value in node.items()}
    if isinstance(node, list):
        return [marked(value, key) for value in node]
    if isinstance(node, str) and key in WORDS:
        return f"{node} {MARK}"
    if isinstance(node, str) and (key in NAMES or key == "selections"):
        return f"{node}-{MARK}"
    if isinstance(node, str):
        return re.sub(r"(T\d\d):\d\d:\d\d", rf"\1{SECONDS}", node)
    return float(f"{float(node)}{DIGITS}") if key == "value" and isinstance(node, int | float) else node


CHARTS = tuple(Chart(one.name, one.story, tuple(map(marked, one.resources))) for one in read_charts(DEMO_DAY))
SERVICES = discover(site().knowledge.vocabulary).services


@dataclass
class Sending:
    """What is sent to a running service, each call with a token of its own, and what comes back."""

    address: str
    client: httpx.Client
    signer: Signer = field(default_factory=Signer)
    tokens: list[str] = field(default_factory=list)
    answers: list[httpx.Response] = field(default_factory=list)

    def send(self, method: str, path: str, body: Any = None, media: str = "application/json", **headers: str) -> Any:
        """One call; a body that is neither text nor bytes is sent as JSON."""
        token = self.signer.token(self.address + path.partition("?")[0], jti=f"{MARK}-{uuid4()}")
        self.tokens.append(token)
        content = json.dumps(body) if isinstance(body, dict | list) else body
        sent = bearer(token) | {"Content-Type": media} | headers
        self.answers.append(self.client.request(method, path, content=content, headers=sent))
        return self.answers[-1]


@dataclass
class Written:
    """Everything that was written, by where, and how the calls went."""

    places: dict[str, str]
    sent: Sending
    heard: dict[str, int]
    asked_of_the_ehr: list[Asked]


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Written:
    """After all calls, when the service has ended."""
    folder = tmp_path_factory.mktemp("written")
    sent, port = Sending("", httpx.Client()), free_port(0)
    sent.address = f"http://127.0.0.1:{port}"
    sent.client = httpx.Client(base_url=sent.address, trust_env=False, timeout=60)
    (folder / "keys.json").write_bytes(key_set(sent.signer))
    with (
        elsewhere(answering({chart.patient_id: chart for chart in CHARTS})) as ehr,
        (folder / "out").open("wb") as out,
        (folder / "err").open("wb") as err,
        subprocess.Popen([sys.executable, "-m", "service"], env=settings(folder, port), stdout=out, stderr=err) as run,
        sent.client,
    ):
        try:
            wait_for_answer(sent.address, run)
            heard = everything(sent, ehr)
            told = {path: sent.send("GET", path, Accept="application/json").text for path in ASKED}
            say(port, f"GET /{MARK} HTTP/9.9\r\nX: {MARK}\r\n\r\n")
            with suppress(ConnectionResetError):  # the rest of what is too long is not read
                say(port, f"GET /{MARK} HTTP/1.1\r\nHost: x\r\nX: {MARK * 20_000}\r\n\r\n")
            _leave_early(sent, port)
        finally:
            run.send_signal(signal.SIGTERM)
            run.wait(20)
    files = {file.name: file.read_bytes().decode("utf-8", "replace") for file in folder.iterdir() if file.is_file()}
    files.pop("keys.json")
    return Written(files | told, sent, heard, ehr.asked)


ASKED = ("/health", "/metrics", "/stats", "/codes/unmapped")


def settings(folder: Path, port: int) -> dict[str, str]:
    """The environment of a service that does all it can, and says all it does."""
    chosen = {
        "DATABASE_URL": f"sqlite:///{folder}/memory.sqlite3",
        "HASH_KEY": "a key of more than sixteen characters",
        "SILENCE_OVERRIDDEN": "90",
        "SILENCE_SHOWN": "true",
        "JWT": "required",
        "JWT_ISSUERS": ISSUER,
        "JWT_KEYS": f"{ISSUER}={folder}/keys.json",
        "FHIR_SERVERS": "http://127.0.0.1",
        "FHIR_TIMEOUT": "1.5",
        "MAX_BODY": "400000",
        "LOG_LEVEL": "debug",
    }
    ours = {f"HORMONE_CDS_{name}": value for name, value in chosen.items()}
    return os.environ | ours | {"PORT": str(port), "HOST": "127.0.0.1", "PYTHONASYNCIODEBUG": "1"}


def everything(sent: Sending, ehr: Elsewhere) -> dict[str, int]:
    """Every kind of call; how often each status came back."""
    for chart in CHARTS:
        _hooks(sent, chart, ehr)
        _bundles(sent, chart)
    _mistakes(sent)
    _tokens(sent)
    statuses = [str(answer.status_code) for answer in sent.answers]
    return {status: statuses.count(status) for status in set(statuses)}


def _hooks(sent: Sending, chart: Chart, ehr: Elsewhere) -> None:
    usual = ehr.answer
    for service in SERVICES:
        call = marked_call(service, chart)
        path = f"/cds-services/{service.id}"
        answer = sent.send("POST", path, call)
        _feedback(sent, path, answer.json()["cards"])
        lacking = call | {"prefetch": {"patient": call["prefetch"]["patient"]}, "hookInstance": str(uuid4())}
        sent.send("POST", path, lacking)
        sent.send("POST", path, lacking | access(ehr))
    for fault in FAULTS:
        ehr.answer = fault
        sent.send("POST", "/cds-services/hormone-monitoring-patient-view", lacking | access(ehr))
    ehr.answer = usual


def marked_call(service: Any, chart: Chart) -> Json:
    """A whole call whose ids, words, extensions and authorization are marked."""
    call = hook_call(msgspec.to_builtins(service), chart)
    context = marked({name: value for name, value in call["context"].items() if name == "userId"})
    return call | {"context": call["context"] | context, "extension": {f"org.{MARK}": MARK}}


def access(ehr: Elsewhere) -> Json:
    """The EHR's own server, and the token for it."""
    authorization = {"access_token": TOKEN, "token_type": "Bearer", "expires_in": 300, "subject": MARK}
    return {
        "fhirServer": f"{ehr.address}/fhir",
        "fhirAuthorization": authorization | {"scope": "patient/*.read"},
    }


async def _cut_off(asked: Asked, write: Write) -> None:
    await write(said(f'{{"{MARK}": '.encode() * 900)[:500])
    raise ConnectionAbortedError


FAULTS: tuple[Answer, ...] = (
    always(said(f"<html>{MARK}</html>".encode(), "500 Internal Server Error", X_Trace=MARK)),
    always(said(b"", "302 Found", Location=f"http://127.0.0.1:1/Patient/{MARK}")),
    always(said(f'{{"resourceType": "{MARK}"'.encode(), Content_Type="application/fhir+json")),
    always(said(f'{{"resourceType": "OperationOutcome", "issue": "{MARK}"}}'.encode(), "403 Forbidden")),
    always(said(f'"{MARK}"'.encode() * 60_000, Content_Type="application/fhir+json", ETag=MARK)),
    always(f"HTTP/9 {MARK}\r\n{MARK}\r\n\r\n".encode()),
    _cut_off,
)


def _feedback(sent: Sending, path: str, cards: list[Json]) -> None:
    said_of = {"userComment": f"{MARK} does not want it", "reason": {"code": MARK, "system": MARK, "display": MARK}}
    item = {"outcome": "overridden", "outcomeTimestamp": "2026-09-04T10:00:00Z", "overrideReason": said_of}
    told = [item | {"card": card["uuid"]} for card in cards] + [item | {"card": MARK}]
    sent.send("POST", f"{path}/feedback", {"feedback": told})
    sent.send("POST", f"{path}/feedback", {"feedback": [item | {"card": 5, "outcome": MARK}]})


def _bundles(sent: Sending, chart: Chart) -> None:
    bundle = {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": one} for one in chart.resources]}
    line = json.dumps(bundle)
    parameters = {"resourceType": "Parameters", "parameter": [{"name": "bundle", "resource": bundle}]}
    sent.send("POST", f"/evaluate?user={MARK}", bundle)
    sent.send("POST", "/evaluate?strict=true", bundle)
    sent.send("POST", f"/evaluate?today={MARK}", bundle)
    sent.send("POST", f"/evaluate?{MARK}={MARK}", bundle)
    sent.send("POST", "/fhir/$validate", bundle)
    sent.send("POST", f"/fhir/{MARK}/$validate", bundle)
    sent.send("POST", "/fhir/$hormone-monitoring", parameters)
    sent.send("POST", f"/fhir/Patient/{chart.patient_id}/$hormone-monitoring", bundle)
    sent.send("POST", f"/fhir/Patient/{MARK}/$hormone-monitoring", bundle)
    for strict in ("", "?strict=true"):
        batch = f"{line}\n{{{MARK}\n\n{line[:500]}\n{line}"
        sent.send("POST", f"/fhir/$hormone-monitoring{strict}", batch, "application/fhir+ndjson")
    sent.send("POST", "/fhir/PlanDefinition/testosterone-safety.es2018/$apply", bundle)
    sent.send("POST", f"/fhir/PlanDefinition/{MARK}/$apply?subject={MARK}", bundle)


def _mistakes(sent: Sending) -> None:
    hook = f"/cds-services/{SERVICES[0].id}"
    for broken in (MARK, f'{{"{MARK}": ', f'{{"hook": "{MARK}", "hookInstance": "{MARK}"}}', "[" * 90_000 + MARK):
        for path in (hook, f"{hook}/feedback", "/evaluate", "/fhir/$hormone-monitoring", "/fhir/$validate"):
            sent.send("POST", path, broken)
    sent.send("POST", "/evaluate", LAB.format(MARK), "text/plain")
    sent.send("POST", "/evaluate", MARK * 60_000)
    sent.send("POST", "/evaluate", MARK, **{"Content-Encoding": "gzip"})
    sent.send("POST", "/evaluate", MARK, **{"Content-Encoding": MARK})
    for path in (f"/{MARK}", f"/fhir/Patient/{MARK}", f"/protocols/{MARK}", f"/cds-services/{MARK}", f"/%0a{MARK}"):
        sent.send("GET", path)
    sent.send("GET", f"/fhir/CodeSystem/$lookup?system=http://loinc.org&code={MARK}")
    sent.send("GET", f"/fhir/ValueSet?url={MARK}&{MARK}={MARK}")
    sent.send("DELETE", f"/evaluate?{MARK}")
    sent.send("GET", f"/stats?{MARK}={MARK}")


def _tokens(sent: Sending) -> None:
    path, signer = "/cds-services", sent.signer
    url = sent.address + path
    wrong = [
        sent.tokens[0],
        MARK,
        signer.token(url, iss=f"https://{MARK}.example"),
        signer.token(url, tenant=MARK),
        signer.token(url, sub=MARK, exp=1),
        signer.token(f"{url}/{MARK}"),
        signer.token(url, header={"kid": MARK, "jku": f"https://{MARK}.example"}),
        signer.token(url)[:-4] + "AAAA",
    ]
    sent.tokens += wrong[2:]
    for token in wrong:
        sent.answers.append(sent.client.get(path, headers=bearer(token)))
    sent.answers.append(sent.client.get(path, headers={"Authorization": f"Basic {MARK}", "Cookie": f"session={MARK}"}))


def _leave_early(sent: Sending, port: int) -> None:
    """Announce a body, send half of it and hang up."""
    token = sent.signer.token(f"{sent.address}/evaluate", jti=MARK)
    sent.tokens.append(token)
    head = f"POST /evaluate HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAuthorization: Bearer {token}\r\n"
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.sendall(f"{head}Content-Type: application/json\r\nContent-Length: 100\r\n\r\n{MARK}".encode())
        connection.settimeout(0.3)
        with pytest.raises(TimeoutError):
            connection.recv(1)


def test_the_service_was_asked_in_every_way(written: Written) -> None:
    """Else nothing would be proven."""
    assert set(written.heard) == {"200", "400", "401", "404", "405", "412", "413", "415", "422"}
    assert written.heard["200"] > 70
    assert any(MARK in answer.text and DIGITS in answer.text for answer in written.sent.answers)
    log = written.places["err"]
    assert len(written.asked_of_the_ehr) > 100
    assert log.count("POST /cds-services/") >= 6 * len(SERVICES) + 3 * len(FAULTS)
    assert log.count(" a call was refused: ") == 8
    assert " fault " not in log
    assert " ERROR " not in log
    assert "Traceback" not in log
    assert json.loads(written.places["/stats"])
    assert len(written.places["memory.sqlite3"]) > 50_000


def secrets(sent: Sending) -> set[str]:
    """What must be found nowhere: marks, what the charts call their patients, and every token, whole and in parts."""
    patients = {chart.patient_id for chart in CHARTS}
    born = {one["birthDate"] for chart in CHARTS for one in chart.resources if one["resourceType"] == "Patient"}
    parts = {part for token in sent.tokens for part in token.split(".")[1:] if len(part) > 20}
    return {MARK, DIGITS, f"T08{SECONDS}", "demo-", "cypionate", "Practitioner", TOKEN, *patients, *born, *parts}


def test_nothing_that_was_sent_is_written_anywhere(written: Written) -> None:
    found = {
        (place, secret)
        for place, text in written.places.items()
        for secret in secrets(written.sent)
        if secret.lower() in text.lower()
    }
    assert not found


def test_answers_tell_neither_who_serves_nor_how(written: Written) -> None:
    """`Server` and `X-Powered-By` would tell an attacker which faults to try."""
    for answer in written.sent.answers:
        assert not {"server", "x-powered-by", "via"} & set(answer.headers)
        assert answer.headers["x-content-type-options"] == "nosniff"


def test_the_marked_charts_hold_what_is_searched_for() -> None:
    text = json.dumps([chart.resources for chart in CHARTS])
    for secret in (MARK, DIGITS, SECONDS, "demo-", "cypionate"):
        assert secret in text
    assert "1968-01-25" in chart_json("hematocrit")
