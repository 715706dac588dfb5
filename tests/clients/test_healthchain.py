"""A client that others wrote, over a real socket: HealthChain 0.16.1, in an environment of its own."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from service.examples.chart import Chart
from service.examples.ehr import hook_call
from tests.tools import absent

HERE = Path(__file__).parent
PYTHON = HERE / ".venv" / "bin" / "python"
HOOK = "/cds-services/hormone-monitoring-patient-view"


def send(service: str, prefetch: dict[str, Any], folder: Path, *patient: str) -> dict[str, Any]:
    """What HealthChain sends and gets."""
    if not PYTHON.exists():
        absent("HealthChain", f"make {HERE.relative_to(HERE.parent.parent)}/.venv/.ready")
    file = folder / "prefetch.json"
    file.write_text(json.dumps(prefetch), encoding="utf-8")
    clean = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    command = [PYTHON, HERE / "healthchain_client.py", f"{service}{HOOK}", file, *patient]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120, cwd=folder, env=clean)
    exchanged: dict[str, Any] = json.loads(done.stdout[done.stdout.index("{") :])
    return exchanged


@pytest.fixture
def prefetch(offered: dict[str, Any], charts: dict[str, Chart]) -> dict[str, Any]:
    """A chart with a hematocrit of 54.5 %, as far as HealthChain sends it: it drops what is null."""
    call: dict[str, Any] = hook_call(offered, charts["hematocrit"])
    return {key: value for key, value in call["prefetch"].items() if value is not None}


def test_its_random_patient_is_not_taken_for_the_one_of_the_chart(
    live_server: str, prefetch: dict[str, Any], tmp_path: Path
) -> None:
    exchanged = send(live_server, prefetch, tmp_path)
    assert exchanged["sent"]["context"]["patientId"] != prefetch["patient"]["id"]
    (card,) = exchanged["answer"]["cards"]
    assert "another patient" in card["summary"]
    assert not [place for place in exchanged["complaints"] if not place.endswith("isRecommended")]


def test_with_the_right_patient_it_gets_the_cards(live_server: str, prefetch: dict[str, Any], tmp_path: Path) -> None:
    exchanged = send(live_server, prefetch, tmp_path, prefetch["patient"]["id"])
    first = exchanged["answer"]["cards"][0]
    assert first["indicator"] == "critical"
    assert first["summary"].startswith("Hematocrit 54.5 %")
    assert not [place for place in exchanged["complaints"] if not place.endswith("isRecommended")]


@pytest.mark.requirement("P9")
def test_single_resources_in_place_of_bundles_are_read(
    live_server: str, prefetch: dict[str, Any], tmp_path: Path
) -> None:
    singles = prefetch | {"conditions": {"resourceType": "Condition", "id": "c", "code": {"text": "obesity"}}}
    singles |= {"encounter": {"resourceType": "Encounter", "id": "e", "status": "finished", "class": {"code": "AMB"}}}
    exchanged = send(live_server, singles, tmp_path, prefetch["patient"]["id"])
    assert exchanged["answer"]["cards"][0]["indicator"] == "critical"
