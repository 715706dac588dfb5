"""Whatever judgement says, the cards keep to the standard."""

import re
import uuid
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from cds_hooks.facts import Facts, Patient
from cds_hooks.findings import Because, Citation, Draw, Evidence, Finding, Silenced, Strength
from cds_hooks.judged import Judged
from cds_hooks.presentation.cards.cards import another_patient_card
from cds_hooks.presentation.cards.occasion import name_based_uuid
from cds_hooks.wire.response import CDSHooksResponse, encode, length
from tests.presentation.cases import NAMESPACE, PROTOCOL, judged, knowledge, on_the_wire, present, stranger

HOSTILE = (
    "<img src=x onerror=alert(1)>",
    "`code` | pipe | [link](javascript:alert(1))",
    "drug " * 90,
    "x" * 400,
    "# 测试\n\n1. 🩸🩸🩸",
    "\u202eright to left\u0000",
)
TEXT = st.one_of(st.sampled_from(HOSTILE), st.text(max_size=200))
NAME = st.sampled_from(
    ("hematocrit", "psa_total", "testosterone_total", "estradiol", "unit", "data-quality", "schedule")
)
ANALYTES = ("hematocrit", "psa_total", "estradiol", "testosterone_total", "shbg", "alt", "no_such_test")
MAYBE = st.one_of(st.none(), TEXT)
EVIDENCE = st.builds(
    Evidence,
    reference=TEXT,
    analyte=st.one_of(NAME, TEXT),
    value=st.one_of(st.none(), st.decimals(allow_nan=False, allow_infinity=False, places=3)),
    unit=MAYBE,
    canonical=MAYBE,
    effective=st.one_of(st.none(), st.just("2026-09-03")),
    timing=st.sampled_from((None, "mid", "unknown", "odd")),
    comparator=st.sampled_from((None, "<", ">=")),
)
FINDING = st.builds(
    Finding,
    check=st.sampled_from([f"MT-X-{number:02}" for number in range(30)]),
    protocol=st.just(PROTOCOL),
    state=st.sampled_from(("raised", "clear", "unknown")),
    urgency=st.sampled_from(("info", "warning", "critical")),
    summary=TEXT,
    strength=st.builds(Strength, TEXT, TEXT, st.booleans()),
    detail=MAYBE,
    advice=MAYBE,
    because=st.lists(
        st.builds(Because, text=TEXT, outcome=st.sampled_from((None, "true", "unknown")), limit=MAYBE, missing=MAYBE),
        max_size=2,
    ).map(tuple),
    evidence=st.lists(EVIDENCE, max_size=3).map(tuple),
    sources=st.lists(st.builds(Citation, TEXT, TEXT.filter(str.strip), MAYBE), max_size=2).map(tuple),
    topic=st.one_of(NAME, st.just(""), TEXT),
    blocked_by=st.lists(st.sampled_from(["MT-X-01", "labs incomplete"]), max_size=1).map(tuple),
)
DRAW = st.builds(
    lambda analytes, start, days, instruction, reason: Draw(
        tuple(analytes), start, start, start + timedelta(days=days), instruction, reasons=(reason,)
    ),
    st.lists(st.sampled_from(ANALYTES), min_size=1, unique=True),
    st.dates(date(2026, 1, 1), date(2027, 1, 1)),
    st.integers(0, 60),
    TEXT,
    st.sampled_from(("MT-X-01", "MT-X-02: again", "6 months visit")),
)
JUDGED = st.builds(
    lambda findings, draws, silenced: judged(*findings, draws=tuple(draws), silenced=tuple(silenced)),
    st.lists(FINDING, max_size=14, unique_by=lambda finding: finding.check),
    st.lists(DRAW, max_size=3),
    st.lists(st.builds(Silenced, st.just("MT-X-03"), st.just(PROTOCOL), TEXT), max_size=1),
)
CHART = st.builds(
    lambda strangers, reference: Facts(Patient(reference), unread=tuple(stranger(n) for n in range(strangers))),
    st.integers(0, 2),
    st.sampled_from(("Patient/1", "urn:uuid:6f1d3c1e-4c5e-4a57-9f0a-2f6f5d1e7a10")),
)
INDICATORS = ("info", "warning", "critical")
RENDERER = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])


