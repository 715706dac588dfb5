"""Many patients in one call: a line for each line, in order, as it goes, whatever a line holds."""

from __future__ import annotations

import asyncio
import gzip
import json
import time
import tracemalloc
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator
from dataclasses import replace
from datetime import date
from typing import Any

import httpx
import pytest
from starlette.requests import ClientDisconnect, Request

from cds_hooks.facts import Moment
from service.app import create_app
from service.examples.chart import DEMO_DAY, chart_json
from service.fhir.monitoring.batch import Batch
from service.fhir.monitoring.judging import Asking
from service.fhir.monitoring.lines import Line, inflated, lines_of
from service.fhir.monitoring.spool import IN_MEMORY, Spool
from service.site.settings import Settings
from service.site.site import InForce
from tests.conftest import MAX_BODY, running
from tests.engine import site

ADDRESS = "/fhir/$hormone-monitoring"
NDJSON = "application/fhir+ndjson"
ON = {"today": "2026-09-04"}
SECRET = "zq-secret-zq"
Json = dict[str, Any]


def line_of(patient: str, name: str = "hematocrit") -> bytes:
    """One patient's Bundle on a line."""
    text = json.dumps(json.loads(chart_json(name)))
    return text.replace(f"demo-{name}", patient).encode()


def post(client: httpx.Client, content: bytes, **more: Any) -> httpx.Response:
    """The answer to a batch."""
    headers = {"Content-Type": NDJSON} | more.pop("headers", {})
    return client.post(ADDRESS, content=content, params=ON, headers=headers, **more)


def read(answer: httpx.Response) -> list[Json]:
    """What each line says."""
    assert answer.status_code == 200, answer.text
    return [json.loads(line) for line in answer.text.splitlines()]


def subject(answer: Json) -> str:
    """Whom a result is about."""
    return str(answer["entry"][0]["resource"]["subject"]["reference"])


def test_each_line_is_answered_by_a_line_in_order(client: httpx.Client) -> None:
    names = [f"p{place}" for place in range(20)]
    answer = post(client, b"\n".join(map(line_of, names)))
    assert answer.headers["content-type"] == NDJSON
    assert [subject(one) for one in read(answer)] == [f"Patient/{name}" for name in names]


def test_a_line_is_answered_as_the_call_for_one(client: httpx.Client) -> None:
    (line,) = read(post(client, line_of("p")))
    one = client.post(ADDRESS, content=line_of("p"), params=ON, headers={"Content-Type": "application/json"}).json()
    for answer in (line, one):
        for entry in answer["entry"]:
            entry["resource"].pop("recorded", None)
    assert line == one


BROKEN = [
    (b'{"resourceType": "Bundle", ' + SECRET.encode(), "JSON"),
    (b"", "empty"),
    (b"  \r", "empty"),
    (b'{"resourceType": "Patient"}', "Bundle"),
    (b"\xff\xfe", "UTF-8"),
    (b"[" * 100_000, "Bundle"),
    (b"x" * (MAX_BODY + 1), f"longer than {MAX_BODY} bytes"),
    (
        b'{"resourceType": "Bundle", "entry": [{"resource": {"resourceType": "Patient", "id": "a"}}, '
        b'{"resource": {"resourceType": "Patient", "id": "b"}}]}',
        "more than one Patient",
    ),
]


@pytest.mark.parametrize(("broken", "said"), BROKEN, ids=[said for _, said in BROKEN])
def test_a_broken_line_is_named_and_the_others_are_judged(client: httpx.Client, broken: bytes, said: str) -> None:
    first, second, third = read(post(client, b"\n".join([line_of("p1"), broken, line_of("p3"), b""])))
    assert (subject(first), subject(third)) == ("Patient/p1", "Patient/p3")
    assert second["resourceType"] == "OperationOutcome"
    assert second["issue"][0]["diagnostics"].startswith("Line 2: ")
    assert said in second["issue"][0]["diagnostics"]
    assert SECRET not in json.dumps(second)


