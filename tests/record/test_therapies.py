"""Orders, plans and statements of drugs."""

from __future__ import annotations

from typing import Any

import pytest

from cds_hooks.facts import Therapy, UnreadReason
from tests.record.charts import (
    CYPIONATE,
    RXNORM,
    SNOMED,
    Json,
    bundle,
    facts_of,
    only_unread,
    patient,
    read_json,
    request,
)


def only_therapy(*resources: Json, **settings: Any) -> Therapy:
    facts = facts_of(*resources, **settings)
    assert facts.unread == ()
    (therapy,) = facts.therapies
    return therapy


def bounded(**period: str) -> list[Json]:
    return [{"timing": {"repeat": {"boundsPeriod": period}}}]


def statement(**changes: Any) -> Json:
    return request(**{"resourceType": "MedicationStatement", "intent": None, "authoredOn": None, **changes})


def test_an_active_order_is_a_current_therapy_with_drug_product_and_start() -> None:
    therapy = only_therapy(request())
    assert (therapy.drug, therapy.product, therapy.route) == ("testosterone", "cypionate", "injection")
    assert "androgen" in therapy.classes
    assert (therapy.name, therapy.reference) == ("testosterone cypionate 200 MG/ML", "MedicationRequest/m1")
    assert "835840" in therapy.basis
    assert therapy.start is not None
    assert therapy.start.text == "2026-06-01"
    assert therapy.current


@pytest.mark.parametrize(
    ("elements", "status", "current", "planned"),
    [
        ({"status": "active"}, "active", True, False),
        ({"status": "on-hold"}, "on-hold", True, False),
        ({"status": "completed"}, "completed", False, False),
        ({"status": "stopped"}, "stopped", False, False),
        ({"status": "ended"}, "completed", False, False),
        ({"status": "draft"}, "draft", False, True),
        ({"status": "draft", "intent": None}, "draft", False, True),
        ({"status": "unknown"}, "unknown", True, False),
        ({"status": None}, "unknown", True, False),
        ({"status": "invented"}, "unknown", True, False),
        ({"intent": "proposal"}, "active", False, True),
        ({"intent": "option"}, "active", False, True),
        ({"intent": "plan"}, "active", True, False),
        ({"intent": None}, "active", True, False),
    ],
)
def test_what_status_and_intent_mean(elements: Json, status: str, current: bool, planned: bool) -> None:
    therapy = only_therapy(request(**elements))
    assert (therapy.status, therapy.current, therapy.planned) == (status, current, planned)


@pytest.mark.parametrize(
    "elements",
    [
        {"status": "entered-in-error"},
        {"status": "cancelled"},
        {"status": "not-taken"},
        {"doNotPerform": True},
        {"taken": "n"},
    ],
)
def test_what_was_never_taken_is_told_and_not_a_therapy(elements: Json) -> None:
    assert only_unread(request(**elements)).reason is UnreadReason.STATUS


# Start and end


@pytest.mark.parametrize(
    ("elements", "start"),
    [
        ({"dosageInstruction": bounded(start="2026-07-01")}, "2026-07-01"),
        ({"dosageInstruction": bounded(end="2027-07-01")}, "2026-06-01"),
        ({"dosageInstruction": bounded(start="2026")}, "2026-06-01"),
        ({"authoredOn": "2026-06-01T08:00:00+02:00"}, "2026-06-01T08:00"),
        ({"authoredOn": "2026-06"}, None),
        ({"authoredOn": "2026-06-31"}, None),
        ({"authoredOn": None}, None),
    ],
)
def test_the_start_of_an_order(elements: Json, start: str | None) -> None:
    therapy = only_therapy(request(**elements))
    assert (therapy.start.text if therapy.start else None) == start
    assert therapy.current


