"""What is published follows the knowledge in force, and costs nothing until somebody asks."""

from __future__ import annotations

import subprocess
import sys

import httpx
import pytest
from fastapi import FastAPI
from starlette.exceptions import HTTPException

from cds_hooks.refusal import Refusal
from service.fhir import doors
from service.fhir.shelf import Shelves
from service.http.outcome import on_http_error, on_refusal
from service.http.routes import RawRoute
from service.http.watch import Watch
from service.site.settings import Settings
from service.site.site import InForce, open_site
from terminology.local.code_map import CodeMap, Entry
from tests.conftest import running

LOCAL = CodeMap(3, "Dr. Ada", None, (Entry("laboratory", "TESTO", "2986-8", "equal", system="urn:oid:1.2.3"),))
ASKED = "/fhir/ConceptMap/$translate?system=urn:oid:1.2.3&code=TESTO"


def application(in_force: InForce) -> FastAPI:
    """The terminology doors alone."""
    app = FastAPI(openapi_url=None)
    app.router.route_class = RawRoute
    app.add_exception_handler(Refusal, on_refusal)
    app.add_exception_handler(HTTPException, on_http_error)
    doors.lay_routes(app, in_force)
    return app


def test_a_code_map_put_in_force_while_running_is_published_at_once() -> None:
    in_force = InForce(open_site(Settings()))
    bare = in_force.site
    with running(application(in_force)) as address, httpx.Client(base_url=address, timeout=30) as client:
        assert client.get("/fhir/ConceptMap/local-codes").status_code == 404
        assert client.get(ASKED).json()["parameter"][0]["valueBoolean"] is False
        in_force.site = bare.with_map(LOCAL)
        assert client.get("/fhir/ConceptMap/local-codes").json()["version"] == "3"
        assert client.get(ASKED).json()["parameter"][0]["valueBoolean"] is True
        in_force.site = bare
        assert client.get("/fhir/ConceptMap/local-codes").status_code == 404


def test_a_shelf_is_filled_once_for_each_knowledge() -> None:
    site, shelves = open_site(Settings()), Shelves()
    first = shelves.of(site.knowledge)
    assert shelves.of(site.knowledge) is first
    assert first.encoded("ValueSet", "hematocrit") is first.encoded("ValueSet", "hematocrit")
    other = shelves.of(site.with_map(LOCAL).knowledge)
    assert other is not first


@pytest.mark.parametrize(("path", "media"), [("/fhir/metadata", "application/fhir+json"), ("/x", "application/json")])
@pytest.mark.parametrize(("most", "status"), [(0, 503), (9, 500)])
def test_a_fault_and_a_crowd_are_told_in_the_media_type_of_the_address(
    path: str, media: str, most: int, status: int
) -> None:
    app = FastAPI(openapi_url=None)

    @app.get(path)
    async def fail() -> None:
        raise RuntimeError

    app.add_middleware(Watch, most=most)
    with running(app) as address, httpx.Client(base_url=address, trust_env=False, timeout=30) as client:
        answer = client.get(path)
    assert (answer.status_code, answer.headers["content-type"]) == (status, media)


def test_a_service_that_only_judges_never_loads_fhir_resources() -> None:
    start = "import sys; from service.app import create_app; create_app(); print('fhir.resources' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", start], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.strip() == "False"


METADATA = """
import asyncio, sys
import httpx
from service.app import create_app

async def ask(mode):
    transport = httpx.ASGITransport(create_app())
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
        return (await client.get("/fhir/metadata" + mode)).status_code

print(asyncio.run(ask(sys.argv[1])), "fhir.resources" in sys.modules)
"""


@pytest.mark.parametrize("mode", ["", "?mode=terminology"])
def test_saying_what_can_be_done_loads_no_slow_library(mode: str) -> None:
    asking = [sys.executable, "-c", METADATA, mode]
    asked = subprocess.run(asking, capture_output=True, text=True, check=True, timeout=60)
    assert asked.stdout.strip() == "200 False"


def test_what_can_be_done_is_said_before_anything_is_laid_out(monkeypatch: pytest.MonkeyPatch) -> None:
    laid_out: list[object] = []
    monkeypatch.setattr(Shelves, "of", lambda self, knowledge: laid_out.append(knowledge))
    with running(application(InForce(open_site(Settings())))) as address:
        answer = httpx.get(f"{address}/fhir/metadata", trust_env=False, timeout=30)
    assert (answer.status_code, laid_out) == (200, [])
