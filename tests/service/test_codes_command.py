"""`hormone-cds codes`: from what was not understood to a map in force, with a person deciding in between."""

from __future__ import annotations

import csv
import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import Session
from typer.testing import CliRunner, Result

from service.cli import app
from service.storage.database import open_database
from service.storage.tables import UnmappedCode
from service.storage.unmapped import remember_unmapped
from tests.record.charts import TODAY, bundle, observation, patient, request
from tests.service.test_keeper import HCT, LAB, load

HEAD = "kind,local_system,local_code,local_display,target,equivalence\n"
GOOD = f"{HEAD}laboratory,{LAB},HK,Hämatokrit,4544-3,equivalent\n"
BAD = f"{HEAD}laboratory,{LAB},T,Testosterone,14913-5,equivalent\n"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    file = tmp_path / "map.csv"
    file.write_text(GOOD, encoding="utf-8")
    return file


def run(database: str, *arguments: str) -> Result:
    """The command on a database, in a wide terminal."""
    environment = {"COLUMNS": "240", "NO_COLOR": "1", "HORMONE_CDS_DATABASE_URL": database}
    return CliRunner(env=environment).invoke(app, ["codes", *arguments])


def count(database: str, **seen: Any) -> None:
    """Note a code as seen, as the running service does."""
    blank = {"kind": "laboratory", "system": LAB, "code": "", "analyte": "", "unit": "", "suggestions": ""}
    days = {"count": 3, "first_seen": TODAY.day, "last_seen": TODAY.day}
    engine = open_database(database)
    with Session(engine) as session:
        remember_unmapped(session, [UnmappedCode(**(blank | days | seen))])
    engine.dispose()


def test_a_sound_map_is_loaded_and_listed(database: str, file: Path) -> None:
    assert run(database, "check", str(file)).exit_code == 0
    result = run(database, "load", str(file), "--author", "Ann Lee", "--note", "first map")
    assert result.exit_code == 0
    assert "Version 1 is loaded: 1 rows, 1 new codes, 0 gone." in result.stdout
    history = run(database, "history").stdout
    assert all(text in history for text in ("Ann Lee", "first map"))


def test_a_map_with_an_error_is_not_loaded_and_the_line_is_named(database: str, file: Path) -> None:
    file.write_text(BAD, encoding="utf-8")
    for command in (("check",), ("load", "--author", "Ann Lee")):
        result = run(database, *command, str(file))
        assert result.exit_code == 1
        assert f"error: {file}: line 2: LOINC 14913-5 has a wrong check digit" in result.stderr
    assert "Nothing was loaded." in result.stderr
    open_database(database).dispose()
    assert "No map was loaded yet." in run(database, "export").stderr


def test_several_files_make_one_map_and_may_not_contradict_each_other(database: str, file: Path) -> None:
    other = file.with_name("other.csv")
    other.write_text(f"{HEAD}laboratory,{LAB},HK,,718-7,equal\n", encoding="utf-8")
    result = run(database, "check", str(file), str(other))
    assert result.exit_code == 1
    assert f"two targets: see {file}: line 2" in result.stderr


@pytest.mark.parametrize("author", ["", "  "])
def test_nobody_cannot_answer_for_a_map(database: str, file: Path, author: str) -> None:
    result = run(database, "load", str(file), "--author", author)
    assert result.exit_code == 1
    assert "--author" in result.stderr


@pytest.mark.parametrize("form", ["csv", "fhir"])
def test_what_is_exported_can_be_loaded_again(database: str, file: Path, form: str) -> None:
    run(database, "load", str(file), "--author", "Ann Lee")
    exported = run(database, "export", "--format", form)
    file.write_text(exported.stdout, encoding="utf-8")
    assert run(database, "load", str(file), "--author", "Bo").exit_code == 0
    versions = [run(database, "export", "--version", number).stdout for number in ("1", "2")]
    assert versions[0] == versions[1]


def test_a_version_that_was_never_loaded_is_said_to_be_none(database: str) -> None:
    open_database(database).dispose()
    result = run(database, "export", "--version", "7")
    assert (result.exit_code, result.stderr) == (1, "There is no version 7.\n")


def test_unmapped_codes_are_listed_with_what_they_could_be(database: str) -> None:
    count(database, code="HK", unit="%", suggestions="4544-3")
    listed = run(database, "unmapped").stdout
    (row,) = [line for line in listed.splitlines() if "|HK" in line]
    assert "4544-3 Hematocrit [Volume Fraction] of Blood by Automated count" in row
    (seen,) = json.loads(run(database, "unmapped", "--json").stdout)["unmapped"]
    assert (seen["count"], seen["firstSeen"]) == (3, str(TODAY.day))


