"""Medication entries as EHRs write them, one a row of `medications.csv`; a row without a drug must not match."""

from __future__ import annotations

import csv
from decimal import Decimal
from pathlib import Path

import pytest

from terminology.drugs.drugs import ATC, RXNORM
from terminology.drugs.formulary_table import read_formulary
from terminology.drugs.strengths import strength_in
from terminology.vocabulary import Vocabulary
from tests.optional_tables import needs_atc

Row = dict[str, str]
ROWS: list[Row] = list(csv.DictReader(Path(__file__).with_name("medications.csv").read_text("utf-8").splitlines()))
SYSTEMIC = {True: "yes", False: "no", None: ""}


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["text"] or row["rxnorm"])
def test_an_entry_is_understood_as_far_as_it_says(row: Row, vocabulary: Vocabulary) -> None:
    codings = [(RXNORM, row["rxnorm"], "")] if row["rxnorm"] else []
    found = vocabulary.drug(codings, [row["text"]] if row["text"] else [])
    if not row["drug"]:
        assert found is None
        return
    assert found is not None
    understood = {
        "drug": found.drug,
        "route": found.route or "",
        "form": found.form or "",
        "strength": found.strength or "",
        "product": found.product or "",
        "systemic": SYSTEMIC[found.systemic],
        "others": " + ".join(found.others),
        "lasts": f"{found.lasts_hours:f}" if found.lasts_hours is not None else "",
    }
    assert understood == {key: row[key] for key in understood}
    assert found.basis == (f"RxNorm {row['rxnorm']}" if row["rxnorm"] not in ("", "99999999") else "name in text")


def test_the_table_is_large_and_has_entries_that_must_not_match() -> None:
    assert len(ROWS) >= 250
    assert sum(not row["drug"] for row in ROWS) >= 60


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("estradiol patch discontinued", "discontinued"),
        ("estradiol patch [DISCONTINUED]", "discontinued"),
        ("Testosterone gel - STOPPED by urology", "stopped"),
        ("testosterone gel discontinued 2019", "discontinued"),
        ("Testosteron abgesetzt", "abgesetzt"),
        ("testosteron beendet", "beendet"),
        ("estradiol arrêté", "arrêté"),
        ("estradiol suspendido", "suspendido"),
        ("testosterone gel (d/c)", "d/c"),
        ("testosterone D/C 5/2024", "d/c"),
        ("testosterone gel inactive", "inactive"),
        ("testosterone gel held", "held"),
        ("testosterone cypionate paused", "paused"),
        ("testosterone gel completed", "completed"),
        ("estradiol patch, ended 2021", "ended"),
        ("testosterone cancelled", "cancelled"),
        ("testosterone gel expired", "expired"),
        ("testosterone cypionate (no longer taken)", "no longer taken"),
        ("testosterone, not currently taking", "not currently taking"),
        ("testosterone - patient not taking", "not taking"),
        ("testosterone weaned off", "weaned off"),
        ("stop testosterone", "stop"),
        ("off testosterone since 2020", "off"),
        ("former testosterone user", "former"),
        ("avoid testosterone", "avoid"),
        ("quit testosterone", "quit"),
        ("no testosterone", "no"),
        ("testosterone gel", None),
        ("testosterone cypionate (Bayer product discontinued)", None),
        ("testosterone cypionate 200 mg/mL (previous brand discontinued)", None),
        ("testosterone cyp 200 mg/mL - patient stopped anastrozole", None),
        ("testosterone cyp 200 mg/ml (anastrozole discontinued)", None),
        ("estradiol 1 mg (stopped smoking)", None),
        ("testosterone cyp 200 mg/ml Not Stopped", None),
        ("testosterone cypionate 200 mg/mL, prior auth refused", None),
        ("testosterone cyp not taking with food", None),
        ("levothyroxine 100 mcg (discontinued strength 112)", None),
        ("testosterone (patient declined pellet)", None),
        ("testosterone cypionate 200mg/ml - do not stop", None),
        ("off-label testosterone cream 1%", None),
        ("prior authorization testosterone gel 1%", None),
        ("testosterone cypionate 200 mg/mL - no refills", None),
    ],
)
def test_a_name_that_says_the_drug_is_not_taken_is_marked(text: str, word: str | None, vocabulary: Vocabulary) -> None:
    """At the start or end of the name or apart from it; in the middle the word is about something else."""
    found = vocabulary.drug([], [text])
    assert found is not None
    assert found.not_taken == word


