"""How often cards are shown, accepted and overridden can be read by machines, in a browser and in a terminal."""

from __future__ import annotations

import csv
import io
import json
import re
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlmodel import Session
from typer.testing import CliRunner

from service.cli import app
from service.memory.stats import stats
from tests.service.memory.asking import call_for, cards, item, override, remembering, tell

UNIT = "DQ-UNIT-01"


@pytest.fixture
def told(database: str) -> str:
    """A database in which one card was shown four times: accepted after all, overridden twice, and not answered."""
    with remembering(database) as client:
        shown = [_unit(cards(client)) for _ in range(4)]
        tell(
            client, override(shown[0], at="2026-09-04T15:00:00Z"), item(shown[0], "accepted", at="2026-09-04T15:01:00Z")
        )
        tell(client, override(shown[1]), item(shown[2]), item("6f1c0f0e-4a0e-5c3b-9b53-1f8f0b7c2a10"))
        call = call_for("stable")
        del call["prefetch"]["context"]
        client.post("/cds-services/hormone-therapy-response", json=call).raise_for_status()
    return database


def _unit(found: list[dict[str, Any]]) -> str:
    return next(str(card["uuid"]) for card in found if card["source"]["topic"]["code"] == "DQUNIT01")


def unit(found: dict[str, Any]) -> dict[str, Any]:
    """The counts of one check."""
    (kind,) = [kind for kind in found["shown"] if kind.get("check") == UNIT]
    return dict(kind)


def test_the_last_report_of_each_card_counts(told: str) -> None:
    with remembering(told) as client:
        found = client.get("/stats").json()
        for day in ("2999-01-01", "9999-12-31"):
            assert client.get(f"/stats?since={day}").json()["shown"] == []
        for day in ("2026-01-01", "1969-12-31", "0001-01-01"):
            assert unit(client.get(f"/stats?since={day}").json()) == unit(found)
    kind = unit(found)
    assert kind["reasons"] == {"patient-contraindication": 1, "none": 1}
    assert {name: kind[name] for name in ("shown", "accepted", "overridden", "unanswered")} == {
        "shown": 4,
        "accepted": 1,
        "overridden": 2,
        "unanswered": 1,
    }
    assert (kind["protocol"], kind["indicator"]) == ("data-quality", "warning")
    assert kind["service"] == "hormone-monitoring-patient-view"
    assert kind["protocolVersion"]
    assert kind["version"]
    assert found["unknownCards"] == 1
    assert [asked["evaluations"] for asked in found["services"]] == [4, 1]
    assert found["services"][1]["absent"] == {"context": 1}


def test_one_call_sent_to_two_services_is_told_of_apart(database: str) -> None:
    call, other = call_for("unit"), "hormone-therapy-response"
    with remembering(database) as client:
        ids = {}
        for service in ("hormone-monitoring-patient-view", other):
            sent = client.post(f"/cds-services/{service}", json=call).raise_for_status().json()["cards"]
            assert sent == client.post(f"/cds-services/{service}", json=call).json()["cards"]
            ids[service] = _unit(sent)
        assert ids["hormone-monitoring-patient-view"] != ids[other]
        tell(client, override(ids[other]))
    with remembering(database) as client:
        kinds = client.get("/stats").json()["shown"]
    counted = {kind["service"]: (kind["shown"], kind["overridden"]) for kind in kinds if kind.get("check") == UNIT}
    assert counted == {"hormone-monitoring-patient-view": (1, 0), other: (1, 1)}


def test_what_few_patients_had_is_told_together(told: str) -> None:
    with remembering(told, unmapped_patients=2) as client:
        found = client.get("/stats").json()
    assert found["shown"] == []
    assert found["few"]["shown"] >= 4
    assert (found["few"]["accepted"], found["few"]["overridden"]) == (1, 2)


def test_weeks_tell_what_was_shown_in_them_and_what_became_of_it(told: str) -> None:
    with remembering(told) as client:
        found = client.get("/stats").json()
    days = [date.fromisoformat(week["monday"]) for week in found["weeks"]]
    assert [day.weekday() for day in days] == [0] * len(days)
    assert timedelta() <= datetime.now(UTC).date() - days[-1] < timedelta(7)
    assert sum(week["evaluations"] for week in found["weeks"]) == 5
    shown = [count for week in found["weeks"] for count in week["shown"].values()]
    assert sum(shown) == sum(kind["shown"] for kind in found["shown"])
    assert sum(week.get("accepted", 0) for week in found["weeks"]) == 1
    assert sum(week.get("overridden", 0) for week in found["weeks"]) == 2
    assert sum(unit(found)["weeks"].values()) == 4