@pytest.mark.parametrize(
    ("end", "current"), [("2026-09-03", False), ("2026-09-04", True), ("2026-09-05", True), ("2026", True)]
)
def test_a_schedule_is_over_once_its_last_day_has_passed(end: str, current: bool) -> None:
    therapy = only_therapy(request(dosageInstruction=bounded(start="2026-06-01", end=end)))
    assert therapy.current is current
    assert (therapy.end is None) is current


def test_a_stopped_order_without_an_end_has_ended_at_an_unknown_time() -> None:
    therapy = only_therapy(request(status="stopped"))
    assert (therapy.end, therapy.current) == (None, False)


def test_an_order_that_starts_later_is_planned() -> None:
    assert only_therapy(request(dosageInstruction=bounded(start="2026-10-01"))).planned


def test_the_period_of_a_statement_is_start_and_end() -> None:
    therapy = only_therapy(statement(effectivePeriod={"start": "2026-01-02", "end": "2026-08-30"}))
    assert therapy.start is not None
    assert therapy.end is not None
    assert (therapy.start.text, therapy.end.text, therapy.current) == ("2026-01-02", "2026-08-30", False)


def test_an_intended_statement_is_planned() -> None:
    assert only_therapy(statement(status="intended")).planned


# Which drug


@pytest.mark.parametrize(
    "elements",
    [
        {"medicationCodeableConcept": {"text": "testosterone cypionate"}},
        {"medicationCodeableConcept": {"coding": [{"system": RXNORM, "code": "0", "display": "Testosterone gel"}]}},
        {"medicationCodeableConcept": {"text": "testo\u200bsterone"}},
        {"medicationCodeableConcept": None, "medicationReference": {"display": "testosterone 1.62 % gel"}},
        {"medicationCodeableConcept": None, "medication": {"concept": {"text": "testosterone"}}},
        {"medicationCodeableConcept": None, "medication": {"reference": {"display": "testosterone"}}},
    ],
)
def test_a_drug_is_recognised_by_name(elements: Json) -> None:
    assert only_therapy(request(**elements)).drug == "testosterone"


ADHERENCE = "http://hl7.org/fhir/CodeSystem/medication-statement-adherence"
ATC = "http://www.whocc.no/atc"
MEDICATION: Json = {"resourceType": "Medication", "id": "med", "code": CYPIONATE}


@pytest.mark.parametrize(
    "reference",
    ["Medication/med", "https://ehr.example/fhir/Medication/med", "Medication/med/_history/1", "urn:uuid:med"],
)
def test_a_bundled_medication_is_found(reference: str) -> None:
    order = request(medicationCodeableConcept=None, medicationReference={"reference": reference})
    assert only_therapy(MEDICATION, order).product == "cypionate"


def test_a_bundled_medication_is_found_by_its_full_url() -> None:
    order = request(medicationCodeableConcept=None, medicationReference={"reference": "urn:uuid:5"})
    chart = bundle(patient(), order)
    chart["entry"].append({"fullUrl": "urn:uuid:5", "resource": {**MEDICATION, "id": "other"}})
    assert read_json(chart).therapies[0].product == "cypionate"


def test_a_contained_medication_is_found() -> None:
    order = request(medicationCodeableConcept=None, medicationReference={"reference": "#med"}, contained=[MEDICATION])
    assert only_therapy(order).product == "cypionate"


@pytest.mark.parametrize(
    "ingredient", [{"itemCodeableConcept": {"text": "testosterone"}}, {"item": {"concept": {"text": "testosterone"}}}]
)
def test_an_ingredient_names_the_drug_when_the_code_does_not(ingredient: Json) -> None:
    compounded = {"resourceType": "Medication", "id": "med", "code": {"text": "Capsule A"}, "ingredient": [ingredient]}
    order = request(medicationCodeableConcept=None, medicationReference={"reference": "#med"}, contained=[compounded])
    assert only_therapy(order).drug == "testosterone"


GEL: Json = {
    "resourceType": "Medication",
    "id": "med",
    "code": {"coding": [{"system": RXNORM, "code": "10379"}], "text": "testosterone"},
}