def test_a_fault_of_ours_costs_one_line() -> None:
    class Failing(InForce):
        """Fails on every other patient."""

        def __init__(self) -> None:
            super().__init__(site(), self.fail)

        def fail(self, patient: str, *_: object) -> None:
            if patient == "Patient/p1":
                raise RuntimeError(SECRET)

    body = b"\n".join(line_of(f"p{place}") for place in range(3))
    lines = answered(Failing(), [body]).splitlines()
    assert [json.loads(line)["resourceType"] for line in lines] == ["Bundle", "OperationOutcome", "Bundle"]
    assert b"Line 2" in lines[1]
    assert SECRET.encode() not in lines[1]


def test_an_empty_body_is_answered_by_no_line(client: httpx.Client) -> None:
    assert read(post(client, b"")) == []


def test_windows_line_ends_are_line_ends(client: httpx.Client) -> None:
    assert len(read(post(client, line_of("p1") + b"\r\n" + line_of("p2") + b"\r\n"))) == 2


def test_a_compressed_batch_is_read(client: httpx.Client) -> None:
    packed = gzip.compress(b"\n".join([line_of("p1"), line_of("p2")]))
    assert len(read(post(client, packed, headers={"Content-Encoding": "gzip"}))) == 2


@pytest.mark.parametrize("cut", [-5, 20])
def test_a_compressed_batch_that_breaks_off_says_so_after_what_was_judged(client: httpx.Client, cut: int) -> None:
    packed = gzip.compress(line_of("p1") + b"\n" + line_of("p2"))
    *_, last = read(post(client, packed[:cut], headers={"Content-Encoding": "gzip"}))
    assert "gzip" in last["issue"][0]["diagnostics"]


@pytest.mark.parametrize(
    ("query", "headers", "status", "remedy"),
    [
        ({"profile": SECRET}, {}, 400, "known:"),
        ({"today": "soon"}, {}, 400, "2026-09-04"),
        ({"strikt": "true"}, {}, 400, "Known here: today, profile"),
        ({"_pretty": "true"}, {}, 400, "_pretty"),
        ({}, {"Accept": "application/fhir+xml"}, 406, NDJSON),
        ({}, {"Accept": f"{NDJSON}; fhirVersion=5.0"}, 406, "4.0 and 4.3"),
        ({"_format": "xml"}, {}, 406, NDJSON),
        ({}, {"Content-Encoding": "br"}, 415, "gzip"),
        ({}, {"Content-Type": f"{NDJSON}; fhirVersion=1.0"}, 415, "5.0"),
    ],
)
def test_what_cannot_be_meant_is_refused_before_a_line_is_judged(
    client: httpx.Client, query: dict[str, str], headers: dict[str, str], status: int, remedy: str
) -> None:
    sent = {"Content-Type": NDJSON} | headers
    answer = client.post(ADDRESS, content=line_of("p"), params=query, headers=sent)
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/fhir+json")
    assert remedy in answer.json()["issue"][0]["diagnostics"]


def test_a_batch_has_no_place_at_one_patient(client: httpx.Client) -> None:
    answer = client.post(f"/fhir/Patient/p/{ADDRESS.rpartition('/')[2]}", content=b"", headers={"Content-Type": NDJSON})
    assert answer.status_code == 415
    assert ADDRESS in answer.json()["issue"][0]["diagnostics"]


def test_it_is_as_short_as_preferred_and_says_its_version(client: httpx.Client) -> None:
    asked = {"Prefer": "return=minimal", "Accept": f"{NDJSON}; fhirVersion=4.3"}
    answer = post(client, line_of("p"), headers=asked)
    assert answer.headers["content-type"] == f"{NDJSON}; fhirVersion=4.3"
    assert answer.headers["preference-applied"] == "return=minimal"
    assert len(read(answer)[0]["entry"]) == 2


