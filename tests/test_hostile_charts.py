"""Whatever a chart says in its own words, no card of any hook gives it power: no HTML, no link, no second line."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from cds_hooks.presentation.hooks.services import PRESENT, present_removable
from cds_hooks.wire.discovery import ORDER_SIGN, Service, discover
from cds_hooks.wire.prefetch.templates import Asking
from cds_hooks.wire.request import check_call, decode_call
from cds_hooks.wire.response import CDSHooksResponse, encode
from service.examples.chart import Chart
from service.examples.ehr import hook_call
from service.hooks import answer_to
from tests.charts import chart
from tests.conformance.situations import today
from tests.engine import site

Json = dict[str, Any]
HOSTILE = (
    "<iframe src=//evil.example></iframe>",
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "[x](javascript:alert(1))",
    "![x](https://evil.example/x.png)",
    "<https://evil.example>",
    "www.evil.example",
    "first\nsecond\r\n\n# third",
    "`code` and ```fence```",
    "| a | b |\n|---|---|\n| c | d |",
    "**bold** _soft_ ~~gone~~",
    "\u202eesrever\u200b",
    "&lt;b&gt; &amp; &#60;",
)
# Elements that hold words, or whatever a site likes to write. Values of the standard's own (types, statuses) are not.
WORDS = frozenset(
    {"text", "display", "unit", "name", "family", "description", "valueString", "patientInstruction", "fullUrl", "id"}
)
MARKS = ("<iframe", "<script", "<img", "javascript:", "evil.example/x.png", "`", "](")
RENDERER = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
AUTOLINK = re.compile(r"(?:https?:|(?<!\\)www\.)\S*evil")  # which GitHub's dialect makes of a bare address
FORBIDDEN = {
    *("html_inline", "html_block", "image", "table_open", "heading_open", "fence", "code_block", "code_inline"),
    *("s_open", "em_open", "hr", "blockquote_open", "ordered_list_open"),
}
SERVICES = discover(site().knowledge.vocabulary, Asking("3.0", pending_orders=True)).services
QUICK = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def told() -> Json:
    """A man whose chart brings out cards of every kind, with words in every place that can hold them."""
    day = today()
    story = {
        "today": day,
        "age": 58,
        "therapy": [
            {"rxnorm": "835840", "text": "testosterone cypionate", "start": day - timedelta(days=400), "every_days": 14}
            | {"last_dose": day - timedelta(days=9)},
            {"rxnorm": "4083", "text": "estradiol 1 mg tablet", "route": "oral", "start": day - timedelta(days=200)},
            {"rxnorm": "10379", "text": "testosterone gel 1.62 %", "planned": True},
        ],
        "results": [
            ["4544-3", 55.5, "%", day - timedelta(days=2)],
            ["2986-8", 620, "ng/dL", day - timedelta(days=2)],
            ["2857-1", 1.0, "ng/mL", day - timedelta(days=700)],
            ["2243-4", 30, "furlong", day - timedelta(days=2)],
            ["3016-3", 2.0, "m[IU]/L", day - timedelta(days=2)],
        ],
        "conditions": [["C61", day - timedelta(days=900)], "E29.1"],
        "goals": [{"loinc": "2986-8", "low": 450, "high": 600, "unit": "ng/dL"}],
        "supplements": [{"text": "biotin 10 mg capsule", "dose": "one daily", "last_dose": day}],
        "organs": {"prostate": "present"},
    }
    written = chart(story)
    entries = written["entry"]
    stray = entries[5]["resource"] | {"id": "stray", "subject": {"reference": "Patient/other", "display": "Someone"}}
    odd = {
        "resourceType": "MedicationRequest",
        "id": "odd",
        "status": "active",
        "medicationReference": {"display": "T"},
    }
    pending = {"resourceType": "ServiceRequest", "id": "p", "status": "active", "code": {"text": "CBC"}}
    blood = {"coding": [{"system": "http://loinc.org", "code": "4544-3", "display": "x"}]}
    broken = {"resourceType": "Observation", "id": "broken", "status": [[]], "code": blood}
    return written | {"entry": [*entries, *({"resource": one} for one in (stray, odd, pending, broken))]}


def spoiled(node: Any, hostile: Iterator[str], replace: bool, key: str = "") -> Any:
    """The same with hostile words in, or after, every text."""
    if isinstance(node, dict):
        return {name: spoiled(inner, hostile, replace, name) for name, inner in node.items()}
    if isinstance(node, list):
        return [spoiled(inner, hostile, replace, key) for inner in node]
    if key not in WORDS or not isinstance(node, str):
        return node
    return next(hostile) if replace else f"{node} {next(hostile)}"


def called(service: Service, bundle: Json, hostile: list[str], replace: bool) -> Json:
    """A call of the service for the spoiled chart; the patient keeps an id, without which nothing is judged."""
    rotation = iter(hostile * 200)
    person, *others = [entry["resource"] for entry in bundle["entry"]]
    resources = [person, *(spoiled(other, rotation, replace) for other in others)]
    drafts = [one for one in resources if one.get("status") == "draft"]
    written = Chart("hostile", "hostile", tuple(one for one in resources if one not in drafts))
    call = hook_call(msgspec.to_builtins(service), written)
    for name in {"draftOrders", "medications"} & call["context"].keys():
        call["context"][name]["entry"] += [{"resource": draft, "fullUrl": hostile[0]} for draft in drafts]
    if "selections" in call["context"]:
        call["context"]["selections"] += [f"MedicationRequest/{draft['id']}" for draft in drafts]
    return call


def plain_texts(card: Json) -> Iterator[str]:
    """Everything a client shows as it is."""
    yield from (card["summary"], card["source"]["label"], card["source"]["topic"]["display"])
    for suggestion in card.get("suggestions", ()):
        yield from (suggestion["label"], suggestion["actions"][0]["description"])


def assert_harmless(card: Json) -> None:
    """A card that a browser may show."""
    for text in plain_texts(card):
        assert text == " ".join(text.split())
        assert text.isprintable()
        assert not [mark for mark in MARKS if mark in text], text
    assert len(card["summary"].encode("utf-16-le")) // 2 <= 139
    blocks = RENDERER.parse(card["detail"])
    tokens = [token for block in blocks for token in (block, *(block.children or ()))]
    assert not {token.type for token in tokens} & FORBIDDEN, card["detail"]
    assert not AUTOLINK.search(card["detail"])
    links = [str(token.attrs["href"]) for token in tokens if token.type == "link_open"]
    assert all(link.startswith(("https://", "http://")) and "evil.example" not in link for link in links)


@pytest.mark.requirement("C5", "C1", "S4")
@pytest.mark.parametrize("service", SERVICES, ids=lambda service: service.id)
@given(hostile=st.permutations(HOSTILE), replace=st.booleans())
@QUICK
def test_hostile_words_reach_no_card_unescaped(service: Service, hostile: list[str], replace: bool) -> None:
    call = check_call(decode_call(json.dumps(called(service, told(), hostile, replace)).encode(), service), service)
    presents = (PRESENT[service.id], *([present_removable] if service.id == ORDER_SIGN else []))
    for present in presents:
        cards = answer_to(site(), call, present).cards
        assert cards
        for card in json.loads(encode(CDSHooksResponse(cards)))["cards"]:
            assert_harmless(card)


@pytest.mark.parametrize("service", SERVICES, ids=lambda service: service.id)
def test_the_chart_brings_out_its_own_words(service: Service) -> None:
    """Without a card that repeats the chart the test above would prove little."""
    body = json.dumps(called(service, told(), [HOSTILE[0]], replace=False)).encode()
    call = check_call(decode_call(body, service), service)
    cards = answer_to(site(), call, PRESENT[service.id]).cards
    assert "&lt;" in "\n".join(card.detail or "" for card in cards)
