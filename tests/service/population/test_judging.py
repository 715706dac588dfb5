"""One chart to rows: where it is cared for, and that a fault in one loses no other."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, cast

import pytest

from cds_hooks.facts import Moment
from service.evaluation import moment_of
from service.population.grouping.charts import Chart
from service.population.judging import Judging
from service.population.sites import NOWHERE, site_of
from tests.engine import site
from tests.service.population.populations import TODAY, invented, judged, rows

PATIENT = {"resourceType": "Patient", "id": "a", "birthDate": "1970-01-01", "gender": "male"}
AT_NORTH = {"managingOrganization": {"reference": "Organization/north", "display": "North"}}


def visit(start: str, **place: Any) -> dict[str, Any]:
    """An Encounter."""
    return {
        "resourceType": "Encounter",
        "id": start,
        "subject": {"reference": "Patient/a"},
        "period": {"start": start},
        **place,
    }


def chart(*resources: dict[str, Any]) -> Chart:
    """A chart of these resources."""
    entries = [(str(one["resourceType"]), json.dumps({"resource": one}).encode()) for one in resources]
    return Chart("a", tuple(sorted(entries)))


OLD = visit("2024-01-01", serviceProvider={"reference": "Organization/old"})
NEW = visit("2026-01-01", location=[{"location": {"reference": "Location/new"}}])


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        ((PATIENT | AT_NORTH, OLD), "North"),
        ((PATIENT | {"managingOrganization": {"reference": "Organization/x"}},), "Organization/x"),
        ((PATIENT, OLD, NEW), "Location/new"),
        ((PATIENT, OLD, visit("2026-01-01")), "Organization/old"),
        ((PATIENT | {"managingOrganization": 7}, OLD), "Organization/old"),
        ((PATIENT, visit("2026-01-01", location="here")), NOWHERE),
        ((PATIENT | {"managingOrganization": {"display": "*"}}, OLD), "Organization/old"),
        ((PATIENT,), NOWHERE),
        ((), NOWHERE),
    ],
)
def test_where_a_patient_is_cared_for(resources: tuple[dict[str, Any], ...], expected: str) -> None:
    assert site_of(chart(*resources)) == expected


def test_a_fault_of_ours_is_told_in_the_patients_row_and_nothing_of_the_chart_in_the_log(
    caplog: pytest.LogCaptureFixture,
) -> None:
    judging = Judging(site(), cast(Moment, None), ())
    told = [rows.patient for rows in judging.rows([chart(PATIENT | AT_NORTH), chart(PATIENT)])]
    assert [row.patient for row in told] == ["a", "a"]
    assert all((row.problem or "").startswith("the service failed: ") for row in told)
    assert "North" not in caplog.text
    assert "1970" not in caplog.text


def test_a_finding_says_when_it_is_raised_for_want_of_a_result() -> None:
    levothyroxine = {
        "resourceType": "MedicationRequest",
        "id": "m",
        "status": "active",
        "intent": "order",
        "subject": {"reference": "Patient/a"},
        "medicationCodeableConcept": {"text": "levothyroxine 100 ug"},
        "authoredOn": "2026-05-20",
    }
    judging = Judging(site(), moment_of(site(), [TODAY]), ())
    (rows,) = judging.rows([chart(PATIENT, levothyroxine)])
    told = {row.check: (row.state, row.urgency, row.untested) for row in rows.findings}
    assert told["THY-01"] == ("raised", "warning", True)
    assert not any(row.untested for row in rows.findings if row.state == "unknown")


def test_an_overdue_finding_says_for_how_many_days(tmp_path: Path) -> None:
    judged(invented(tmp_path, 60), tmp_path / "out")
    found = rows(tmp_path / "out", "findings")
    overdue = [row for row in found if row["overdue"]]
    assert overdue
    for row in overdue:
        assert f", {row['days_over']} day" in row["summary"]
    assert all(row["days_over"] is None for row in found if not row["overdue"])
