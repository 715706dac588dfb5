"""Requests to the outside, over real sockets: what is brought, what is refused, and what is never told."""

from __future__ import annotations

import asyncio
import gzip
import logging
import socket
import ssl
import threading
import zlib
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import pytest
import trustme

from service.outside.outside import Outside
from service.outside.refusing import Refused, Why
from tests.elsewhere import Answer, Asked, Write, always, elsewhere, said

LOOPBACK = "http://127.0.0.1"


def brought(url: str, places: Sequence[str] = (LOOPBACK,), within: float = 20.0, **options: Any) -> bytes | Refused:
    """What one GET brings, or why nothing."""

    async def ask() -> bytes | Refused:
        outside = Outside(places, **options)
        try:
            return await outside.get(url, {"Authorization": "Bearer t0k3n"}, within)
        except Refused as refused:
            return refused
        finally:
            await outside.close()

    return asyncio.run(ask())


def test_an_allowed_get_brings_the_body_and_sends_what_it_was_given() -> None:
    with elsewhere(always(said(b"{}"))) as server:
        assert brought(f"{server.address}/fhir/Observation?code=a,b") == b"{}"
    (asked,) = server.asked
    assert (asked.method, asked.target) == ("GET", "/fhir/Observation?code=a,b")
    assert asked.headers["authorization"] == "Bearer t0k3n"
    assert asked.headers["host"] == server.address.removeprefix("http://")


def test_a_post_sends_its_content() -> None:
    async def ask(address: str) -> bytes:
        outside = Outside([LOOPBACK])
        try:
            return await outside.post(address, {"Content-Type": "text/plain"}, b"content", 20)
        finally:
            await outside.close()

    with elsewhere(always(said(b"yes"))) as server:
        assert asyncio.run(ask(server.address)) == b"yes"
    assert (server.asked[0].method, server.asked[0].body) == ("POST", b"content")


def test_a_connection_is_kept_for_the_next_call() -> None:
    async def ask(address: str) -> None:
        outside = Outside([LOOPBACK])
        for _ in range(3):
            await outside.get(address, within=20)
        await outside.close()

    with elsewhere(always(said(b"{}"))) as server:
        asyncio.run(ask(server.address))
    assert (len(server.asked), server.connections) == (3, 1)


@pytest.mark.parametrize("places", [(), ("https://ehr.example/fhir",), ("http://127.0.0.1:1",)], ids=str)
def test_what_is_not_listed_is_not_called(places: tuple[str, ...]) -> None:
    with elsewhere(always(said(b"{}"))) as server:
        refused = brought(server.address, places)
    assert isinstance(refused, Refused)
    assert refused.why is Why.NOT_LISTED
    assert server.connections == 0


def test_what_is_listed_can_be_asked_beforehand() -> None:
    outside = Outside([LOOPBACK])
    assert outside.allows("http://127.0.0.1:8080/fhir")
    assert not outside.allows("https://127.0.0.1:8080/fhir")
    assert not outside.allows("http://127.0.0.1@evil.test")


async def cut_off(asked: Asked, write: Write) -> None:
    await write(said(b"{}" * 100)[:90])
    raise ConnectionAbortedError


async def drip(asked: Asked, write: Write) -> None:
    await write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
    for _ in range(100):
        await write(b"{")
        await asyncio.sleep(0.05)


async def mute(asked: Asked, write: Write) -> None:
    await asyncio.sleep(10)


def chunked(body: bytes) -> bytes:
    return b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n%b\r\n0\r\n\r\n" % (len(body), body)


