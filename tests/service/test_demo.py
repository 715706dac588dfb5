"""The demo: current charts, the cards its three stories promise, and an end when nobody watches."""

from __future__ import annotations

import io
import json
import socket
import subprocess
import sys
from datetime import date, timedelta
from typing import Any

import httpx
import pytest
from rich.console import Console

from service.demo.play import free_port, play_ehr
from service.demo.show import panel, sketch
from service.examples.chart import DEMO_DAY, STORIES, Chart, chart_json, move_dates
from service.examples.ehr import answer_query, hook_call

HOOK = "/cds-services/hormone-monitoring-patient-view"


@pytest.mark.parametrize(
    ("text", "days", "moved"),
    [
        ('"2026-09-03"', 1, '"2026-09-04"'),
        ('"2026-09-03T20:00:00+02:00"', 30, '"2026-10-03T20:00:00+02:00"'),
        ('"2026-12-31"', -366, '"2025-12-30"'),
        ('"2986-8", "2026-09", "T2026-09-03"', 1, '"2986-8", "2026-09", "T2026-09-03"'),
    ],
)
def test_dates_move_and_times_of_day_stay(text: str, days: int, moved: str) -> None:
    assert move_dates(text, timedelta(days)) == moved


@pytest.mark.parametrize("name", STORIES)
def test_a_chart_read_on_its_own_day_is_as_written(name: str) -> None:
    assert str(DEMO_DAY - timedelta(1)) in chart_json(name)
    assert str(date(2027, 1, 1) - timedelta(1)) in chart_json(name, date(2027, 1, 1))


def test_the_ehr_fills_every_key_it_is_asked_for(offered: dict[str, Any], charts: dict[str, Chart]) -> None:
    call = hook_call(offered, charts["stable"])
    assert call["prefetch"].keys() == offered["prefetch"].keys()
    assert call["prefetch"]["patient"]["id"] == call["context"]["patientId"]
    assert call["prefetch"]["labs"]["total"] == 5
    assert call["prefetch"]["conditions"]["total"] == 0


def test_a_search_answers_only_the_codes_asked_for(charts: dict[str, Chart]) -> None:
    found = answer_query(charts["stable"], "Observation?patient=x&code=4544-3,20570-8&_count=200")
    assert {entry["resource"]["code"]["coding"][0]["code"] for entry in found["entry"]} == {"4544-3"}


def cards_of(client: httpx.Client, offered: dict[str, Any], chart: Chart) -> list[dict[str, Any]]:
    """The cards an EHR gets for a chart, today."""
    cards: list[dict[str, Any]] = client.post(HOOK, json=hook_call(offered, chart)).json()["cards"]
    return cards


def test_the_stable_man_gets_one_info_card(
    client: httpx.Client, offered: dict[str, Any], charts: dict[str, Chart]
) -> None:
    (card,) = cards_of(client, offered, charts["stable"])
    assert card["indicator"] == "info"
    assert card["summary"].startswith("In range")


def test_the_high_hematocrit_gets_a_critical_card_first(
    client: httpx.Client, offered: dict[str, Any], charts: dict[str, Chart]
) -> None:
    first, *_ = cards_of(client, offered, charts["hematocrit"])
    assert first["indicator"] == "critical"
    assert "54.5 %" in first["summary"]


def test_the_unusable_unit_is_said_aloud(
    client: httpx.Client, offered: dict[str, Any], charts: dict[str, Chart]
) -> None:
    cards = cards_of(client, offered, charts["unit"])
    (card,) = [card for card in cards if "mmol/L" in card["summary"] + card.get("detail", "")]
    assert card["indicator"] == "warning"
    assert "hematocrit" in card["summary"].lower()
    assert "critical" not in {card["indicator"] for card in cards}


def test_a_taken_port_is_not_insisted_on() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert free_port(port) != port


def test_the_demo_prints_calls_and_cards_readably(live_server: str) -> None:
    paper = io.StringIO()
    play_ehr(Console(file=paper, width=200), live_server)
    shown = paper.getvalue()
    assert all(story in shown for story in STORIES.values())
    assert shown.count(f"POST {live_server}{HOOK}") == 3
    assert "hook: patient-view" in shown
    assert "labs: 9 found" in shown
    assert " CRITICAL  Hematocrit 54.5 %" in shown
    assert "[ ] Order " in shown


def test_the_first_call_is_shown_with_its_values(offered: dict[str, Any], charts: dict[str, Chart]) -> None:
    call = hook_call(offered, charts["stable"])
    lines = sketch(call)
    values = [entry["resource"]["valueQuantity"] for entry in call["prefetch"]["labs"]["entry"]]
    assert all(any(f'"value": {q["value"]}, "unit": "{q["unit"]}"' in line for line in lines) for q in values)
    assert any('"authoredOn"' in line for line in lines)
    assert call["hookInstance"] in "\n".join(lines)
    assert sum(map(len, lines)) < len(json.dumps(call)) / 1.5


@pytest.mark.parametrize("width", [60, 80, 200])
def test_the_source_of_a_card_is_never_cut(width: int) -> None:
    label = "Endocrine Society 2018, testosterone therapy in men with hypogonadism (J Clin Endocrinol Metab 103:1715)"
    paper = io.StringIO()
    Console(file=paper, width=width).print(panel({"indicator": "info", "summary": "s", "source": {"label": label}}))
    assert all(word in paper.getvalue().replace("│", " ").split() for word in label.split())


def test_the_demo_shows_three_charts_and_ends_without_a_terminal() -> None:
    command = [sys.executable, "-c", "from service.cli import app; app()", "demo"]
    shown = subprocess.run(command, capture_output=True, text=True, timeout=60, stdin=subprocess.DEVNULL, check=False)
    assert shown.returncode == 0, shown.stderr
    assert all(story in " ".join(shown.stdout.split()) for story in STORIES.values())
    assert "CRITICAL" in shown.stdout
    assert "Open http" not in shown.stdout
    assert "make serve" in shown.stdout
