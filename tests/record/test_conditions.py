"""Diagnoses, procedures and the organs they leave."""

from __future__ import annotations

from typing import Any

import pytest

from cds_hooks.facts import UnreadReason
from tests.optional_tables import needs_snomed
from tests.record.charts import ICD10, SNOMED, Json, facts_of, resource, vocabulary

CANCER: Json = {"coding": [{"system": ICD10, "code": "C61"}]}
VERIFICATION = "http://terminology.hl7.org/CodeSystem/condition-ver-status"
HYSTERECTOMY: Json = {"coding": [{"system": SNOMED, "code": "236886002"}]}


def status(code: str) -> Json:
    return {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/condition-clinical", "code": code}]}


def condition(**elements: object) -> Json:
    return resource("Condition", **{"code": CANCER, **elements})


@pytest.mark.parametrize(
    ("elements", "active"),
    [
        ({}, True),
        ({"clinicalStatus": status("active")}, True),
        ({"clinicalStatus": status("recurrence")}, True),
        ({"clinicalStatus": "active"}, True),
        ({"clinicalStatus": status("inactive")}, False),
        ({"clinicalStatus": status("remission")}, False),
        ({"clinicalStatus": status("resolved")}, False),
        ({"clinicalStatus": "resolved"}, False),
        ({"clinicalStatus": {"text": "Resolved"}}, False),
        ({"clinicalStatus": {"text": "in remission"}}, False),
        ({"clinicalStatus": status("Resolved")}, False),
        ({"clinicalStatus": {"coding": [{"display": "Inactive"}]}}, False),
        ({"clinicalStatus": {"coding": [{"system": SNOMED, "code": "413322009"}]}}, False),
        ({"clinicalStatus": {"text": "not resolved"}}, True),
        ({"clinicalStatus": {**status("active"), "text": "resolved"}}, True),
        ({"abatementDateTime": "2020-01-01"}, False),
        ({"abatementString": "years ago"}, False),
        ({"abatementBoolean": True}, False),
        ({"abatementBoolean": False}, True),
        ({"abatementDateTime": None}, True),
        ({"verificationStatus": status("confirmed")}, True),
        ({"verificationStatus": "confirmed"}, True),
        ({"verificationStatus": {"text": "sure"}}, True),
    ],
)
def test_whether_a_diagnosis_is_active(elements: Json, active: bool) -> None:
    (read,) = facts_of(condition(**elements)).conditions
    assert read.active is active
    assert (read.reference, read.code) == ("Condition/x1", f"{ICD10}|C61")


VERIFIED_AWAY = [
    status("refuted"),
    status("entered-in-error"),
    "refuted",
    "Refuted",
    status("Refuted"),
    {"text": "refuted"},
    {"text": "Entered in Error"},
    {"coding": [{"display": "Ruled out"}]},
    {"coding": [{"system": SNOMED, "code": "410516002", "display": "Known absent"}]},
]


@pytest.mark.parametrize("verification", VERIFIED_AWAY)
def test_a_refuted_diagnosis_is_dropped(verification: Json | str) -> None:
    assert facts_of(condition(verificationStatus=verification)).conditions == ()


@pytest.mark.parametrize(
    "verification",
    [
        *map(status, ("unconfirmed", "provisional", "differential", "unknown", "Provisional")),
        "provisional",
        {"text": "Suspected"},
        {"coding": [{"system": SNOMED, "code": "415684004"}]},
    ],
)
def test_a_suspected_diagnosis_does_not_count_as_recorded_and_is_told(verification: Json | str) -> None:
    """The contract is silent on suspicions; we count only what is confirmed or says nothing of its verification."""
    facts = facts_of(condition(verificationStatus=verification))
    assert facts.conditions == ()
    (unread,) = facts.unread
    assert (unread.reference, unread.code, unread.reason) == ("Condition/x1", f"{ICD10}|C61", UnreadReason.STATUS)
    assert "verificationStatus" in unread.detail


def test_a_suspected_loss_of_an_organ_leaves_the_organ() -> None:
    suspected = condition(
        code={"coding": [{"system": ICD10, "code": "Z90.710"}]}, verificationStatus=status("unconfirmed")
    )
    assert facts_of(suspected).patient.organs_absent == ()


def test_a_suspected_diagnosis_of_another_kind_is_left_without_a_word() -> None:
    cold = condition(code={"coding": [{"system": ICD10, "code": "J00"}]}, verificationStatus=status("provisional"))
    assert facts_of(cold).unread == ()


def test_a_local_word_beside_the_status_does_not_hide_it() -> None:
    two = {"coding": [{"system": "urn:local", "code": "GEN"}, *status("refuted")["coding"]]}
    assert facts_of(condition(verificationStatus=two)).conditions == ()


def test_the_onset_is_kept_when_it_names_a_day() -> None:
    assert facts_of(condition(onsetDateTime="2020-05-01")).conditions[0].onset is not None
    assert facts_of(condition(onsetDateTime="2020")).conditions[0].onset is None


def test_other_diagnoses_are_left_without_a_word() -> None:
    facts = facts_of(condition(code={"coding": [{"system": ICD10, "code": "J00"}]}), condition(id="x2", code=None))
    assert (facts.conditions, facts.unread) == ((), ())


@needs_snomed
@pytest.mark.parametrize(
    ("code", "concepts"),
    [
        ({"text": "Prostate cancer"}, ("prostate-cancer",)),
        ({"text": "Malignant neoplasm of  PROSTATE (HCC)"}, ("prostate-cancer",)),
        ({"coding": [{"system": "urn:local", "code": "7", "display": "Prostate cancer"}]}, ("prostate-cancer",)),
        (
            {"coding": [{"system": "http://hl7.org/fhir/sid/icd-9-cm", "code": "185"}], "text": "prostate cancer"},
            ("prostate-cancer",),
        ),
        ({"coding": [{"code": "C61"}]}, ("prostate-cancer",)),
        ({"text": "Personal history of malignant neoplasm of prostate"}, ("prostate-cancer-history",)),
    ],
)
def test_a_diagnosis_in_words_or_without_its_system_does_not_count_as_recorded_and_is_told(
    code: Json, concepts: tuple[str, ...]
) -> None:
    facts = facts_of(condition(code=code, onsetDateTime="2026-01-01"))
    assert facts.conditions == ()
    (unread,) = facts.unread
    assert (unread.reason, unread.concepts) == (UnreadReason.CODE_UNKNOWN, concepts)
    assert unread.effective is not None
    assert unread.effective.text == "2026-01-01"


@pytest.mark.parametrize(
    "code",
    [
        {"text": "No prostate cancer"},
        {"text": "Prostate cancer screening"},
        {"text": "(HCC)"},
        {"text": "x" * 9000},
        {"coding": [{"system": "urn:local", "code": "C61"}]},
        {"coding": [{"code": "C"}]},
        {"coding": [{"display": " "}], "text": ""},
        {},
    ],
)
def test_words_that_are_not_the_name_of_a_diagnosis_are_left(code: Json) -> None:
    facts = facts_of(condition(code=code))
    assert (facts.conditions, facts.unread) == ((), ())


def test_a_refuted_diagnosis_in_words_is_dropped() -> None:
    assert facts_of(condition(code={"text": "Prostate cancer"}, verificationStatus=status("refuted"))).unread == ()


def test_a_procedure_is_a_condition_that_stays_and_removes_the_organ() -> None:
    facts = facts_of(resource("Procedure", code=HYSTERECTOMY, status="completed", performedDateTime="2020-05-01"))
    (read,) = facts.conditions
    assert (read.concept, read.active) == ("hysterectomy", True)
    assert read.onset is not None
    assert facts.patient.organs_absent == ("uterus",)


def test_a_history_of_an_operation_removes_the_organ_too() -> None:
    absent = condition(code={"coding": [{"system": ICD10, "code": "Z90.710"}]}, clinicalStatus=status("inactive"))
    assert facts_of(absent).patient.organs_absent == ("uterus",)


@pytest.mark.parametrize(
    ("text", "absent"),
    [
        ("Bilateral orchiectomy", ("testes",)),
        ("Orchiectomy, bilateral", ("testes",)),
        ("History of bilateral orchidectomy", ("testes",)),
        ("Total abdominal hysterectomy with bilateral salpingo-oophorectomy", ("uterus", "ovaries")),
        ("S/P radical prostatectomy", ("prostate",)),
        ("Left orchiectomy", ()),
        ("Orchiectomy", ()),
        ("No bilateral orchiectomy", ()),
        ("Bilateral orchiectomy discussed, declined", ()),
        ("Hysterectomy", ()),
        ("Subtotal hysterectomy", ()),
        ("Prostatectomy", ()),
        ("Family history of radical prostatectomy", ()),
        (f"{'Bilateral orchiectomy'}{' ' * 200}x", ()),
    ],
)
@pytest.mark.parametrize("kind", ["Procedure", "Condition"])
def test_an_operation_without_a_code_is_known_by_its_whole_name(kind: str, text: str, absent: tuple[str, ...]) -> None:
    state = {"status": "completed"} if kind == "Procedure" else {}
    assert facts_of(resource(kind, code={"text": text}, **state)).patient.organs_absent == absent


def test_an_operation_that_is_suspected_is_told_and_not_recorded() -> None:
    doubtful = {"coding": [{"system": VERIFICATION, "code": "provisional"}]}
    facts = facts_of(condition(code={"text": "Bilateral orchiectomy"}, verificationStatus=doubtful))
    assert facts.patient.organs_absent == ()
    assert [one.reason for one in facts.unread] == [UnreadReason.STATUS]


def test_a_code_of_another_system_leaves_the_name_to_tell() -> None:
    coded = {"coding": [{"system": "http://www.ama-assn.org/go/cpt", "code": "54520"}], "text": "Bilateral orchiectomy"}
    assert facts_of(resource("Procedure", status="completed", code=coded)).patient.organs_absent == ("testes",)


@pytest.mark.parametrize("state", ["not-done", "entered-in-error", "preparation", "stopped"])
def test_a_procedure_that_was_not_done_is_dropped(state: str) -> None:
    facts = facts_of(resource("Procedure", code=HYSTERECTOMY, status=state))
    assert (facts.conditions, facts.patient.organs_absent) == ((), ())


GM = "http://fhir.de/CodeSystem/bfarm/icd-10-gm"
CERTAINTY = "http://fhir.de/StructureDefinition/icd-10-gm-diagnosesicherheit"


def german(certainty: str | None, **changes: Any) -> Json:
    """A diagnosis in ICD-10-GM, whose code says itself how sure it is."""
    said = [{"url": CERTAINTY, "valueCoding": {"system": "urn:kbv", "code": certainty}}] if certainty else None
    return condition(code={"coding": [{"system": GM, "code": "C61", "extension": said}]}, **changes)


@pytest.mark.parametrize(("certainty", "active"), [(None, True), ("G", True), ("Z", False)])
def test_a_german_code_is_confirmed_or_a_status_after(certainty: str | None, active: bool) -> None:
    (read,) = facts_of(german(certainty)).conditions
    assert (read.concept, read.active) == ("prostate-cancer", active)


def test_a_german_code_that_rules_the_diagnosis_out_is_dropped() -> None:
    facts = facts_of(german("A"))
    assert (facts.conditions, facts.unread) == ((), ())


def test_a_german_code_of_a_suspicion_is_told_and_does_not_count() -> None:
    facts = facts_of(german("V"))
    assert facts.conditions == ()
    assert [unread.reason for unread in facts.unread] == [UnreadReason.STATUS]


def certain(code: str, certainty: str | None = None, system: str = GM) -> Json:
    """A coding, with its certainty in an extension where one is given."""
    said = [{"url": CERTAINTY, "valueCoding": {"code": certainty}}]
    return {"system": system, "code": code, **({"extension": said} if certainty else {})}


def counted(*codings: Json) -> tuple[dict[str, bool], list[UnreadReason]]:
    """What a Condition with these codings counts as, whether it is active, and what is told instead."""
    facts = facts_of(condition(code={"coding": list(codings)}))
    return {read.concept: read.active for read in facts.conditions}, [unread.reason for unread in facts.unread]


@pytest.mark.parametrize(
    ("code", "read", "told"),
    [
        ("C61G", {"prostate-cancer": True}, []),
        ("C61 Z", {"prostate-cancer": False}, []),
        ("C61V", {}, [UnreadReason.STATUS]),
        ("C50.9 V", {}, [UnreadReason.STATUS]),
        ("I26.9 A", {}, []),
        ("I26.9A", {}, []),
        ("J00 V", {}, []),
    ],
)
def test_a_german_code_may_carry_its_certainty_itself(
    code: str, read: dict[str, bool], told: list[UnreadReason]
) -> None:
    assert counted(certain(code)) == (read, told)


CLOT = {"vte": True, "pulmonary-embolism": True}


@needs_snomed
@pytest.mark.parametrize(
    ("codings", "read", "told"),
    [
        ([certain("C61", "A"), certain("I26.9", "G")], CLOT, []),
        ([certain("C61A"), certain("I26.9 G")], CLOT, []),
        ([certain("C61", "V"), certain("I26.9", "G")], CLOT, [UnreadReason.STATUS]),
        ([certain("C61", "Z"), certain("I26.9", "G")], {"prostate-cancer": False, **CLOT}, []),
        ([certain("C61", "A"), certain("399068003", system=SNOMED)], {}, []),
        ([certain("399068003", system=SNOMED), certain("C61", "Z")], {"prostate-cancer": False}, []),
        ([certain("J00", "A"), certain("399068003", system=SNOMED)], {}, []),
        ([certain("C61", "A"), certain("C61", "G")], {}, [UnreadReason.STATUS]),
        ([certain("C61G", "A")], {}, [UnreadReason.STATUS]),
        ([certain("C61", "G"), certain("C61", "Z")], {"prostate-cancer": True}, []),
    ],
)
def test_each_coding_is_judged_by_its_own_certainty(
    codings: list[Json], read: dict[str, bool], told: list[UnreadReason]
) -> None:
    """German guides leave open what a coding without certainty beside others says; we take it for their translation."""
    assert counted(*codings) == (read, told)


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("C50.9", "Family history of breast cancer"),
        ("C50.9", "FH: breast cancer"),
        ("C50.9", "Breast cancer (family history)"),
        ("C50.9", "Familienanamnese: Mammakarzinom"),
        ("C61", "Suspected prostate cancer"),
        ("C61", "Rule out prostate cancer"),
        ("C61", "Prostate cancer - ruled out"),
        ("C61", "V. a. Prostatakarzinom"),
        ("I26.99", "Possible pulmonary embolism"),
    ],
)
def test_a_text_that_contradicts_its_code_is_told_and_does_not_count(code: str, text: str) -> None:
    facts = facts_of(condition(code={"coding": [{"system": ICD10, "code": code}], "text": text}))
    assert facts.conditions == ()
    assert {unread.reason for unread in facts.unread} == {UnreadReason.CODE_CONFLICT}
    assert text in facts.unread[0].detail


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("C61", "Prostate cancer, no evidence of metastasis"),
        ("C61", "Prostate cancer, suspected metastasis"),
        ("C61", "History of prostate cancer"),
        ("C50.9", "Breast cancer; mother and family history of melanoma"),
        ("Z80.3", "Family history of breast cancer"),
        ("D75.0", "Familial erythrocytosis"),
        ("Z90.710", "History of hysterectomy"),
    ],
)
def test_a_text_that_only_adds_to_its_code_leaves_it(code: str, text: str) -> None:
    facts = facts_of(condition(code={"coding": [{"system": ICD10, "code": code}], "text": text}))
    assert facts.conditions
    assert facts.unread == ()


