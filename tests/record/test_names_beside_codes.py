"""A name or a check digit that contradicts the code is said aloud; a name that says less is no contradiction."""

from __future__ import annotations

import pytest

from cds_hooks.facts import UnreadReason
from cds_hooks.record.fhir.concepts import LOINC
from cds_hooks.record.fhir.datatypes import CodeableConcept, Coding
from cds_hooks.record.results.codes import Codes
from cds_hooks.record.results.unrecognised import Unusable
from terminology.vocabulary import LoincCode
from tests.record.charts import vocabulary

CODES = Codes(vocabulary())


def named(code: str, display: str | None = None, text: str | None = None) -> LoincCode | Unusable | None:
    return CODES.name(CodeableConcept(coding=[Coding(system=LOINC, code=code, display=display)], text=text))


@pytest.mark.parametrize(
    ("code", "name", "said"),
    [
        ("3053-6", "Reverse T3", "the code is that of total T3, the name that of reverse T3"),
        ("3053-6", "T3 reverse", "the code is that of total T3, the name that of reverse T3"),
        ("2986-8", "Testosterone, Free", "the code is that of total testosterone, the name that of free testosterone"),
        ("14928-6", "TPO antibodies", "the code is that of free T3, the name that of TPO antibodies"),
        ("4544-3", "Hemoglobin", "the code is that of hematocrit, the name that of hemoglobin"),
        ("2857-1", "Free PSA", "the code is that of PSA, the name that of free PSA"),
    ],
)
def test_a_name_of_something_else_contradicts_the_code(code: str, name: str, said: str) -> None:
    analyte = vocabulary().loinc[code].analyte
    for found in (named(code, display=name), named(code, text=name)):
        assert found == Unusable(UnreadReason.CODE_CONFLICT, said, f"{LOINC}|{code}", analyte)


@pytest.mark.parametrize(
    ("code", "name"),
    [
        ("2991-8", "Testosterone"),
        ("2986-8", "Total Testosterone, Serum"),
        ("9813-7", "Cortisol"),
        ("2143-6", "Morning cortisol"),
        ("1558-6", "Glucose"),
        ("2345-7", "Fasting glucose"),
        ("10886-0", "PSA"),
        ("3016-3", "what the laboratory calls it"),
        ("4544-3", ""),
    ],
)
def test_a_name_that_says_less_or_nothing_we_know_is_no_contradiction(code: str, name: str) -> None:
    found = named(code, display=name, text=name)
    assert isinstance(found, LoincCode)
    assert found.code == code


def test_no_code_is_contradicted_by_its_own_names() -> None:
    analytes = vocabulary().analytes
    for code in vocabulary().loinc.values():
        for name in (code.long_name, analytes[code.analyte].label if code.analyte in analytes else code.long_name):
            found = named(code.code, display=name)
            assert not isinstance(found, Unusable) or found.reason is not UnreadReason.CODE_CONFLICT, (code.code, name)


def test_a_code_of_ours_with_a_wrong_check_digit_is_said_and_not_corrected() -> None:
    said = "14913-5 is no LOINC code: wrong check digit (14913-8 is total testosterone)"
    assert named("14913-5") == Unusable(UnreadReason.CODE_UNKNOWN, said, f"{LOINC}|14913-5", "testosterone_total")


@pytest.mark.parametrize("code", ["99999-0", "35789-7", "X-1", "14913", "14913-", "14913-88", "-8", "57021-3"])
def test_other_codes_we_do_not_know_are_not_ours_to_judge(code: str) -> None:
    """Another test's code, right or wrong, a panel's, or no code at all."""
    assert named(code) is None


def test_a_wrong_check_digit_counts_only_in_loinc() -> None:
    local = CodeableConcept(coding=[Coding(system="http://lab.example", code="14913-5")])
    assert CODES.name(local) is None
