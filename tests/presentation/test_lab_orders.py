"""A draw is ordered with the fewest orders, and every draft is a valid FHIR ServiceRequest."""

import json
from datetime import date, datetime
from itertools import combinations

import pytest
from fhir.resources.R4B.servicerequest import ServiceRequest
from hypothesis import given, settings
from hypothesis import strategies as st

from cds_hooks.findings import Draw, Slot
from cds_hooks.judgement.knowledge.knowledge import LabOrder
from cds_hooks.presentation.orders.orders import plan_orders
from tests.presentation.cases import draw, finding, judged, knowledge, on_the_wire, present

ANALYTES = sorted({analyte for order in knowledge().orders for analyte in order.analytes})
SIX_MONTHS = ("testosterone_total", "testosterone_free", "estradiol", "shbg", "hematocrit", "psa_total")
LIPIDS = ("cholesterol", "hdl", "ldl", "triglycerides")
CMP = ("glucose", "creatinine", "potassium", "alt", "ast", "albumin")


def codes(*analytes: str, placed: frozenset[str] = frozenset()) -> set[str]:
    return {order.code for order in plan_orders(analytes, knowledge().orders, placed).orders}


@pytest.mark.parametrize(
    ("analytes", "expected"),
    [
        (("hematocrit",), {"58410-2"}),
        (("hematocrit", "hemoglobin", "platelets"), {"58410-2"}),
        (("testosterone_total",), {"2986-8"}),
        (("testosterone_free",), {"2991-8"}),
        (("testosterone_total", "testosterone_free"), {"58952-3"}),
        (("testosterone_total", "testosterone_free", "shbg"), {"2986-8", "13967-5"}),
        (("lh", "fsh"), {"34549-6"}),
        (("lh",), {"10501-5"}),
        (("alt",), {"1742-6"}),
        (("alt", "ast"), {"24325-3"}),
        (("creatinine", "potassium"), {"24321-2"}),
        (CMP, {"24323-8"}),
        (LIPIDS, {"24331-1"}),
        ((*SIX_MONTHS, *LIPIDS), {"2986-8", "2243-4", "13967-5", "58410-2", "2857-1", "24331-1"}),
        ((), set()),
        (("no_such_test",), set()),
    ],
)
def test_the_fewest_orders_are_chosen(analytes: tuple[str, ...], expected: set[str]) -> None:
    assert codes(*analytes) == expected


@settings(max_examples=40, deadline=None)
@given(st.sets(st.sampled_from(ANALYTES), min_size=1, max_size=6))
def test_no_smaller_set_of_orders_answers_a_draw(wanted: set[str]) -> None:
    plan = plan_orders(tuple(sorted(wanted)), knowledge().orders)
    measured = wanted - {"testosterone_free"} if {"testosterone_total", "shbg"} <= wanted else wanted
    assert measured <= answered(plan.orders)
    useful = [order for order in knowledge().orders if measured & set(order.analytes)]
    assert not any(measured <= answered(few) for few in combinations(useful, len(plan.orders) - 1))


def answered(orders: tuple[LabOrder, ...]) -> set[str]:
    return {analyte for order in orders for analyte in order.analytes}


def test_what_is_ordered_already_is_not_ordered_again() -> None:
    plan = plan_orders(("hematocrit", "estradiol"), knowledge().orders, frozenset({"hematocrit", "hemoglobin"}))
    assert [order.code for order in plan.orders] == ["2243-4"]
    assert plan.placed == ("hematocrit",)


def test_a_free_testosterone_is_calculated_when_shbg_is_ordered_already() -> None:
    assert codes("testosterone_total", "testosterone_free", "shbg", placed=frozenset({"shbg"})) == {"2986-8"}


def test_an_analyte_without_an_order_is_left_to_the_clinician() -> None:
    assert plan_orders(("estradiol", "dht"), knowledge().orders).by_hand == ("dht",)