def test_unmapped_codes_make_a_map_in_which_a_person_decides(database: str, file: Path) -> None:
    count(database, code="HK", unit="Anteil", suggestions="4544-3")
    count(database, code="HK", unit="(withheld)", suggestions="4544-3")
    count(database, code="(withheld)")
    count(database, kind="unit", system="", code="Vol.-%", analyte="hematocrit")
    count(database, kind="drug", code="4711")
    file.write_text(run(database, "unmapped", "--csv").stdout, encoding="utf-8")
    rows = {row["local_code"]: row for row in csv.DictReader(file.read_text(encoding="utf-8").splitlines())}
    assert rows.keys() == {"HK", "Vol.-%", "4711"}
    assert {row["target"] + row["equivalence"] for row in rows.values()} == {""}
    assert rows["HK"]["local_display"].startswith("4544-3 Hematocrit")
    assert (rows["HK"]["local_unit"], rows["Vol.-%"]["analytes"]) == ("Anteil", "hematocrit")
    result = run(database, "load", str(file), "--author", "Ann Lee")
    assert "3 rows, 0 that decide" in result.stderr
    assert "Version 1 is loaded: 0 rows" in result.stdout
    assert json.loads(run(database, "unmapped", "--json").stdout)["unmapped"]


def test_codes_said_to_be_none_of_ours_leave_the_list(database: str, file: Path) -> None:
    count(database, code="UREA", suggestions="2986-8")
    count(database, kind="drug", code="4711")
    file.write_text(f"{HEAD}laboratory,{LAB},UREA,,,unmatched\ndrug,{LAB},4711,,,unmatched\n", encoding="utf-8")
    run(database, "load", str(file), "--author", "Ann Lee")
    assert json.loads(run(database, "unmapped", "--json").stdout)["unmapped"] == []


def test_codes_of_a_map_are_not_lost_unsaid(database: str, file: Path) -> None:
    run(database, "load", str(file), "--author", "Ann Lee")
    file.write_text(HEAD, encoding="utf-8")
    refused = run(database, "load", str(file), "--author", "Ann Lee")
    assert (refused.exit_code, "1 codes of version 1 are not in these files" in refused.stderr) == (1, True)
    assert run(database, "load", str(file), "--author", "Ann Lee", "--remove").exit_code == 0


def test_counts_can_be_forgotten(database: str) -> None:
    count(database, code="A", last_seen=date(2026, 1, 1))
    count(database, code="B")
    assert run(database, "forget", "--before", "2026-06-01").stdout == "1 codes are forgotten.\n"
    assert [row["code"] for row in json.loads(run(database, "unmapped", "--json").stdout)["unmapped"]] == ["B"]


def test_a_map_that_makes_queries_long_is_said(database: str, file: Path) -> None:
    lines = [f"laboratory,{LAB},LOCAL-{number},,4544-3,equivalent" for number in range(400)]
    file.write_text(HEAD + "\n".join(lines), encoding="utf-8")
    assert "many servers take 8000" in run(database, "load", str(file), "--author", "Ann Lee").stderr


def test_what_is_mapped_leaves_the_list(database: str) -> None:
    count(database, code="HK")
    load(database, HCT)
    assert json.loads(run(database, "unmapped", "--json").stdout) == {"codeMap": 1, "total": 0, "unmapped": []}


def test_evaluate_uses_the_map_in_force(database: str, tmp_path: Path) -> None:
    load(database, HCT)
    chart = tmp_path / "chart.json"
    result = observation(code={"coding": [{"system": LAB, "code": "HK"}]}, value=54.5)
    chart.write_text(json.dumps(bundle(patient(), request(), result)), encoding="utf-8")
    runner = CliRunner(env={"HORMONE_CDS_DATABASE_URL": database})
    report = json.loads(runner.invoke(app, ["evaluate", str(chart), "--today", "2026-09-04", "--json"]).stdout)
    assert report["engine"]["codeMap"] == 1
    assert "MT-HCT-01" in [finding["check"] for finding in report["findings"] if finding["state"] == "raised"]


def test_evaluate_makes_no_database(tmp_path: Path) -> None:
    chart = tmp_path / "chart.json"
    chart.write_text(json.dumps(bundle(patient())), encoding="utf-8")
    database = tmp_path / "memory.sqlite3"
    runner = CliRunner(env={"HORMONE_CDS_DATABASE_URL": f"sqlite:///{database}"})
    assert runner.invoke(app, ["evaluate", str(chart)]).exit_code == 0
    assert not database.exists()


@pytest.mark.parametrize("command", ["history", "export", "unmapped", "forget --before 2026-01-01"])
def test_looking_where_nothing_was_kept_says_so_and_makes_no_file(tmp_path: Path, command: str) -> None:
    done = run(f"sqlite:///{tmp_path / 'none.sqlite3'}", *command.split())
    assert (done.exit_code, done.stdout) == (1, "")
    assert "nothing was kept there yet" in done.stderr
    assert list(tmp_path.iterdir()) == []
