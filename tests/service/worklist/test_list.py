"""Whom the worklist names, in which order and why: what the rows of the run say, no more and no less."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest

from tests.service.population.populations import rows
from tests.service.worklist.listing import HTML, PATH, listed

Row = dict[str, Any]
SOON = "2026-10-04"
URGENCIES = ("critical", "warning", "info", None)


@pytest.fixture(scope="module")
def findings(run: Path) -> list[Row]:
    """The raised findings of the run."""
    return [row for row in rows(run / "first", "findings") if row["state"] == "raised"]


@pytest.fixture(scope="module")
def draws(run: Path) -> list[Row]:
    """The draws of the run."""
    return rows(run / "first", "draws")


def whose(found: list[Row], holds: Callable[[Row], bool] = lambda row: True) -> set[str]:
    """The patients of the rows of which it holds."""
    return {row["patient"] for row in found if holds(row)}


def of(client: httpx.Client, query: str) -> set[str]:
    """The patients that are listed by a query."""
    return {one["patient"] for one in listed(client, f"_count=500&{query}")}


def test_each_state_lists_exactly_those_whose_rows_say_so(
    clinic: httpx.Client, findings: list[Row], draws: list[Row]
) -> None:
    expected = {
        "unsafe": whose(findings, lambda row: row["urgency"] == "critical"),
        "overdue": whose(findings, lambda row: row["overdue"] or row["untested"]),
        "due": whose(draws, lambda row: not row["overdue"] and row["due"] <= SOON),
        "data-quality": whose(findings, lambda row: row["protocol"] == "data-quality"),
    }
    assert all(expected.values())
    assert {state: of(clinic, f"state={state}") for state in expected} == expected
    assert of(clinic, "") == set().union(*expected.values())
    counts = clinic.get(PATH).json()["counts"]
    assert counts == {state: len(patients) for state, patients in expected.items()}


def test_the_most_urgent_come_first_and_then_who_is_overdue_for_longest(clinic: httpx.Client) -> None:
    order = [(URGENCIES.index(one.get("urgency")), -one.get("daysOver", -1)) for one in listed(clinic)]
    assert order == sorted(order)
    assert len({first for first, _ in order}) > 2
    assert len({second for _, second in order}) > 5


def test_a_patient_has_every_raised_finding_as_a_reason_and_every_draw(
    clinic: httpx.Client, findings: list[Row], draws: list[Row]
) -> None:
    for one in listed(clinic):
        told = (
            [(reason["protocol"], reason["check"], reason["summary"]) for reason in one["reasons"]]
            if "reasons" in one
            else []
        )
        mine = [row for row in findings if row["patient"] == one["patient"]]
        assert sorted(told) == sorted((row["protocol"], row["check"], row["summary"]) for row in mine)
        urgencies = [URGENCIES.index(reason["urgency"]) for reason in one.get("reasons", ())]
        assert urgencies == sorted(urgencies)
        windows = [(draw["earliest"], draw["latest"], draw["analytes"]) for draw in one.get("draws", ())]
        assert sorted(windows) == sorted(
            (row["earliest"], row["latest"], row["analytes"]) for row in draws if row["patient"] == one["patient"]
        )


def test_filters_ask_for_one_raised_finding_of_which_all_holds(clinic: httpx.Client, findings: list[Row]) -> None:
    row = next(row for row in findings if row["urgency"] == "critical")
    both = f"protocol={row['protocol']}&check={row['check']}"
    same = lambda other: (other["protocol"], other["check"]) == (row["protocol"], row["check"])  # noqa: E731
    listed_ones = of(clinic, "")
    assert of(clinic, both) == whose(findings, same) & listed_ones
    assert of(clinic, f"protocol={row['protocol']}") == (
        whose(findings, lambda other: other["protocol"] == row["protocol"]) & listed_ones
    )
    assert of(clinic, f"state=unsafe&{both}") == whose(findings, lambda r: same(r) and r["urgency"] == "critical")
    assert of(clinic, "state=overdue&urgency=warning&protocol=testosterone-men") == whose(
        findings,
        lambda r: (r["overdue"] or r["untested"]) and r["urgency"] == "warning" and r["protocol"] == "testosterone-men",
    )


def test_a_site_lists_its_own(clinic: httpx.Client, run: Path) -> None:
    sites = {row["patient"]: row["site"] for row in rows(run / "first", "patients")}
    site = next(iter(sites.values()))
    found = of(clinic, f"site={quote(site)}")
    assert found == {patient for patient in of(clinic, "") if sites[patient] == site}


def test_pages_hold_everybody_once(clinic: httpx.Client) -> None:
    whole = [one["patient"] for one in listed(clinic)]
    pages, number = [], 1
    while True:
        page = clinic.get(f"{PATH}?_count=7&page={number}").json()
        pages += [one["patient"] for one in page["patients"]]
        if number == page["pages"]:
            break
        number += 1
    assert pages == whole
    assert clinic.get(f"{PATH}?_count=7&page={number + 1}").json()["patients"] == []


def test_beyond_the_last_page_a_reader_sees_the_last_one_and_never_that_nobody_is_listed(clinic: httpx.Client) -> None:
    pages = clinic.get(f"{PATH}?_count=7").json()["pages"]
    last = [one["patient"] for one in listed(clinic, f"_count=7&page={pages}")]
    page = clinic.get(f"{PATH}?_count=7&page={pages + 40}", headers=HTML).text
    assert "Nobody is listed" not in page
    assert f"Page {pages} of {pages}" in page
    assert last[-1] in page
    assert f'start="{7 * (pages - 1) + 1}"' in page
    beyond = clinic.get(f"{PATH}?_count=7&page={pages + 40}&_format=fhir").json()
    assert f"page={pages}&" in next(link["url"] for link in beyond["link"] if link["relation"] == "previous")


WRONG = {
    "state=critical": "state",
    "urgency=high": "urgency",
    "page=-3": "page",
    "page=x": "page",
    "_count=501": "_count",
    "_format=xml": "_format",
    "protocol=testosteron-men": "protocol",
    "check=MT-HCT-1": "check",
    "protocol=thyroid-replacement&check=MT-HCT-01": "check",
    "site=Nowhere": "site",
}


@pytest.mark.parametrize(("query", "place"), WRONG.items())
def test_what_cannot_be_meant_is_refused_and_never_an_empty_list(clinic: httpx.Client, query: str, place: str) -> None:
    answer = clinic.get(f"{PATH}?{query}")
    assert answer.status_code == 400
    (issue,) = answer.json()["issue"]
    assert issue["expression"] == [place]
    assert query.partition("=")[2] not in issue["diagnostics"]


@pytest.mark.parametrize("query", ["patient=synthetic-00000001", "state=due&state=due", "name=Doe"])
def test_no_other_question_is_asked_least_of_all_of_a_person(clinic: httpx.Client, query: str) -> None:
    answer = clinic.get(f"{PATH}?{query}")
    assert answer.status_code == 400
    assert "synthetic" not in answer.text


def test_no_answer_is_kept_by_a_cache_and_no_patient_is_logged(
    clinic: httpx.Client, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level("DEBUG"):
        for way in ("html", "json", "csv", "fhir"):
            answer = clinic.get(f"{PATH}?_format={way}")
            assert answer.status_code == 200
            assert answer.headers["cache-control"] == "private, no-store"
            assert "synthetic-" in answer.text
    assert "synthetic-" not in caplog.text


def test_the_page_leads_to_each_check_and_to_the_next_page_of_the_same_run(clinic: httpx.Client) -> None:
    found = clinic.get(f"{PATH}?_count=5").json()
    page = clinic.get(f"{PATH}?_count=5&lang=en", headers=HTML).text
    reason = found["patients"][0]["reasons"][0]
    assert f'href="../protocols/{reason["protocol"]}?lang=en#{reason["check"]}"' in page
    assert f"page=2&amp;_count=5&amp;run={found['run']['id']}" in page
    assert 'aria-current="page">Worklist' in page
    assert "patient" not in page.partition('rel="next" href="')[2].partition('"')[0]


def test_of_a_part_of_the_list_the_page_tells_no_numbers_of_the_whole(clinic: httpx.Client) -> None:
    found = clinic.get(PATH).json()
    site = found["patients"][0]["site"]
    whole, part = (
        clinic.get(PATH, params=asked, headers=HTML).text.partition("</nav>\n<form")[0]
        for asked in ({"state": "due"}, {"site": site})
    )
    assert f">unsafe {found['counts']['unsafe']}</a>" in whole
    assert ">unsafe</a>" in part


def test_a_check_of_several_protocols_is_offered_once_and_with_one_of_them_chosen_only_its_own(
    clinic: httpx.Client,
) -> None:
    everybody, men = (
        clinic.get(f"{PATH}?{query}", headers=HTML).text for query in ("check=SC-OVER-01", "protocol=testosterone-men")
    )
    assert everybody.count(">SC-OVER-01</option>") == 1
    assert "<option selected>SC-OVER-01</option>" in everybody
    assert ">SC-OVER-01</option>" in men
    assert ">MT-HCT-01</option>" not in men


def test_on_the_page_a_choice_that_cannot_be_meant_is_explained_beside_its_form(clinic: httpx.Client) -> None:
    answer = clinic.get(f"{PATH}?protocol=thyroid-replacement&check=MT-HCT-01", headers=HTML)
    assert answer.status_code == 400
    assert 'role="alert"' in answer.text
    assert "This cannot be listed" in answer.text
    assert "of the protocol where that is named" in answer.text
    assert "<form" in answer.text
    assert "synthetic-" not in answer.text
    assert "Patients: " not in answer.text
    assert answer.headers["cache-control"] == "private, no-store"


def test_numbers_hide_what_is_small_and_name_nobody(clinic: httpx.Client, run: Path) -> None:
    numbers = clinic.get(f"{PATH}/summary")
    assert numbers.json()["threshold"] == 11
    assert numbers.json()["patients"] % 5 == 0
    page = clinic.get(f"{PATH}/summary", headers=HTML)
    assert page.status_code == 200
    assert "hidden" in page.text
    assert "synthetic-" not in page.text + numbers.text
    assert page.headers["cache-control"] == numbers.headers["cache-control"] == "private, no-store"
    assert clinic.get(f"{PATH}/summary?_format=csv").status_code == 400


def test_in_another_language_the_list_stays_in_it(clinic: httpx.Client) -> None:
    page = clinic.get(f"{PATH}?lang=es&_count=5", headers=HTML).text
    assert "Lista de trabajo" in page
    assert "population/latest?lang=es&amp;page=2" in page
    assert '<input type="hidden" name="lang" value="es">' in page
    assert 'href="?_count=5&amp;lang=en"' in page
