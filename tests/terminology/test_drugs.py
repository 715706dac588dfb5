"""A drug is known by its code, else by its whole name; the form it is given in is read where the text says so."""

from __future__ import annotations

import csv

import pytest

from terminology.drugs.drugs import ATC, RXNORM
from terminology.drugs.strengths import strength_in
from terminology.vocabulary import Vocabulary
from tests.optional_tables import needs_atc, where_held


@pytest.mark.parametrize(
    ("text", "drug", "product", "route"),
    [
        ("testosterone cypionate 100 mg IM weekly", "testosterone", "cypionate", "injection"),
        ("Depo-Testosterone", "testosterone", "cypionate", "injection"),
        ("testosterone enanthate 50 mg subcutaneous", "testosterone", "enanthate", "injection"),
        ("Xyosted", "testosterone", "xyosted", "injection"),
        ("testosterone enanthate 75 MG/0.5 ML Auto-Injector", "testosterone", "xyosted", "injection"),
        ("Testosterone Enanthate autoinjector 50 mg", "testosterone", "xyosted", "injection"),
        ("testosterone cypionate autoinjector", "testosterone", "cypionate", "injection"),
        ("Aveed", "testosterone", "aveed", "injection"),
        ("testosterone undecanoate 1000 mg (Nebido)", "testosterone", "nebido", "injection"),
        ("testosterone undecanoate oral capsule", "testosterone", "undecanoate", "oral"),
        (
            "Levonorgestrel 20micrograms/24hours intrauterine device",
            "levonorgestrel",
            "levonorgestrel-ius",
            "intrauterine",
        ),
        ("Levosert 20 mcg/24h", "levonorgestrel", "levonorgestrel-ius", "intrauterine"),
        ("levonorgestrel 19.5 mg intrauterine system", "levonorgestrel", "levonorgestrel-ius-low", "intrauterine"),
        ("levonorgestrel 13.5 mg IUD", "levonorgestrel", "levonorgestrel-ius-low", "intrauterine"),
        ("levonorgestrel 17.5 mcg/24 hr IUD", "levonorgestrel", "levonorgestrel-ius-low", "intrauterine"),
        ("Jatenzo 237 mg", "testosterone", "jatenzo", "oral"),
        ("AndroGel 1.62%", "testosterone", "androgel-1.62", "topical"),
        ("ANDROGEL 1% PACKET", "testosterone", "androgel", "topical"),
        ("testosterone gel 1.62 %", "testosterone", "androgel-1.62", "topical"),
        ("testosterone gel 50 mg daily", "testosterone", None, "topical"),
        ("Testosteron-Gel im Sachet", "testosterone", None, "topical"),
        ("Androderm", "testosterone", "androderm", "patch"),
        ("Natesto", "testosterone", "natesto", "nasal"),
        ("testosterone pellets", "testosterone", None, "implant"),
        ("testosterone", "testosterone", None, None),
        ("methyltestosterone 10 mg", "methyltestosterone", None, "oral"),
        ("estradiol 0.1 mg/24 h patch", "estradiol", None, "patch"),
        ("Estradiol valerate 20 mg/mL injection", "estradiol", "valerate", "injection"),
        ("vaginal estradiol cream", "estradiol", None, "vaginal"),
        ("ethinyl estradiol 0.03 mg", "ethinyl estradiol", None, None),
        ("Mirena", "levonorgestrel", "levonorgestrel-ius", "intrauterine"),
        ("medroxyprogesterone", "medroxyprogesterone", None, None),
        ("Arimidex 1 mg tablet", "anastrozole", None, "oral"),
        ("hCG 500 IU sc", "chorionic gonadotropin", None, "injection"),
        ("Synthroid 25mcg", "levothyroxine", None, "oral"),
        ("biotin 10 mg", "biotin", None, None),
        ("Flovent HFA inhaler", "fluticasone", None, "inhaled"),
        ("beclometasone 100 microgram inhaler", "beclomethasone", None, "inhaled"),
        ("Pulmicort Respules 0.5 mg/2 mL nebulizer", "budesonide", None, "inhaled"),
        ("mometasone 50 mcg nasal spray", "mometasone", None, "nasal"),
        ("Kenalog-40 40 mg/mL injection intra-articular", "triamcinolone", None, "intra-articular"),
        ("triamcinolone 40 mg/mL injectable suspension", "triamcinolone", None, "injection"),
        ("prednisolone acetate 1 % eye drops", "prednisolone", None, "eye"),
        ("hydrocortisone ear drops", "hydrocortisone", None, "ear"),
        ("hydrocortisone 1 % cream", "hydrocortisone", None, "topical"),
        ("hydrocortisone 10 mg tablet", "hydrocortisone", None, "oral"),
    ],
)
def test_a_name_in_text_is_enough(
    vocabulary: Vocabulary, text: str, drug: str, product: str | None, route: str | None
) -> None:
    found = vocabulary.drug([], [text])
    assert found is not None
    assert (found.drug, found.product, found.route, found.basis) == (drug, product, route, "name in text")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "metformin 500 mg",
        "epitestosterone",
        "testosterones",
        "antithyroid diet",
        "medicalestradiol",
        "Synthroids",
        "PO",
    ],
)
def test_part_of_a_word_is_no_name(vocabulary: Vocabulary, text: str) -> None:
    assert vocabulary.drug([], [text]) is None


