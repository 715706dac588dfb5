"""What many tests share: a real server on loopback, and the calls an EHR would make."""

from __future__ import annotations

import gc
import os
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from functools import cache
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from service.operating import reload
from service.site import site
from tests.extent import ALL

# The rest of the service is imported where it is used, so that the other rooms' tests need none of it.
if TYPE_CHECKING:
    from fastapi import FastAPI

    from service.examples.chart import Chart
    from service.http.connection import Connection

MAX_BODY = 200_000
# Tests that do not say otherwise leave no database behind.
os.environ["HORMONE_CDS_DATABASE_URL"] = "sqlite://"
# Every service of a test run stands on one reading of the packaged knowledge: to read and prove it takes more than a
# second, comes out the same each time, and no service may change it. Services in processes of their own read theirs.
site.read_knowledge = cache(site.read_knowledge)
# A service that starts looks once through all memory of its process. Here that is the memory of all tests, at each of
# some hundred starts: it is done once, when the tests are collected.
reload.settle = reload.settle_anew = lambda: None


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """What is marked thorough is left to `make test-all`."""
    left = [] if ALL else [item for item in items if item.get_closest_marker("thorough")]
    if left:
        config.hook.pytest_deselected(items=left)
        items[:] = [item for item in items if item not in set(left)]


def pytest_collection_finish() -> None:
    """Tests stay to the end, and need not be looked at as garbage again and again."""
    gc.collect()
    gc.freeze()


@contextmanager
def running(app: FastAPI, http: type[Connection] | None = None, port: int = 0) -> Iterator[str]:
    """The application on a uvicorn server at a port of 127.0.0.1 (0: a free one); yields its address."""
    import uvicorn

    from service.http.connection import Connection

    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", port))
        config = uvicorn.Config(
            app, http=http or Connection, ws="none", log_config=None, access_log=False, lifespan="on"
        )
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        try:
            while not server.started and thread.is_alive():
                thread.join(0.01)
            yield "http://{}:{}".format(*listener.getsockname())
        finally:
            server.should_exit = True
            thread.join(10)


@pytest.fixture(scope="session")
def live_server() -> Iterator[str]:
    """The address of a server on default settings, with a small body limit."""
    from service.app import create_app
    from service.site.settings import Settings

    with running(create_app(Settings(max_body=MAX_BODY))) as address:
        yield address


@pytest.fixture(scope="session")
def client(live_server: str) -> Iterator[httpx.Client]:
    """A client of the live server."""
    with httpx.Client(base_url=live_server, trust_env=False, timeout=10) as client:
        yield client


@pytest.fixture(scope="session")
def offered(client: httpx.Client) -> dict[str, Any]:
    """The service that discovery lists."""
    service: dict[str, Any] = client.get("/cds-services").json()["services"][0]
    return service


@pytest.fixture
def charts() -> dict[str, Chart]:
    """The demo's charts as of today, by name."""
    from service.examples.chart import read_charts

    return {chart.name: chart for chart in read_charts(date.today())}  # noqa: DTZ011 - any day will do


@pytest.fixture
def call(offered: dict[str, Any], charts: dict[str, Chart]) -> dict[str, Any]:
    """A hook call for the stable patient, complete; tests break it in one place."""
    from service.examples.ehr import hook_call

    return hook_call(offered, charts["stable"])
