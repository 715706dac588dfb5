"""What a client may do to a connection: dawdle, send a head without end, come in a crowd, speak something else."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import httpx
import pytest

from service.app import create_app
from service.http.connection import Connection
from service.site.settings import Settings
from tests.conftest import running

HEAD = "POST /evaluate HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n"


class Hasty(Connection):
    """Bounds that a test need not wait for."""

    head_limit = 2_000
    head_timeout = 0.3


@pytest.fixture(scope="module")
def hasty() -> Iterator[str]:
    """The address of a server with little patience and room for two."""
    with running(create_app(Settings(body_timeout=1, max_concurrent=2)), Hasty) as address:
        yield address


@contextmanager
def connected(address: str) -> Iterator[socket.socket]:
    """A bare connection."""
    url = httpx.URL(address)
    with socket.create_connection((url.host, url.port or 80), timeout=5) as connection:
        yield connection


def rest_of(connection: socket.socket) -> str:
    """Everything until the server hangs up; it must."""
    return b"".join(iter(lambda: connection.recv(65536), b"")).decode()


def outcome_in(answer: str, status: int) -> str:
    """The diagnostics of a raw answer that must be an OperationOutcome with that status."""
    head, _, body = answer.partition("\r\n\r\n")
    assert head.startswith(f"HTTP/1.1 {status} ")
    assert "content-type: application/json" in head
    outcome = json.loads(body)
    assert outcome["resourceType"] == "OperationOutcome"
    return str(outcome["issue"][0]["diagnostics"])


@pytest.mark.parametrize("sent", ["", "POST /eva", HEAD], ids=["nothing", "half a line", "an open head"])
def test_who_never_finishes_a_head_is_cut_off(hasty: str, sent: str) -> None:
    """Within the five seconds that this side waits for an end."""
    with connected(hasty) as connection:
        connection.sendall(sent.encode())
        assert rest_of(connection) == ""


def test_dripping_headers_win_no_time(hasty: str) -> None:
    with connected(hasty) as connection:
        connection.sendall(HEAD.encode())
        with pytest.raises(OSError, match=r"Broken pipe|reset"):
            drip(connection)


def drip(connection: socket.socket) -> None:
    """A header now and then."""
    for _ in range(50):
        connection.sendall(b"X: y\r\n")
        time.sleep(0.05)


def test_a_head_without_end_is_refused(hasty: str) -> None:
    with connected(hasty) as connection:
        connection.sendall(HEAD.encode())
        connection.sendall(b"X: " + b"y" * 3_000)
        assert "larger than 2000 bytes" in outcome_in(rest_of(connection), 431)


@pytest.mark.requirement("R3")
def test_what_is_no_http_is_refused_in_the_one_shape(hasty: str) -> None:
    with connected(hasty) as connection:
        connection.sendall(b"EHLO there\r\n\r\n")
        outcome_in(rest_of(connection), 400)


def test_a_body_that_does_not_come_is_refused(hasty: str) -> None:
    with connected(hasty) as connection:
        connection.sendall(f"{HEAD}\r\n".encode() + b"{")
        assert "within 1 seconds" in outcome_in(rest_of(connection), 408)


def test_a_crowd_is_told_to_come_back_and_health_is_still_answered(hasty: str) -> None:
    with ExitStack() as crowd:
        for _ in range(2):
            crowd.enter_context(connected(hasty)).sendall(f"{HEAD}\r\n".encode())
        refused = answered_with(503, hasty)
        assert httpx.get(f"{hasty}/health", trust_env=False).status_code == 200
    assert refused.json()["issue"][0]["code"] == "throttled"
    assert refused.headers["retry-after"] == "1"
    assert refused.headers["access-control-allow-origin"] == "*"
    answered_with(200, hasty)


def answered_with(status: int, address: str) -> httpx.Response:
    """The first answer with this status: a crowd is one, and has gone, when the server has noticed."""
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        headers = {"Origin": "https://ehr.example"}
        answer = httpx.get(f"{address}/cds-services", headers=headers, trust_env=False)
        if answer.status_code == status:
            return answer
    raise AssertionError(f"never answered with {status}")


def test_many_at_once_are_all_answered_below_the_limit(live_server: str) -> None:
    statuses: list[int] = []

    def ask() -> None:
        statuses.append(httpx.get(f"{live_server}/cds-services", trust_env=False).status_code)

    threads = [threading.Thread(target=ask) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert statuses == [200] * 20


def test_a_call_on_its_way_while_the_service_stops_is_answered() -> None:
    """As a proxy makes it: on a connection that it has kept, before it can know of the stop."""
    call, stack = b"GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n", ExitStack()
    address = stack.enter_context(running(create_app(Settings())))
    with connected(address) as connection:
        connection.sendall(call)
        assert connection.recv(65536).startswith(b"HTTP/1.1 200 ")
        stopping = threading.Thread(target=stack.close)
        stopping.start()
        time.sleep(0.3)  # the server looks every 0.1 s whether it is to stop
        connection.sendall(call)
        answer = rest_of(connection).lower()
    stopping.join()
    assert answer.startswith("http/1.1 200 ")
    assert "connection: close" in answer


def test_an_upgrade_is_answered_as_a_plain_request(live_server: str) -> None:
    headers = {
        "Connection": "Upgrade",
        "Upgrade": "websocket",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "eA==",
    }
    assert httpx.get(f"{live_server}/cds-services", headers=headers, trust_env=False).status_code == 200
