"""`/evaluate?strict=true`: refused as a whole with every problem, or judged as ever."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import httpx
import pytest

from service.examples.chart import chart_json

TODAY = {"today": "2026-09-04"}


@pytest.fixture
def bundle() -> dict[str, Any]:
    """The hematocrit chart as written."""
    chart: dict[str, Any] = json.loads(chart_json("hematocrit"))
    return chart


def evaluate(client: httpx.Client, bundle: Any, **parameters: Any) -> httpx.Response:
    """The answer on the demo's day."""
    return client.post("/evaluate", params=TODAY | parameters, json=bundle)


def break_results(bundle: dict[str, Any]) -> int:
    """Give every result a status there is not; how many there are."""
    results = [entry["resource"] for entry in bundle["entry"] if entry["resource"]["resourceType"] == "Observation"]
    for result in results:
        result["status"] = "zq-secret-zq"
    return len(results)


def test_a_sound_chart_gets_the_same_report(client: httpx.Client, bundle: dict[str, Any]) -> None:
    assert evaluate(client, bundle, strict="true").json() == evaluate(client, bundle).json()


def test_every_problem_stands_in_one_outcome(client: httpx.Client, bundle: dict[str, Any]) -> None:
    broken = break_results(bundle)
    answer = evaluate(client, bundle, strict="true")
    assert (answer.status_code, answer.headers["content-type"]) == (422, "application/json")
    assert len(answer.json()["issue"]) == broken > 1
    assert "zq-secret-zq" not in answer.text


@pytest.mark.parametrize("parameters", [{}, {"strict": "false"}])
def test_without_it_what_can_be_read_is_judged(
    client: httpx.Client, bundle: dict[str, Any], parameters: dict[str, str]
) -> None:
    break_results(bundle)
    assert evaluate(client, bundle, **parameters).status_code == 200


def test_a_warning_refuses_nothing(client: httpx.Client, bundle: dict[str, Any]) -> None:
    result = next(entry["resource"] for entry in bundle["entry"] if "effectiveDateTime" in entry["resource"])
    result["effectiveDateTime"] = "2026-08"
    assert evaluate(client, bundle, strict="true").status_code == 200


@pytest.mark.parametrize("strict", ["yes", "1", "", ["true", "true"], ["true", "false"]])
def test_anything_but_true_or_false_is_refused(client: httpx.Client, bundle: dict[str, Any], strict: Any) -> None:
    answer = evaluate(client, bundle, strict=strict)
    assert answer.status_code == 400
    assert answer.json()["issue"][0]["expression"] == ["strict"]


def test_what_is_no_json_is_refused_as_ever(client: httpx.Client) -> None:
    headers = {"Content-Type": "application/json"}
    answer = client.post("/evaluate?strict=true", content=b'{"resourceType": "Bundle", "total": NaN}', headers=headers)
    assert answer.status_code == 400


def test_who_never_asks_for_it_never_loads_the_models() -> None:
    """Starting costs no more than before: fhir.resources is imported at the first strict call."""
    asked = "import sys, service.app; sys.exit(any(name.startswith('fhir') for name in sys.modules))"
    assert subprocess.run([sys.executable, "-c", asked], check=False).returncode == 0
