"""Diagnoses are known by listed code or category, never by a prefix that takes in a sibling of other meaning."""

from __future__ import annotations

import pytest

from terminology.conditions import ICD_10, ICD_10_CM, ICD_10_GM, SNOMED, Conditions, Diagnosis
from terminology.vocabulary import Vocabulary
from tests.optional_tables import needs_snomed, where_held


@pytest.mark.parametrize(
    ("system", "code", "concepts"),
    where_held(
        [
            (ICD_10_CM, "C61", ("prostate-cancer",)),
            (ICD_10_CM, "c61", ("prostate-cancer",)),
            (ICD_10_CM, "Z85.46", ("prostate-cancer-history",)),
            (ICD_10_CM, "R97.20", ("elevated-psa",)),
            (ICD_10_CM, "C50.919", ("breast-cancer",)),
            (ICD_10_CM, "C50", ("breast-cancer",)),
            (ICD_10_CM, "N62", ("breast-symptoms",)),
            (ICD_10_CM, "N64.4", ("breast-symptoms",)),
            (ICD_10_CM, "I82.409", ("vte",)),
            (ICD_10_CM, "I82409", ("vte",)),
            (ICD_10_CM, "I82.A11", ("vte",)),
            (ICD_10_CM, "I26.99", ("vte", "pulmonary-embolism")),
            (ICD_10_CM, "N46.01", ("infertility", "male-infertility", "azoospermia")),
            (ICD_10_CM, "F64.0", ("gender-dysphoria",)),
            (ICD_10_CM, "Z90.710", ("hysterectomy",)),
            ("urn:oid:2.16.840.1.113883.6.90", "C61", ("prostate-cancer",)),
            (ICD_10, "C61", ("prostate-cancer",)),
            (ICD_10, "C50.9", ("breast-cancer",)),
            (ICD_10, "I802", ("vte",)),
            (ICD_10, "N40", ("bph",)),
            (ICD_10, "I64", ("stroke",)),
            ("urn:oid:2.16.840.1.113883.6.3", "G47.3", ("sleep-apnea",)),
            (ICD_10_GM, "C61", ("prostate-cancer",)),
            (ICD_10_GM, "I80.28", ("vte",)),
            (ICD_10_GM, "I10.90", ("hypertension",)),
            (ICD_10_GM, "M81.05", ("osteoporosis",)),
            (ICD_10_GM, "M81.0-", ("osteoporosis",)),
            (ICD_10_GM, "G47.31", ("sleep-apnea",)),
            (ICD_10_CM, "I80.11", ("vte",)),
            (ICD_10_CM, "I80.2", ("vte",)),
            (ICD_10_CM, "I82.210", ("vte",)),
            (ICD_10_CM, "I82.90", ("vte",)),
            (ICD_10, "I82.8", ("vte",)),
            (ICD_10, "I82.9", ("vte",)),
            (ICD_10_GM, "I82.81", ("vte",)),
            (ICD_10_CM, "O22.30", ("pregnancy", "vte")),
            (ICD_10_CM, "O88.211", ("pregnancy", "vte", "pulmonary-embolism")),
            (ICD_10_CM, "O87.1", ("vte",)),
            (ICD_10_CM, "G45.9", ("stroke",)),
            (ICD_10, "G45.0", ("stroke",)),
            (ICD_10_GM, "G45.92", ("stroke",)),
            (ICD_10_CM, "I61.9", ("stroke",)),
            (ICD_10_CM, "I22.0", ("myocardial-infarction",)),
            (ICD_10_CM, "I11.0", ("heart-failure", "hypertension")),
            (ICD_10_GM, "I11.90", ("hypertension",)),
            (ICD_10_CM, "F64.1", ("gender-dysphoria",)),
            (ICD_10, "F64.0", ("gender-dysphoria",)),
            (ICD_10_CM, "E23.0", ("hypopituitarism",)),
            (ICD_10_CM, "Q98.4", ("hypogonadism", "klinefelter")),
            (ICD_10, "Q98.2", ("hypogonadism", "klinefelter")),
            (ICD_10_CM, "D68.52", ("thrombophilia",)),
            (ICD_10_CM, "D68.61", ("thrombophilia",)),
            (ICD_10, "D68.6", ("thrombophilia",)),
            (ICD_10_CM, "M80.08XA", ("osteoporosis", "fracture")),
            (ICD_10_CM, "E66.01", ("obesity",)),
            (ICD_10_CM, "E66.811", ("obesity",)),
            (ICD_10_GM, "E66.02", ("obesity",)),
            (ICD_10_CM, "N97.9", ("infertility",)),
            (ICD_10, "N95.3", ("menopause",)),
            (ICD_10_CM, "Z33.3", ("pregnancy",)),
            (ICD_10_GM, "Z35.9", ("pregnancy",)),
            (ICD_10_CM, "O10.011", ("pregnancy",)),
            (ICD_10_CM, "O14.12", ("pregnancy",)),
            (ICD_10, "O15.0", ("pregnancy",)),
            (ICD_10, "O21.0", ("pregnancy",)),
            (ICD_10_CM, "O24.410", ("pregnancy",)),
            (ICD_10, "O24.4", ("pregnancy",)),
            (ICD_10_CM, "O30.001", ("pregnancy",)),
            (ICD_10_CM, "O60.02", ("pregnancy",)),
            (ICD_10_CM, "O99.282", ("pregnancy",)),
            (ICD_10_GM, "O09.3!", ("pregnancy",)),
            ("http://fhir.de/CodeSystem/dimdi/icd-10-gm", "E29.1", ("hypogonadism",)),
            (SNOMED, "399068003", ("prostate-cancer",)),
            (SNOMED, "59621000", ("hypertension",)),
            (SNOMED, "84229001", ("fatigue",)),
            (SNOMED, "44054006", ("diabetes",)),
            (SNOMED, "90470006", ("prostatectomy",)),
            (SNOMED, "4754008", ("breast-symptoms",)),
            (SNOMED, "77386006", ("pregnancy",)),
        ]
    ),
)
def test_a_code_means_its_concepts(vocabulary: Vocabulary, system: str, code: str, concepts: tuple[str, ...]) -> None:
    assert vocabulary.conditions([(system, code)]) == concepts


