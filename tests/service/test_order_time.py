"""Stories in which a drug is about to be ordered, played again at the moment the order is written.

What `/evaluate` raises for a chart that holds the draft is what the services hear when the draft comes in the context.
"""

from __future__ import annotations

import json
import tomllib
from datetime import date
from pathlib import Path
from typing import Any

import httpx
import pytest

from cds_hooks.presentation.canonical import card_code
from cds_hooks.wire.discovery import ORDER_SELECT, ORDER_SIGN, REFILL
from service.examples.chart import Chart, move_dates
from service.examples.ehr import hook_call
from tests.charts import chart
from tests.conformance.situations import ANTIBIOTIC, today, with_drafts
from tests.engine import site

Json = dict[str, Any]
STORIES = [
    story
    for file in sorted((Path(__file__).parents[1] / "stories").glob("*.toml"))
    for story in tomllib.loads(file.read_text(encoding="utf-8"))["story"]
    if any(order.get("planned") for order in story.get("therapy", ()))
]
DOORS = (ORDER_SELECT, ORDER_SIGN, REFILL)


@pytest.fixture(scope="module", params=STORIES, ids=lambda story: story["name"])
def bundle(request: pytest.FixtureRequest) -> Json:
    """The story's chart, drafts and all, moved to today."""
    by = today() - date.fromisoformat(str(request.param["today"])[:10])
    moved: Json = json.loads(move_dates(json.dumps(chart(request.param)), by))
    return moved


@pytest.fixture(scope="module")
def report(client: httpx.Client, bundle: Json) -> Json:
    """What the posted chart raises."""
    found: Json = client.post("/evaluate", json=bundle).json()
    return found


@pytest.fixture(scope="module", params=DOORS)
def service(client: httpx.Client, request: pytest.FixtureRequest) -> Json:
    """A service that is called while an order is written."""
    listed: list[Json] = client.get("/cds-services").json()["services"]
    return next(service for service in listed if service["id"] == request.param)


@pytest.fixture
def call(service: Json, bundle: Json) -> Json:
    """The same chart, with its drafts in the context instead."""
    resources = [entry["resource"] for entry in bundle["entry"]]
    drafts = [resource for resource in resources if resource.get("status") == "draft"]
    written = Chart("story", "story", tuple(resource for resource in resources if resource not in drafts))
    return with_drafts(hook_call(service, written), *drafts)


def cards_of(client: httpx.Client, service: Json, call: Json) -> list[Json]:
    """The cards that come back."""
    answer = client.post(f"/cds-services/{service['id']}", json=call)
    assert answer.status_code == 200, answer.text
    found: list[Json] = answer.json()["cards"]
    return found


def expected(report: Json, drugs: set[str]) -> list[Json]:
    """Raised warnings and critical findings that the draft is about, missing and overdue safety tests among them."""
    silenced = {quiet["check"] for quiet in report["silenced"]}
    return [
        finding
        for finding in report["findings"]
        if finding["state"] == "raised" and finding["check"] not in silenced
        if finding["urgency"] != "info"
        if finding["urgency"] == "critical" or about(finding["protocol"], drugs)
    ]


def about(protocol: str, drugs: set[str]) -> bool:
    """Whether a protocol is for one of these drugs, or for any."""
    file = site().knowledge.protocol(protocol)
    assert file is not None
    return file.applies.with_another or not file.ordered.isdisjoint(drugs)


def planned(report: Json, bundle: Json) -> set[str]:
    """What the drafts may be asked for by."""
    references = {
        f"MedicationRequest/{entry['resource']['id']}"
        for entry in bundle["entry"]
        if entry["resource"].get("status") == "draft"
    }
    drugs = {therapy["drug"] for therapy in report["therapies"] if therapy["reference"] in references}
    formulary = site().knowledge.vocabulary
    found = [formulary.drug((), (drug,)) for drug in drugs]
    return drugs | {name for match in found if match is not None for name in match.classes}


def test_what_a_draft_raises_is_told_while_it_is_written(
    client: httpx.Client, service: Json, call: Json, report: Json, bundle: Json
) -> None:
    cards = cards_of(client, service, call)
    told = {card["source"]["topic"]["code"] for card in cards}
    details = "\n".join(card["detail"] for card in cards)
    for finding in expected(report, planned(report, bundle)):
        assert card_code(finding["check"]) in told or finding["check"] in details, finding["summary"]


def test_the_most_urgent_comes_first_and_signing_hears_no_reminders(
    client: httpx.Client, service: Json, call: Json
) -> None:
    cards = cards_of(client, service, call)
    indicators = [card["indicator"] for card in cards]
    assert indicators == sorted(indicators, key=["critical", "warning", "info"].index)
    if service["id"] == ORDER_SIGN:
        assert set(indicators) <= {"critical", "warning"}
        assert not {card["source"]["topic"]["code"] for card in cards} & {"SCDUE01", "SCBASE02"}


def test_a_copy_of_the_draft_in_the_chart_changes_nothing(
    client: httpx.Client, service: Json, call: Json, bundle: Json
) -> None:
    plain = cards_of(client, service, call)
    copies = [entry for entry in bundle["entry"] if entry["resource"].get("status") == "draft"]
    medications = call["prefetch"]["medications"]
    medications |= {"entry": [*medications["entry"], *copies], "total": len(medications["entry"]) + len(copies)}
    assert cards_of(client, service, call) == plain


def test_an_order_of_another_drug_is_nobodys_business(client: httpx.Client, service: Json, call: Json) -> None:
    assert cards_of(client, service, with_drafts(call, ANTIBIOTIC)) == []


def test_a_draft_that_is_not_selected_is_not_judged(client: httpx.Client, service: Json, call: Json) -> None:
    if service["id"] == ORDER_SELECT:
        call["context"]["selections"] = []
        assert cards_of(client, service, call) == []


def test_the_stories_hold_something_critical(client: httpx.Client) -> None:
    """Without one the tests above would prove little."""
    urgencies = [urgency for story in STORIES for urgency in story.get("raises", {}).values()]
    assert urgencies.count("critical") >= 3
