"""What an EHR's server may do wrong: the call is answered in time, and says what is lacking and why."""

from __future__ import annotations

import asyncio
import gzip
import json
import logging
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import httpx
import pytest

from cds_hooks.wire.prefetch.lacks import Lack
from service.examples.chart import Chart
from service.examples.ehr import hook_call
from tests.elsewhere import Answer, Asked, Elsewhere, Write, always, elsewhere, said
from tests.service.ehr.conftest import HOOK, Json, access, serving
from tests.service.ehr.servers import TOKEN, Server, loopback
from tests.service.test_hook_calls import OUTCOME, having, without

LOOPBACK = ("http://127.0.0.1",)
FHIR = {"Content_Type": "application/fhir+json"}
Ours = tuple[Server, Elsewhere]


@pytest.fixture(scope="module")
def bounded() -> Iterator[httpx.Client]:
    """A service that takes answers up to 200 kB."""
    with serving(fhir_servers=LOOPBACK, fhir_timeout=20, max_body=200_000) as client:
        yield client


@pytest.fixture(scope="module")
def hasty() -> Iterator[httpx.Client]:
    """A service that waits a second and a half for a server."""
    with serving(fhir_servers=LOOPBACK, fhir_timeout=1.5) as client:
        yield client


@pytest.fixture
def full(offered: Json, charts: dict[str, Chart]) -> Json:
    """A complete call."""
    return hook_call(offered, charts["hematocrit"])


def failing(usual: Answer, fault: Answer, times: int = 1_000, at: str = "/Observation") -> Answer:
    """The usual answer, but a fault to the first so many queries that name `at`."""
    left = times

    async def give(asked: Asked, write: Write) -> None:
        nonlocal left
        left -= at in asked.target
        await (fault if at in asked.target and left >= 0 else usual)(asked, write)

    return give


async def mute(asked: Asked, write: Write) -> None:
    await asyncio.sleep(20)


