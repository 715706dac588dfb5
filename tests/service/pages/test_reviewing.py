"""The page of a protocol as a clinician reviews it: calendar, profiles side by side, proof, version."""

from __future__ import annotations

import html
import re

import httpx
import pytest

from cds_hooks.judgement.planning.schedule import Schedule, Visit
from service.pages.protocol_page import ProtocolPage
from service.pages.reviewing.calendar import calendar_of
from service.pages.reviewing.comparing import Row, compared_profiles
from tests.engine import site

KNOWLEDGE = site().knowledge


def page_of(name: str) -> ProtocolPage:
    """What the page of a protocol shows."""
    protocol = KNOWLEDGE.protocol(name)
    assert protocol is not None
    return ProtocolPage(protocol, KNOWLEDGE)


def rows(name: str) -> dict[str, Row]:
    """The rows of its comparison by name."""
    return {row.name: row for part in compared_profiles(page_of(name).variants, KNOWLEDGE) for row in part.rows}


def visit(**more: object) -> Visit:
    """A visit on day 100, within ten days."""
    return Visit.read({"name": "first", "at": "100 d", "early": "10 d", "late": "10 d", "analytes": ["a"]} | more)


def drawn(*visits: Visit, safety: tuple[str, ...] = ()):  # type: ignore[no-untyped-def]
    """The calendar of these visits."""
    return calendar_of(Schedule(visits=visits, safety=safety), str.upper, lambda item: frozenset({item}))


def test_a_visit_lies_where_its_days_are() -> None:
    (lane,) = drawn(visit()).lanes  # of 124 days: 100, 10, and 14 to spare
    (bar,) = lane.bars
    assert (lane.label, bar.start, bar.width, bar.at) == ("A", "72.58%", "16.13%", "80.65%")
    assert not any((lane.is_safety, bar.is_again, bar.is_for_some))


def test_a_window_begins_no_earlier_than_treatment() -> None:
    ((bar,),) = (lane.bars for lane in drawn(visit(early="300 d")).lanes)
    assert bar.start == "0.00%"


def test_safety_tests_come_first_and_a_repeat_is_told_apart() -> None:
    shown = drawn(visit(), visit(analytes=["b"], every="50 d", form=["X"]), safety=("b",))
    assert [(lane.label, lane.is_safety) for lane in shown.lanes] == [("B", True), ("A", False)]
    assert [bar.is_again for bar in shown.lanes[0].bars] == [False, True]
    assert all(bar.is_for_some for bar in shown.lanes[0].bars)


@pytest.mark.parametrize(
    "protocol", [file for file in KNOWLEDGE.protocols if file.visit or file.profile], ids=lambda file: file.id
)
def test_every_item_of_every_visit_has_its_lane(protocol: object) -> None:
    shown = page_of(protocol.id)  # type: ignore[attr-defined]
    for variant in (one for one in shown.variants if one.schedule.visits):
        lanes = {lane.label: lane for lane in shown.calendar(variant).lanes}
        for one in variant.schedule.visits:
            assert all(one.name in {bar.visit for bar in lanes[shown.labels([item])].bars} for item in one.analytes)


def test_a_number_that_profiles_set_differently_is_said_to_differ() -> None:
    row = rows("testosterone-safety")["hematocrit limit"]
    assert [cell.text for cell in row.cells[:2]] == ["at or above 54 %", "above 54 %"]
    assert row.differs
    assert row.checks == ("MT-HCT-01", "MT-HCT-05")


def test_a_test_that_one_profile_alone_draws_differs() -> None:
    row = rows("testosterone-men")["SHBG"]
    assert [cell.text for cell in row.cells] == ["day 182", "", "", "", "", ""]
    assert row.differs


def test_one_profile_alone_differs_from_nothing() -> None:
    assert not any(row.differs for row in rows("testosterone-women").values())


def test_a_check_leads_to_the_examples_that_prove_it_and_back(client: httpx.Client) -> None:
    text = client.get("/protocols/testosterone-safety").text
    card = text[text.index('<article id="MT-HCT-01"') :].partition("</article>")[0]
    proofs = re.findall(r'href="#(example-\d+)"', card)
    assert len(proofs) == len(page_of("testosterone-safety").proofs("MT-HCT-01")) > 0
    for anchor in proofs:
        row = text[text.index(f'id="{anchor}"') :].partition("</tr>")[0]
        assert "#MT-HCT-01" in row


def test_a_page_says_what_is_known_of_its_version(client: httpx.Client) -> None:
    text = html.unescape(client.get("/protocols/testosterone-men").text)
    protocol = KNOWLEDGE.protocol("testosterone-men")
    assert protocol is not None
    assert f"<dd>{protocol.version}</dd>" in text
    assert f"<code>{KNOWLEDGE.digest}</code>" in text
    assert f"0 of {len(protocol.check)} checks signed off" in text
    assert client.get("/fhir/Library/testosterone-men").status_code == 200
    for address in re.findall(r'href="\.\.(/fhir/[^"]+)"', text):
        assert client.get(address).status_code == 200


@pytest.mark.parametrize("language", ["en", "es"])
def test_evidence_and_urgency_are_told_in_words(client: httpx.Client, language: str) -> None:
    text = client.get(f"/protocols/testosterone-safety?lang={language}").text
    said = {"en": ("critical", "secondary source"), "es": ("crítico", "fuente secundaria")}[language]
    card = text[text.index('<article id="MT-HCT-01"') :].partition("</article>")[0]
    assert all(word in card for word in said)


@pytest.mark.parametrize("protocol", [file.id for file in KNOWLEDGE.protocols])
def test_the_page_is_not_heavy(client: httpx.Client, protocol: str) -> None:
    assert len(client.get(f"/protocols/{protocol}").content) < 250_000  # with style and pictures below 300 kB