def ratio(value: float, unit: str, of: float, of_unit: str) -> Json:
    return {"numerator": {"value": value, "unit": unit}, "denominator": {"value": of, "unit": of_unit}}


@pytest.mark.parametrize(
    ("medication", "order"),
    [
        ({"form": {"text": "1.62 % transdermal gel"}}, {}),
        ({}, {"dosageInstruction": [{"text": "Apply 2 pumps of 1.62 % gel daily"}]}),
        ({"ingredient": [{"itemCodeableConcept": {"text": "gel"}, "strength": ratio(16.2, "mg", 1, "g")}]}, {}),
        ({"ingredient": [{"strength": ratio(20.25, "mg", 1.25, "g")}]}, {}),
        ({"ingredient": [{"strengthRatio": ratio(1.62, "g", 100, "g")}]}, {}),
        ({"ingredient": [{"strengthQuantity": {"value": 1.620, "unit": "%"}}]}, {}),
    ],
)
@pytest.mark.parametrize("contained", [True, False])
def test_form_strength_or_dosage_tell_the_gel_of_1_62_percent(medication: Json, order: Json, contained: bool) -> None:
    """A generic gel of that strength is timed and titrated as the label of the 1.62 % gel says."""
    gel = {**GEL, **medication}
    where: Json = {"contained": [gel], "medicationReference": {"reference": "#med"}}
    if not contained:
        where = {"medicationReference": {"reference": "Medication/med"}}
    resources = [request(medicationCodeableConcept=None, **where, **order), *([] if contained else [gel])]
    assert only_therapy(*resources).product == "androgel-1.62"


@pytest.mark.parametrize("strength", [7, "1.62 %", [], {"numerator": 7}, None])
def test_a_strength_of_another_shape_breaks_nothing(strength: Any) -> None:
    gel = {**GEL, "ingredient": [{"strength": strength}]}
    order = request(medicationCodeableConcept=None, medicationReference={"reference": "#med"}, contained=[gel])
    assert only_therapy(order).product is None


def test_neither_form_nor_dosage_say_which_drug_it_is() -> None:
    capsule = {"resourceType": "Medication", "code": {"text": "Capsule A"}, "form": {"text": "testosterone gel"}}
    order = request(
        medicationCodeableConcept=None,
        medicationReference={"reference": "#med"},
        contained=[{**capsule, "id": "med"}],
        dosageInstruction=[{"text": "testosterone 100 mg weekly"}],
    )
    facts = facts_of(order)
    assert (facts.therapies, facts.unread) == ((), ())


def test_the_form_alone_does_not_pass_for_a_name() -> None:
    tablet = {
        "resourceType": "Medication",
        "id": "med",
        "code": {"coding": [{"system": "http://hl7.org/fhir/sid/ndc", "code": "0001"}]},
        "form": {"text": "tablet"},
    }
    order = request(medicationCodeableConcept=None, medicationReference={"reference": "#med"}, contained=[tablet])
    assert only_unread(order).reason is UnreadReason.DRUG_UNKNOWN


def test_an_autoinjector_of_enanthate_is_the_product_made_for_it() -> None:
    text = "testosterone enanthate 75 MG/0.5 ML Auto-Injector"
    therapy = only_therapy(request(medicationCodeableConcept={"text": text}))
    assert (therapy.product, therapy.route, therapy.dose) == ("xyosted", "injection", "75 mg")


@pytest.mark.parametrize(
    "concept",
    [None, {}, {"coding": [{"system": "http://hl7.org/fhir/sid/ndc", "code": "0001"}]}, {"text": "Androlix hormone"}],
)
def test_a_drug_that_may_be_a_hormone_but_is_not_recognised_is_told(concept: Json | None) -> None:
    unread = only_unread(request(medicationCodeableConcept=concept))
    assert unread.reason is UnreadReason.DRUG_UNKNOWN