async def drip(asked: Asked, write: Write) -> None:
    await write(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n{")
    while True:
        await write(b" ")
        await asyncio.sleep(0.05)


async def reset(asked: Asked, write: Write) -> None:
    raise ConnectionAbortedError


async def broken_off(asked: Asked, write: Write) -> None:
    await write(said(b"{}" * 900)[:500])
    raise ConnectionAbortedError


def fhir(resource: Any) -> Answer:
    return always(said(json.dumps(resource).encode(), **FHIR))


def status(line: str, **headers: str) -> Answer:
    return always(said(json.dumps(OUTCOME).encode(), line, **FHIR, **headers))


HUGE = json.dumps({"resourceType": "Bundle", "entry": [], "x": "y" * 300_000}).encode()
DEEP = b'{"resourceType":"Bundle","entry":' + b"[" * 100_000
MALFORMED = {"resource": {"resourceType": "Observation", "status": [[]]}}
FAULTS: dict[str, tuple[Answer, Lack]] = {
    "401": (status("401 Unauthorized"), Lack.UNAUTHORIZED),
    "403": (status("403 Forbidden"), Lack.UNAUTHORIZED),
    "404": (status("404 Not Found"), Lack.NOT_FOUND),
    "410": (status("410 Gone"), Lack.NOT_FOUND),
    "400": (status("400 Bad Request"), Lack.REFUSED),
    "429 until later": (status("429 Too Many Requests", Retry_After="60"), Lack.BUSY),
    "429 again": (status("429 Too Many Requests", Retry_After="0"), Lack.BUSY),
    "503": (status("503 Service Unavailable"), Lack.BUSY),
    "500": (status("500 Internal Server Error"), Lack.REFUSED),
    "a redirect": (status("307 Temporary Redirect", Location="http://127.0.0.1:1/"), Lack.REFUSED),
    "no content": (always(b"HTTP/1.1 204 No Content\r\n\r\n"), Lack.REFUSED),
    "silence": (mute, Lack.SLOW),
    "a drip": (drip, Lack.SLOW),
    "a reset": (reset, Lack.UNUSABLE),
    "an answer broken off": (broken_off, Lack.UNUSABLE),
    "nothing": (always(said(b"", **FHIR)), Lack.UNUSABLE),
    "bad JSON": (always(said(b'{"resourceType": "Bundle", ', **FHIR)), Lack.UNUSABLE),
    "not UTF-8": (always(said(b'{"resourceType": "\xff"}', **FHIR)), Lack.UNUSABLE),
    "a page of HTML": (always(said(b"<html>Please sign in</html>", Content_Type="text/html")), Lack.UNUSABLE),
    "a list": (fhir([]), Lack.UNUSABLE),
    "null": (fhir(None), Lack.UNUSABLE),
    "no resource": (fhir({"a": 1}), Lack.UNUSABLE),
    "another resource": (fhir({"resourceType": "Patient", "id": "1"}), Lack.UNUSABLE),
    "a malformed one": (fhir({"resourceType": "Observation", "id": [1]}), Lack.UNUSABLE),
    "nothing but malformed ones": (fhir({"resourceType": "Bundle", "entry": [MALFORMED] * 1_100}), Lack.UNUSABLE),
    "depth": (always(said(DEEP, **FHIR)), Lack.UNUSABLE),
    "an outcome": (fhir(OUTCOME), Lack.REFUSED),
    "too much": (always(said(HUGE, **FHIR)), Lack.TOO_LARGE),
    "a gzip bomb": (always(said(gzip.compress(HUGE * 99), Content_Encoding="gzip")), Lack.TOO_LARGE),
}


@pytest.mark.requirement("P12")
@pytest.mark.parametrize(("fault", "lack"), FAULTS.values(), ids=FAULTS)
def test_a_required_key_that_cannot_be_had_is_named_with_the_reason(
    bounded: httpx.Client, hasty: httpx.Client, ours: Ours, full: Json, fault: Answer, lack: Lack
) -> None:
    client, (server, told) = hasty if lack is Lack.SLOW else bounded, ours
    told.answer = failing(told.answer, fault)
    answer = client.post(HOOK, json=without(full, "prefetch", "labs") | access(server.address))
    assert answer.status_code == 412
    (issue,) = answer.json()["issue"]
    assert issue["expression"] == ["prefetch.labs"]
    assert issue["diagnostics"].startswith(f"prefetch.labs {lack}: ")
    assert not [secret for secret in (TOKEN, "127.0.0.1", "demo-hematocrit") if secret in answer.text]


@pytest.mark.requirement("P12")
@pytest.mark.parametrize(("fault", "lack"), FAULTS.values(), ids=FAULTS)
def test_any_other_key_that_cannot_be_had_is_as_if_nobody_sent_it(
    bounded: httpx.Client, hasty: httpx.Client, ours: Ours, full: Json, fault: Answer, lack: Lack
) -> None:
    client, (server, told) = hasty if lack is Lack.SLOW else bounded, ours
    told.answer = failing(told.answer, fault, at="Condition?")
    call = without(full, "prefetch", "conditions")
    answer = client.post(HOOK, json=call | access(server.address))
    assert answer.json() == client.post(HOOK, json=call).json()


PASSING: dict[str, Answer] = {
    "429": status("429 Too Many Requests", Retry_After="0"),
    "503 that names no time": status("503 Service Unavailable"),
    "a reset": reset,
    "an answer broken off": broken_off,
}


@pytest.mark.parametrize("fault", PASSING.values(), ids=PASSING)
def test_what_may_pass_is_asked_once_more(allowed: httpx.Client, ours: Ours, full: Json, fault: Answer) -> None:
    server, told = ours
    told.answer = failing(told.answer, fault, times=1)
    answer = allowed.post(HOOK, json=without(full, "prefetch", "labs") | access(server.address))
    assert answer.json() == allowed.post(HOOK, json=full).json()
    assert len({url for _, url, _ in server.asked()}) < len(server.asked())


@pytest.mark.parametrize("line", ["414 URI Too Long", "405 Method Not Allowed", "404 Not Found", "431 Too Large"])
def test_a_long_query_that_is_refused_for_its_length_is_asked_in_a_body(
    allowed: httpx.Client, ours: Ours, full: Json, line: str
) -> None:
    server, told = ours
    usual, refusal = told.answer, status(line)

    async def give(asked: Asked, write: Write) -> None:
        await (refusal if len(asked.target) > 1_500 and "_offset" not in asked.target else usual)(asked, write)

    told.answer = give
    answer = allowed.post(HOOK, json=without(full, "prefetch", "labs") | access(server.address))
    assert answer.json() == allowed.post(HOOK, json=full).json()
    method, url, authorization = server.asked()[1]
    assert (method, url, authorization) == ("POST", "/fhir/Observation/_search", f"Bearer {TOKEN}")


LINKS: dict[str, Callable[[str], Any]] = {
    "to itself": lambda address: f"{address}/Observation?page=1",
    "without end": lambda address: f"{address}/Observation?page=endless",
    "to another host": lambda address: "http://localhost:1/fhir/Observation?page=2",
    "to another port": lambda address: "http://127.0.0.1:1/fhir/Observation?page=2",
    "beside the base": lambda address: address.replace("/fhir", "/admin"),
    "above the base": lambda address: f"{address}/../admin",
    "to a user": lambda address: address.replace("http://", "http://user@"),
    "to a file": lambda address: "file:///etc/passwd",
    "to nothing": lambda address: "",
    "a number": lambda address: 7,
    "with a space": lambda address: f"{address}/Observation?page=a b",
}


def linking(usual: Answer, link: Callable[[Asked], Any]) -> Answer:
    """Observations come as one page that links to where it is told."""
    result = {"resource": {"resourceType": "Observation", "id": "o1"}}

    async def give(asked: Asked, write: Write) -> None:
        if "Observation?" not in asked.target:
            await usual(asked, write)
            return
        page = {"resourceType": "Bundle", "type": "searchset", "entry": [result]}
        await fhir(page | {"link": [{"relation": "self"}, {"relation": "next", "url": link(asked)}]})(asked, write)

    return give


@pytest.mark.requirement("P11")
@pytest.mark.parametrize("link", LINKS.values(), ids=LINKS)
def test_pages_that_do_not_end_well_leave_the_history_incomplete(
    bounded: httpx.Client, ours: Ours, full: Json, link: Callable[[str], Any]
) -> None:
    server, told = ours

    def linked(asked: Asked) -> Any:
        written = link(server.address)
        return f"{written}-{len(told.asked)}" if str(written).endswith("endless") else written

    told.answer = linking(told.answer, linked)
    answer = bounded.post(HOOK, json=without(full, "prefetch", "labs") | access(server.address))
    assert answer.status_code == 200
    assert "Only part of the history was supplied" in answer.text
    assert "overdue" not in answer.text.lower()
    assert {asked.headers["authorization"] for asked in told.asked} == {f"Bearer {TOKEN}"}


@pytest.mark.parametrize("fault", [mute, status("500 X"), fhir(OUTCOME), always(said(b"<html>"))], ids=range(4))
def test_a_later_page_that_fails_leaves_the_history_incomplete(
    bounded: httpx.Client, hasty: httpx.Client, ours: Ours, full: Json, fault: Answer
) -> None:
    client, (server, told) = hasty if fault is mute else bounded, ours
    told.answer = failing(told.answer, fault, at="_offset")
    answer = client.post(HOOK, json=without(full, "prefetch", "labs") | access(server.address))
    assert answer.status_code == 200
    assert "Only part of the history was supplied" in answer.text


def test_a_chart_whose_patient_alone_is_not_found_is_judged(bounded: httpx.Client, ours: Ours, full: Json) -> None:
    server, told = ours
    told.answer = failing(told.answer, status("404 Not Found"), at="/Patient/")
    answer = bounded.post(HOOK, json=without(full, "prefetch", "patient") | access(server.address))
    assert answer.status_code == 200
    assert answer.json()["cards"]
    assert any("/Patient/" in asked.target for asked in told.asked)


def test_another_server_that_is_allowed_too_never_sees_the_token(allowed: httpx.Client, ours: Ours, full: Json) -> None:
    server, told = ours
    with elsewhere(fhir({"resourceType": "Bundle"})) as other:
        told.answer = linking(told.answer, lambda asked: f"{other.address}/fhir/Observation?page=2")
        answer = allowed.post(HOOK, json=without(full, "prefetch", "labs") | access(server.address))
    assert answer.status_code == 200
    assert other.connections == 0


@pytest.mark.parametrize(
    "link",
    ["Observation?patient=demo-hematocrit&_offset=3", "/fhir/Observation?patient=demo-hematocrit&_offset=3"],
    ids=["to the base", "to the server"],
)
def test_a_relative_link_is_followed(allowed: httpx.Client, ours: Ours, full: Json, link: str) -> None:
    server, told = ours
    usual = told.answer

    async def give(asked: Asked, write: Write) -> None:
        answer = linking(usual, lambda asked: link) if "_offset" not in asked.target else usual
        await answer(asked, write)

    told.answer = give
    allowed.post(HOOK, json=without(full, "prefetch", "labs") | access(server.address))
    assert "_offset=3" in told.asked[1].target


def test_a_chart_of_many_pages_is_read_whole(allowed: httpx.Client, offered: Json, charts: dict[str, Chart]) -> None:
    chart = charts["stable"]
    result = next(one for one in chart.resources if one["resourceType"] == "Observation")
    copies = tuple(result | {"id": f"copy-{number}", "effectiveDateTime": "2020-01-01"} for number in range(500))
    long = replace(chart, resources=(*chart.resources, *copies))
    full = hook_call(offered, long)
    with loopback([long], page=100) as (server, _):
        answer = allowed.post(HOOK, json=without(full, "prefetch", "labs") | access(server.address))
        assert len(server.asked()) == 6
    assert answer.json() == allowed.post(HOOK, json=full).json()


@pytest.mark.parametrize("servers", [(), ("https://ehr.example/fhir",), ("http://127.0.0.1:1",)], ids=str)
def test_a_server_that_is_not_listed_is_not_called(ours: Ours, full: Json, servers: tuple[str, ...]) -> None:
    server, told = ours
    with serving(fhir_servers=servers) as client:
        answer = client.post(HOOK, json=without(full, "prefetch", "labs") | access(server.address))
    assert answer.status_code == 412
    assert str(Lack.NOT_ALLOWED) in answer.json()["issue"][0]["diagnostics"]
    assert "127.0.0.1" not in answer.text
    assert told.connections == 0


TWO_WAYS = [
    "nonsense",
    "http://127.0.0.1@evil.test/",
    "http://127.0.0.1/../x",
    "//127.0.0.1",
    "http://127.0.0.1:1/fhir?x=",
]


@pytest.mark.parametrize("server", TWO_WAYS)
def test_a_server_that_could_be_read_in_two_ways_is_not_called(allowed: httpx.Client, full: Json, server: str) -> None:
    answer = allowed.post(HOOK, json=without(full, "prefetch", "labs") | access(server))
    assert answer.status_code == 412
    assert str(Lack.NOT_ALLOWED) in answer.json()["issue"][0]["diagnostics"]


@pytest.mark.parametrize("patient_id", ["../../admin", "..", "a/b", "x?y=z", "x#y", "a b", "Ünï", "a,b", "%2e%2e"])
def test_an_odd_patient_id_stays_an_id(allowed: httpx.Client, ours: Ours, full: Json, patient_id: str) -> None:
    server, told = ours
    call = having(without(full, "prefetch"), patient_id, "context", "patientId") | access(server.address)
    allowed.post(HOOK, json=call)
    for asked in told.asked:
        path, _, query = asked.target.partition("?")
        assert path.count("/") <= 3
        assert ".." not in path.split("/")
        assert "patient=a,b" not in query
        assert "y=z" not in query


@pytest.mark.requirement("P12")
@pytest.mark.parametrize(
    "fault", [FAULTS[name][0] for name in ("401", "silence", "nothing", "an outcome")], ids=range(4)
)
def test_a_client_that_shows_errors_as_all_clear_gets_a_card_instead(
    carded: httpx.Client, ours: Ours, full: Json, fault: Answer
) -> None:
    server, told = ours
    told.answer = failing(told.answer, fault)
    answer = carded.post(HOOK, json=without(full, "prefetch", "labs") | access(server.address))
    assert answer.status_code == 200
    (card,) = answer.json()["cards"]
    assert card["summary"].startswith("Not evaluated: laboratory results")
    assert card["indicator"] == "warning"
    assert "suggestions" not in card


@pytest.fixture(scope="module")
def carded() -> Iterator[httpx.Client]:
    """A service that answers with a card."""
    with serving(fhir_servers=LOOPBACK, fhir_timeout=3, unavailable="card") as client:
        yield client


def test_the_card_also_stands_for_data_that_nobody_could_look_for(carded: httpx.Client, full: Json) -> None:
    answer = carded.post(HOOK, json=without(full, "prefetch"))
    (card,) = answer.json()["cards"]
    assert card["summary"].startswith("Not evaluated: laboratory results, medications")
    assert "not sent with this call" in card["detail"]


def test_another_patient_is_said_before_anything_that_lacks(carded: httpx.Client, full: Json) -> None:
    call = having(without(full, "prefetch", "labs"), "demo-stable", "context", "patientId")
    (card,) = carded.post(HOOK, json=call).json()["cards"]
    assert "another patient" in card["summary"]


def test_a_slow_server_leaves_room_for_everybody_else(ours: Ours, full: Json) -> None:
    server, told = ours
    told.answer = mute
    lacking = without(full, "prefetch") | access(server.address)

    async def crowd(address: str) -> tuple[list[int], list[str]]:
        async with httpx.AsyncClient(base_url=address, trust_env=False, timeout=60) as client:
            slow = [asyncio.create_task(client.post(HOOK, json=lacking)) for _ in range(6)]
            while sum(one.done() for one in slow) < 4:
                await asyncio.sleep(0.05)
            quick = [(await client.post(HOOK, json=full)).status_code for _ in range(3)]
            return quick, [(await one).json()["issue"][0]["diagnostics"] for one in slow]

    with serving(fhir_servers=LOOPBACK, fhir_timeout=8, max_concurrent=8) as client:
        quick, slow = asyncio.run(crowd(str(client.base_url)))
    assert quick == [200, 200, 200]
    assert sorted(Lack.SLOW in text for text in slow) == [False] * 4 + [True] * 2
    assert sum(Lack.BUSY in text for text in slow) == 4


@pytest.mark.requirement("A3")
@pytest.mark.parametrize("fault", [None, status("401 X"), reset, mute, fhir([])], ids=range(5))
def test_the_token_and_the_patient_are_in_no_log_and_no_answer(
    bounded: httpx.Client,
    hasty: httpx.Client,
    ours: Ours,
    full: Json,
    fault: Answer | None,
    caplog: pytest.LogCaptureFixture,
) -> None:
    for name in (None, "httpx", "hormone_cds", "asyncio", "uvicorn", "anyio"):
        caplog.set_level(1, logger=name)
    client, (server, told) = hasty if fault is mute else bounded, ours
    told.answer = failing(told.answer, fault) if fault else told.answer
    answer = client.post(HOOK, json=without(full, "prefetch") | access(server.address))
    said_anywhere = caplog.text + answer.text + str(answer.headers)
    assert told.asked
    assert logging.getLogger("hormone_cds").isEnabledFor(logging.DEBUG)
    assert not [secret for secret in (TOKEN, server.address.removeprefix("http://")) if secret in said_anywhere]
    assert "demo-hematocrit" not in caplog.text
