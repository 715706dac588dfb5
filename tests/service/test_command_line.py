"""The console command: a chart from a file, for people and for machines, with reasons when it cannot be read."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from cds_hooks.presentation.understood import TherapyItem
from service import __version__
from service.cli import app
from service.examples.chart import DEMO_DAY, chart_json
from service.table import describe_therapy


def run(*arguments: str, stdin: str | None = None) -> Result:
    """The command with a wide terminal, so that no table cell is cut."""
    return CliRunner(env={"COLUMNS": "240", "NO_COLOR": "1"}).invoke(app, arguments, input=stdin)


@pytest.fixture
def chart(tmp_path: Path) -> Path:
    """The demo's hematocrit chart in a file."""
    file = tmp_path / "chart.json"
    file.write_text(chart_json("hematocrit"), encoding="utf-8")
    return file


def test_evaluate_prints_every_finding_for_a_clinician(chart: Path) -> None:
    result = run("evaluate", str(chart), "--today", str(DEMO_DAY))
    assert result.exit_code == 0
    rows = [line for line in result.stdout.splitlines() if "MT-HCT-01" in line]
    assert "critical" in rows[0]
    assert "54.5 %" in rows[0]
    assert f"Patient/demo-hematocrit on {DEMO_DAY}" in result.stdout


def test_evaluate_prints_the_report_for_a_machine(chart: Path) -> None:
    result = run("evaluate", str(chart), "--today", str(DEMO_DAY), "--profile", "es2018", "--json")
    report = json.loads(result.stdout)
    assert report["today"] == str(DEMO_DAY)
    assert "es2018" in {protocol["profile"] for protocol in report["protocols"]}
    raised = {finding["check"] for finding in report["findings"] if finding["state"] == "raised"}
    assert "MT-HCT-01" in raised


def test_evaluate_reads_standard_input() -> None:
    result = run("evaluate", "-", "--today", str(DEMO_DAY), "--json", stdin=chart_json("stable"))
    assert json.loads(result.stdout)["patient"]["reference"] == "Patient/demo-stable"


HOLD = "testosterone-safety|optimization|hematocrit-hold"


def test_whatif_lists_the_numbers_and_tells_what_another_one_would_do_to_charts(chart: Path) -> None:
    narrow = CliRunner(env={"COLUMNS": "80", "NO_COLOR": "1"}).invoke(app, ["whatif"])
    assert HOLD in narrow.stdout
    asked = ("whatif", str(chart), "--today", str(DEMO_DAY), "--number", "testosterone-safety|es2018|hematocrit-hold")
    result = run(*asked, "--value", "54 %")
    assert result.exit_code == 0
    assert "Judged both times by es2018; the protocol is judged by optimization now." in result.stdout
    told = json.loads(run(*asked, "--value", "53 %", "--json").stdout)
    (hold,) = [one for one in told["checks"] if one["check"] == "MT-HCT-01"]
    assert (told["judged"], hold["before"], hold["after"]) == (1, 1, 1)
    listed = json.loads(run("whatif", "--json").stdout)["numbers"]
    assert HOLD in {one["number"] for one in listed}


@pytest.mark.parametrize(
    ("value", "said"), [("56 %", "looser than above 54 %"), ("52", "without a unit"), ("", "Write the new number")]
)
def test_whatif_refuses_what_a_site_may_not_write_with_one_line(chart: Path, value: str, said: str) -> None:
    result = run("whatif", str(chart), "--number", HOLD, "--value", value)
    assert result.exit_code == 1
    assert said in result.stderr
    assert "Traceback" not in result.stderr


def test_evaluate_reads_a_laboratory_message() -> None:
    message = "\r".join(
        (
            r"MSH|^~\&|LIS|LAB-7|||20260903101500||ORU^R01|77|P|2.5.1",
            "PID|1||4711||Doe^Jo||19750505|M",
            "OBR|1|P9|F9|3016-3^TSH^LN|||20260903",
            "OBX|1|NM|3016-3^TSH^LN||12.5|mU/L|0.4-4.0||||F",
        )
    )
    report = json.loads(run("evaluate", "-", "--today", "2026-09-04", "--json", stdin=message).stdout)
    evidence = [one for finding in report["findings"] for one in finding.get("evidence", [])]
    assert {one["canonical"] for one in evidence if one["analyte"] == "tsh"} == {"12.5 m[IU]/L"}
    assert "Doe" not in json.dumps(report)


@pytest.mark.parametrize(
    ("arguments", "content", "said"),
    [
        ((), "not json", "JSON"),
        ((), "MSH|^~\\&|A|B|||2026||ADT^A01|1|P|2.5", "ORU^R01"),
        ((), '{"resourceType": "Patient"}', "Bundle"),
        (("--today", "yesterday"), '{"resourceType": "Bundle"}', "2026-09-04"),
        (("--profile", "es2081"), '{"resourceType": "Bundle"}', "es2018"),
    ],
)
def test_what_cannot_be_evaluated_ends_with_one_line(
    tmp_path: Path, arguments: tuple[str, ...], content: str, said: str
) -> None:
    file = tmp_path / "chart.json"
    file.write_text(content, encoding="utf-8")
    result = run("evaluate", str(file), *arguments)
    assert result.exit_code == 1
    assert said in result.stderr
    assert len(result.stderr.splitlines()) == 1


def test_a_missing_file_ends_with_one_line(tmp_path: Path) -> None:
    result = run("evaluate", str(tmp_path / "nothing.json"))
    assert result.exit_code == 1
    assert "No such file" in result.stderr


def test_protocols_are_listed_for_both(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "testosterone-men" in run("protocols").stdout
    listed = json.loads(run("protocols", "--json").stdout)
    (men,) = [protocol for protocol in listed if protocol["id"] == "testosterone-men"]
    assert set(men["profiles"]) == {"optimization", "es2018", "aua2018", "bssm2017", "eau2025", "label"}


def test_the_version_is_said_without_reading_any_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HORMONE_CDS_PORT", "http")
    result = run("--version")
    assert result.exit_code == 0
    assert result.stdout == f"hormone-cds {__version__}\n"


@pytest.mark.parametrize("command", [("serve",), ("protocols",), ("evaluate", "-")])
def test_a_wrong_setting_ends_every_command_with_one_line(
    monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...]
) -> None:
    monkeypatch.setenv("HORMONE_CDS_PORT", "http")
    result = run(*command, stdin="{}")
    assert result.exit_code == 1
    assert "HORMONE_CDS_PORT" in result.stderr


@pytest.mark.parametrize(
    ("therapy", "line"),
    [
        (
            TherapyItem(
                "M/1",
                "T cyp",
                "testosterone",
                "RxNorm 835840",
                "active",
                False,
                product="cypionate",
                route="injection",
                strength="200 mg/mL",
                systemic=True,
                intervalHours=Decimal(168),
            ),
            "T cyp = testosterone, cypionate, injection, 200 mg/mL, every 168 h (RxNorm 835840), active",
        ),
        (
            TherapyItem("M/1", "Vagifem", "estradiol", "name in text", "active", True, route="vaginal", systemic=False),
            "Vagifem = estradiol, vaginal, acts locally (name in text), planned",
        ),
        (
            TherapyItem(
                "M/1",
                "Evorel Conti",
                "estradiol",
                "name in text",
                "stopped",
                False,
                ("norethindrone",),
                route="patch",
                form="patch",
            ),
            "Evorel Conti = estradiol + norethindrone, patch (name in text), stopped",
        ),
    ],
)
def test_a_therapy_is_told_in_one_line(therapy: TherapyItem, line: str) -> None:
    assert describe_therapy(therapy) == line