def test_a_reference_to_a_medication_that_was_not_sent_is_told() -> None:
    unread = only_unread(request(medicationCodeableConcept=None, medicationReference={"reference": "Medication/9"}))
    assert unread.reason is UnreadReason.DRUG_UNKNOWN
    assert "not sent" in unread.detail


@pytest.mark.parametrize("name", ["Metformin 500 mg", "multivitamin", "Flomax 0.4 mg"])
def test_other_named_drugs_are_left_without_a_word(name: str) -> None:
    """Charts list dozens of drugs; those with a readable name that is no hormone's would only bury what matters."""
    facts = facts_of(request(medicationCodeableConcept={"text": name}))
    assert (facts.therapies, facts.unread) == ((), ())


def test_an_unknown_drug_entered_in_error_is_left_without_a_word() -> None:
    assert facts_of(request(medicationCodeableConcept={}, status="entered-in-error")).unread == ()


# Form, strength and where it acts


def ordered(medication: Json, **order: Any) -> Therapy:
    """The therapy of an order that contains its Medication."""
    contained = [{"resourceType": "Medication", "id": "med", **medication}]
    reference = {"reference": "#med"}
    return only_therapy(
        request(medicationCodeableConcept=None, medicationReference=reference, contained=contained, **order)
    )


@pytest.mark.parametrize(
    ("medication", "form", "strength"),
    [
        ({"form": {"text": "Injectable solution"}}, "injectable solution", None),
        ({"form": {"coding": [{"system": "urn:edqm", "code": "10219000", "display": "Tablet"}]}}, "tablet", None),
        ({"form": {"text": "gel"}, "ingredient": [{"strength": ratio(16.2, "mg", 1, "g")}]}, "gel", "1.62 %"),
        ({"form": {"text": "tablet"}, "ingredient": [{"strength": ratio(10, "ug", 1, "tablet")}]}, "tablet", "10 ug"),
        (
            {"form": {"text": "tablet"}, "ingredient": [{"strengthQuantity": {"value": 2, "unit": "mg"}}]},
            "tablet",
            "2 mg",
        ),
        ({"ingredient": [{"strength": ratio(200, "mg", 1, "mL")}]}, None, "200 mg/mL"),
        ({"ingredient": [{"strength": ratio(200, "mg", 1, "mL")}, {"strength": ratio(5, "mg", 1, "mL")}]}, None, None),
        ({}, None, None),
    ],
)
def test_a_medication_states_form_and_strength(medication: Json, form: str | None, strength: str | None) -> None:
    therapy = ordered({"code": {"text": "testosterone"}, **medication})
    assert (therapy.form, therapy.strength) == (form, strength)


def test_an_amount_in_the_dosage_is_a_dose_and_no_strength() -> None:
    tablet = {"code": {"text": "estradiol"}, "form": {"text": "tablet"}}
    therapy = ordered(tablet, dosageInstruction=[{"text": "take 2 mg daily"}])
    assert (therapy.form, therapy.strength, therapy.dose) == ("tablet", None, "2 mg")


@pytest.mark.parametrize(
    ("route", "systemic"), [("16857009", False), ("26643006", True), (None, True)], ids=["vaginal", "oral", "not said"]
)
def test_the_route_of_the_dosage_decides_where_a_drug_acts(route: str | None, systemic: bool) -> None:
    coded = [{"route": {"coding": [{"system": SNOMED, "code": route}]}}] if route else None
    therapy = only_therapy(
        request(medicationCodeableConcept={"text": "estradiol 10 mcg tablet"}, dosageInstruction=coded)
    )
    assert therapy.systemic is systemic


def test_a_combination_keeps_its_other_ingredients() -> None:
    assert only_therapy(request(medicationCodeableConcept={"text": "Bijuva"})).others == ("progesterone",)