@pytest.mark.parametrize(
    ("system", "code", "drug", "product", "basis"),
    where_held(
        [
            (RXNORM, "10379", "testosterone", None, "RxNorm 10379"),
            (RXNORM, "835827", "testosterone", "cypionate", "RxNorm 835827"),
            (RXNORM, "835840", "testosterone", "cypionate", "RxNorm 835840"),
            (RXNORM, "2047882", "testosterone", "cypionate", "RxNorm 2047882"),
            (RXNORM, "1597121", "testosterone", "androgel-1.62", "RxNorm 1597121"),
            ("urn:oid:2.16.840.1.113883.6.88", "37864", "testosterone", "undecanoate", "RxNorm 37864"),
            (RXNORM, "6904", "methyltestosterone", None, "RxNorm 6904"),
            (RXNORM, "966158", "levothyroxine", None, "RxNorm 966158"),
            (RXNORM, "25025", "finasteride", None, "RxNorm 25025"),
            (ATC, "G03BA03", "testosterone", None, "ATC G03BA03"),
            (ATC, "G03BA02", "methyltestosterone", None, "ATC G03BA02"),
            (ATC, "G03BA09", "other androgen", None, "ATC G03BA09"),
            (ATC, "L02BG99", "other aromatase inhibitor", None, "ATC L02BG99"),
            (ATC, "G03FA01", "estrogen+progestogen", None, "ATC G03FA01"),
        ]
    ),
)
def test_a_code_is_known_and_named_as_the_basis(
    vocabulary: Vocabulary, system: str, code: str, drug: str, product: str | None, basis: str
) -> None:
    found = vocabulary.drug([(system, code, "")], [])
    assert found is not None
    assert (found.drug, found.product, found.basis) == (drug, product, basis)


@pytest.mark.parametrize(("system", "code"), [(RXNORM, "0"), (ATC, "G03"), (ATC, "B01AC06"), ("http://local", "10379")])
def test_an_unknown_code_means_nothing(vocabulary: Vocabulary, system: str, code: str) -> None:
    assert vocabulary.drug([(system, code, "")], []) is None


def test_a_code_counts_before_a_name_and_the_text_still_tells_the_form(vocabulary: Vocabulary) -> None:
    found = vocabulary.drug([(RXNORM, "10379", "testosterone")], ["Xyosted 75 mg weekly"])
    assert found is not None
    assert (found.basis, found.product, found.route) == ("RxNorm 10379", "xyosted", "injection")


def test_an_unknown_code_leaves_the_name_to_decide(vocabulary: Vocabulary) -> None:
    found = vocabulary.drug([(RXNORM, "99999999", "Testosterone cypionate")], [])
    assert found is not None
    assert found.basis == "name in text"


