"""The list in other formats: for spreadsheets, which must not carry anything out, and for programs that speak FHIR."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

import httpx
import pytest
from fhir.resources.R4B.bundle import Bundle

from service.worklist.spreadsheet import COLUMNS, harmless
from service.worklist.wish import wish_of
from tests.service.population.populations import rows
from tests.service.worklist.listing import PATH, listed

FIREFOX = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
ACCEPTED = [
    ("", "", "json"),
    ("", "*/*", "json"),
    ("", FIREFOX, "html"),
    ("", "text/csv", "csv"),
    ("", "application/fhir+json", "fhir"),
    ("", "application/json;q=0.5, application/fhir+json", "fhir"),
    ("", "text/csv;q=0, text/html;q=0.1", "html"),
    ("", "image/png", "json"),
    ("csv", FIREFOX, "csv"),
    ("application/fhir json", "text/html", "fhir"),
    ("text/html", "application/json", "html"),
]


@pytest.mark.parametrize(("asked", "accept", "wanted"), ACCEPTED)
def test_the_format_is_the_one_that_is_asked_for(asked: str, accept: str, wanted: str) -> None:
    assert wish_of([("_format", asked)], accept).format == wanted


def lines(answer: httpx.Response) -> list[dict[str, str]]:
    """The rows of a CSV file."""
    assert answer.headers["content-type"].startswith("text/csv")
    return list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))


def test_a_spreadsheet_has_everybody_who_is_asked_for_in_the_same_order(clinic: httpx.Client) -> None:
    answer = clinic.get(f"{PATH}?state=overdue&_count=2", headers={"Accept": "text/csv"})
    found = lines(answer)
    assert tuple(found[0]) == COLUMNS
    assert [row["patient"] for row in found] == [one["patient"] for one in listed(clinic, "_count=500&state=overdue")]
    late = [row for row in found if row["days_over"]]  # of the others a test is missing, whatever the calendar says
    assert late
    assert all(int(row["days_over"]) > 0 and row["draw_from"] <= row["draw_until"] for row in late)
    assert 'filename="worklist-2026-09-04.csv"' in answer.headers["content-disposition"]


@pytest.mark.parametrize("beginning", ["=1+1", "+1", "-1", "@SUM(A1)", "\t1", "\r1", "\n1"])
def test_no_cell_is_a_formula(beginning: str) -> None:
    assert harmless(beginning) == f"'{beginning}"
    assert harmless("Clinic = 1") == "Clinic = 1"
    assert harmless(None) == ""


HIDDEN = [
    ("a;=1+1", "a;'=1+1"),
    ("a; =1+1", "a;' =1+1"),
    ("a\t@x", "a\t'@x"),
    ("a\r\n-1", "a\r\n'-1"),
    ("\t=1", "'\t'=1"),
    (" =1+1", "' =1+1"),
    ("\uff1d1+1", "'\uff1d1+1"),
    ("a = 1; b - c", "a = 1; b - c"),
]


@pytest.mark.parametrize(("text", "written"), HIDDEN)
def test_no_part_of_a_cell_is_a_formula_where_a_spreadsheet_cuts_it_elsewhere(text: str, written: str) -> None:
    """Where decimals are written with a comma, spreadsheets cut lines at semicolons; others cut them at tabs."""
    assert harmless(text) == written


def test_a_spreadsheet_is_told_that_the_file_is_unicode(clinic: httpx.Client) -> None:
    content = clinic.get(f"{PATH}?_format=csv").content
    assert content.startswith(b"\xef\xbb\xbfpatient,")
    assert content.count(b"\xef\xbb\xbf") == 1


def fhir(client: httpx.Client, query: str) -> dict[str, Any]:
    """A page as FHIR, which its own library accepts."""
    answer = client.get(query, headers={"Accept": "application/fhir+json"})
    assert answer.headers["content-type"] == "application/fhir+json"
    Bundle.model_validate_json(answer.content)
    found: dict[str, Any] = answer.json()
    return found


def test_in_fhir_a_page_is_a_group_and_a_task_for_each_of_its_patients(clinic: httpx.Client, run: Path) -> None:
    page, expected = fhir(clinic, f"{PATH}?_count=20"), listed(clinic, "_count=20")
    group, *tasks = [entry["resource"] for entry in page["entry"]]
    names = [f"Patient/{one['patient']}" for one in expected]
    assert [member["entity"]["reference"] for member in group["member"]] == names
    assert (group["resourceType"], group["type"], group["actual"], group["quantity"]) == ("Group", "person", True, 20)
    assert [task["for"]["reference"] for task in tasks] == names
    windows = {
        row["patient"]: {"start": row["earliest"], "end": row["latest"]}
        for row in reversed(rows(run / "first", "draws"))
    }
    for task, one in zip(tasks, expected, strict=True):
        assert (task["resourceType"], task["status"], task["intent"]) == ("Task", "requested", "proposal")
        assert task["priority"] == ("urgent" if one.get("urgency") == "critical" else "routine")
        assert all(reason["summary"] in task["description"] for reason in one.get("reasons", ()))
        assert task.get("restriction", {}).get("period") == windows.get(one["patient"])
        assert "focus" not in task
        assert "basedOn" not in task


def test_in_fhir_links_lead_through_all_pages(clinic: httpx.Client) -> None:
    page = fhir(clinic, f"{PATH}?_count=30&state=due")
    total, found, ids = page["total"], list[str](), set[str]()
    while True:
        tasks = [entry["resource"] for entry in page["entry"] if entry["search"]["mode"] == "match"]
        found += [task["for"]["reference"] for task in tasks]
        ids |= {entry["fullUrl"] for entry in page["entry"]}
        links = {link["relation"]: link["url"] for link in page["link"]}
        if "next" not in links:
            break
        page = fhir(clinic, links["next"])
    assert len(found) == len(set(found)) == total == len(listed(clinic, "_count=500&state=due"))
    assert len(ids) > total
    assert not any(reference.removeprefix("Patient/") in url for url in links.values() for reference in found)


def test_the_same_list_is_the_same_tasks(clinic: httpx.Client) -> None:
    assert fhir(clinic, f"{PATH}?_count=3") == fhir(clinic, f"{PATH}?_count=3")