LARGE = b" " * 200_000
REFUSALS: dict[str, tuple[Answer, Why]] = {
    "a redirect": (always(said(b"", "302 Found", Location="http://127.0.0.1:1/")), Why.REDIRECT),
    "a refusal": (always(said(b"{}", "401 Unauthorized")), Why.STATUS),
    "no content": (always(b"HTTP/1.1 204 No Content\r\n\r\n"), Why.STATUS),
    "silence": (mute, Why.SLOW),
    "a drip": (drip, Why.SLOW),
    "a cut connection": (cut_off, Why.BROKEN),
    "no HTTP": (always(b"SSH-2.0-x\r\n\r\n"), Why.BROKEN),
    "too much": (always(said(LARGE)), Why.TOO_LARGE),
    "too much in chunks": (always(chunked(LARGE)), Why.TOO_LARGE),
    "a gzip bomb": (always(said(gzip.compress(LARGE * 100), Content_Encoding="gzip")), Why.TOO_LARGE),
    "no gzip": (always(said(b"{}", Content_Encoding="gzip")), Why.BROKEN),
    "half a gzip": (always(said(gzip.compress(b"{}" * 99)[:-12], Content_Encoding="gzip")), Why.BROKEN),
    "gzip and more": (always(said(gzip.compress(b"{}") + b"more", Content_Encoding="gzip")), Why.BROKEN),
    "an encoding nobody asked for": (always(said(zlib.compress(b"{}"), Content_Encoding="br")), Why.BROKEN),
    "headers without end": (always(b"HTTP/1.1 200 OK\r\nX: " + b"x" * 300_000), Why.BROKEN),
}


@pytest.mark.parametrize(("answer", "why"), REFUSALS.values(), ids=REFUSALS)
def test_an_answer_that_cannot_be_used_is_refused(answer: Answer, why: Why) -> None:
    with elsewhere(answer) as server:
        within = 0.5 if why is Why.SLOW else 20
        refused = brought(f"{server.address}/?patient=secret-7", within=within, most_bytes=100_000)
    assert isinstance(refused, Refused)
    assert refused.why is why
    assert not {"secret-7", "t0k3n", "127.0.0.1"} & set(str(refused).split())


@pytest.mark.parametrize("encoding", ["gzip", "x-gzip", " GZIP"])
def test_gzip_is_read(encoding: str) -> None:
    with elsewhere(always(said(gzip.compress(b'{"a": 1}'), Content_Encoding=encoding))) as server:
        assert brought(server.address) == b'{"a": 1}'


@pytest.mark.parametrize(
    ("retry_after", "seconds"), [("1", 1), ("0", 0), ("Wed, 21 Oct 2026 07:28:00 GMT", None), ("-1", None), ("x", None)]
)
def test_a_refusal_tells_status_and_when_to_come_back(retry_after: str, seconds: int | None) -> None:
    with elsewhere(always(said(b"", "429 Too Many Requests", Retry_After=retry_after))) as server:
        refused = brought(server.address)
    assert isinstance(refused, Refused)
    assert (refused.status, refused.retry_after) == (429, seconds)


def test_a_port_that_nobody_listens_on_is_unreachable() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        refused = brought(f"http://127.0.0.1:{free.getsockname()[1]}")
    assert isinstance(refused, Refused)
    assert refused.why is Why.UNREACHABLE


class Names:
    """A resolver that tells what it is given, one answer after the other, and counts how often it is asked."""

    def __init__(self, *answers: Sequence[str]) -> None:
        self.answers = list(answers)
        self.asked = 0

    async def __call__(self, host: str, port: int) -> Sequence[str]:
        self.asked += 1
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


@pytest.mark.parametrize(
    "addresses",
    [["127.0.0.1"], ["10.0.0.1"], ["169.254.169.254"], ["8.8.8.8", "127.0.0.1"], ["::ffff:127.0.0.1"], ["::1"]],
    ids=str,
)
def test_a_listed_name_that_leads_to_a_private_address_is_not_called(addresses: list[str]) -> None:
    refused = brought("http://ehr.example/fhir", ["http://ehr.example"], resolve=Names(addresses))
    assert isinstance(refused, Refused)
    assert refused.why is Why.ADDRESS