@pytest.mark.parametrize(
    ("codes", "texts", "about", "product", "route"),
    [
        (["10379"], [], ["1.62 % transdermal gel"], "androgel-1.62", "topical"),
        (["10379"], ["testosterone"], ["Apply 2 pumps of the 1.62% gel daily"], "androgel-1.62", "topical"),
        ([], ["testosterone"], ["gel", "16.2 mg / 1 g"], "androgel-1.62", "topical"),
        ([], ["AndroGel"], ["1.62 % gel"], "androgel-1.62", "topical"),
        ([], ["AndroGel"], ["1 % gel"], "androgel", "topical"),
        (["10379"], [], ["1 % gel"], None, "topical"),
        (["37859"], [], ["Auto-Injector"], "xyosted", "injection"),
        (["10379"], [], ["Inject testosterone cypionate 100 mg weekly"], "cypionate", "injection"),
        ([], ["testosterone cypionate"], ["stop the Xyosted"], "cypionate", "injection"),
        ([], ["testosterone undecanoate"], ["oral capsule"], "undecanoate", "oral"),
    ],
)
def test_form_strength_and_dosage_make_the_product_of_a_known_drug_precise(
    vocabulary: Vocabulary, codes: list[str], texts: list[str], about: list[str], product: str | None, route: str
) -> None:
    found = vocabulary.drug([(RXNORM, code, "") for code in codes], texts, about)
    assert found is not None
    assert (found.drug, found.product, found.route) == ("testosterone", product, route)


def test_form_strength_and_dosage_never_say_which_drug_it_is(vocabulary: Vocabulary) -> None:
    assert vocabulary.drug([], ["Capsule A"], ["testosterone 1.62 % gel"]) is None
    found = vocabulary.drug([], ["finasteride 5 mg"], ["take with testosterone cypionate"])
    assert found is not None
    assert (found.drug, found.product, found.others) == ("finasteride", None, ())


def test_a_combination_carries_the_classes_of_all_its_parts(vocabulary: Vocabulary) -> None:
    found = vocabulary.drug([], ["Esterified estrogens 1.25 MG / methyltestosterone 2.5 MG Oral Tablet"])
    assert found is not None
    assert (found.drug, found.others) == ("esterified estrogens", ("methyltestosterone",))
    assert {"estrogen", "androgen"} <= set(found.classes)


def test_every_rxnorm_row_names_the_drug_it_is_filed_under(vocabulary: Vocabulary, tables: dict[str, bytes]) -> None:
    for row in csv.DictReader(tables["rxnorm.csv"].decode().splitlines()):
        found = vocabulary.drug([(RXNORM, row["code"], "")], [])
        assert found is not None
        assert found.drug == row["drug"], row


@needs_atc
def test_every_atc_row_names_a_drug_with_classes(vocabulary: Vocabulary, tables: dict[str, bytes]) -> None:
    for row in csv.DictReader(tables["atc.csv"].decode().splitlines()):
        found = vocabulary.drug([(ATC, row["code"], "")], [])
        assert found is not None
        assert found.classes


def test_the_service_works_without_the_tables_a_site_may_not_use(tables: dict[str, bytes]) -> None:
    free = Vocabulary.build({name: table for name, table in tables.items() if name not in ("atc.csv", "snomed.csv")})
    assert free.drug([(ATC, "G03BA03", "")], []) is None
    assert free.drug([(RXNORM, "10379", "")], []) is not None
    assert free.conditions([("http://snomed.info/sct", "399068003")]) == ()


def test_orders_longer_than_any_are_read_but_not_remembered(vocabulary: Vocabulary) -> None:
    """Thousands of remembered megabytes would end the process."""
    remembered = vocabulary._drugs._recalled.cache_info
    before = remembered().currsize
    found = vocabulary.drug([], ["testosterone gel " + "x" * 5000])
    assert found is not None
    assert found.drug == "testosterone"
    assert remembered().currsize == before


@pytest.mark.parametrize(
    ("system", "code"),
    [
        ("http://fhir.de/CodeSystem/bfarm/atc", "G03BA03"),
        ("http://fhir.de/CodeSystem/dimdi/atc", "G03BA03"),
        (ATC, "g03ba03"),
    ],
)
def test_the_atc_is_read_under_its_german_names_and_in_any_case(vocabulary: Vocabulary, system: str, code: str) -> None:
    found = vocabulary.drug([(system, code, "")], [])
    assert found is not None
    assert (found.drug, found.basis) == ("testosterone", "ATC G03BA03")


def test_codes_of_one_concept_that_name_different_drugs_are_a_conflict(vocabulary: Vocabulary) -> None:
    found = vocabulary.drug([(RXNORM, "835840", ""), (ATC, "G03CA03", "")], [])
    assert found is not None
    assert found.conflict == ("testosterone", "estradiol")