def test_no_official_name_of_a_code_contradicts_it() -> None:
    for system in (ICD10, SNOMED):
        for code, name in vocabulary().listed.get(system, {}).items():
            facts = facts_of(
                condition(code={"coding": [{"system": system, "code": code.rstrip("*."), "display": name}]})
            )
            assert facts.unread == (), name


def test_a_code_of_another_edition_is_told_and_not_read() -> None:
    facts = facts_of(condition(code={"coding": [{"system": "http://hl7.org/fhir/sid/icd-10", "code": "E28.310"}]}))
    assert facts.conditions == ()
    (unread,) = facts.unread
    assert unread.reason == UnreadReason.CODE_UNKNOWN
    assert "ICD-10-CM" in unread.detail


def test_a_code_of_another_edition_beside_one_that_is_read_is_left() -> None:
    both = [certain("G47.33", system="http://hl7.org/fhir/sid/icd-10"), certain("G47.33", system=ICD10)]
    assert counted(*both) == ({"sleep-apnea": True}, [])


@pytest.mark.parametrize("extension", ["A", [7], [{"url": CERTAINTY, "valueCoding": "A"}], [{"url": CERTAINTY}], {}])
def test_an_extension_of_another_shape_breaks_nothing(extension: Any) -> None:
    odd = condition(code={"coding": [{"system": GM, "code": "C61", "extension": extension}]})
    assert [read.concept for read in facts_of(odd).conditions] == ["prostate-cancer"]


@pytest.mark.parametrize(
    ("elements", "recorded"),
    [
        ({"recordedDate": "2026-07-01"}, "2026-07-01"),
        ({"assertedDate": "2026-07-01"}, "2026-07-01"),
        ({"recordedDate": "2026"}, None),
        ({}, None),
    ],
)
def test_when_a_diagnosis_was_written_down_is_kept_apart_from_its_onset(elements: Json, recorded: str | None) -> None:
    (read,) = facts_of(condition(onsetDateTime="2020-02-02", **elements)).conditions
    assert read.onset is not None
    assert (read.onset.text, read.recorded.text if read.recorded else None) == ("2020-02-02", recorded)