def test_two_tables_are_told_apart() -> None:
    other = (LabOrder("1-8", "Own test", ("estradiol",)),)
    assert [order.code for order in plan_orders(("estradiol",), other).orders] == ["1-8"]
    assert codes("estradiol") == {"2243-4"}


def test_every_order_names_its_code_once() -> None:
    listed = [order.code for order in knowledge().orders]
    assert len(listed) == len(set(listed))
    assert all(order.display and order.analytes for order in knowledge().orders)


def drafts(*draws: Draw) -> list[ServiceRequest]:
    cards = present(judged(finding("MT-HCT-01"), draws=draws))
    wire = json.loads(json.dumps(on_the_wire(cards)))
    return [
        ServiceRequest.model_validate(action["resource"])
        for card in wire
        for suggestion in card.get("suggestions", ())
        for action in suggestion["actions"]
    ]


WINDOW = {"due": date(2026, 12, 1), "earliest": date(2026, 11, 16), "latest": date(2026, 12, 15)}
ONE_DAY = {"due": date(2026, 12, 1), "earliest": date(2026, 12, 1), "latest": date(2026, 12, 1)}
OVERNIGHT = Slot(datetime.fromisoformat("2026-12-03T22:00"), datetime.fromisoformat("2026-12-04T02:00"))


@pytest.mark.parametrize(
    ("proposed", "when"),
    [
        (draw("hematocrit", **WINDOW), ("2026-11-16", "2026-12-15")),
        (draw("hematocrit", slot=True, **WINDOW), "2026-12-03"),
        (draw("hematocrit", **ONE_DAY), "2026-12-01"),
    ],
    ids=["a window", "a slot", "one day"],
)
def test_a_draft_says_when(proposed: Draw, when: str | tuple[str, str]) -> None:
    (order,) = drafts(proposed)
    period = order.occurrencePeriod
    shown = (str(period.start), str(period.end)) if period else str(order.occurrenceDateTime)
    assert shown == when


def test_a_slot_past_midnight_keeps_the_window() -> None:
    proposed = Draw(("hematocrit",), instruction="At night.", slot=OVERNIGHT, **WINDOW)
    (order,) = drafts(proposed)
    assert order.occurrencePeriod is not None
    assert "22:00–2026-12-04 02:00" in order.note[0].text


def test_a_draft_is_an_unsigned_order_for_this_patient_with_its_timing() -> None:
    (order,) = drafts(draw("hematocrit", slot=True))
    assert (order.status, order.intent, order.subject.reference) == ("draft", "order", "Patient/1")
    assert (order.code.coding[0].system, order.code.coding[0].code) == ("http://loinc.org", "58410-2")
    assert order.patientInstruction == "Draw mid-interval."
    assert order.note[0].text == "Proposed draw Thu 2026-12-03 07:00–11:00. Draw mid-interval."


@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.sampled_from(ANALYTES), min_size=1, max_size=8, unique=True),
    st.text(max_size=60),
    st.booleans(),
)
def test_fhir_accepts_every_draft(analytes: list[str], instruction: str, slot: bool) -> None:
    proposed = draw(*analytes, slot=slot)
    odd = Draw(tuple(analytes), proposed.due, proposed.earliest, proposed.latest, instruction, slot=proposed.slot)
    assert len(drafts(odd)) == len(plan_orders(tuple(analytes), knowledge().orders).orders)


def test_an_open_order_is_named_and_not_offered() -> None:
    placed = frozenset({"hematocrit", "hemoglobin"})
    cards = present(judged(draws=(draw("hematocrit", "estradiol"),), placed=placed))
    assert [suggestion.label for suggestion in cards[0].suggestions] == [
        "Order Estradiol (E2) [Mass/volume] in Serum or Plasma"
    ]
    assert "Already ordered: hematocrit." in (cards[0].detail or "")


def test_a_test_without_a_code_is_named() -> None:
    cards = present(judged(draws=(draw("dht"),)))
    assert cards[0].suggestions == ()
    assert "No order code here for dht: order as usual." in (cards[0].detail or "")
