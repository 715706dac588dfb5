"""An EHR that opens the app: npm's oidc-provider and Medplum's FHIR server, each in a process of its own."""

from __future__ import annotations

from base64 import urlsafe_b64encode
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any, NamedTuple
from urllib.parse import urlencode

import msgspec

from service.app import create_app
from service.demo.play import free_port
from service.examples.chart import Chart, chart_json
from service.site.settings import Settings
from tests.conftest import running
from tests.service.ehr.servers import TOKEN, medplum
from tests.tools import node_server

CLIENT, SECRET = "hormone-cds", "a-secret-between-app-and-ehr"
SESSION_KEY = "a key of the tests, 32 characters or more"


class Opened(NamedTuple):
    """A running EHR and the app it may open."""

    ehr: str
    app: str

    @property
    def iss(self) -> str:
        """The base URL of the EHR's FHIR server."""
        return f"{self.ehr}/fhir"

    def chart(self, patient: str, app_context: str = "", *, frame: bool = False) -> str:
        """The EHR's own page about a patient, which leads to the app."""
        told = {"patient": patient} | ({"appContext": app_context} if app_context else {})
        query = {"app": self.app, "launch": launch_of(told)} | ({"frame": "1"} if frame else {})
        return f"{self.ehr}/chart?{urlencode(query)}"


def launch_of(told: dict[str, str]) -> str:
    """A launch, which only the EHR reads."""
    return urlsafe_b64encode(msgspec.json.encode(told)).rstrip(b"=").decode()


def charts_of(*names: str) -> list[Chart]:
    """Samples as of today."""
    found = []
    for name in names:
        text = chart_json(name, date.today())  # noqa: DTZ011 - any day will do
        resources = tuple(entry["resource"] for entry in msgspec.json.decode(text)["entry"])
        found.append(Chart(name, "", resources))
    return found


@contextmanager
def opened(charts: Iterable[Chart], secret: str = SECRET, **settings: Any) -> Iterator[Opened]:
    """Both, the EHR with these charts."""
    at, port = free_port(0), free_port(0)
    url = f"http://127.0.0.1:{port}"
    with medplum(charts, page=100) as server, _ehr(at, secret, f"{url}/smart/callback", server.address) as ehr:
        own = {
            "public_url": url,
            "session_key": SESSION_KEY,
            "smart_issuers": (f"{ehr}/fhir={CLIENT}",),
            "smart_secrets": f"{ehr}/fhir={secret}" if secret else None,
            "smart_frames": (ehr,),
            "fhir_timeout": 20,
        }
        with running(create_app(Settings(**(own | settings))), port=port):
            yield Opened(ehr, url)


@contextmanager
def _ehr(port: int, secret: str, callback: str, charts: str) -> Iterator[str]:
    with node_server("ehr.mjs", "browser", "oidc-provider", str(port), CLIENT, secret, callback, charts, TOKEN) as said:
        assert said == "ready"
        yield f"http://127.0.0.1:{port}"