def test_a_patch_is_changed_as_its_official_name_says_unless_the_dosage_says_otherwise() -> None:
    patch = {"coding": [{"system": RXNORM, "code": "402252"}]}
    assert only_therapy(request(medicationCodeableConcept=patch)).interval_hours == 168
    daily = only_therapy(request(medicationCodeableConcept=patch, dosageInstruction=[{"text": "every 3 days"}]))
    assert daily.interval_hours == 72


def test_german_im_before_a_noun_is_no_injection() -> None:
    therapy = only_therapy(
        request(
            medicationCodeableConcept={"text": "Testogel"}, dosageInstruction=[{"text": "1 Beutel im Bad auftragen"}]
        )
    )
    assert therapy.route == "topical"


# An order that contradicts itself


@pytest.mark.parametrize(
    "order",
    [
        {"medicationCodeableConcept": {"text": "estradiol patch - discontinued"}},
        {"medicationCodeableConcept": {**CYPIONATE, "text": "testosterone cypionate - discontinued"}},
        {"dosageInstruction": [{"text": "discontinued 3/2025 - do not take"}]},
    ],
)
def test_an_order_in_force_that_says_discontinued_is_told_and_keeps_its_safety_checks(order: Json) -> None:
    """It may be taken: it counts as current. It may not: no visit is counted from its start."""
    facts = facts_of(request(**order))
    (therapy,), (unread,) = facts.therapies, facts.unread
    assert (therapy.status, therapy.start, therapy.current) == ("unknown", None, True)
    assert unread.reason is UnreadReason.DRUG_UNKNOWN
    assert "discontinued" in unread.detail
    assert "active" in unread.detail


@pytest.mark.parametrize("text", ["no testosterone", "denies testosterone use", "history of testosterone"])
def test_a_name_that_is_denied_is_told_and_no_therapy(text: str) -> None:
    unread = only_unread(request(medicationCodeableConcept={"text": text}))
    assert unread.reason is UnreadReason.STATUS
    assert "testosterone" in unread.detail


@pytest.mark.parametrize(
    ("code", "status"), [("stopped", "stopped"), ("stopped-as-directed", "stopped"), ("on-hold", "on-hold")]
)
def test_the_adherence_of_an_r5_statement_says_whether_the_drug_is_taken(code: str, status: str) -> None:
    adherence = {"code": {"coding": [{"system": ADHERENCE, "code": code}]}}
    assert only_therapy(statement(status="recorded", adherence=adherence)).status == status


def test_an_r5_statement_of_a_drug_not_taken_is_no_therapy() -> None:
    adherence = {"code": {"coding": [{"system": ADHERENCE, "code": "not-taking"}]}}
    assert only_unread(statement(status="recorded", adherence=adherence)).reason is UnreadReason.STATUS


def test_a_drug_that_was_stopped_may_say_so_in_its_name() -> None:
    stopped = request(status="stopped", medicationCodeableConcept={"text": "estradiol patch - discontinued"})
    assert only_therapy(stopped).status == "stopped"


# Several codes and ingredients


def test_codes_that_name_different_drugs_are_told_and_not_used() -> None:
    codes = [*CYPIONATE["coding"], {"system": ATC, "code": "G03CA03"}]
    unread = only_unread(request(medicationCodeableConcept={"coding": codes}))
    assert unread.reason is UnreadReason.DRUG_CONFLICT
    assert "testosterone and estradiol" in unread.detail


def ingredients(*names: str) -> Json:
    return {"code": {"text": "compounded"}, "ingredient": [{"itemCodeableConcept": {"text": name}} for name in names]}


def test_all_ingredients_of_a_medication_are_in_it() -> None:
    therapy = ordered(ingredients("estriol", "estradiol", "testosterone"))
    assert (therapy.drug, therapy.others) == ("estriol", ("estradiol", "testosterone"))
    assert "androgen" in therapy.classes


def test_a_carrier_is_neither_the_drug_nor_its_name() -> None:
    therapy = ordered(ingredients("grapeseed oil", "testosterone cypionate"))
    assert (therapy.drug, therapy.product, therapy.name) == ("testosterone", "cypionate", "testosterone cypionate")