def test_what_is_judged_is_answered_before_the_rest_has_come(client: httpx.Client) -> None:
    """The body goes on only once the answer to its first line is there."""
    answers: list[bytes] = []

    async def call() -> None:
        reader, writer = await asyncio.open_connection(client.base_url.host, client.base_url.port)
        head = f"POST {ADDRESS} HTTP/1.1\r\nHost: x\r\nContent-Type: {NDJSON}\r\nTransfer-Encoding: chunked\r\n\r\n"
        writer.write(head.encode())
        for place in range(3):
            line = line_of(f"p{place}") + b"\n"
            writer.write(b"%x\r\n%s\r\n" % (len(line), line))
            await writer.drain()
            text = b""
            while f"Patient/p{place}".encode() not in text or not text.endswith(b"}\n\r\n"):
                text += await asyncio.wait_for(reader.read(65_536), 10)
            answers.append(text)
        writer.close()

    asyncio.run(asyncio.wait_for(call(), 60))
    assert len(answers) == 3


def test_a_body_that_stops_coming_ends_the_answer_with_an_outcome() -> None:
    settings = Settings(body_timeout=1)
    with running(create_app(settings)) as address, httpx.Client(base_url=address, trust_env=False) as slow:

        def pieces() -> Iterator[bytes]:
            yield line_of("p1") + b"\n"
            time.sleep(2)

        first, last = read(post(slow, pieces()))  # type: ignore[arg-type]
    assert subject(first) == "Patient/p1"
    assert last["issue"][0]["code"] == "timeout"


def answered(in_force: InForce, pieces: Iterable[bytes]) -> bytes:
    """What a batch answers, without a server."""
    sent: list[bytes] = []

    async def send(message: Json) -> None:
        sent.append(message.get("body", b""))

    asyncio.run(_run(in_force, pieces, send))
    return b"".join(sent)


async def _run(in_force: InForce, pieces: Iterable[bytes], send: Callable[[Any], Awaitable[None]]) -> None:
    coming = iter(pieces)

    async def receive() -> Json:
        body = next(coming, None)
        return {"type": "http.request", "body": body or b"", "more_body": body is not None}

    scope = {"type": "http", "method": "POST", "path": ADDRESS, "headers": [], "query_string": b""}
    asking = Asking(in_force.site, Moment(DEMO_DAY), (), "representation")
    batch = Batch(in_force, Request(scope, receive), asking, {"Content-Type": NDJSON})
    await batch(scope, receive, send)