@pytest.mark.parametrize("addresses", [["127.0.0.1"], ["169.254.169.254"], ["100.100.100.200"], ["10.0.0.1", "::1"]])
def test_allowing_private_networks_does_not_allow_this_machine_or_link_local(addresses: list[str]) -> None:
    refused = brought("http://ehr.example/fhir", ["http://ehr.example"], private=True, resolve=Names(addresses))
    assert isinstance(refused, Refused)
    assert refused.why is Why.ADDRESS


@pytest.mark.parametrize("addresses", [["192.0.2.1"], ["10.255.255.1"]])
def test_only_the_address_that_was_looked_at_is_connected_to(addresses: list[str]) -> None:
    names = Names(addresses, ["127.0.0.1"])
    refused = brought("http://ehr.example/fhir", ["http://ehr.example"], 0.2, private=True, resolve=names)
    assert isinstance(refused, Refused)
    assert names.asked == 1


def test_a_name_for_this_machine_may_be_listed_as_such() -> None:
    with elsewhere(always(said(b"{}"))) as server:
        port = server.address.rpartition(":")[2]
        names = Names(["127.0.0.2", "127.0.0.1"])  # nobody listens on the first
        assert brought(f"http://localhost:{port}/fhir", ["http://localhost"], resolve=names) == b"{}"


def test_the_systems_resolver_is_asked() -> None:
    with elsewhere(always(said(b"{}"))) as server:
        port = server.address.rpartition(":")[2]
        assert brought(f"http://localhost:{port}/fhir", ["http://localhost"]) == b"{}"


@pytest.mark.parametrize("answer", [[], ["not an address"]], ids=str)
def test_a_name_without_address_is_unreachable(answer: list[str]) -> None:
    refused = brought("http://ehr.example", ["http://ehr.example"], resolve=Names(answer))
    assert isinstance(refused, Refused)
    assert refused.why is Why.UNREACHABLE


def test_a_name_that_is_looked_up_slowly_is_looked_up_once_for_all_who_wait() -> None:
    asked = []

    async def slow(host: str, port: int) -> Sequence[str]:
        asked.append(host)
        await asyncio.sleep(0.2)
        raise OSError("no such name")

    async def ask() -> list[Any]:
        outside = Outside(["http://ehr.example"], resolve=slow)
        waiting = [outside.get("http://ehr.example", within=within) for within in (0.05, 0.5, 0.5)]
        answers = await asyncio.gather(*waiting, return_exceptions=True)
        await outside.close()
        return answers

    answers = asyncio.run(ask())
    assert [answer.why for answer in answers] == [Why.SLOW, Why.UNREACHABLE, Why.UNREACHABLE]
    assert asked == ["ehr.example"]


def test_a_slow_look_up_does_not_outlive_the_service() -> None:
    async def slow(host: str, port: int) -> Sequence[str]:
        await asyncio.sleep(10)
        return ()

    refused = brought("http://ehr.example", ["http://ehr.example"], 0.05, resolve=slow)
    assert isinstance(refused, Refused)
    assert refused.why is Why.SLOW


def certified(name: str) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """A server's TLS under a name, and a client's that trusts who certified it."""
    authority = trustme.CA()
    serving, asking = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), ssl.create_default_context()
    authority.issue_cert(name).configure_cert(serving)
    authority.configure_trust(asking)
    return serving, asking


def over_tls(certificate: str, trusted: bool) -> bytes | Refused:
    serving, asking = certified(certificate)
    with elsewhere(always(said(b"{}")), serving) as server:
        port = server.address.rpartition(":")[2]
        tls = asking if trusted else None
        return brought(f"https://localhost:{port}/fhir", ["https://localhost"], resolve=Names(["127.0.0.1"]), tls=tls)


def test_tls_is_verified_against_the_name() -> None:
    assert over_tls("localhost", trusted=True) == b"{}"


@pytest.mark.parametrize(("certificate", "trusted"), [("other.example", True), ("localhost", False)])
def test_a_certificate_of_another_name_or_of_nobody_is_refused(certificate: str, trusted: bool) -> None:
    refused = over_tls(certificate, trusted)
    assert isinstance(refused, Refused)
    assert refused.why is Why.UNREACHABLE