@pytest.mark.parametrize(
    ("dosage", "word"),
    [
        ("STOPPED 3/2025 - do not take", "stopped"),
        ("1 tablet daily; discontinued", "discontinued"),
        ("100 mg weekly; stop if hct > 54", None),
        ("stop biotin 2 days before labs", None),
        ("do not take with food", None),
    ],
)
def test_a_dosage_that_says_only_that_the_drug_is_not_taken_is_marked(
    dosage: str, word: str | None, vocabulary: Vocabulary
) -> None:
    found = vocabulary.drug([], ["levothyroxine 100 mcg"], [dosage])
    assert found is not None
    assert found.not_taken == word


@pytest.mark.parametrize(
    ("text", "denied"),
    [
        ("no testosterone", True),
        ("never took testosterone", True),
        ("denies testosterone use", True),
        ("history of testosterone use", True),
        ("stop testosterone", False),
    ],
)
def test_a_mere_name_that_is_denied_is_no_order(text: str, denied: bool, vocabulary: Vocabulary) -> None:
    found = vocabulary.drug([], [text])
    assert found is not None
    assert found.denied is denied
    coded = vocabulary.drug([(RXNORM, "10379", "")], [text])
    assert coded is not None
    assert not coded.denied


# name | dosage -> product, route, form, strength, systemic
BESIDE = [
    ("estradiol 1 mg tablet", "1 tablet daily for vaginal atrophy", None, "oral", "tablet", "1 mg", True),
    ("estradiol 1 mg tablet", "1 tab daily (vaginal dryness)", None, "oral", "tablet", "1 mg", True),
    ("estradiol 1 mg tablet", "1 tab po daily; also has vaginal ring", None, "oral", "tablet", "1 mg", True),
    ("estradiol 1 mg tablet", "insert 1 tablet vaginally daily", None, "vaginal", "tablet", "1 mg", None),
    ("estradiol 10 mcg tablet", "insert 1 tab pv twice weekly", None, "vaginal", "tablet", "10 ug", False),
    ("estradiol 10 mcg tablet", "place 1 in the vagina", None, "vaginal", "tablet", "10 ug", False),
    ("estradiol 10 mcg tablet", "1 per vagina nightly", None, "vaginal", "tablet", "10 ug", False),
    ("estradiol 10 mcg tablet", "1 tablet, insert into vagina", None, "vaginal", "tablet", "10 ug", False),
    ("estradiol 2 mg tablets", "dissolve under tongue twice daily", None, "sublingual", "tablet", "2 mg", True),
    ("Estrace 2 mg tablet", "1 tab daily for vaginal atrophy", None, "oral", "tablet", "2 mg", True),
    ("Estrace 0.5 mg tab", "1 tab po daily with moisturizing cream", None, "oral", "tablet", "0.5 mg", True),
    ("Estrace cream", "1 g vaginally", "estrace-cream", "vaginal", "vaginal cream", None, False),
    ("estradiol 0.05 mg/24hr patch", "twice weekly for vaginal atrophy", None, "patch", "patch", "0.05 mg/d", True),
    ("estradiol 0.1 mg/day patch", "place on skin, not oral", None, "patch", "patch", "0.1 mg/d", True),
    ("estradiol 0.01 % cream", "insert 1 g intravaginally", None, "vaginal", "cream", "0.01 %", False),
    ("estriol 0.1 % cream", "vaginal", None, "vaginal", "cream", "0.1 %", False),
    ("AndroGel 1% 25 mg packet", "replaces 1.62% pump", "androgel", "topical", "gel", "1 %", True),
    ("AndroGel 1% gel", "40.5 mg daily", "androgel", "topical", "gel", "1 %", True),
    ("testosterone 1% gel", "previously weekly injection; now 5 g daily", None, "topical", "gel", "1 %", True),
    ("testosterone 1% gel", "apply to abdomen; do not inject", None, "topical", "gel", "1 %", True),
    ("testosterone 1% gel", "apply daily; avoid nasal contact", None, "topical", "gel", "1 %", True),
    ("testosterone 1% gel", "2 pumps daily, replaces patch", None, "topical", "gel", "1 %", True),
    (
        *("testosterone cypionate 200 mg/mL", "oral anticoagulant: monitor INR"),
        *("cypionate", "injection", None, "200 mg/mL", True),
    ),
    ("Jatenzo", "158 mg im", "jatenzo", "oral", "capsule", None, True),
    ("micronized progesterone 200 mg capsule", "1 pr qhs", None, "rectal", "capsule", "200 mg", None),
]


