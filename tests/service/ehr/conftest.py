"""The service, allowed to call this machine, beside two FHIR servers with the demo's charts."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from typing import Any

import httpx
import pytest

from service.app import create_app
from service.examples.chart import Chart, read_charts
from service.site.settings import Settings
from tests.conftest import running
from tests.elsewhere import Elsewhere
from tests.service.ehr.servers import TOKEN, Server, loopback, medplum

HOOK = "/cds-services/hormone-monitoring-patient-view"
Json = dict[str, Any]


@pytest.fixture(scope="session")
def all_charts() -> tuple[Chart, ...]:
    """The demo's charts as of today. A server in JavaScript drops the zero of 47.0, so that here nobody has it."""
    charts = read_charts(date.today())  # noqa: DTZ011 - any day will do
    return tuple(replace(chart, resources=tuple(map(_without_zeros, chart.resources))) for chart in charts)


def _without_zeros(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _without_zeros(member) for name, member in value.items()}
    if isinstance(value, list):
        return [_without_zeros(item) for item in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


@pytest.fixture
def charts(all_charts: tuple[Chart, ...]) -> dict[str, Chart]:
    """The same by name."""
    return {chart.name: chart for chart in all_charts}


@pytest.fixture(scope="session")
def allowed() -> Iterator[httpx.Client]:
    """A client of a service that may call this machine, and has the time that a cold server may need."""
    with serving(fhir_servers=("http://127.0.0.1",), fhir_timeout=20) as client:
        yield client


@contextmanager
def serving(**settings: Any) -> Iterator[httpx.Client]:
    """A client of a service of its own."""
    with (
        running(create_app(Settings(**settings))) as address,
        httpx.Client(base_url=address, trust_env=False, timeout=60) as client,
    ):
        yield client


@pytest.fixture(scope="session")
def medplum_server(all_charts: tuple[Chart, ...]) -> Iterator[Server]:
    """Medplum."""
    with medplum(all_charts) as server:
        yield server


@pytest.fixture
def ours(all_charts: tuple[Chart, ...]) -> Iterator[tuple[Server, Elsewhere]]:
    """Our own server, and what tells it how to answer."""
    with loopback(all_charts) as both:
        yield both


@pytest.fixture(params=["medplum", "ours"])
def server(request: pytest.FixtureRequest) -> Server:
    """Each server in turn."""
    if request.param == "medplum":
        return request.getfixturevalue("medplum_server")
    server: Server = request.getfixturevalue("ours")[0]
    return server


def access(address: str, **changes: Any) -> Json:
    """What a call says about its server and the token for it."""
    authorization = {
        "access_token": TOKEN,
        "token_type": "Bearer",
        "expires_in": 300,
        "scope": "patient/*.read user/*.rs launch openid",
        "subject": "hormone-cds",
    }
    return {"fhirServer": address, "fhirAuthorization": authorization | changes}
