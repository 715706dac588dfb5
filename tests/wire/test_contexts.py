"""The context of each hook: what it must hold, what may be odd in it, and drafts in every state of being written."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest

from cds_hooks.facts import UnreadReason
from cds_hooks.record.drafts import Drafts
from cds_hooks.refusal import Refusal
from cds_hooks.wire.contexts import SHAPES, Context, read_context

Json = dict[str, Any]
WHO: Json = {"userId": "Practitioner/1", "patientId": "1"}
EMPTY: Json = {"resourceType": "Bundle"}
COMPLETE: dict[str, Json] = {
    "patient-view": WHO,
    "order-select": WHO | {"selections": [], "draftOrders": EMPTY},
    "order-sign": WHO | {"draftOrders": EMPTY},
    "medication-refill": WHO | {"medications": EMPTY},
    "encounter-start": WHO | {"encounterId": "e1"},
}
# As the published definitions have it; everything else is optional.
REQUIRED = [
    *(("patient-view", "userId"), ("patient-view", "patientId")),
    *(("order-select", "userId"), ("order-select", "patientId")),
    *(("order-select", "selections"), ("order-select", "draftOrders")),
    *(("order-sign", "userId"), ("order-sign", "patientId"), ("order-sign", "draftOrders")),
    *(("medication-refill", "patientId"), ("medication-refill", "medications")),
    *(("encounter-start", "userId"), ("encounter-start", "patientId"), ("encounter-start", "encounterId")),
]
GEL = {"text": "testosterone gel 1.62 %"}


def context_of(hook: str, context: Any) -> Context:
    """A context read as from a body."""
    return read_context(msgspec.Raw(json.dumps(context).encode()), hook)


def drug(identity: str | None = "1", **elements: Any) -> Json:
    """A draft as far as a test writes it."""
    written = {"resourceType": "MedicationRequest", "medicationCodeableConcept": GEL} | elements
    return written | ({"id": identity} if identity else {})


def drafts_of(*resources: Any, selections: list[str] | None = None, **bundle: Any) -> Drafts:
    """The drafts that signing, or with selections selecting, reads of a Bundle without a type."""
    hook = "order-sign" if selections is None else "order-select"
    orders = EMPTY | {"entry": [{"resource": one} for one in resources]} | bundle
    return context_of(hook, WHO | {"draftOrders": orders, "selections": selections}).drafts


@pytest.mark.requirement("Q2")
@pytest.mark.parametrize(("hook", "name"), REQUIRED)
@pytest.mark.parametrize("wrong", [..., None, 7, "", [[]], {}], ids=str)
def test_what_a_hook_requires_is_refused_by_name(hook: str, name: str, wrong: Any) -> None:
    context = {key: value for key, value in COMPLETE[hook].items() if key != name}
    context |= {} if wrong is ... else {name: wrong}
    if wrong == {} and name in ("draftOrders", "medications"):
        assert context_of(hook, context).drafts.unread
        return
    with pytest.raises(Refusal) as refused:
        context_of(hook, context)
    assert refused.value.status == 400
    assert refused.value.expression == f"context.{name}"


@pytest.mark.requirement("Q6")
@pytest.mark.parametrize("hook", SHAPES)
def test_everything_else_is_skipped_whatever_it_holds(hook: str) -> None:
    others = {name: 7 for shape in COMPLETE.values() for name in shape if name not in COMPLETE[hook]}
    odd = {"locale": None, "extension": {"a.b": [1]}, "performer": [{}]}
    found = context_of(hook, COMPLETE[hook] | others | odd)
    assert found == context_of(hook, COMPLETE[hook])
    assert found.patient_id == "1"


def test_a_refill_may_be_asked_for_by_nobody_in_particular() -> None:
    assert context_of("medication-refill", {"patientId": "Patient/1", "medications": EMPTY}).patient_id == "1"


def test_a_reference_to_no_patient_is_refused() -> None:
    with pytest.raises(Refusal, match=r"context\.patientId"):
        context_of("patient-view", WHO | {"patientId": "Patient/"})


UNFINISHED: dict[str, Json] = {
    "a category that is no list": drug(category={"text": "outpatient"}),
    "neither status nor intent": drug(),
    "a status of a later version": drug(status="unknown", intent="option"),
    "nothing but a type and an id": {"resourceType": "MedicationRequest", "id": "1"},
    "a CodeableReference": {"resourceType": "MedicationRequest", "id": "1", "medication": {"concept": GEL}},
    "a dosage that is no list": drug(dosageInstruction={"text": "daily"}),
}


@pytest.mark.parametrize("draft", UNFINISHED.values(), ids=UNFINISHED)
def test_an_unfinished_draft_is_read_as_far_as_it_goes(draft: Json) -> None:
    found = drafts_of(draft)
    assert found.references == {"MedicationRequest/1"}
    assert found.unread == ()


def test_one_bare_order_counts_as_a_bundle_of_one() -> None:
    found = context_of("order-sign", WHO | {"draftOrders": drug()}).drafts
    assert found.references == {"MedicationRequest/1"}


def test_a_malformed_draft_is_told_and_spoils_no_other() -> None:
    broken = {"resourceType": "MedicationRequest", "id": "2", "status": [[]]}
    found = drafts_of(broken, drug())
    assert [one.reference for one in found.located] == ["MedicationRequest/1"]
    assert [(one.reference, one.reason) for one in found.unread] == [("MedicationRequest/2", UnreadReason.MALFORMED)]
    assert found.references == {"MedicationRequest/1", "MedicationRequest/2"}


def test_orders_of_other_kinds_are_left_alone() -> None:
    others = [{"resourceType": kind, "id": "x"} for kind in ("NutritionOrder", "DeviceRequest", "Observation")]
    assert drafts_of(*others).located == ()


SELECTED: dict[str, tuple[list[str], set[str]]] = {
    "one of two": (["MedicationRequest/1"], {"MedicationRequest/1"}),
    "by address": (["https://ehr.example/fhir/MedicationRequest/2/_history/1"], {"MedicationRequest/2"}),
    "by the id alone": (["1"], {"MedicationRequest/1"}),
    "none": ([], set()),
    "a laboratory order": (["ServiceRequest/9"], set()),
}


@pytest.mark.parametrize(("selections", "judged"), SELECTED.values(), ids=SELECTED)
def test_only_selected_drugs_are_judged_and_laboratory_orders_always_count(
    selections: list[str], judged: set[str]
) -> None:
    laboratory = {"resourceType": "ServiceRequest", "id": "9"}
    found = drafts_of(drug(), drug("2"), laboratory, selections=selections)
    assert found.references - {"ServiceRequest/9"} == judged
    assert "ServiceRequest/9" in found.references
    assert found.listed == {"MedicationRequest/1", "MedicationRequest/2", "ServiceRequest/9"}


def test_a_draft_without_id_is_selected_by_the_address_of_its_entry() -> None:
    entry = {"fullUrl": "urn:uuid:6cbd0d6d-7cf1-4f5e-9b8e-3d9f0f4f2b10", "resource": drug(None)}
    found = drafts_of(entry=[entry], selections=[entry["fullUrl"]])
    assert found.references == {entry["fullUrl"]}
    assert found.unread == ()


def test_a_selected_drug_that_no_draft_answers_is_told() -> None:
    found = drafts_of(drug(), selections=["MedicationRequest/8", "ServiceRequest/8"])
    assert [(one.reference, one.reason) for one in found.unread] == [("MedicationRequest/8", UnreadReason.DRUG_UNKNOWN)]


@pytest.mark.parametrize("selected", ["8", "urn:uuid:6cbd0d6d-7cf1-4f5e-9b8e-3d9f0f4f2b10"])
def test_a_selection_that_may_be_a_drug_and_that_no_draft_answers_is_told(selected: str) -> None:
    found = drafts_of(drug(), selections=[selected])
    assert [(one.reference, one.reason) for one in found.unread] == [(selected, UnreadReason.DRUG_UNKNOWN)]


def test_a_selected_order_of_another_kind_is_not_told_by_whatever_name() -> None:
    food = {"fullUrl": "urn:uuid:1", "resource": {"resourceType": "NutritionOrder", "id": "9"}}
    assert drafts_of(entry=[food], selections=["9", "urn:uuid:1", "NutritionOrder/9", ""]).unread == ()


def test_a_malformed_draft_that_is_selected_by_its_id_alone_is_told_once() -> None:
    broken = {"resourceType": "MedicationRequest", "id": "2", "status": [[]]}
    (told,) = drafts_of(broken, drug(), selections=["2"]).unread
    assert (told.reference, told.reason) == ("MedicationRequest/2", UnreadReason.MALFORMED)


def test_a_malformed_draft_that_is_not_selected_is_not_told() -> None:
    broken = {"resourceType": "MedicationRequest", "id": "2", "status": [[]]}
    assert drafts_of(broken, drug(), selections=["MedicationRequest/1"]).unread == ()
    assert len(drafts_of(broken, drug(), selections=["MedicationRequest/2"]).unread) == 1


def test_a_medication_in_the_basket_comes_along() -> None:
    gel = {"resourceType": "Medication", "id": "gel", "code": GEL}
    found = drafts_of(gel, drug(medicationReference={"reference": "Medication/gel"}), selections=[])
    assert [one.reference for one in found.located] == ["Medication/gel"]
    assert found.references == frozenset()
