"""Every answer says under which id it is in the log: the caller's own where it is well-formed."""

from __future__ import annotations

import re

import httpx
import pytest

from service.operating.request_ids import request_id

UUID = b"0f8fad5b-d9cb-469f-a165-70867728950e"
TRACE = b"4bf92f3577b34da6a3ce929d0e0e4736"
PARENT = b"00-" + TRACE + b"-00f067aa0ba902b7-01"
NEW = re.compile(r"[0-9a-f]{32}")


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ([(b"x-request-id", UUID)], UUID),
        ([(b"x-request-id", UUID.upper())], UUID.upper()),
        ([(b"x-request-id", TRACE)], TRACE),
        ([(b"traceparent", PARENT)], TRACE),
        ([(b"traceparent", PARENT), (b"x-request-id", UUID)], UUID),
        ([(b"x-request-id", b"Mrs Doe"), (b"traceparent", PARENT)], TRACE),
    ],
)
def test_a_well_formed_id_is_taken_over(headers: list[tuple[bytes, bytes]], expected: bytes) -> None:
    assert request_id(headers) == expected.decode()


@pytest.mark.parametrize(
    "headers",
    [
        [],
        [(b"x-request-id", b"")],
        [(b"x-request-id", b"12345678")],
        [(b"x-request-id", b"Doe-Jo-1968-01-25")],
        [(b"x-request-id", UUID + b"\n")],
        [(b"x-request-id", UUID + b" " + UUID)],
        [(b"x-request-id", UUID), (b"x-request-id", TRACE)],
        [(b"x-request-id", TRACE + b"0")],
        [(b"traceparent", b"00-" + b"0" * 32 + b"-00f067aa0ba902b7-01")],
        [(b"traceparent", b"00-" + TRACE + b"-" + b"0" * 16 + b"-01")],
        [(b"traceparent", b"ff" + PARENT[2:])],
        [(b"traceparent", PARENT + b"-x")],
        [(b"traceparent", PARENT.upper())],
        [(b"traceparent", PARENT), (b"traceparent", PARENT)],
    ],
)
def test_anything_else_gets_a_new_one(headers: list[tuple[bytes, bytes]]) -> None:
    made = request_id(headers)
    assert NEW.fullmatch(made)
    assert made not in (UUID.decode(), TRACE.decode())
    assert request_id(headers) != made


@pytest.mark.parametrize(("method", "path"), [("GET", "/health"), ("GET", "/nothing"), ("PUT", "/evaluate")])
def test_every_answer_has_one_id_and_each_its_own(client: httpx.Client, method: str, path: str) -> None:
    answers = [client.request(method, path) for _ in range(3)]
    ids = [answer.headers.get_list("x-request-id") for answer in answers]
    assert [len(found) for found in ids] == [1, 1, 1]
    assert len({found[0] for found in ids}) == 3


def test_a_page_may_read_the_id(client: httpx.Client) -> None:
    answer = client.get("/health", headers={"Origin": "https://ehr.example", "X-Request-Id": UUID.decode()})
    assert answer.headers["x-request-id"] == UUID.decode()
    assert "X-Request-Id" in answer.headers["access-control-expose-headers"]
