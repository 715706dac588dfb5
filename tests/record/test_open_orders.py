"""Laboratory orders already placed."""

from __future__ import annotations

import pytest

from tests.record.charts import LOINC, Json, facts_of, resource


def order(*codes: str, **elements: object) -> Json:
    coding = [{"system": LOINC, "code": code} for code in codes]
    return resource("ServiceRequest", **{"status": "active", "intent": "order", "code": {"coding": coding}, **elements})


def test_an_active_order_names_what_it_will_answer() -> None:
    (read,) = facts_of(order("2986-8", authoredOn="2026-09-01")).orders
    assert (read.analytes, read.reference) == (("testosterone_total",), "ServiceRequest/x1")
    assert read.authored is not None
    assert read.authored.text == "2026-09-01"


@pytest.mark.parametrize(
    "elements",
    [
        {"status": "draft"},
        {"status": "on-hold"},
        {"status": "completed"},
        {"status": "revoked"},
        {"status": "unknown"},
        {"status": None},
        {"doNotPerform": True},
        {"code": None},
    ],
)
def test_other_orders_are_left_out(elements: Json) -> None:
    assert facts_of(order("2986-8", **elements)).orders == ()


def test_an_order_for_something_else_is_left_out() -> None:
    assert facts_of(order("99999-9")).orders == ()


def test_a_panel_is_named_as_the_registry_names_it_unless_told_what_it_holds() -> None:
    assert facts_of(order("58410-2")).orders[0].analytes == ("order_cbc",)
    by_name = {"order_cbc": ("hematocrit", "hemoglobin")}
    assert facts_of(order("58410-2"), panels=by_name).orders[0].analytes == ("hematocrit", "hemoglobin")
    by_code = {"58410-2": ("hematocrit",)}
    assert facts_of(order("58410-2", "4544-3"), panels=by_code).orders[0].analytes == ("hematocrit",)
