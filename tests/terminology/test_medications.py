"""Medication entries as EHRs write them, one a row of `medications.csv`; a row without a drug must not match."""

from __future__ import annotations

import csv
from decimal import Decimal
from pathlib import Path

import pytest

from terminology.drugs import ATC, RXNORM
from terminology.formulary_table import read_formulary
from terminology.strengths import strength_in
from terminology.vocabulary import Vocabulary

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
        ("Testosterone gel - STOPPED by urology", "stopped"),
        ("Testosteron abgesetzt", "abgesetzt"),
        ("testosterone gel", None),
    ],
)
def test_a_name_that_says_the_drug_is_not_taken_is_marked(text: str, word: str | None, vocabulary: Vocabulary) -> None:
    found = vocabulary.drug([], [text])
    assert found is not None
    assert found.not_taken == word


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
    ],
)
def test_only_what_is_joined_to_the_first_drug_is_a_part_of_the_product(
    text: str, drug: str, others: tuple[str, ...], vocabulary: Vocabulary
) -> None:
    found = vocabulary.drug([], [text])
    assert found is not None
    assert (found.drug, found.others) == (drug, others)


@pytest.mark.parametrize(
    ("code", "text", "drug", "others"),
    [
        # Only one part is named: the group stands, or half of the product would be lost.
        ("G03FA01", "Norethisteron und Estrogen", "estrogen+progestogen", ()),
        ("G03FA01", "Kliovance", "estradiol", ("norethindrone",)),
        ("G03FA01", "", "estrogen+progestogen", ()),
        ("L02AE03", "Goserelin 3,6 mg", "goserelin", ()),
        ("L02AE03", "Implantat", "other GnRH analogue", ()),
        ("G03BA09", "naproxen", "other androgen", ()),
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