@pytest.mark.parametrize(
    ("system", "code"),
    [
        (ICD_10_CM, "N64.1"),
        (ICD_10_CM, "I82.811"),
        (ICD_10_CM, "I80.01"),
        (ICD_10_CM, "I80.3"),
        (ICD_10, "F64.1"),
        (ICD_10_GM, "F64.1"),
        (ICD_10_CM, "G45.4"),
        (ICD_10, "G45.4"),
        (ICD_10_CM, "Q98.5"),
        (ICD_10_CM, "D68.32"),
        (ICD_10_CM, "I82.611"),
        (ICD_10_CM, "Z90.712"),
        (ICD_10_CM, "Z33.2"),
        (ICD_10_CM, "E66.3"),
        (ICD_10_CM, "C6"),
        (ICD_10_CM, "C611"),
        (ICD_10_CM, ""),
        (ICD_10, "Z79.890"),
        (ICD_10, "I82.4"),
        (ICD_10, "O09.3"),
        (ICD_10, "E66.90"),
        (ICD_10, "N40.1"),
        (ICD_10_CM, "N40"),
        (ICD_10_CM, "I64"),
        (ICD_10_GM, "Z79.890"),
        (ICD_10_GM, "R97.20"),
        (ICD_10_GM, "G47.32"),
        (ICD_10_GM, "N52.9"),
        (SNOMED, "250425007"),
        ("http://hl7.org/fhir/sid/icd-9-cm", "C61"),
    ],
)
def test_a_neighbour_of_other_meaning_is_not_taken_in(vocabulary: Vocabulary, system: str, code: str) -> None:
    assert vocabulary.conditions([(system, code)]) == ()