@pytest.mark.parametrize(("name", "dosage", "product", "route", "form", "strength", "systemic"), BESIDE)
def test_reasons_and_asides_in_a_dosage_say_nothing_of_form_route_and_product(
    name: str,
    dosage: str,
    product: str | None,
    route: str | None,
    form: str | None,
    strength: str | None,
    systemic: bool | None,
    vocabulary: Vocabulary,
) -> None:
    found = vocabulary.drug([], [name], [dosage])
    assert found is not None
    assert (found.product, found.route, found.form) == (product, route, form)
    assert (found.strength, found.systemic) == (strength, systemic)


@pytest.mark.parametrize(
    ("text", "drug", "others"),
    [
        ("anastrozole 1 mg for high estradiol on testosterone", "anastrozole", ()),
        ("finasteride 5 mg - pt also takes testosterone", "finasteride", ()),
        ("estradiol and norethindrone acetate", "estradiol", ("norethindrone",)),
        ("Levothyroxin plus Liothyronin", "levothyroxine", ("liothyronine",)),
        ("Estradiol 2 mg + progesterone 100 mg", "estradiol", ("progesterone",)),
        ("Activella (estradiol/norethindrone acetate) 1 mg-0.5 mg", "estradiol", ("norethindrone",)),
        ("testosterone cypionate (Depo-Testosterone)", "testosterone", ()),
        ("estradiol 1 mg, take with calcium carbonate", "estradiol", ()),
    ],
)
def test_only_what_is_joined_to_the_first_drug_is_a_part_of_the_product(
    text: str, drug: str, others: tuple[str, ...], vocabulary: Vocabulary
) -> None:
    found = vocabulary.drug([], [text])
    assert found is not None
    assert (found.drug, found.others) == (drug, others)


@needs_atc
@pytest.mark.parametrize(
    ("code", "text", "drug", "others"),
    [
        # Only one part is named: the group stands, or half of the product would be lost.
        ("G03FA01", "Norethisteron und Estrogen", "estrogen+progestogen", ()),
        ("G03FA01", "Kliovance", "estradiol", ("norethindrone",)),
        ("G03FA01", "", "estrogen+progestogen", ()),
        ("L02AE03", "Goserelin 3,6 mg", "goserelin", ()),
        ("L02AE03", "Implantat", "other GnRH analogue", ()),
        ("G03BA09", "metformin", "other androgen", ()),
    ],
)
def test_a_group_of_the_atc_is_made_precise_by_the_name(
    code: str, text: str, drug: str, others: tuple[str, ...], vocabulary: Vocabulary
) -> None:
    found = vocabulary.drug([(ATC, code, "")], [text])
    assert found is not None
    assert (found.drug, found.others, found.basis) == (drug, others, f"ATC {code}")


