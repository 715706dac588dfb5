"""A service of several processes that is stopped refuses who comes, and answers who is there."""

from __future__ import annotations

import socket
from pathlib import Path

import httpx

from tests.service.operating.processes import Running, eventually, process

CALL = b"GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n"


def test_who_comes_is_refused_at_once_while_who_is_there_is_answered(tmp_path: Path) -> None:
    with process(tmp_path, WORKERS="2") as service, knock(service) as connection:
        assert is_answered(connection)
        service.process.terminate()
        assert is_answered(connection)  # at once: an idle connection is open for a second more
        eventually(lambda: is_refused(service))


def knock(service: Running) -> socket.socket:
    """A new connection."""
    url = httpx.URL(service.address)
    return socket.create_connection((url.host, url.port or 80), timeout=5)


def is_answered(connection: socket.socket) -> bool:
    """Whether a call on it is: head and body may come one after the other."""
    connection.sendall(CALL)
    answer = b""
    while not answer.endswith(b'{"status":"alive"}') and (part := connection.recv(65536)):
        answer += part
    return answer.startswith(b"HTTP/1.1 200 ")


def is_refused(service: Running) -> bool:
    """Whether no new one is taken."""
    try:
        knock(service).close()
    except ConnectionRefusedError:
        return True
    return False
