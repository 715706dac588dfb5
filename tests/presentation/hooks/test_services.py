"""What each service says of one chart: whoever writes an order hears less than whoever opens the chart."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from msgspec.structs import replace

from cds_hooks.facts import Facts, Patient, Unread, UnreadReason
from cds_hooks.judged import Judged
from cds_hooks.judgement.evaluate import evaluate
from cds_hooks.presentation.hooks.services import PRESENT, Present, present_removable
from cds_hooks.wire.discovery import ENCOUNTER_START, ORDER_SELECT, ORDER_SIGN, PATIENT_VIEW, REFILL, RESPONSE
from cds_hooks.wire.response import Card
from tests.asking import TODAY, drug, on, result
from tests.engine import site

ANY = UUID("6f1d3c1e-4c5e-4a57-9f0a-2f6f5d1e7a10")
Draft = dict[str, Any]
GEL: Draft = {"text": "testosterone gel 1.62 %"}
LEVOTHYROXINE: Draft = {"text": "levothyroxine 50 mcg tablet"}
STARTED = str(TODAY - timedelta(days=200))
HIGH = result("hematocrit", "55.5 %", str(TODAY - timedelta(days=1)))
PSA = result("psa_total", "0.9 ng/mL", str(TODAY - timedelta(days=100)))
LIPIDS_LEFT = [
    result(analyte, text, str(TODAY - timedelta(days=100)))
    for analyte, text in (("hematocrit", "45 %"), ("psa_total", "0.9 ng/mL"), ("testosterone_total", "520 ng/dL"))
]


def chart(readings: Sequence[Any], *drafts: Draft, unread: Sequence[Unread] = (), **more: Any) -> Facts:
    """A man on testosterone gel for 200 days; drafts are being written, and what is unread is one of them."""
    planned = [drug(one["text"], None, status="draft", planned=True) for one in drafts]
    return Facts(
        Patient("Patient/1", TODAY.replace(year=TODAY.year - 50), "male", "birthsex", organs=("prostate", "testes")),
        readings=tuple(readings),
        therapies=(drug("testosterone cypionate 100 mg IM weekly", STARTED), *planned),
        unread=tuple(unread),
        drafts=frozenset([*[one.reference for one in planned], *[one.reference for one in unread]]),
        **more,
    )


def judged(facts: Facts) -> Judged:
    """All findings on the day of the tests."""
    today = on(str(TODAY))
    assert today is not None
    return evaluate(facts, site().knowledge, today, ())


def cards(service: str | Present, facts: Facts) -> tuple[Card, ...]:
    """What a service answers."""
    present = PRESENT[service] if isinstance(service, str) else service
    return present(judged(facts), facts, site().knowledge, public_url=None, namespace=ANY, service_version="1")


def kinds(service: str | Present, facts: Facts) -> list[str]:
    """The kinds of its cards."""
    return [card.kind for card in cards(service, facts)]


def test_every_service_listed_has_a_way_to_present() -> None:
    assert set(PRESENT) == {PATIENT_VIEW, ORDER_SELECT, ORDER_SIGN, REFILL, ENCOUNTER_START, RESPONSE}


@pytest.mark.parametrize("service", [ORDER_SELECT, ORDER_SIGN, REFILL])
@pytest.mark.parametrize("drafts", [(), ({"text": "amoxicillin 500 mg capsule"},)], ids=["none", "an antibiotic"])
def test_orders_of_other_drugs_are_answered_with_nothing(service: str, drafts: tuple[Draft, ...]) -> None:
    assert cards(service, chart([HIGH], *drafts)) == ()


@pytest.mark.parametrize("service", [ORDER_SELECT, ORDER_SIGN, REFILL])
def test_a_critical_finding_is_told_whichever_monitored_drug_is_ordered(service: str) -> None:
    assert "MTHCT01" in kinds(service, chart([HIGH], LEVOTHYROXINE))


def test_a_warning_about_another_drug_waits_until_the_chart_is_opened() -> None:
    facts = chart([result("hematocrit", "53 %", str(TODAY - timedelta(days=1)))], LEVOTHYROXINE)
    warned = {card.kind for card in cards(PATIENT_VIEW, facts) if card.indicator == "warning"}
    assert {kind for kind in warned if kind.startswith("MTHCT")}
    assert not {kind for kind in kinds(ORDER_SELECT, facts) if kind.startswith("MTHCT")}


def test_an_overdue_safety_test_is_a_warning_also_at_the_signature() -> None:
    facts = chart([], GEL)
    for service in (REFILL, ORDER_SELECT, ORDER_SIGN):
        (card,) = [one for one in cards(service, facts) if one.kind == "SCOVER01"]
        assert card.indicator == "warning"


def test_whoever_signs_the_first_testosterone_hears_which_baseline_is_missing() -> None:
    facts = chart([], GEL)
    first = replace(facts, therapies=facts.therapies[1:])
    assert {"MTBLDX01", "SCBASE01"} <= set(kinds(ORDER_SIGN, first))
    reminders = {finding.check for finding in judged(first).telling if finding.state == "raised"}
    assert "SC-BASE-02" in reminders
    assert "SC-BASE-02" not in "".join(card.detail or "" for card in cards(ORDER_SIGN, first))


def test_what_is_overdue_for_information_reminds_at_a_refill_and_never_at_the_signature() -> None:
    facts = chart(LIPIDS_LEFT, GEL)
    assert "SCOVER01" in kinds(REFILL, facts)
    assert "SCOVER01" not in kinds(ORDER_SIGN, facts)


def test_what_is_overdue_for_information_has_its_card_only_when_a_visit_begins_or_at_a_refill() -> None:
    facts = chart(LIPIDS_LEFT, GEL)
    raised = {finding.check: finding.urgency for finding in judged(facts).telling if finding.state == "raised"}
    assert raised["SC-OVER-01"] == "info"
    assert "SCOVER01" not in kinds(PATIENT_VIEW, facts)
    assert "SCOVER01" in kinds(ENCOUNTER_START, facts)
    assert "SCOVER01" in kinds(REFILL, facts)


def test_whoever_signs_hears_only_warnings_and_what_is_critical() -> None:
    facts = chart([HIGH, *LIPIDS_LEFT[1:]], GEL)
    assert {card.indicator for card in cards(ORDER_SIGN, facts)} == {"critical"}
    assert "info" in {card.indicator for card in cards(PATIENT_VIEW, facts)}


def test_a_refill_says_what_was_not_evaluated_only_where_the_history_is_incomplete() -> None:
    whole = chart([PSA], GEL)
    assert "NOTEVALUATED" in kinds(PATIENT_VIEW, whole)
    assert "NOTEVALUATED" not in kinds(REFILL, whole)
    assert "NOTEVALUATED" in kinds(REFILL, chart([PSA], GEL, incomplete=frozenset({"labs"})))


LOST = Unread("MedicationRequest/lost", "", UnreadReason.MALFORMED, "Expected `str`, got `array`")
UNKNOWN = Unread("MedicationRequest/odd", "", UnreadReason.DRUG_UNKNOWN, "the drug is not recognised: <b>")


@pytest.mark.parametrize("service", [ORDER_SELECT, ORDER_SIGN, REFILL])
def test_a_draft_that_cannot_be_read_is_told_after_what_is_critical(service: str) -> None:
    found = cards(service, chart([HIGH], GEL, unread=[LOST, UNKNOWN]))
    assert [card.kind for card in found[:2]] == ["MTHCT01", "DRAFTUNREAD"]
    told = found[1]
    assert told.summary == "Not evaluated: 2 of the orders being written could not be read."
    assert "MedicationRequest/lost: its entry is malformed." in (told.detail or "")
    assert "not recognised: &lt;b&gt;." in (told.detail or "")
    assert "Expected" not in (told.detail or "")


def test_one_lost_draft_alone_is_one_card_also_where_no_therapy_was_found() -> None:
    facts = Facts(chart([]).patient, unread=(LOST,), drafts=frozenset({LOST.reference}))
    assert kinds(ORDER_SIGN, facts) == ["DRAFTUNREAD"]
    assert "THERAPYUNCLEAR" in kinds(PATIENT_VIEW, facts)


def test_a_therapy_of_the_chart_that_is_unclear_stays_told_beside_a_lost_draft() -> None:
    other = Unread("MedicationRequest/chart", "", UnreadReason.DRUG_UNKNOWN, "the drug is not recognised")
    facts = Facts(chart([]).patient, unread=(LOST, other), drafts=frozenset({LOST.reference}))
    assert kinds(ORDER_SIGN, facts) == ["DRAFTUNREAD", "THERAPYUNCLEAR"]


def test_a_draft_of_another_patient_is_told_by_the_card_for_such_records() -> None:
    stray = Unread("MedicationRequest/stray", "", UnreadReason.OTHER_PATIENT, "not the patient of this request")
    assert kinds(ORDER_SIGN, chart(LIPIDS_LEFT, unread=[stray])) == ["OTHERPATIENT"]


def removals(service: str | Present, facts: Facts) -> list[tuple[str, str | None, bool]]:
    """Offers to remove a draft: the card they stand on, what they remove, and whether that is recommended."""
    return [
        (card.kind, action.resourceId, offer.isRecommended)
        for card in cards(service, facts)
        for offer in card.suggestions
        for action in offer.actions
        if action.type == "delete"
    ]


@pytest.mark.requirement("S5")
def test_a_critical_card_offers_to_remove_the_draft_it_is_about_where_the_site_wants_it() -> None:
    facts = named(chart([HIGH], GEL, LEVOTHYROXINE))
    assert removals(ORDER_SIGN, facts) == []
    assert removals(present_removable, facts) == [("MTHCT01", "MedicationRequest/d1", False)]
    (offer,) = [one for card in cards(present_removable, facts) for one in card.suggestions if "Remove" in one.label]
    assert offer.label == "Remove the draft order of testosterone"
    assert offer.actions[0].description.startswith("Remove the unsigned draft order of testosterone. Hematocrit 55.5 %")
    assert offer.uuid == cards(present_removable, facts)[0].suggestions[-1].uuid


def test_a_draft_without_an_id_cannot_be_removed() -> None:
    assert removals(present_removable, chart([HIGH], GEL)) == []


def test_a_warning_offers_no_removal() -> None:
    assert removals(present_removable, named(chart([result("hematocrit", "53 %", str(TODAY))], GEL))) == []


def named(facts: Facts) -> Facts:
    """The same, with drafts known by ids as FHIR has them."""
    ids = {one.reference: f"MedicationRequest/d{n}" for n, one in enumerate(facts.therapies) if one.planned}
    therapies = tuple(replace(one, reference=ids.get(one.reference, one.reference)) for one in facts.therapies)
    return replace(facts, therapies=therapies, drafts=frozenset(ids.values()))


def test_a_draft_that_stands_twice_is_offered_for_removal_once() -> None:
    facts = named(chart([HIGH], GEL))
    facts = replace(facts, therapies=(*facts.therapies, facts.therapies[-1]))
    assert removals(present_removable, facts) == [("MTHCT01", "MedicationRequest/d1", False)]


def test_an_order_in_force_that_is_being_rewritten_is_not_offered_for_removal() -> None:
    facts = named(chart([HIGH], GEL))
    in_force = replace(facts.therapies[0], reference="MedicationRequest/d1")
    assert removals(present_removable, replace(facts, therapies=(in_force, facts.therapies[1]))) == []


def test_who_signs_with_part_of_the_history_is_warned_of_what_was_not_evaluated() -> None:
    part = chart([], GEL, incomplete=frozenset({"labs"}))
    (card,) = [one for one in cards(ORDER_SIGN, part) if one.kind == "NOTEVALUATED"]
    assert card.indicator == "warning"
    assert "NOTEVALUATED" not in kinds(ORDER_SIGN, chart([], GEL))
    order = [one.indicator for one in cards(ORDER_SIGN, chart([HIGH], GEL, incomplete=frozenset({"medications"})))]
    assert order == sorted(order, key=["critical", "warning", "info"].index)


def test_who_signs_without_diagnoses_is_warned_of_what_was_not_evaluated() -> None:
    part = chart([], GEL, absent=frozenset({"conditions"}))
    (card,) = [one for one in cards(ORDER_SIGN, part) if one.kind == "NOTEVALUATED"]
    assert card.indicator == "warning"