def test_a_server_that_wants_a_certificate_of_ours_is_told_as_broken() -> None:
    serving, asking = certified("localhost")
    serving.verify_mode = ssl.CERT_REQUIRED
    is_told = threading.Event()

    def refuse(listening: socket.socket) -> None:
        connection = serving.wrap_socket(listening.accept()[0], server_side=True, do_handshake_on_connect=False)
        with connection:
            with suppress(ssl.SSLError):
                connection.do_handshake()
            is_told.wait(20)  # a connection that ends at once takes the alert with it

    with socket.create_server(("127.0.0.1", 0)) as listening:
        server = threading.Thread(target=refuse, args=(listening,))
        server.start()
        address = f"https://localhost:{listening.getsockname()[1]}"
        refused = brought(address, [address], resolve=Names(["127.0.0.1"]), tls=asking)
        is_told.set()
        server.join()
    assert isinstance(refused, Refused)
    assert refused.why is Why.BROKEN


def test_proxies_of_the_environment_are_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    with elsewhere(always(said(b"{}"))) as server:
        assert brought(server.address) == b"{}"


def test_who_gave_up_waiting_leaves_no_connection_behind() -> None:
    async def ask(address: str) -> bytes:
        outside = Outside([LOOPBACK])
        await asyncio.gather(*(outside.get(address, within=0.1) for _ in range(60)), return_exceptions=True)
        server.answer = always(said(b"{}"))
        answers = await asyncio.gather(*(outside.get(address, within=30) for _ in range(60)))
        await outside.close()
        assert set(answers) == {b"{}"}
        return answers[0]

    with elsewhere(mute) as server:
        assert asyncio.run(ask(server.address)) == b"{}"


def test_a_connection_that_the_other_side_closed_is_not_used_again() -> None:
    async def once(asked: Asked, write: Write) -> None:
        await write(said(b"{}"))
        raise ConnectionAbortedError

    async def ask(address: str) -> list[bytes]:
        outside = Outside([LOOPBACK])
        answers = []
        for _ in range(3):
            answers.append(await outside.get(address, within=20))
            await asyncio.sleep(0.1)
        await outside.close()
        return answers

    with elsewhere(once) as server:
        assert asyncio.run(ask(server.address)) == [b"{}"] * 3


def test_each_port_has_its_own_connections() -> None:
    async def ask(*addresses: str) -> list[bytes]:
        outside = Outside([LOOPBACK])
        answers = [await outside.get(address, within=20) for address in addresses]
        await outside.close()
        return answers

    with elsewhere(always(said(b"1"))) as one, elsewhere(always(said(b"2"))) as two:
        assert asyncio.run(ask(one.address, two.address, one.address)) == [b"1", b"2", b"1"]
    assert (one.connections, two.connections) == (1, 1)


def test_a_slow_place_does_not_hold_up_another() -> None:
    async def ask(slow: str, quick: str) -> bytes:
        outside = Outside([slow, quick])
        waiting = [asyncio.create_task(outside.get(slow, within=60)) for _ in range(60)]
        await asyncio.sleep(0.1)
        answer = await outside.get(quick, within=20)
        assert not any(task.done() for task in waiting)
        for task in waiting:
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)
        await outside.close()
        return answer

    with elsewhere(mute) as slow, elsewhere(always(said(b"{}"))) as quick:
        assert asyncio.run(ask(slow.address, quick.address)) == b"{}"


def test_nothing_is_logged_but_hosts(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(1)
    with elsewhere(always(said(b"", "302 Found", Location="/x?patient=secret-7"))) as server:
        brought(f"{server.address}/Observation?patient=secret-7")
    assert not {word for word in ("secret-7", "t0k3n") if word in caplog.text}
    assert logging.getLogger("httpcore").getEffectiveLevel() >= logging.INFO
