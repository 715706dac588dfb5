"""The log of a real process as JSON: one object a line, with what an operator looks for, and nothing of a patient."""

from __future__ import annotations

import json
import logging
import sys
from datetime import date
from typing import Any

import pytest

from service.examples.chart import read_charts
from service.examples.ehr import hook_call
from service.operating.logs import JSONLines
from service.operating.request_ids import under_way
from tests.service.operating.processes import process
from tests.service.test_errors import HOOK, SECRET

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
Line = dict[str, Any]


@pytest.fixture(scope="module")
def told(offered: dict[str, Any], tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Line]:
    """What a process wrote while it was asked with a secret in each place, and the hook call it was asked."""
    folder = tmp_path_factory.mktemp("logs")
    call = hook_call(offered, read_charts(date.today())[0])  # noqa: DTZ011 - any day will do
    with process(folder, LOG_FORMAT="json", LOG_LEVEL="debug") as service:
        service.post(HOOK, call, traceparent=f"00-{TRACE}-00f067aa0ba902b7-01", Authorization=f"Bearer {SECRET}")
        service.post(HOOK, call | {"hookInstance": SECRET}, **{"X-Request-Id": SECRET})
        service.post(f"/evaluate?today={SECRET}", {"resourceType": "Bundle", "id": SECRET})
        service.get(f"/{SECRET}")
        service.get(f"/protocols/{SECRET}", traceparent=SECRET)
    return service.log.read_text(), call


def requests_in(log: str) -> list[Line]:
    return [line for line in map(json.loads, log.splitlines()) if line["message"] == "request"]


def test_every_line_is_an_object_with_time_level_and_message(told: tuple[str, Line]) -> None:
    lines = list(map(json.loads, told[0].splitlines()))
    assert all({"time", "level", "logger", "message"} <= line.keys() for line in lines)
    assert any("anyone who reaches this service" in line["message"].lower() for line in lines)


def test_a_hook_call_is_told_with_route_status_time_ids_and_instance(told: tuple[str, Line]) -> None:
    log, call = told
    (line,) = [line for line in requests_in(log) if line["route"] == HOOK and line["status"] == 200]
    assert line.pop("time").endswith("Z")
    assert line.pop("ms") > 0
    assert line == {
        "level": "info",
        "logger": "hormone_cds",
        "message": "request",
        "requestId": TRACE,
        "method": "POST",
        "route": HOOK,
        "status": 200,
        "hookInstance": call["hookInstance"],
    }


def test_refused_calls_are_told_too(told: tuple[str, Line]) -> None:
    found = [(line["route"], line["status"]) for line in requests_in(told[0]) if line["status"] >= 400]
    assert found == [(HOOK, 400), ("/evaluate", 400), ("(no route)", 404), ("/protocols/{id}", 404)]


@pytest.mark.parametrize("kept_out", [SECRET, "demo-stable", "demo-clinician", "835840"])
def test_neither_query_nor_path_nor_body_nor_token_is_logged(told: tuple[str, Line], kept_out: str) -> None:
    assert kept_out not in told[0]


def test_no_message_can_make_a_second_line_and_no_error_tells_what_it_was_about() -> None:
    try:
        raise ValueError("Mrs Doe")
    except ValueError:
        fault = sys.exc_info()
    record = logging.LogRecord("x", logging.ERROR, "", 0, "two\nlines \ud800", (), fault)
    written = JSONLines().format(record)
    assert len(written.splitlines()) == 1
    assert json.loads(written)["message"].startswith("two\nlines")
    assert json.loads(written)["fault"].startswith("ValueError in ")
    assert "Doe" not in written


def test_a_line_written_while_a_request_is_answered_names_it() -> None:
    token = under_way.set(TRACE)
    line = json.loads(JSONLines().format(logging.LogRecord("x", logging.ERROR, "", 0, "fault", (), None)))
    under_way.reset(token)
    assert line["requestId"] == TRACE