def test_weeks_tell_why_parts_of_charts_were_not_read(told: str) -> None:
    with remembering(told) as client:
        (week,) = client.get("/stats").json()["weeks"][-1:]
        page = client.get("/stats", headers={"Accept": "text/html"}).text
    assert week["unread"]["unit-dimension"] == 4
    assert "unit dimension 4" in page


def test_of_a_week_with_few_patients_only_evaluations_are_told(told: str) -> None:
    with remembering(told, unmapped_patients=3) as client:
        found = client.get("/stats").json()
        page = client.get("/stats", headers={"Accept": "text/html"}).text
    assert all(week.keys() == {"monday", "evaluations", "few"} for week in found["weeks"])
    assert "few patients: not told" in page


def test_a_page_tells_why_parts_of_charts_were_unread(database: str) -> None:
    with remembering(database) as client:
        cards(client)
        page = client.get("/stats", headers={"Accept": "text/html"}).text
    unread = page[page.index('id="unread"') : page.index('id="codes"')]
    assert re.search(r"unit dimension</th><td>[1-9]\d*</td>", unread)


def test_a_page_says_where_reasons_are_not_counted(database: str) -> None:
    with remembering(database, metrics="off") as client:
        cards(client)
        page = client.get("/stats", headers={"Accept": "text/html"}).text
    assert "METRICS=off" in page


def test_a_browser_gets_a_page(told: str) -> None:
    with remembering(told) as client:
        answer = client.get("/stats", headers={"Accept": "text/html,application/xhtml+xml"})
    assert answer.headers["content-type"].startswith("text/html")
    assert UNIT in answer.text
    assert "patient-contraindication 1" in answer.text


@pytest.mark.parametrize(
    "query",
    [
        "since=yesterday",
        "since=2026-9-4",
        "since=2026-13-01",
        "until=2026-09-04",
        "since=",
        "since=2026-09-04&since=2026-09-04",
    ],
)
def test_another_question_is_refused(query: str) -> None:
    with remembering("sqlite://") as client:
        answer = client.get(f"/stats?{query}")
    assert answer.status_code == 400
    assert answer.json()["issue"][0]["expression"] == ["since"]


def test_the_command_prints_the_same_for_people_machines_and_spreadsheets(
    told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HORMONE_CDS_DATABASE_URL", told)
    monkeypatch.setenv("HORMONE_CDS_UNMAPPED_PATIENTS", "1")
    monkeypatch.setenv("COLUMNS", "200")
    runner = CliRunner()
    printed = {
        way: runner.invoke(app, ["stats", *way.split()]) for way in ("", "--json", "--csv", "--since 2999-01-01")
    }
    assert all(result.exit_code == 0 for result in printed.values())
    assert UNIT in printed[""].stdout
    assert UNIT not in printed["--since 2999-01-01"].stdout
    kind = unit(json.loads(printed["--json"].stdout))
    (row,) = [row for row in csv.DictReader(io.StringIO(printed["--csv"].stdout)) if row["check"] == UNIT]
    assert (row["shown"], row["reasons"]) == (str(kind["shown"]), "none=1 patient-contraindication=1")


@pytest.mark.parametrize("way", ["", "--json", "--csv"])
@pytest.mark.parametrize("address", ["sqlite:///{folder}/none.sqlite3", "sqlite://"])
def test_where_nothing_was_kept_the_command_says_so_and_makes_no_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, way: str, address: str
) -> None:
    monkeypatch.setenv("HORMONE_CDS_DATABASE_URL", address.format(folder=tmp_path))
    done = CliRunner().invoke(app, ["stats", *way.split()])
    assert (done.exit_code, done.stdout) == (1, "")
    assert "HORMONE_CDS_DATABASE_URL" in done.stderr
    assert "nothing was kept there yet" in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_count_may_take_longer_than_an_answer_waits(engine: Engine) -> None:
    with Session(engine) as session:
        stats(session, None, 1)
        if engine.dialect.name == "postgresql":
            assert session.connection().exec_driver_sql("SHOW statement_timeout").scalar_one() == "1min"
        session.rollback()
    if engine.dialect.name == "postgresql":
        with engine.connect() as connection:  # the same one, from the pool
            assert connection.exec_driver_sql("SHOW statement_timeout").scalar_one() == "5s"
