"""Supplements and drugs beside hormones are known by the words people write, by no others that resemble them."""

from __future__ import annotations

import pytest

from terminology.vocabulary import Vocabulary


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("BIOTIN 10,000 mcg", "supplement-biotin"),
        ("Sodium Butyrate 600 mg capsule", "supplement-butyrate"),
        ("Tributyrin X", "supplement-butyrate"),
        ("Calcium/Magnesium butyrate", "supplement-butyrate"),
        ("DIM 200 mg", "supplement-dim"),
        ("3,3'-Diindolylmethane", "supplement-dim"),
        ("I3C 400 mg", "supplement-dim"),
        ("Zinc 30 mg", "supplement-zinc"),
        ("Zinc picolinate", "supplement-zinc"),
        ("Zink 25 mg", "supplement-zinc"),
        ("Magnesium glycinate 400 mg nightly", "supplement-magnesium"),
        ("Probiotic (Lactobacillus acidophilus)", "supplement-probiotic"),
        ("Inulin powder", "supplement-prebiotic"),
        ("resistant starch 20 g", "supplement-prebiotic"),
        ("Psyllium husk", "supplement-fibre"),
        ("psyllium husk", "levothyroxine-binder"),
        ("Creatine monohydrate 5 g", "supplement-creatine"),
        ("Selenium 200 mcg", "supplement-selenium"),
        ("fish oil 1 g", "supplement-omega-3"),
        ("Iron 65 mg", "levothyroxine-binder"),
        ("Ferrous sulfate 325 mg", "supplement-iron"),
        ("Ferrous fumarate 325 mg tablet", "supplement-iron"),
        ("calcium citrate 500 mg", "levothyroxine-binder"),
        ("Calcium carbonate 1,250 mg", "supplement-calcium"),
        ("esomeprazole magnesium 40 mg", "ppi"),
        ("Pantoprazol 40 mg", "ppi"),
        ("cholestyramine 4 g powder", "bile-acid-resin"),
        ("sevelamer carbonate 800 mg", "phosphate-binder"),
        ("calcium acetate 667 mg", "phosphate-binder"),
        ("imatinib 400 mg", "tyrosine-kinase-inhibitor"),
        ("pembrolizumab", "checkpoint-inhibitor"),
        ("phenobarbital 60 mg", "enzyme-inducer"),
        ("St. John's Wort 300 mg", "enzyme-inducer"),
        ("Johanniskraut", "enzyme-inducer"),
        ("rifampicin 600 mg", "antibiotic"),
        ("amoxicillin-clavulanate 875-125 mg", "antibiotic"),
        ("sertraline 50 mg", "ssri"),
        ("ketoconazole 200 mg", "azole-antifungal"),
        ("DHEA 25 mg capsule", "androgen-precursor"),
        ("mod GRF 1-29 100 mcg", "ghrh-analogue"),
        ("MK 677 25 mg", "ghrelin-agonist"),
        ("carbimazole 20 mg", "antithyroid"),
        ("PTU 100 mg", "antithyroid"),
        ("alendronate 70 mg", "bisphosphonate"),
    ],
)
def test_what_is_taken_beside_hormones_is_of_its_class(vocabulary: Vocabulary, text: str, kind: str) -> None:
    found = vocabulary.drug([], [text])
    assert found is not None
    assert kind in found.classes


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("leucovorin calcium 15 mg", "supplement-calcium"),
        ("atorvastatin calcium 40 mg", "supplement-calcium"),
        ("calcium acetate 667 mg", "supplement-calcium"),
        ("zinc oxide ointment 20 %", "supplement-zinc"),
        ("iron sucrose 200 mg IV", "levothyroxine-binder"),
        ("norethindrone-e.estradiol-iron 1 mg-20 mcg", "levothyroxine-binder"),
        ("prolia 60 mg", "bisphosphonate"),
        ("esomeprazole magnesium 40 mg", "supplement-magnesium"),
    ],
)
def test_a_salt_or_another_form_is_no_supplement(vocabulary: Vocabulary, text: str, kind: str) -> None:
    found = vocabulary.drug([], [text])
    assert found is not None
    assert kind not in found.classes


@pytest.mark.parametrize("text", ["zinc level", "serum magnesium", "biotin deficiency", "calcium test", "ionic"])
def test_a_test_or_a_lack_of_it_is_no_supplement(vocabulary: Vocabulary, text: str) -> None:
    assert vocabulary.drug([], [text]) is None


@pytest.mark.parametrize(
    ("text", "product"),
    [
        ("Lactobacillus brevis KABP052 blend", "l-brevis-kabp052"),
        ("probiotic with L. acidophilus YT1", "l-acidophilus-yt1"),
        ("Probiotic 10 billion", None),
        ("resistant starch", "resistant-starch"),
        ("tributyrin 500 mg", "tributyrin"),
    ],
)
def test_the_strain_or_kind_is_its_product(vocabulary: Vocabulary, text: str, product: str | None) -> None:
    found = vocabulary.drug([], [text])
    assert found is not None
    assert found.product == product