def test_memory_stays_flat_however_many_patients_there_are() -> None:
    """Counted, not timed: of 2,000 patients, 20 MB in and more out, less than a tenth is kept at any time."""
    note = {"resourceType": "DocumentReference", "id": "note", "description": "x" * 10_000}
    man = {"resourceType": "Patient", "id": "p", "gender": "male", "birthDate": "1968-01-25"}
    chart = {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": man}, {"resource": note}]}
    in_force, line = InForce(site()), json.dumps(chart).encode() + b"\n"
    answered(in_force, [line] * 20)  # what is laid out once
    size = 0

    async def count(message: Json) -> None:
        nonlocal size
        size += len(message.get("body", b""))

    tracemalloc.start()
    try:
        asyncio.run(_run(in_force, (line for _ in range(2_000)), count))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert size > 10_000_000
    assert peak < 2 * IN_MEMORY


def test_a_caller_who_reads_only_after_sending_everything_is_answered(client: httpx.Client) -> None:
    """As most HTTP libraries do: what is judged meanwhile waits in a file."""
    lines = read(post(client, (line_of("p") + b"\n") * 400, timeout=60))
    assert len(lines) == 400


async def _coming(pieces: Iterable[bytes]) -> AsyncIterator[bytes]:
    for piece in pieces:
        yield piece


def _lines(pieces: Iterable[bytes], limit: int = 10) -> list[Line]:
    async def collect() -> list[Line]:
        return [line async for line in lines_of(_coming(pieces), limit)]

    return asyncio.run(collect())


@pytest.mark.parametrize(
    ("pieces", "lines"),
    [
        ([], []),
        ([b""], []),
        ([b"a"], [b"a"]),
        ([b"a\n"], [b"a"]),
        ([b"a\nb"], [b"a", b"b"]),
        ([b"a", b"b\n", b"c"], [b"ab", b"c"]),
        ([b"\n\n"], [b"", b""]),
        ([b"0123456789\n"], [b"0123456789"]),
        ([b"0123456789a\nb"], [None, b"b"]),
        ([b"01234", b"56789", b"abc", b"def\nb"], [None, b"b"]),
        ([b"01234", b"56789", b"abc"], [None]),
    ],
)
def test_lines_are_cut_wherever_a_body_is(pieces: list[bytes], lines: list[bytes | None]) -> None:
    assert [line.content for line in _lines(pieces)] == lines
    assert [line.number for line in _lines(pieces)] == list(range(1, len(lines) + 1))


def test_a_compressed_body_never_swells_beyond_a_step() -> None:
    bomb = gzip.compress(b"x" * 30_000_000)

    async def largest() -> int:
        return max([len(piece) async for piece in inflated(_coming([bomb]))])

    assert asyncio.run(largest()) <= 65_536


def test_the_spool_keeps_the_order_in_memory_and_on_disk() -> None:
    async def through() -> bytes:
        spool, out = Spool(), []
        for number in range(2_000):
            spool.put(b"%08d" % number * 100)
            if number % 7 == 0:
                out.append(await spool.take())
        spool.end()
        while content := await spool.take():
            out.append(content)
        spool.close()
        return b"".join(out)

    assert asyncio.run(through()) == b"".join(b"%08d" % number * 100 for number in range(2_000))


def test_a_full_spool_waits_for_its_reader() -> None:
    async def through() -> list[bool]:
        spool = Spool(most=10)
        spool.put(b"x" * 11)
        found = [spool.is_full, await spool.has_room(0.01)]
        reading = asyncio.create_task(spool.take())
        found += [await spool.has_room(10), spool.is_full]
        await reading
        spool.close()
        return found

    assert asyncio.run(through()) == [True, False, True, False]


def test_who_takes_nothing_of_an_answer_is_left() -> None:
    """The server's `send` waits while the caller does not read."""

    async def send(message: Json) -> None:
        if "body" in message:
            await asyncio.Event().wait()

    hasty = replace(site(), settings=Settings(body_timeout=1))

    async def call() -> None:
        await asyncio.wait_for(_run(InForce(hasty), [line_of("p")], send), 20)

    with pytest.raises(ClientDisconnect):
        asyncio.run(call())


def test_the_day_of_a_batch_is_that_of_its_query(client: httpx.Client) -> None:
    (answer,) = read(post(client, line_of("p")))
    assert answer["entry"][0]["resource"]["occurrenceDateTime"] == date(2026, 9, 4).isoformat()


def test_gzip_streams_one_after_the_other_are_one_body(client: httpx.Client) -> None:
    line = json.dumps(json.loads(chart_json("stable"))).encode() + b"\n"
    headers = {"Content-Type": "application/fhir+ndjson", "Content-Encoding": "gzip"}
    answer = client.post("/fhir/$hormone-monitoring", content=gzip.compress(line) * 2, headers=headers)
    assert [json.loads(one)["resourceType"] for one in answer.text.splitlines()] == ["Bundle", "Bundle"]


def test_a_body_of_empty_lines_ends_soon(client: httpx.Client) -> None:
    headers = {"Content-Type": "application/fhir+ndjson", "Content-Encoding": "gzip"}
    answer = client.post("/fhir/$hormone-monitoring", content=gzip.compress(b"\n" * 200_000), headers=headers)
    assert len(answer.text.splitlines()) == 1_001
    assert "empty" in answer.text.splitlines()[-1]