# O-codes of what ends a pregnancy or comes after it, and those that do not say which.
@pytest.mark.parametrize("system", [ICD_10_CM, ICD_10, ICD_10_GM])
@pytest.mark.parametrize(
    "code",
    [
        *("O00.9", "O02.1", "O03.9", "O04.8", "O08.0", "O10.9", "O26.63", "O60.1", "O72.1", "O80", "O82", "O85"),
        *("O86.0", "O87.0", "O88.1", "O90.9", "O91.2", "O92.7", "O94", "O98.9", "O99.0"),
    ],
)
def test_a_pregnancy_that_is_over_or_may_be_is_none_today(vocabulary: Vocabulary, system: str, code: str) -> None:
    assert "pregnancy" not in vocabulary.conditions([(system, code)])


@pytest.mark.parametrize("code", ["O10.02", "O14.04", "O14.15", "O24.420", "O24.430", "O25.3", "O88.23", "O99.284"])
def test_the_american_edition_says_when_it_is_childbirth_or_after(vocabulary: Vocabulary, code: str) -> None:
    assert "pregnancy" not in vocabulary.conditions([(ICD_10_CM, code)])


@needs_snomed
def test_a_passing_stroke_is_a_stroke_in_every_code_system(vocabulary: Vocabulary) -> None:
    """The history of one, Z86.73, is also that of a stroke, and an arterial event asks for the same care."""
    assert {vocabulary.conditions([code]) for code in ((SNOMED, "266257000"), (ICD_10_CM, "G45.9"))} == {("stroke",)}


def test_a_failing_pituitary_is_not_taken_for_failing_gonads(vocabulary: Vocabulary) -> None:
    """E23.0 also stands for a lack of growth hormone alone, so it is no reason to give testosterone."""
    assert "hypogonadism" not in vocabulary.conditions([(ICD_10_CM, "E23.0")])


CANCER, CLOT = ("prostate-cancer",), ("vte", "pulmonary-embolism")


@pytest.mark.parametrize(
    ("system", "code", "meant"),
    [
        (ICD_10_GM, "C61", Diagnosis(CANCER)),
        (ICD_10_GM, "C61V", Diagnosis(CANCER, "V")),
        (ICD_10_GM, "C61 G", Diagnosis(CANCER, "G")),
        (ICD_10_GM, " c61 z ", Diagnosis(CANCER, "Z")),
        (ICD_10_GM, "I26.9 A", Diagnosis(CLOT, "A")),
        (ICD_10_GM, "I269A", Diagnosis(CLOT, "A")),
        (ICD_10_GM, "C50.9 RV", Diagnosis(("breast-cancer",), "V")),
        (ICD_10_GM, "C50.9 V L", Diagnosis(("breast-cancer",), "V")),
        (ICD_10_GM, "C50.9 R", Diagnosis(("breast-cancer",))),
        (ICD_10_GM, "M81.0- G", Diagnosis(("osteoporosis",), "G")),
        (ICD_10_GM, "O09.3!G", Diagnosis(("pregnancy",), "G")),
        (ICD_10_GM, "J00 A", Diagnosis((), "A")),
        (ICD_10, "I26.9A", Diagnosis(CLOT, "A")),
        (ICD_10_CM, "I82.4Z1", Diagnosis(("vte",))),
        (ICD_10_CM, "M80.08XA", Diagnosis(("osteoporosis", "fracture"))),
        (ICD_10_CM, "C61A", Diagnosis(())),
        (ICD_10, "E28.310", Diagnosis((), None, "ICD-10-CM")),
        (ICD_10, "G47.33", Diagnosis((), None, "ICD-10-CM")),
        (ICD_10, "G47.31", Diagnosis((), None, "ICD-10-GM")),
        (ICD_10, "R97.20", Diagnosis((), None, "ICD-10-CM")),
        (ICD_10, "F64.1", Diagnosis(())),
        (ICD_10, "J00", Diagnosis(())),
        (ICD_10_GM, "E28.310", Diagnosis(())),
        ("urn:other", "C61", Diagnosis(())),
    ],
)
def test_a_code_says_how_sure_it_is_and_may_be_of_another_edition(
    vocabulary: Vocabulary, system: str, code: str, meant: Diagnosis
) -> None:
    assert vocabulary.diagnosis(system, code) == meant


