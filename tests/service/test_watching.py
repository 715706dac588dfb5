"""The log of a real server process: which route was asked and how it went, and nothing about a patient."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
from datetime import date
from typing import Any

import httpx
import pytest

from service.demo.play import free_port, wait_for_answer
from service.examples.chart import read_charts
from service.examples.ehr import hook_call
from tests.service.test_errors import HOOK, SECRET


@pytest.fixture(scope="module")
def log(offered: dict[str, Any]) -> str:
    """What a server process wrote while it was asked good and bad things with a secret in each."""
    port = free_port(0)
    process = subprocess.Popen(
        [sys.executable, "-m", "service"],
        env=os.environ | {"PORT": str(port), "HOST": "127.0.0.1", "HORMONE_CDS_LOG_LEVEL": "debug"},
        stderr=subprocess.PIPE,
        text=True,
    )
    address = f"http://127.0.0.1:{port}"
    wait_for_answer(address, process)
    call = hook_call(offered, read_charts(date.today())[0])  # noqa: DTZ011 - any day will do
    headers = {"Authorization": f"Bearer {SECRET}"}
    with httpx.Client(base_url=address, headers=headers, trust_env=False) as client:
        client.post(HOOK, json=call | {"fhirAuthorization": {"access_token": SECRET}})
        client.post(f"/evaluate?today={SECRET}", json={"resourceType": "Bundle", "id": SECRET})
        client.get(f"/{SECRET}")
        client.get(f"/protocols/{SECRET}")
        client.head(f"/health?token={SECRET}")
        client.get(f"/cds-services?token={SECRET}", headers=UPGRADE | {"Sec-WebSocket-Protocol": SECRET})
    say(port, f"GET /{SECRET} HTTP/9.9\r\nX: {SECRET}\r\n\r\n")
    leave_early(port)
    process.terminate()
    _, written = process.communicate(timeout=15)
    assert process.returncode in (0, -15)
    return written


UPGRADE = {
    "Connection": "Upgrade",
    "Upgrade": "websocket",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "c2VjcmV0LXNlY3JldC0xMg==",
}


def say(port: int, text: str) -> bytes:
    """Send bytes that no HTTP client would; what comes back until the server hangs up."""
    with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
        connection.sendall(text.encode())
        return b"".join(iter(lambda: connection.recv(65536), b""))


def leave_early(port: int) -> None:
    """Announce a body, send half of it and hang up."""
    with socket.create_connection(("127.0.0.1", port)) as connection:
        head = "POST /evaluate HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n"
        connection.sendall(head.encode() + SECRET.encode())
        connection.settimeout(0.3)
        with pytest.raises(TimeoutError):
            connection.recv(1)


@pytest.mark.parametrize(
    "line",
    [
        "POST /evaluate 499",
        f"POST {HOOK} 200",
        "POST /evaluate 400",
        r"GET \(no route\) 404",
        r"GET /protocols/\{id\} 404",
        "HEAD /health 200",
        "GET /cds-services 200",
    ],
)
def test_every_request_leaves_one_line_with_route_status_and_time(log: str, line: str) -> None:
    assert len(re.findall(rf"INFO {line} \d+\.\d ms [0-9a-f]{{32}}$", log, re.MULTILINE)) == 1


@pytest.mark.parametrize("kept_out", [SECRET, "demo-stable", "demo-clinician", "835840"])
def test_neither_query_nor_path_nor_body_nor_token_is_logged(log: str, kept_out: str) -> None:
    assert kept_out not in log


def test_the_server_ends_in_order_when_told_to(log: str) -> None:
    assert "Application shutdown complete" in log
    assert "Traceback" not in log
