"""Traces: what a real collector gets of a real process, with nothing of a patient; off, nothing is loaded."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from service.examples.chart import read_charts
from service.examples.ehr import hook_call
from service.operating.tracing.spans import span
from service.operating.tracing.tracing import Tracing
from tests.service.operating.processes import process
from tests.service.test_errors import HOOK, SECRET

pytest.importorskip("opentelemetry.exporter.otlp.proto.http")

from tests.service.operating.collector import collecting

TRACE, PARENT = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"


class Taken(NamedTuple):
    """What the collector took, and the hook call that was asked."""

    spans: list[Any]
    raw: bytes
    call: dict[str, Any]

    def of(self, name: str) -> list[Any]:
        """The spans of this name."""
        return [one for one in self.spans if one.name == name]


@pytest.fixture(scope="module")
def taken(offered: dict[str, Any], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Taken]:
    call = hook_call(offered, read_charts(date.today())[0])  # noqa: DTZ011 - any day will do
    lacking = {**call, "prefetch": {name: value for name, value in call["prefetch"].items() if name != "labs"}}
    ehr = {
        "fhirServer": "http://127.0.0.1:9/fhir",
        "fhirAuthorization": {
            "access_token": SECRET,
            "token_type": "Bearer",
            "expires_in": 300,
            "scope": "patient/*.read",
            "subject": "x",
        },
    }
    parent = {"traceparent": f"00-{TRACE}-{PARENT}-01", "tracestate": f"x={SECRET}"}
    with collecting() as collector:
        variables = {"OTEL_EXPORTER_OTLP_ENDPOINT": collector.url, "OTEL_BSP_SCHEDULE_DELAY": "50"}
        with process(tmp_path_factory.mktemp("traces"), variables, FHIR_SERVERS="http://127.0.0.1") as service:
            assert service.post(HOOK, call, **parent).status_code == 200
            assert service.post(HOOK, lacking | ehr).status_code == 412
            service.post(f"/fhir/Patient/{SECRET}/$hormone-monitoring?x={SECRET}", {"resourceType": SECRET})
            service.post(f"/evaluate?today={SECRET}", {"resourceType": "Bundle"}, Authorization=f"Bearer {SECRET}")
            service.get(f"/{SECRET}")
        yield Taken(collector.spans, b"".join(collector.taken), call)


def test_a_hook_call_is_one_span_in_its_callers_trace_with_the_stages_below_it(taken: Taken) -> None:
    root = next(one for one in taken.of(f"POST {HOOK}") if one.trace_id.hex() == TRACE)
    assert root.parent_span_id.hex() == PARENT
    below = [one.name for one in taken.spans if one.parent_span_id == root.span_id]
    assert below == ["decode", "read", "judge", "present"]
    told = {one.key: one.value.string_value or one.value.int_value for one in root.attributes}
    assert told == {
        "http.request.method": "POST",
        "http.route": HOOK,
        "http.response.status_code": 200,
        "hormone_cds.request_id": TRACE,
        "hormone_cds.hook_instance": taken.call["hookInstance"],
    }


def test_what_is_fetched_from_the_ehr_is_a_span_of_its_own(taken: Taken) -> None:
    (fetching,) = taken.of("ehr")
    calls = [one for one in taken.of("ehr.call") if one.trace_id == fetching.trace_id]
    assert calls
    assert {one.parent_span_id for one in calls} == {fetching.span_id}


def test_spans_are_named_by_route_and_unknown_addresses_by_none(taken: Taken) -> None:
    names = {one.name for one in taken.spans}
    assert {"GET (no route)", "POST /evaluate"} <= names
    assert any(name.startswith("POST /fhir/Patient/{id") for name in names)


@pytest.mark.parametrize("kept_out", [SECRET, "demo-stable", "demo-clinician", "835840", "127.0.0.1:9"])
def test_no_span_holds_path_query_header_or_body(taken: Taken, kept_out: str) -> None:
    assert kept_out.encode() not in taken.raw


def test_a_collector_that_takes_and_never_answers_does_not_hold_up_the_stop(tmp_path: Path) -> None:
    """It would have an hour; the process ends while it still holds what it took."""
    with socket.create_server(("127.0.0.1", 0)) as collector:
        address = "http://{}:{}".format(*collector.getsockname())
        patient = {"OTEL_EXPORTER_OTLP_ENDPOINT": address, "OTEL_EXPORTER_OTLP_TIMEOUT": "3600"}
        with process(tmp_path, patient) as service:
            assert service.get("/health").status_code == 200
            service.process.terminate()
            assert service.process.wait(29) == -signal.SIGTERM  # else its own bound ends it, after 30 s
            assert "the last traces could not be sent" in service.log.read_text(encoding="utf-8")


LOADED = """
import sys
from service.app import create_app
create_app()
print("opentelemetry.sdk.trace" in sys.modules, "opentelemetry.exporter.otlp.proto.http.trace_exporter" in sys.modules)
"""


def test_where_it_is_off_nothing_of_it_is_loaded() -> None:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("OTEL_")}
    done = subprocess.run([sys.executable, "-c", LOADED], env=environment, capture_output=True, text=True, check=True)
    assert done.stdout == "False False\n"
    assert span("read") is span("judge")


ENDPOINT = {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:4318"}


@pytest.mark.parametrize(
    ("variables", "is_on", "said"),
    [
        ({}, False, ""),
        (ENDPOINT, True, ""),
        ({"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://127.0.0.1:4318/v1/traces"}, True, ""),
        (ENDPOINT | {"OTEL_SDK_DISABLED": "True"}, False, ""),
        (ENDPOINT | {"OTEL_TRACES_EXPORTER": "none"}, False, ""),
        (ENDPOINT | {"OTEL_TRACES_EXPORTER": "zipkin"}, False, "only otlp is offered"),
        (ENDPOINT | {"OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"}, False, "only http/protobuf is offered"),
    ],
)
def test_the_standards_variables_turn_it_on(
    variables: dict[str, str], is_on: bool, said: str, caplog: pytest.LogCaptureFixture
) -> None:
    assert Tracing(variables).is_on is is_on
    assert said in caplog.text
    assert bool(caplog.records) is bool(said)


def test_the_frameworks_own_spans_which_hold_paths_stay_off(tmp_path: Path) -> None:
    """FastAPI writes path and query of every request into spans as soon as anybody sets a provider for the process."""
    code = (
        "from opentelemetry import trace\n"
        "from opentelemetry.sdk.trace import TracerProvider\n"
        "trace.set_tracer_provider(TracerProvider())\n"
        "from service.app import create_app\n"
        "print(create_app()._native_telemetry.enabled())\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
