"""A client that a generator makes from the API's document: it knows every operation, and its types hold."""

from __future__ import annotations

import importlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import httpx
import pytest

from service.examples.chart import DEMO_DAY, chart_json
from tests.tools import absent

HERE = Path(__file__).parent
GENERATOR = HERE / ".venv" / "bin" / "openapi-python-client"
PACKAGE = "hormone_cds_client"


@pytest.fixture(scope="module")
def generated(client: httpx.Client, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """What the generator says while it writes the package, which can be imported then."""
    if not GENERATOR.exists():
        absent("openapi-python-client", f"make {HERE.relative_to(HERE.parent.parent)}/.venv/.ready")
    place = tmp_path_factory.mktemp("generated")
    document = place / "openapi.json"
    document.write_text(json.dumps(without_lines(client.get("/openapi.json").json())))
    clean = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    found = {**clean, "PATH": f"{GENERATOR.parent}{os.pathsep}{clean['PATH']}"}  # it calls ruff
    command = [GENERATOR, "generate", "--path", document, "--meta", "none", "--output-path", place / PACKAGE]
    said = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120, env=found)
    sys.path.insert(0, str(place))
    yield said.stdout + said.stderr
    sys.path.remove(str(place))
    for name in [name for name in sys.modules if name.partition(".")[0] == PACKAGE]:
        del sys.modules[name]


def without_lines(document: Any) -> Any:
    """The document without bodies of many lines: a generated client sends and reads one resource."""
    if isinstance(document, list):
        return [without_lines(one) for one in document]
    if not isinstance(document, dict):
        return document
    return {name: without_lines(part) for name, part in document.items() if not name.endswith("/fhir+ndjson")}


def part(name: str) -> Any:
    return importlib.import_module(f"{PACKAGE}.{name}")


def test_nothing_in_the_document_is_beyond_the_generator(generated: str) -> None:
    assert "WARNING" not in generated
    assert "Unable" not in generated


def test_every_operation_is_a_function(generated: str, client: httpx.Client) -> None:
    paths = client.get("/openapi.json").json()["paths"]
    wanted = {operation["operationId"].lower() for ways in paths.values() for operation in ways.values()}
    found = {file.stem for file in Path(part("api").__file__).parent.rglob("*.py") if file.stem != "__init__"}
    assert generated
    assert wanted == found


def test_a_bundle_is_evaluated_into_typed_findings(generated: str, live_server: str) -> None:
    assert generated
    bundle = part("models").EvaluateRequest.from_dict(json.loads(chart_json("hematocrit")))
    with part("client").Client(base_url=live_server) as caller:
        report = part("api.evaluation.evaluate").sync(client=caller, body=bundle, today=DEMO_DAY)
    raised = {finding.check: finding for finding in report.findings if finding.state == "raised"}
    assert raised["MT-HCT-01"].urgency == "critical"
    assert [draw for draw in report.draws if "hematocrit" in draw.analytes]


def test_an_error_is_a_typed_outcome(generated: str, live_server: str) -> None:
    assert generated
    bundle = part("models").EvaluateRequest.from_dict(json.loads(chart_json("hematocrit")))
    with part("client").Client(base_url=live_server) as caller:
        answer = part("api.evaluation.evaluate").sync_detailed(client=caller, body=bundle, today=date(1800, 1, 1))
    assert answer.status_code == 400
    assert answer.parsed.issue[0].expression == ["today"]


def test_the_services_on_offer_are_typed(generated: str, live_server: str) -> None:
    assert generated
    with part("client").Client(base_url=live_server) as caller:
        offered = part("api.cds_hooks.discover").sync(client=caller)
    assert "hormone-monitoring-patient-view" in {service.id for service in offered.services}