def test_several_codings_of_one_condition_give_each_concept_once(vocabulary: Vocabulary) -> None:
    codings = [(ICD_10_CM, "C61"), (SNOMED, "399068003"), (ICD_10_CM, "N46.9")]
    assert vocabulary.conditions(codings) == ("prostate-cancer", "infertility", "male-infertility")


@pytest.mark.parametrize(
    "row", [b"C61,who who,prostate-cancer,Malignant neoplasm of prostate", b"C61,fr,prostate-cancer,x"]
)
def test_a_code_that_stands_twice_or_an_unknown_edition_stops_the_start(row: bytes) -> None:
    with pytest.raises(ValueError, match="C61"):
        Conditions.read(b"code,systems,concepts,name\n" + row + b"\n", None)


# In codes.csv too, but no concept of ours: visits for monitoring, a negative test, a result, an order.
@pytest.mark.parametrize(
    ("system", "code"),
    [
        (ICD_10_CM, "Z51.81"),
        (ICD_10_CM, "Z79.899"),
        (ICD_10_CM, "Z79.818"),
        (ICD_10_CM, "Z90.712"),
        (SNOMED, "131078003"),
        (SNOMED, "85470006"),
    ],
)
def test_codes_that_decide_nothing_mean_nothing(vocabulary: Vocabulary, system: str, code: str) -> None:
    assert vocabulary.conditions([(system, code)]) == ()


