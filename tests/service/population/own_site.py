"""A site with numbers, codes and orderables of its own, and a patient in whom each of them changes what is found."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from typer.testing import CliRunner

from service.cli import app
from service.site.settings import Settings
from service.site.site import Site, open_site
from service.terminal import with_codes
from tests.judgement.test_overlays import SAFETY

PROFILE = "our-clinic"
LAB = "http://lab.example"
SUBJECT = {"subject": {"reference": "Patient/own"}}
# 52.5 % is at our limit, not at the shipped one, and only our code map knows the code.
OWN: list[dict[str, Any]] = [
    {"resourceType": "Patient", "id": "own", "birthDate": "1970-01-01", "gender": "male"},
    {"resourceType": "MedicationRequest", "id": "own-m", "status": "active", "intent": "order", **SUBJECT}
    | {"authoredOn": "2025-12-01", "medicationCodeableConcept": {"text": "testosterone gel 1.62 %"}},
    {"resourceType": "Observation", "id": "own-o", "status": "final", "effectiveDateTime": "2026-09-01", **SUBJECT}
    | {"code": {"coding": [{"system": LAB, "code": "HK"}]}, "valueQuantity": {"value": 0.525, "unit": "L/L"}},
]
RAISED = {"patient": "own", "check": "MT-HCT-01", "state": "raised", "profile": PROFILE}


def environment_of(folder: Path) -> dict[str, str]:
    """The variables that set such a site, with its files in a folder."""
    (folder / "safety.toml").write_text(SAFETY, encoding="utf-8")
    (folder / "orderables.csv").write_text("loinc,system,code,display\n58410-2,http://lab.example,CBC,Blood count\n")
    (folder / "map.csv").write_text(
        f"kind,local_system,local_code,target,equivalence\nlaboratory,{LAB},HK,4544-3,equal\n"
    )
    database = {"HORMONE_CDS_DATABASE_URL": f"sqlite:///{folder}/codes.db"}
    loaded = CliRunner().invoke(app, ["codes", "load", str(folder / "map.csv"), "--author", "Ann Lee"], env=database)
    assert loaded.exit_code == 0, loaded.output
    return database | {
        "HORMONE_CDS_OVERLAYS": str(folder / "safety.toml"),
        "HORMONE_CDS_ORDERABLES": str(folder / "orderables.csv"),
        "HORMONE_CDS_PROFILE": PROFILE,
        "HORMONE_CDS_TIMEZONE": "Europe/Berlin",
    }


def own_site(environment: Mapping[str, str]) -> Site:
    """The same, opened here."""
    settings = Settings(
        overlays=(Path(environment["HORMONE_CDS_OVERLAYS"]),),
        orderables=Path(environment["HORMONE_CDS_ORDERABLES"]),
        profile=(PROFILE,),
        timezone=environment["HORMONE_CDS_TIMEZONE"],
        database_url=environment["HORMONE_CDS_DATABASE_URL"],
    )
    return with_codes(open_site(settings))
