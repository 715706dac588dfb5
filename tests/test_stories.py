"""Clinical behaviour, told as patient stories in data files that clinicians can review."""

from __future__ import annotations

import tomllib
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.charts import chart
from tests.engine import report_of

STORIES = [
    story
    for file in sorted((Path(__file__).parent / "stories").glob("*.toml"))
    for story in tomllib.loads(file.read_text(encoding="utf-8"))["story"]
]


@pytest.fixture(scope="module", params=STORIES, ids=lambda story: story["name"])
def told(request: pytest.FixtureRequest) -> tuple[dict[str, Any], dict[str, Any]]:
    """A story and the report on its chart, judged once for all tests of it; no test changes what it is given."""
    story: dict[str, Any] = request.param
    return story, report_of(chart(story), story["today"], story.get("profile", ()))


def test_a_story_raises_what_it_must_and_nothing_it_must_not(told: tuple[dict[str, Any], dict[str, Any]]) -> None:
    story, report = told
    raised = {f["check"]: f["urgency"] for f in report["findings"] if f["state"] == "raised"}
    assert {name: raised.get(name) for name in story.get("raises", {})} == story.get("raises", {})
    assert not set(story.get("not_raised", [])) & set(raised)
    said = {f["check"]: f.get("summary", "") for f in report["findings"]}
    for name, words in story.get("says", {}).items():
        assert words in said[name]
    for analyte, words in story.get("says_of", {}).items():
        references = {
            e["reference"] for f in report["findings"] for e in f.get("evidence", []) if e["analyte"] == analyte
        }
        assert any(words in item["detail"] for item in report["unread"] if item["reference"] in references), analyte
    assert {quiet["check"] for quiet in report["silenced"]} == set(story.get("silenced", []))
    unknown = {f["check"] for f in report["findings"] if f["state"] == "unknown"}
    assert set(story.get("unknown", [])) <= unknown
    assert set(story.get("unread", [])) <= {item["reason"] for item in report["unread"]}
    blocked = {f["check"] for f in report["findings"] if f.get("blocked_by")}
    assert set(story.get("blocked", [])) <= blocked
    in_range = {e["analyte"] for f in report["findings"] if f.get("in_range") for e in f["evidence"]}
    doubted = {e["analyte"] for f in report["findings"] if f["state"] != "clear" for e in f.get("evidence", [])}
    assert not set(story.get("not_in_range", [])) & (in_range - doubted)


def test_a_story_shows_values_in_canonical_units_and_names_the_time_of_the_draw(
    told: tuple[dict[str, Any], dict[str, Any]],
) -> None:
    story, report = told
    evidence = [e for f in report["findings"] for e in f.get("evidence", [])]
    for analyte, text in story.get("canonical", {}).items():
        assert text in {e.get("canonical") for e in evidence if e["analyte"] == analyte}
    for analyte, label in story.get("timing", {}).items():
        # a protocol about no drug of its own tells no time of a draw
        assert {e["timing"] for e in evidence if e["analyte"] == analyte and "timing" in e} == {label}
    for quantity, value in story.get("derived", {}).items():
        assert {d["value"] for d in report["derived"] if d["quantity"] == quantity} == {value}


def test_a_story_gets_the_draw_it_must(told: tuple[dict[str, Any], dict[str, Any]]) -> None:
    story, report = told
    wanted = story.get("draw")
    if wanted is None:
        return
    fitting = [draw for draw in report["draws"] if set(wanted["analytes"]) <= set(draw["analytes"])]
    assert fitting, report["draws"]
    assert any(_fits(draw, wanted, story["today"]) for draw in fitting), fitting


def _fits(draw: dict[str, Any], wanted: dict[str, Any], today: date | datetime) -> bool:
    day = today.date() if isinstance(today, datetime) else today
    if any(draw[name] != wanted[name].isoformat() for name in ("due", "earliest", "latest") if name in wanted):
        return False
    if wanted.get("says", "") not in draw["instruction"]:
        return False
    if "slot" in wanted and draw["slot"]["start"] != wanted["slot"].isoformat():
        return False
    if "in_days" not in wanted:
        return True
    first, last = (day + timedelta(days=days) for days in wanted["in_days"])
    proposed = date.fromisoformat(draw["slot"]["start"][:10] if "slot" in draw else draw["due"])
    return first <= proposed <= last


def test_a_story_gets_the_cards_it_must(told: tuple[dict[str, Any], dict[str, Any]]) -> None:
    story, report = told
    if "cards" in story:
        assert [card["indicator"] for card in report["cards"]] == story["cards"]
    critical = {f["topic"] for f in report["findings"] if f["state"] == "raised" and f["urgency"] == "critical"}
    assert len([card for card in report["cards"] if card["indicator"] == "critical"]) == len(critical)


def test_a_story_lists_what_may_explain_it_in_the_order_to_look(told: tuple[dict[str, Any], dict[str, Any]]) -> None:
    story, report = told
    listed = [one["id"] for one in report["differential"]]
    assert [one["rank"] for one in report["differential"]] == list(range(1, len(listed) + 1))
    wanted = story.get("differential")
    if wanted is not None:
        assert [name for name in listed if name in wanted] == wanted
        assert wanted or not listed
    assert not set(story.get("not_differential", [])) & set(listed)
    if "discordances" in story:
        assert [one["id"] for one in report["discordances"]] == story["discordances"]


def test_every_check_of_every_protocol_used_has_exactly_one_finding(
    told: tuple[dict[str, Any], dict[str, Any]],
) -> None:
    from tests.engine import site

    _, report = told
    knowledge = site().knowledge
    expected = [
        (used["id"], check.id)
        for used in report["protocols"]
        for check in (knowledge.protocol(used["id"]) or pytest.fail(used["id"])).check
    ]
    assert sorted((f["protocol"], f["check"]) for f in report["findings"]) == sorted(expected)
