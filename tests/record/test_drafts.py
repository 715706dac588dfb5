"""Orders that are being written beside the chart: drugs are planned, laboratory orders count, copies do not."""

from __future__ import annotations

import json
from typing import Any

import pytest

from cds_hooks.facts import Facts
from cds_hooks.record.drafts import Drafts
from cds_hooks.record.fhir.resources import decode_bundle
from cds_hooks.record.read import read
from tests.record.charts import CYPIONATE, LOINC, TODAY, bundle, patient, request, resource, vocabulary

Json = dict[str, Any]
EPIC = "urn:com.epic.cdshooks.action.code.system.preference-list-item"
PANELS = {"58410-2": ("hematocrit", "hemoglobin"), f"{EPIC}|49765": ("psa_total",)}
CBC = {"coding": [{"system": LOINC, "code": "58410-2"}]}


def facts_of(*drafts: Json, chart: tuple[Json, ...] = ()) -> Facts:
    """The facts while these orders are being written."""
    _, located, _ = decode_bundle(json.dumps(bundle(*drafts)).encode())
    _, known, _ = decode_bundle(json.dumps(bundle(patient(), *chart)).encode())
    listed = frozenset(one.reference for one in located)
    written = Drafts(tuple(located), (), listed)
    return read(known, vocabulary(), today=TODAY, zone=None, patient_id="1", panels=PANELS, drafts=written)


def draft(**changes: Any) -> Json:
    """A draft of testosterone cypionate that says neither status nor intent nor for whom."""
    nothing: Json = {"status": None, "intent": None, "subject": None, "authoredOn": None}
    return request(**(nothing | {"id": "d1"} | changes))


def order(**changes: Any) -> Json:
    """A laboratory order that is being written."""
    return {"resourceType": "ServiceRequest", "id": "s1", "status": "draft", "code": CBC, **changes}


@pytest.mark.parametrize("status", [None, "draft", "active", "on-hold", "unknown"])
def test_a_drug_is_planned_whatever_its_status(status: str | None) -> None:
    facts = facts_of(draft(status=status))
    (therapy,) = facts.therapies
    assert (therapy.planned, therapy.current, therapy.drug) == (True, False, "testosterone")
    assert facts.drafts == {"MedicationRequest/d1"}


@pytest.mark.parametrize("status", ["stopped", "completed", "cancelled", "entered-in-error"])
def test_an_order_that_is_written_off_plans_nothing(status: str) -> None:
    assert facts_of(draft(status=status), order(status=status)).therapies == ()
    assert facts_of(draft(status=status), order(status=status)).orders == ()


def test_a_drug_named_by_a_medication_in_the_basket_or_the_chart_is_known() -> None:
    gel = {"resourceType": "Medication", "id": "gel", "code": CYPIONATE}
    pointing = draft(medicationCodeableConcept=None, medicationReference={"reference": "Medication/gel"})
    assert [one.drug for one in facts_of(gel, pointing).therapies] == ["testosterone"]
    assert [one.drug for one in facts_of(pointing, chart=(gel,)).therapies] == ["testosterone"]


def test_a_draft_without_a_drug_is_told() -> None:
    facts = facts_of(draft(medicationCodeableConcept=None))
    assert [one.reference for one in facts.unread] == ["MedicationRequest/d1"]
    assert {one.reference for one in facts.unread} <= facts.drafts


def test_a_draft_for_somebody_else_is_left_out() -> None:
    facts = facts_of(draft(subject={"reference": "Patient/2"}))
    assert facts.therapies == ()
    assert [one.reason.value for one in facts.unread] == ["other-patient"]


@pytest.mark.parametrize("changes", [{}, {"status": None}, {"intent": "proposal", "authoredOn": "2020-01-01"}])
def test_a_laboratory_order_in_the_basket_counts_as_placed_today(changes: Json) -> None:
    (placed,) = facts_of(order(**changes)).orders
    assert placed.analytes == ("hematocrit", "hemoglobin")
    assert placed.authored is not None
    assert placed.authored.day == TODAY.day


def test_a_laboratory_order_by_the_sites_own_code_counts_too() -> None:
    (placed,) = facts_of(order(code={"coding": [{"system": EPIC, "code": "49765"}]})).orders
    assert placed.analytes == ("psa_total",)


def test_an_order_not_to_draw_counts_for_nothing() -> None:
    assert facts_of(order(doNotPerform=True)).orders == ()


@pytest.mark.parametrize("status", ["draft", "unknown", None])
def test_the_charts_own_copy_of_a_draft_is_left_out(status: str | None) -> None:
    copy = draft(status=status, authoredOn="2026-09-01", intent="order")
    facts = facts_of(draft(), chart=(copy, resource("ServiceRequest", id="s1", status=status, code=CBC)))
    assert [one.planned for one in facts.therapies] == [True]
    assert facts.unread == ()


def test_an_order_in_force_that_is_rewritten_stays_in_force_and_is_planned() -> None:
    facts = facts_of(draft(), chart=(draft(status="active", authoredOn="2026-01-01"),))
    assert sorted(one.planned for one in facts.therapies) == [False, True]


def test_a_draft_of_the_chart_that_nobody_writes_now_stays_a_draft_of_the_chart() -> None:
    facts = facts_of(draft(), chart=(draft(id="old", status="draft"),))
    assert [one.planned for one in facts.therapies] == [True, True]
    assert facts.drafts == {"MedicationRequest/d1"}