@pytest.mark.parametrize(
    "codes",
    [
        [(RXNORM, "835840"), (ATC, "G03BA03")],
        [(RXNORM, "10379"), (RXNORM, "835840")],
        [(ATC, "G03FA01"), (RXNORM, "4083")],  # a group that holds the other
        [(RXNORM, "7514"), (ATC, "G03FA01")],
    ],
)
def test_codes_that_are_more_or_less_precise_agree(vocabulary: Vocabulary, codes: list[tuple[str, str]]) -> None:
    found = vocabulary.drug([(system, code, "") for system, code in codes], [])
    assert found is not None
    assert found.conflict == ()


def test_codes_for_two_drugs_of_one_class_keep_the_first_and_say_so(vocabulary: Vocabulary) -> None:
    """Leaving the therapy out would leave out every check of its class."""
    found = vocabulary.drug([(RXNORM, "10379", ""), (ATC, "G03BA02", "")], [])
    assert found is not None
    assert (found.drug, found.conflict) == ("testosterone", ())
    assert found.basis == "RxNorm 10379, against ATC G03BA02 of methyltestosterone"


def test_a_name_against_the_code_is_said_in_the_basis(vocabulary: Vocabulary) -> None:
    found = vocabulary.drug([(RXNORM, "4083", "")], ["testosterone cypionate"])
    assert found is not None
    assert (found.drug, found.product) == ("estradiol", None)
    assert found.basis == "RxNorm 4083, against the name of testosterone"


def test_several_ingredients_are_all_in_the_drug(vocabulary: Vocabulary) -> None:
    parts = [vocabulary.drug([(RXNORM, code, "")], []) for code in ("4083", "7514", "10379")]
    found = vocabulary.united([part for part in parts if part is not None])
    assert found is not None
    assert (found.drug, found.others) == ("estradiol", ("norethindrone", "testosterone"))
    assert found.classes == ("estrogen", "progestogen", "androgen")
    assert vocabulary.united([]) is None


def test_spaces_without_end_cost_nothing(vocabulary: Vocabulary) -> None:
    """A pattern that could split them in many ways took 41 s for 20,000: these would not end."""
    for spaces in (" ", "\u2003", "\t"):
        text = f"testosterone 1{spaces * 200_000}x"
        found = vocabulary.drug([], [text], [text])
        assert found is not None
        assert strength_in(f"1{spaces * 200_000}x") is None


def test_codes_and_texts_without_end_cost_nothing(vocabulary: Vocabulary) -> None:
    """Were each compared with each, this would not end."""
    codings = [(RXNORM, "835840", f"testosterone cypionate {number}") for number in range(20_000)]
    found = vocabulary.drug(codings, ["testosterone gel"] * 20_000, ["daily"] * 20_000)
    assert found is not None
    assert found.drug == "testosterone"


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("apixaban 5 mg tablet", "anticoagulant"),
        ("Marcumar 3 mg", "anticoagulant"),
        ("Lantus SoloStar", "insulin"),
        ("glimepiride 2 mg", "sulfonylurea"),
        ("lisinopril-hydrochlorothiazide 20-12.5 mg", "raas"),
        ("losartan potassium 50 mg", "raas"),
        ("ibuprofen 400 mg", "nsaid"),
        ("sulfamethoxazole-trimethoprim 800-160 mg", "trimethoprim"),
        ("oxycodone 5 mg", "opioid"),
        ("risperidone 2 mg", "dopamine-antagonist"),
        ("alendronic acid 70 mg", "antiresorptive"),
        ("Prolia 60 mg/mL", "antiresorptive"),
        ("potassium chloride 20 mEq ER tablet", "potassium-supplement"),
        ("atorvastatin 40 mg", "statin"),
        ("eplerenone 25 mg", "potassium-sparing-diuretic"),
        ("bromocriptine 2.5 mg", "dopamine-agonist"),
        ("insulin syringe 0.5 mL", None),
        ("insulin pen needle 31G", None),
        ("heparin lock flush", None),
        ("potassium level", None),
        ("codeine allergy", None),
    ],
)
def test_a_drug_that_bears_on_a_check_is_of_its_class(vocabulary: Vocabulary, text: str, kind: str | None) -> None:
    match = vocabulary.drug([], [text])
    assert (match.classes[:1] if match is not None else None) == ((kind,) if kind is not None else None)