@pytest.mark.parametrize(
    ("system", "code", "concepts"),
    [
        (ICD_10_CM, "N91.2", ("amenorrhea",)),
        (ICD_10, "N91.4", ("irregular-menses",)),
        (ICD_10_CM, "N92.1", ("irregular-menses", "abnormal-bleeding")),
        (ICD_10_GM, "N93.9", ("abnormal-bleeding",)),
        (ICD_10_CM, "N92.0", ()),
        (ICD_10_CM, "O80", ("delivery",)),
        (ICD_10, "O80.0", ("delivery",)),
        (ICD_10_GM, "O82", ("delivery",)),
        (ICD_10_CM, "Z39.2", ("delivery",)),
        (ICD_10_CM, "Z38.00", ()),
        (ICD_10_CM, "Z31.69", ("fertility-desired",)),
        (ICD_10_GM, "Z31.6", ("fertility-desired",)),
        (ICD_10_CM, "Z31.62", ()),
        (ICD_10_CM, "Z31.7", ()),
        (ICD_10_CM, "Z31.84", ("sperm-banked",)),
        (ICD_10_CM, "F17.210", ("smoking",)),
        (ICD_10_CM, "F17.211", ()),
        (ICD_10_CM, "F17.220", ()),
        (ICD_10_GM, "F17.2", ("smoking",)),
        (ICD_10_CM, "Z72.0", ("smoking",)),
        (ICD_10_GM, "Z72.0", ()),
        (ICD_10_CM, "Z87.891", ()),
        (ICD_10, "L68.0", ("hirsutism",)),
        (ICD_10_CM, "L70.0", ("acne",)),
        (ICD_10_CM, "L70.4", ()),
        (ICD_10_CM, "R49.0", ("voice-change",)),
        (ICD_10_CM, "R49.1", ()),
        (ICD_10_CM, "L64.9", ("alopecia",)),
        (ICD_10_CM, "L63.0", ()),
        (ICD_10_CM, "H53.40", ("visual-symptoms",)),
        (ICD_10_CM, "H53.30", ()),
        (ICD_10_CM, "R51.9", ("headache",)),
        (ICD_10, "R51", ("headache",)),
        (ICD_10_CM, "N64.3", ("galactorrhea",)),
        (ICD_10_CM, "O92.6", ()),
        (ICD_10_CM, "R17", ("jaundice",)),
        (ICD_10_CM, "D32.0", ("meningioma",)),
        (ICD_10_GM, "C70.0", ("meningioma", "malignancy-active")),
        (ICD_10_CM, "D33.0", ()),
        (ICD_10_CM, "R60.0", ("edema",)),
        (ICD_10_CM, "R63.5", ("weight-gain",)),
        (ICD_10_CM, "R63.4", ()),
        (ICD_10_CM, "F32.1", ("mood-change", "depression")),
        (ICD_10_CM, "F33.42", ()),
        (ICD_10_GM, "F33.4", ()),
        (ICD_10_CM, "Z87.310", ("fracture",)),
        (ICD_10_CM, "S72.001A", ("any-fracture",)),
        (ICD_10_CM, "S02.5XXA", ()),
        (ICD_10_GM, "S52.50", ("any-fracture",)),
        (ICD_10_CM, "E11.9", ("diabetes",)),
        (ICD_10, "E14.9", ("diabetes",)),
        (ICD_10_CM, "E23.2", ()),
        (ICD_10_CM, "I13.0", ("heart-failure", "hypertension", "kidney-disease")),
        (ICD_10_GM, "I12.00", ("hypertension", "kidney-disease")),
        (ICD_10_CM, "N18.31", ("kidney-disease",)),
        (ICD_10_CM, "N17.9", ()),
        (ICD_10_CM, "F52.0", ("low-libido", "hsdd")),
        (ICD_10_CM, "R68.82", ("low-libido",)),
        (ICD_10_CM, "N46.11", ("infertility", "male-infertility")),
        (ICD_10_CM, "K74.60", ("liver-disease",)),
        (ICD_10_CM, "K76.0", ("fatty-liver",)),
        (ICD_10_CM, "N95.0", ("menopause", "postmenopausal-bleeding")),
        (ICD_10_CM, "B15.9", ()),
        (ICD_10_CM, "B20", ("hiv",)),
        (ICD_10, "B24", ("hiv",)),
        (ICD_10_CM, "R75", ()),
        (ICD_10_CM, "O98.713", ("pregnancy", "hiv")),
        (ICD_10_CM, "Z15.03", ("prostate-cancer-family",)),
    ],
)
def test_symptoms_and_risks_beside_hormones_are_told_from_their_neighbours(
    vocabulary: Vocabulary, system: str, code: str, concepts: tuple[str, ...]
) -> None:
    assert vocabulary.conditions([(system, code)]) == concepts