def test_the_amount_in_the_name_of_a_combination_is_no_dose_of_its_first_part() -> None:
    therapy = only_therapy(request(medicationCodeableConcept={"text": "estradiol patch with progesterone 100 mg"}))
    assert (therapy.others, therapy.dose) == (("progesterone",), None)


def test_the_form_counts_before_the_piece_a_strength_is_in() -> None:
    piece = [{"itemCodeableConcept": {"text": "estradiol"}, "strength": ratio(10, "ug", 1, "tablet")}]
    therapy = ordered({"code": {"text": "estradiol"}, "form": {"text": "Vaginal tablet"}, "ingredient": piece})
    assert (therapy.form, therapy.strength, therapy.systemic) == ("vaginal tablet", "10 ug", False)


@pytest.mark.parametrize("kind", ["MedicationRequest", "MedicationAdministration"])
def test_a_medication_entered_in_error_is_not_used(kind: str) -> None:
    contained = [{**MEDICATION, "status": "entered-in-error"}]
    about = {"medicationCodeableConcept": None, "medicationReference": {"reference": "#med"}, "contained": contained}
    given = {"status": "completed", "effectiveDateTime": "2026-09-01"} if kind == "MedicationAdministration" else {}
    assert only_unread(request(resourceType=kind, **about, **given)).reason is UnreadReason.STATUS


def test_a_route_that_the_product_excludes_is_not_believed() -> None:
    injected = [{"route": {"coding": [{"system": SNOMED, "code": "78421000"}]}}]
    assert (
        only_therapy(request(medicationCodeableConcept={"text": "Jatenzo"}, dosageInstruction=injected)).route == "oral"
    )


@pytest.mark.parametrize(("code", "route"), [("78421000", "injection"), ("26643006", "oral")])
def test_an_ester_that_is_swallowed_and_injected_takes_the_route_of_the_dosage(code: str, route: str) -> None:
    dosage = [{"route": {"coding": [{"system": SNOMED, "code": code}]}}]
    named = {"text": "testosterone undecanoate"}
    assert only_therapy(request(medicationCodeableConcept=named, dosageInstruction=dosage)).route == route


@pytest.mark.parametrize("name", ["Test E 250", "TRT 200 mg/ml", "T cream 10%", "TU 1000 mg", "some cypionate"])
def test_everyday_names_of_testosterone_are_at_least_told(name: str) -> None:
    assert only_unread(request(medicationCodeableConcept={"text": name})).reason is UnreadReason.DRUG_UNKNOWN


def test_a_local_code_without_a_known_name_is_noted_for_the_map() -> None:
    coded = {"coding": [{"system": "http://hl7.org/fhir/sid/ndc", "code": "0001"}], "text": "Compound 7"}
    facts = facts_of(request(medicationCodeableConcept=coded))
    assert (facts.therapies, facts.unread) == ((), ())
    assert [one.code for one in facts.unmapped] == ["0001"]


# Shapes seen in the wild


@pytest.mark.parametrize(
    "defect",
    [
        {"category": {"coding": [{"code": "outpatient"}]}},
        {"dosageInstruction": {"text": "weekly"}},
        {"dosageInstruction": [{"text": "weekly", "doseQuantity": {"value": 1, "unit": "mL"}}]},
        {"dosageInstruction": [{"text": "weekly", "asNeededBoolean": "no"}]},
        {"dosageInstruction": [{"text": "weekly", "timing": {"repeat": {"frequency": "one"}}}]},
        {"dosageInstruction": [{"text": "weekly", "timing": None, "route": None}]},
    ],
)
def test_defects_of_real_clients_break_nothing(defect: Json) -> None:
    assert only_therapy(request(**defect)).drug == "testosterone"
    if "dosageInstruction" in defect:
        assert only_therapy(request(**defect)).interval_hours == 168
