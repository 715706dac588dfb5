"""A site may remove the tables whose owners ask for a licence: the service starts and answers without them."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

from service.examples.chart import chart_json
from tests.optional_tables import OPTIONAL

ROOMS = ("terminology", "cds_hooks", "service")
# Run where only the copy can be imported; prints what the copy answers.
ASK = """
import json, sys
from fastapi.testclient import TestClient
import terminology
from service.app import create_app
from service.site.settings import Settings
with TestClient(create_app(Settings(database_url="sqlite://"))) as client:
    report = client.post("/evaluate?today=2026-09-04", json=json.load(sys.stdin))
    systems = client.get("/fhir/CodeSystem?_summary=true&_count=100").json()["entry"]
    services = client.get("/cds-services")
print(json.dumps({
    "from": terminology.__file__,
    "statuses": [report.status_code, services.status_code],
    "raised": [one["check"] for one in report.json()["findings"] if one["state"] == "raised"],
    "systems": [entry["resource"]["url"] for entry in systems],
}))
"""


def test_the_service_starts_and_judges_without_the_optional_tables(tmp_path: Path) -> None:
    root = Path(__file__).parents[2]
    for room in ROOMS:
        shutil.copytree(root / room, tmp_path / room, ignore=shutil.ignore_patterns(*OPTIONAL.values(), "__pycache__"))
    done = subprocess.run(
        [sys.executable, "-c", ASK],
        cwd=tmp_path,
        input=chart_json("hematocrit").encode(),
        capture_output=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr.decode()
    told = json.loads(done.stdout.decode().splitlines()[-1])
    assert Path(told["from"]).is_relative_to(tmp_path)
    assert told["statuses"] == [200, 200]
    assert "MT-HCT-01" in told["raised"]
    assert "http://loinc.org" in told["systems"]
    assert OPTIONAL.keys().isdisjoint(told["systems"])
