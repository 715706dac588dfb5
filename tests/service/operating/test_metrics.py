"""Numbers for Prometheus: true, of all workers together, and without anything of a patient."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from cds_hooks.facts import UnreadReason
from service.app import create_app
from service.http.watch import Watch
from service.operating.counts.metrics import Metrics
from service.site.settings import Settings, StartRefused
from tests.conftest import running
from tests.engine import site
from tests.record.charts import bundle, observation, patient, request
from tests.service.operating.processes import Running, eventually, process
from tests.service.trust.tokens import ISSUER, Signer, bearer, key_set

SECRET = "0123456789abcdef0123456789abcdef"
CHART = bundle(patient(), request(), observation(value=54.5), observation(id="2", value=46.0, unit="mg"))
JUDGED = "/evaluate?today=2026-09-04"
Labels = dict[str, str]


class Numbers(NamedTuple):
    """One scrape."""

    samples: list[Any]

    def of(self, name: str, **labels: str) -> float:
        """The sum of all samples of this name and these labels."""
        return sum(one.value for one in self._named(name) if labels.items() <= one.labels.items())

    def labels(self, name: str) -> list[Labels]:
        """The labels that stand with a name."""
        return [one.labels for one in self._named(name)]

    def _named(self, name: str) -> list[Any]:
        return [one for one in self.samples if one.name == f"hormone_cds_{name}"]


def scraped(answer: httpx.Response) -> Numbers:
    assert answer.status_code == 200
    return Numbers([one for family in text_string_to_metric_families(answer.text) for one in family.samples])


@contextmanager
def serving(**settings: Any) -> Iterator[httpx.Client]:
    with (
        running(create_app(Settings(**settings))) as address,
        httpx.Client(base_url=address, trust_env=False, timeout=30) as client,
    ):
        yield client


def test_what_happened_is_what_is_told() -> None:
    with serving() as client:
        report = client.post(JUDGED, json=CHART).raise_for_status().json()
        client.post(JUDGED, json=CHART).raise_for_status()
        assert client.post("/evaluate", content="{", headers={"Content-Type": "application/json"}).status_code == 400
        numbers = scraped(client.get("/metrics"))
    assert numbers.of("requests_total", route="/evaluate", method="POST", status="200") == 2
    assert numbers.of("requests_total", route="/evaluate", method="POST", status="400") == 1
    assert numbers.of("request_seconds_count", route="/evaluate") == 3
    for state in ("raised", "unknown"):
        found = {finding["check"] for finding in report["findings"] if finding["state"] == state}
        told = {labels["check"] for labels in numbers.labels("findings_total") if labels["state"] == state}
        assert found <= told  # of an exception that only the report looks at, the other state may be told
    assert numbers.of("findings_total", check="MT-HCT-01", state="raised") == 2
    assert numbers.of("unread_total", reason="unit-dimension") == 2
    assert numbers.of("cards_total", service="evaluate") == 2 * len(report["cards"])
    assert numbers.of("cards_total", service="evaluate", indicator="critical") >= 2
    assert numbers.of("requests_in_progress") == 1
    assert (numbers.of("processes"), numbers.of("database_up"), numbers.of("memory_lost_total")) == (1, 1, 0)
    (build,) = numbers.labels("build_info")
    assert build == {
        "version": report["engine"]["version"],
        "knowledge": report["engine"]["knowledge"],
        "terminology": report["engine"]["terminology"],
        "code_map": "0",
    }


def test_no_label_is_made_of_what_a_caller_sends() -> None:
    with serving() as client:
        for number in range(30):
            client.get(f"/Doe-{number}")
            client.get(f"/protocols/Doe-{number}")
        client.request("PROPFIND", "/health")
        client.post(f"/evaluate?Doe={SECRET}", json=bundle(patient(id="Doe")), headers={"Authorization": "Doe"})
        answer = client.get("/metrics")
        numbers = scraped(answer)
    assert "Doe" not in answer.text
    assert "PROPFIND" not in answer.text
    assert numbers.of("requests_total", route="(no route)", status="404") == 30
    assert numbers.of("requests_total", method="other") == 1
    checks = {check.id for protocol in site().knowledge.protocols for check in protocol.check}
    assert {labels["check"] for labels in numbers.labels("findings_total")} <= checks
    assert {labels["reason"] for labels in numbers.labels("unread_total")} <= set(UnreadReason)


def test_tokens_are_told_by_how_they_were_taken(tmp_path: Path) -> None:
    signer, keys = Signer(), tmp_path / "keys.json"
    keys.write_bytes(key_set(signer))
    with serving(jwt="required", jwt_issuers=(ISSUER,), jwt_keys=(f"{ISSUER}={keys}",)) as client:
        headers = bearer(signer.token(f"{client.base_url}/cds-services".replace("//cds", "/cds")))
        assert [client.get("/cds-services", headers=headers).status_code for _ in range(2)] == [200, 401]
        assert client.get("/cds-services").status_code == 401
        numbers = scraped(client.get("/metrics"))
    outcomes = {labels["outcome"]: numbers.of("tokens_total", **labels) for labels in numbers.labels("tokens_total")}
    assert outcomes == {"accepted": 1, "replayed": 1, "no_token": 1}


ELSEWHERE = {"X-Forwarded-For": "10.0.0.9"}


@pytest.mark.parametrize(
    ("settings", "headers", "status"),
    [
        ({}, {}, 200),
        ({}, ELSEWHERE, 403),
        ({"metrics_token": SECRET}, ELSEWHERE, 401),
        ({"metrics_token": SECRET}, ELSEWHERE | {"Authorization": f"Bearer {SECRET}"}, 200),
        ({"metrics_token": SECRET}, ELSEWHERE | {"Authorization": f"Bearer {SECRET[:-1]}"}, 401),
        ({"metrics_token": SECRET}, ELSEWHERE | {"Authorization": "Bearer \xff"}, 401),
        ({"metrics": "open"}, ELSEWHERE, 200),
        ({"metrics": "off"}, {}, 404),
    ],
)
def test_numbers_are_for_this_machine_unless_the_operator_says_otherwise(
    settings: dict[str, Any], headers: dict[str, str], status: int
) -> None:
    with serving(**settings) as client:
        sent = {name: value.encode("latin-1") for name, value in headers.items()}
        answer = client.get("/metrics", headers=sent)
    assert answer.status_code == status
    assert status == 200 or answer.json()["resourceType"] == "OperationOutcome"
    assert status != 401 or answer.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize("metrics", ["open", "off"])
def test_a_secret_that_nobody_is_asked_for_stops_the_start(metrics: str) -> None:
    with pytest.raises(StartRefused, match="METRICS_TOKEN"):
        create_app(Settings(metrics=metrics, metrics_token=SECRET))


def test_openmetrics_is_spoken_to_who_asks_for_it(client: httpx.Client) -> None:
    answer = client.get("/metrics", headers={"Accept": "application/openmetrics-text; version=1.0.0"})
    assert answer.headers["content-type"].startswith("application/openmetrics-text")
    assert answer.text.endswith("# EOF\n")
    assert client.get("/metrics").headers["content-type"].startswith("text/plain")


def test_turned_off_nothing_of_the_library_is_loaded() -> None:
    code = "import sys; from service.app import create_app; create_app(); print('prometheus_client' in sys.modules)"
    for metrics, loaded in (("off", "False\n"), ("local", "True\n")):
        environment = os.environ | {"HORMONE_CDS_METRICS": metrics}
        done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
        assert done.stdout == loaded


def test_a_request_that_fails_is_counted_and_no_longer_in_progress() -> None:
    async def broken(scope: Any, receive: Any, send: Any) -> None:
        raise ValueError

    async def send(message: Any) -> None:
        """To nobody."""

    numbers = Metrics()
    scope = {"type": "http", "method": "GET", "path": "/x", "headers": []}
    asyncio.run(Watch(broken, 1, counting=numbers)(scope, None, send))  # type: ignore[arg-type]
    text, _ = numbers.written("")
    assert b'hormone_cds_requests_total{method="GET",route="(no route)",status="500"} 1.0' in text
    assert b"hormone_cds_requests_in_progress 0.0" in text


@pytest.fixture(scope="module")
def two_workers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with process(tmp_path_factory.mktemp("two"), WORKERS="2") as service:
        eventually(lambda: scraped(service.get("/metrics")).of("processes") == 2)
        yield service


def test_any_of_several_workers_tells_the_numbers_of_all(two_workers: Running) -> None:
    before = scraped(two_workers.get("/metrics")).of("requests_total", route="/evaluate")
    for _ in range(20):
        two_workers.post(JUDGED, CHART).raise_for_status()

    def told() -> list[tuple[float, float, float]]:
        scrapes = [scraped(two_workers.get("/metrics")) for _ in range(6)]
        return [
            (
                numbers.of("requests_total", route="/evaluate") - before,
                numbers.of("request_seconds_count", route="/evaluate") - before,
                numbers.of("findings_total", check="MT-HCT-01", state="raised") - before,
            )
            for numbers in scrapes
        ]

    eventually(lambda: told() == [(20, 20, 20)] * 6)
    assert len(scraped(two_workers.get("/metrics")).labels("build_info")) == 1


def test_a_worker_that_dies_takes_no_count_with_it_and_is_no_longer_one_that_answers(two_workers: Running) -> None:
    two_workers.post(JUDGED, CHART).raise_for_status()
    eventually(lambda: scraped(two_workers.get("/metrics")).of("findings_total", check="MT-HCT-01") > 0)
    before = scraped(two_workers.get("/metrics")).of("requests_total", route="/evaluate")
    os.kill(workers_of(two_workers)[0], signal.SIGKILL)
    eventually(lambda: two_workers.log.read_text().count("Application startup complete") == 3)
    eventually(lambda: scraped(two_workers.get("/metrics")).of("processes") == 2)
    assert scraped(two_workers.get("/metrics")).of("requests_total", route="/evaluate") == before


def workers_of(service: Running) -> list[int]:
    """Its server processes, as they say in the log."""
    words = (line.rpartition("Started server process [") for line in service.log.read_text().splitlines())
    return [int(number.rstrip("]")) for _, found, number in words if found]
