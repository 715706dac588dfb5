"""A lab order is an activity with its code, and with what whoever draws has to know."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from cds_hooks.judgement.knowledge.knowledge import Knowledge
from cds_hooks.presentation.artifacts.activities import activities, definitions_of
from cds_hooks.presentation.artifacts.artifact import encode_artifact
from tests.engine import site

Resources = dict[tuple[str, str], dict[str, Any]]


def test_every_order_is_proposed_by_its_loinc_code(resources: Resources, knowledge: Knowledge) -> None:
    for order in knowledge.orders:
        activity = resources["ActivityDefinition", f"order-{order.code}"]
        assert (activity["kind"], activity["intent"]) == ("ServiceRequest", "proposal")
        assert activity["code"]["coding"] == [
            {"system": "http://loinc.org", "code": order.code, "display": order.display}
        ]
        assert [topic["coding"][0]["code"] for topic in activity["topic"]] == list(order.analytes)


def test_every_note_on_drawing_is_told_with_its_source_and_strength(resources: Resources, knowledge: Knowledge) -> None:
    for order in knowledge.orders:
        activity = resources["ActivityDefinition", f"order-{order.code}"]
        cited = {one.get("label") for one in activity["relatedArtifact"]}
        for note in knowledge.notes:
            if not note.analytes.isdisjoint(order.analytes):
                assert f"- {note.text} Whom it is for: " in activity["usage"]
                assert f"Evidence: {note.file.confidence}; source: " in activity["usage"]
                assert set(note.file.source) <= cited


def test_a_site_orders_by_its_own_codes_too(knowledge: Knowledge) -> None:
    first, *others = knowledge.orders
    local = replace(first, local=(("urn:oid:1.2.3", "TESTO", ""),))
    (made, *_) = activities(replace(knowledge, orders=(local, *others)), "1")
    assert b'{"system":"urn:oid:1.2.3","code":"TESTO"}' in encode_artifact(made).replace(b" ", b"")


def test_a_test_without_an_order_is_proposed_under_our_own_name() -> None:
    knowledge = replace(site().knowledge, orders=())
    made = {one.id: one for one in activities(knowledge, "1")}
    assert [url.rpartition("/")[2] for url in definitions_of("lipid-panel", knowledge)] == [
        "test-cholesterol",
        "test-hdl",
        "test-ldl",
        "test-triglycerides",
    ]
    assert b"/CodeSystem/analyte" in encode_artifact(made["test-cholesterol"])