@pytest.mark.parametrize(
    ("system", "code", "concepts"),
    [
        (ICD_10_CM, "K58.0", ("irritable-bowel",)),
        (ICD_10_GM, "K58.1", ("irritable-bowel",)),
        (ICD_10_CM, "K59.00", ()),
        (ICD_10, "K57.3", ("diverticular-disease",)),
        (ICD_10_CM, "K51.90", ("ulcerative-colitis",)),
        (ICD_10_CM, "K52.9", ()),
        (ICD_10, "K50.9", ("crohn",)),
        (ICD_10_GM, "K90.0", ("celiac",)),
        (ICD_10_CM, "K90.1", ()),
        (ICD_10_CM, "K63.8219", ("sibo",)),
        (ICD_10_CM, "K63.822", ()),
        (ICD_10_CM, "K63.829", ()),
        (ICD_10_CM, "E88.810", ("metabolic-syndrome",)),
        (ICD_10_CM, "E88.81", ("metabolic-syndrome",)),
        (ICD_10_CM, "E88.819", ()),
        (ICD_10_GM, "E88.8", ()),
        (ICD_10_CM, "R73.03", ("prediabetes",)),
        (ICD_10, "R73.0", ("prediabetes",)),
        (ICD_10_CM, "R73.9", ()),
        (ICD_10_CM, "I48.91", ("atrial-fibrillation",)),
        (ICD_10_CM, "I47.10", ()),
        (ICD_10_CM, "I25.10", ("coronary-disease",)),
        (ICD_10_CM, "I25.3", ()),
        (ICD_10_CM, "I25.42", ()),
        (ICD_10_CM, "I25.2", ("myocardial-infarction-history",)),
        (ICD_10_CM, "E27.40", ("adrenal-insufficiency",)),
        (ICD_10_GM, "E27.4", ("adrenal-insufficiency",)),
        (ICD_10_CM, "E27.5", ()),
        (ICD_10_CM, "E89.3", ("hypopituitarism",)),
        (ICD_10_CM, "C73", ("thyroid-cancer",)),
        (ICD_10_CM, "Z85.850", ("thyroid-cancer-history",)),
        (ICD_10, "C97", ("malignancy-active",)),
        (ICD_10_CM, "C7A.00", ("malignancy-active",)),
        (ICD_10_CM, "C75.1", ("pituitary-disorder", "malignancy-active")),
        (ICD_10_CM, "D35.2", ("pituitary-disorder",)),
        (ICD_10_CM, "D37.01", ()),
        (ICD_10_CM, "Z85.038", ("malignancy-history",)),
        (ICD_10_CM, "E11.3511", ("diabetes", "diabetic-retinopathy-severe")),
        (ICD_10_CM, "E11.3291", ("diabetes",)),
        (ICD_10, "E11.3", ("diabetes",)),
        (ICD_10_CM, "E05.00", ("thyrotoxicosis", "graves")),
        (ICD_10_CM, "E05.10", ("thyrotoxicosis",)),
        (ICD_10_CM, "G56.01", ("carpal-tunnel",)),
        (ICD_10_CM, "G56.11", ()),
        (ICD_10_CM, "M25.511", ("arthralgia",)),
        (ICD_10_CM, "M25.461", ()),
        (ICD_10_CM, "F10.20", ("alcohol-dependence",)),
        (ICD_10_CM, "F10.21", ()),
        (ICD_10_CM, "F10.10", ("alcohol-abuse",)),
        (ICD_10_CM, "F10.920", ()),
        (ICD_10_CM, "G47.00", ("insomnia",)),
        (ICD_10_CM, "G47.10", ()),
        (ICD_10_GM, "F51.0", ("insomnia",)),
        (ICD_10_CM, "D50.9", ("iron-deficiency", "anemia")),
        (ICD_10_CM, "E61.1", ("iron-deficiency",)),
        (ICD_10_CM, "D51.0", ("b12-deficiency", "anemia")),
        (ICD_10_CM, "D57.1", ("anemia", "hemolysis")),
        (ICD_10, "E80.4", ("gilbert-syndrome",)),
        (ICD_10, "E80.6", ()),
        (ICD_10_CM, "E53.8", ()),
        (ICD_10_CM, "E83.42", ("magnesium-deficiency",)),
        (ICD_10_CM, "E83.41", ()),
        (ICD_10_CM, "Z39.1", ("delivery", "lactation")),
        (ICD_10_CM, "Z71.84", ("travel",)),
        (ICD_10_CM, "A41.9", ("illness-acute", "sepsis")),
        (ICD_10_CM, "R50.9", ("illness-acute", "fever")),
        (ICD_10_CM, "R50.2", ()),
        (ICD_10_CM, "J02.9", ("sore-throat",)),
        (ICD_10_CM, "R07.0", ("sore-throat",)),
        (ICD_10_CM, "R07.9", ("chest-pain",)),
        (ICD_10_CM, "R00.2", ("palpitations",)),
        (ICD_10_CM, "E73.9", ("food-intolerance",)),
    ],
)
def test_what_explains_a_poor_response_is_told_from_its_neighbours(
    vocabulary: Vocabulary, system: str, code: str, concepts: tuple[str, ...]
) -> None:
    assert vocabulary.conditions([(system, code)]) == concepts