@pytest.mark.parametrize(
    ("route", "systemic"), [("vaginal", False), ("oral", True), ("topical", None), ("intrauterine", None), (None, None)]
)
def test_whether_a_drug_acts_in_the_whole_body_depends_on_its_route(
    route: str | None, systemic: bool | None, vocabulary: Vocabulary
) -> None:
    found = vocabulary.drug([], ["estradiol 10 mcg tablet"])
    assert found is not None
    assert vocabulary.systemic(found, route) is systemic


@pytest.mark.parametrize(
    ("text", "single", "worn", "strength"),
    [
        ("200 MG/ML", False, False, "200 mg/mL"),
        ("75 mg/0.5 mL", False, False, "150 mg/mL"),
        ("10 mg/1.5 mL", False, False, "10 mg/1.5 mL"),
        ("1,62 %", False, False, "1.62 %"),
        ("0.0162 MG/MG", False, False, "1.62 %"),
        ("20.25 mg/1.25 gram", False, False, "1.62 %"),
        ("5.5 mg/0.122 g", False, False, "5.5 mg/0.122 g"),
        ("16.2 mg / 1 g", False, False, "1.62 %"),
        ("25 ug / 1 tab", False, False, "25 ug"),
        ("25 ug / 1", False, False, "25 ug"),
        ("0.05 mg/24 hr", False, True, "0.05 mg/d"),
        ("0.05 mg/24 hr", False, False, None),
        ("0.00208 MG/HR", False, True, "0.00208 mg/h"),
        ("50 µg", True, False, "50 ug"),
        ("50 µg", False, False, None),
        ("1000 IE", True, False, "1000 [IU]"),
        ("1.53 mg/actuation", False, False, "1.53 mg/{actuation}"),
        ("1 mg/5 mg", True, False, None),
        ("50 mg or 100 mg", True, False, None),
        ("50-100 mg", True, False, None),
        ("100 mg/week", True, False, None),
        ("1,000 mg", True, False, None),
        ("10,000 mcg", True, False, "10000 ug"),
        ("1.000 mg/4 ml", False, False, None),
        ("10.000 IE/ml", False, False, None),
        ("0.125 mg", True, False, "0.125 mg"),
        ("1.620 %", False, False, "1.62 %"),
        ("0.05 mg/24 hr (8 mg/patch)", False, True, "0.05 mg/d"),
        ("0,025 mg", True, False, "0.025 mg"),
        ("0 mg", True, False, None),
        ("450 ng/dL", True, False, None),
        ("12 mg/0 mL", True, False, None),
    ],
)
def test_a_strength_is_read_where_it_is_plain(text: str, single: bool, worn: bool, strength: str | None) -> None:
    assert strength_in(text, single=single, worn=worn) == strength


@pytest.mark.parametrize(
    "wrong",
    [
        '[[combination]]\ndrugs = ["estradiol", "nobody"]\nnames = ["x"]\n',
        '[[acts]]\nsystemic = true\nproduct = ["nobody"]\n',
        '[[acts]]\nsystemic = true\nform = ["nobody"]\n',
        '[[usual]]\nroute = "oral"\nnames = ["nobody"]\n',
        '[[usual]]\nroute = "oral"\ndrugs = ["nobody"]\n',
        '[[drug]]\nname = "z"\nclasses = []\nnames = []\n'
        'products = [{ product = "y", form = "nobody", names = ["z"] }]\n',
    ],
)
def test_a_name_the_table_does_not_define_stops_the_start(wrong: str, tables: dict[str, bytes]) -> None:
    with pytest.raises(ValueError, match="nobody"):
        read_formulary(tables["drugs.toml"] + b"\n" + wrong.encode())


def test_a_patch_lasts_as_long_as_its_official_name_says(vocabulary: Vocabulary) -> None:
    found = vocabulary.drug([(RXNORM, "402252", "")], [])
    assert found is not None
    assert found.lasts_hours == Decimal(168)


def test_a_name_within_an_aside_is_still_read(vocabulary: Vocabulary) -> None:
    found = vocabulary.drug([], ["not taking testosterone cypionate 200 mg/mL"])
    assert found is not None
    assert (found.product, found.strength, found.not_taken) == ("cypionate", "200 mg/mL", "not taking")