def blanks(node: Any, place: str = "$") -> list[str]:
    """Places where a value is present but empty."""
    if node is None or node in ("", [], {}):
        return [place]
    if isinstance(node, dict):
        return [found for key, value in node.items() for found in blanks(value, f"{place}.{key}")]
    if isinstance(node, list):
        return [found for index, value in enumerate(node) for found in blanks(value, f"{place}[{index}]")]
    return []


@pytest.mark.requirement("C1", "C2", "C3", "C4", "C6", "C7", "C8", "C10", "S1", "S2", "S4", "S5", "S6", "S8", "G3")
@settings(max_examples=60, deadline=None)
@given(JUDGED, CHART, st.sampled_from((None, "https://cds.example")))
def test_every_card_keeps_to_the_standard(judgement: Judged, facts: Facts, public_url: str | None) -> None:
    cards = present(judgement, facts, public_url)
    wire = on_the_wire(cards)
    assert blanks(wire) in ([], ["$"])
    for card in wire:
        assert length(card["summary"]) <= 139
        assert card["indicator"] in INDICATORS
        assert set(card["source"]["topic"]) == {"system", "code", "display"}
        assert re.fullmatch("[A-Za-z0-9]{1,100}", card["source"]["topic"]["code"])
        assert card["source"].get("url", "https://").startswith(("https://", "http://"))
        assert str(uuid.UUID(card["uuid"])) == card["uuid"]
        assert all({"system", "code", "display"} == set(reason) for reason in card.get("overrideReasons", ()))
        assert all(link["type"] == "absolute" and "appContext" not in link for link in card.get("links", ()))
        assert_suggestions(card)


def assert_suggestions(card: dict[str, Any]) -> None:
    assert ("suggestions" in card) == ("selectionBehavior" in card)
    assert card.get("selectionBehavior", "any") == "any"
    for suggestion in card.get("suggestions", ()):
        assert {"label", "uuid", "actions"} <= set(suggestion)
        (action,) = suggestion["actions"]
        assert set(action) == {"type", "description", "resource"}
        assert (action["type"], action["resource"]["resourceType"]) == ("create", "ServiceRequest")
        assert action["resource"]["status"] == "draft"


@pytest.mark.requirement("C5")
@settings(max_examples=60, deadline=None)
@given(JUDGED, CHART)
def test_no_detail_holds_foreign_markup(judgement: Judged, facts: Facts) -> None:
    for card in present(judgement, facts):
        detail = card.detail or ""
        assert all(line.startswith("- ") for line in detail.split("\n"))
        assert set(re.findall(r"<(\w+)", RENDERER.render(detail))) <= {"ul", "li", "strong", "a"}
        assert "javascript:" not in "".join(re.findall(r'href="([^"]*)"', RENDERER.render(detail)))


@settings(max_examples=40, deadline=None)
@given(JUDGED, CHART)
def test_cards_are_ordered_capped_and_complete(judgement: Judged, facts: Facts) -> None:
    cards = present(judgement, facts)
    critical = [card.indicator == "critical" for card in cards]
    assert critical == sorted(critical, reverse=True)
    assert critical.count(False) <= 6
    assert len({card.uuid for card in cards}) == len(cards)
    silenced = {item.check for item in judgement.silenced}
    shown = "\n".join(card.detail or "" for card in cards)
    for finding in judgement.findings:
        if finding.state == "raised" and finding.check not in silenced:
            assert finding.check in shown


@pytest.mark.requirement("C4")
@settings(max_examples=20, deadline=None)
@given(JUDGED, CHART)
def test_the_same_input_gives_the_same_bytes(judgement: Judged, facts: Facts) -> None:
    assert encode(CDSHooksResponse(present(judgement, facts))) == encode(CDSHooksResponse(present(judgement, facts)))


@given(st.uuids(), st.text())
def test_name_based_uuids_are_those_of_the_standard_library(namespace: uuid.UUID, name: str) -> None:
    assert name_based_uuid(namespace, name) == str(uuid.uuid5(namespace, name))


def test_the_card_about_another_patient_keeps_to_the_standard() -> None:
    card = another_patient_card(knowledge(), NAMESPACE, "0.1.0")
    (wire,) = on_the_wire((card,))
    assert blanks(wire) == []
    assert length(card.summary) <= 139
    assert set(wire) == {"uuid", "summary", "indicator", "detail", "source", "overrideReasons"}
