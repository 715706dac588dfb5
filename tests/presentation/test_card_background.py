"""What stands behind a card: where guidelines differ, which organs were assumed, and how the next blood is drawn."""

from __future__ import annotations

import uuid
from datetime import date
from typing import Any

import pytest
from msgspec.structs import replace

from cds_hooks.facts import Patient, Therapy
from cds_hooks.findings import Because
from cds_hooks.judgement.chart.anatomy import anatomy_of, assumption, has_organ
from cds_hooks.judgement.evaluate import evaluate
from cds_hooks.judgement.knowledge.building import build
from cds_hooks.judgement.knowledge.knowledge import Knowledge, KnowledgeError
from cds_hooks.judgement.planning.notes import noted
from cds_hooks.judgement.proof import proven_with
from cds_hooks.judgement.stories import facts_of, moment
from cds_hooks.judgement.written.examples import Example
from cds_hooks.presentation.cards.cards import present_cards
from cds_hooks.wire.response import Card
from service.site.site import packaged_files
from tests.asking import case, drug
from tests.engine import site
from tests.judgement.test_overlays import SAFETY
from tests.presentation.cases import HCT, chart, draw, finding, judged, present

GEL = {"text": "testosterone gel 1.62 %", "start": date(2025, 9, 1)}
DIFFER = (
    "- **Guidelines differ:** Optimization, American Urological Association 2018 at or above 54 %; "
    "Endocrine Society 2018, British Society for Sexual Medicine 2017, European Association of Urology 2025 above 54 %"
)


def cards_of(knowledge: Knowledge, profile: tuple[str, ...] = (), **told: Any) -> tuple[Card, ...]:
    """The cards on a man on testosterone gel."""
    story = Example.read({"name": "told", "today": date(2026, 9, 4), "profile": profile, "therapies": [GEL], **told})
    facts = facts_of(story, knowledge.vocabulary)
    answer = evaluate(facts, knowledge, moment(story.today), story.profile)
    return present_cards(answer, facts, knowledge, public_url=None, namespace=uuid.NAMESPACE_URL)


def lines_with(cards: tuple[Card, ...], label: str) -> list[str]:
    """The lines of all cards under one label."""
    return [text for card in cards for text in (card.detail or "").split("\n") if text.startswith(f"- **{label}:**")]


def hematocrit(value: str) -> dict[str, Any]:
    return {"readings": [("hematocrit", value, date(2026, 9, 3))]}


def test_a_card_says_where_guidelines_differ_on_the_limit_that_decided() -> None:
    cards = cards_of(site().knowledge, **hematocrit("54.5 %"))
    assert lines_with(cards, "Guidelines differ") == [DIFFER]
    assert not any("ES 2018 stops" in (card.detail or "") for card in cards)


def test_it_says_nothing_of_a_number_that_did_not_decide() -> None:
    assert lines_with(cards_of(site().knowledge, **hematocrit("53 %")), "Guidelines differ") == []


def test_it_says_what_the_shipped_profiles_say_under_a_profile_of_the_site_too() -> None:
    knowledge = proven_with(site().knowledge, {"ours.toml": SAFETY.encode()})
    cards = cards_of(knowledge, ("our-clinic",), **hematocrit("52.5 %"))
    assert lines_with(cards, "Guidelines differ") == [DIFFER]
    assert lines_with(cards_of(knowledge, **hematocrit("54.5 %")), "Guidelines differ") == [DIFFER]


def test_a_target_differs_by_its_range() -> None:
    knowledge = site().knowledge
    (number,) = knowledge.disagreements["testosterone-men", "MT-LVL-01"]
    assert [words for words, _ in number.stances] == [
        *("450–700 ng/dL", "350–600 ng/dL", "450–600 ng/dL", "15–30 nmol/L"),
    ]


def test_what_all_profiles_set_alike_is_no_disagreement() -> None:
    knowledge = site().knowledge
    assert ("testosterone-safety", "MT-HCT-02") not in knowledge.disagreements
    for numbers in knowledge.disagreements.values():
        assert all(len(number.stances) > 1 for number in numbers)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "uterus assumed: female anatomy assumed from Patient.gender",
            "uterus, female anatomy assumed from Patient.gender",
        ),
        (
            "prostate assumed: male anatomy by recorded sex (birthsex)",
            "prostate, male anatomy by recorded sex (birthsex)",
        ),
        (
            "uterus not assumed: male anatomy by recorded sex (birthsex)",
            "no uterus, male anatomy by recorded sex (birthsex)",
        ),
        ("female anatomy assumed from Patient.gender", "female anatomy assumed from Patient.gender"),
        ("uterus assumed: ovaries recorded as present", None),
        ("uterus not assumed: testes recorded as present", None),
        ("prostate recorded as present", None),
        ("testes recorded as present", None),
    ],
)
def test_what_was_assumed_is_told_from_what_is_recorded(text: str, said: str | None) -> None:
    assert assumption(text) == said


def test_every_way_of_knowing_an_organ_is_told_apart() -> None:
    told = chart().patient
    anatomy = anatomy_of(told)
    assert assumption(has_organ(told, anatomy, "prostate")[1]) == "prostate, male anatomy assumed from Patient.gender"
    assert assumption(has_organ(told, anatomy, "uterus")[1]) == "no uterus, male anatomy assumed from Patient.gender"


def test_a_card_names_the_organs_it_assumes_once() -> None:
    step = Because("prostate assumed: male anatomy assumed from Patient.gender", "organ", "true")
    recorded = Because("testes recorded as present", "organ", "true")
    (card,) = present(judged(finding("MT-PSA-03", because=(step, recorded)), finding("MT-PSA-04", because=(step,))))
    assert lines_with((card,), "Assumed") == ["- **Assumed:** prostate, male anatomy assumed from Patient.gender"]


def test_a_card_that_assumes_nothing_says_so_by_silence() -> None:
    step = Because("prostate recorded as present", "organ", "true")
    assert lines_with(present(judged(finding("MT-PSA-03", because=(step,)))), "Assumed") == []


NOTED = draw("hematocrit", reasons=("MT-HCT-01",), notes=("Blood count from EDTA.", "Not from [that] arm."))


def test_the_notes_of_a_draw_stand_on_its_line_and_in_its_orders() -> None:
    (card,) = present(judged(finding("MT-HCT-01", evidence=(HCT,)), draws=(NOTED,)))
    (said,) = lines_with((card,), "Next draw")
    assert said.endswith("Draw mid-interval. Blood count from EDTA. Not from \\[that\\] arm.")
    order = card.suggestions[0].actions[0].resource
    assert [note.text for note in order.note][1:] == list(NOTED.notes)


MAN, WOMAN = (Patient("Patient/1", sex=sex, sex_basis="birthsex") for sex in ("male", "female"))
ON_GEL = drug("testosterone gel 1.62 %")
NOTES = [
    ("a man on testosterone gel", MAN, (ON_GEL,), "testosterone_total hematocrit", ["EDTA"]),
    ("a man not on testosterone", MAN, (), "testosterone_total", ["fasting, between 07:00 and 10:00"]),
    ("a woman", WOMAN, (), "testosterone_total", ["LC-MS/MS"]),
    ("estradiol in a man", MAN, (), "estradiol", ["low as a man's"]),
    ("an aromatase inhibitor", MAN, (drug("anastrozole 1 mg"),), "estradiol", ["aromatase inhibitor"]),
    ("a bone marker", MAN, (), "ctx", ["07:30 and 10:00"]),
    ("lipids, once", MAN, (), "triglycerides ldl", ["triglycerides were high"]),
    ("PSA and potassium", MAN, (), "psa_total potassium", ["48 hours", "hemolyzed"]),
    ("a test without a note", MAN, (), "shbg", []),
]


@pytest.mark.parametrize(
    ("patient", "therapies", "analytes", "said"), [row[1:] for row in NOTES], ids=[row[0] for row in NOTES]
)
def test_a_draw_has_the_notes_of_what_is_drawn_in_whom(
    patient: Patient, therapies: tuple[Therapy, ...], analytes: str, said: list[str]
) -> None:
    told = case(patient=patient, therapies=therapies)
    found = noted(draw(*analytes.split()), site().knowledge.notes, told).notes
    assert len(found) == len(said), found
    assert all(part in text for part, text in zip(said, found, strict=True))


def test_an_hour_takes_the_place_of_any_time_of_day() -> None:
    knowledge = site().knowledge
    free, bound = replace(draw("ctx", "ldl"), instruction=knowledge.any_time), draw("ctx")
    timed, kept = (noted(one, knowledge.notes, case(patient=WOMAN)) for one in (free, bound))
    assert timed.instruction == "CTX fasting, between 07:30 and 10:00, in the same laboratory."
    assert [note.partition(" ")[0] for note in timed.notes] == ["Lipids"]
    assert kept.instruction == "Draw mid-interval."
    assert [note.partition(" ")[0] for note in kept.notes] == ["CTX"]


def test_a_note_of_a_test_or_source_nobody_knows_stops_the_start() -> None:
    files = packaged_files("cds_hooks.protocols", ".toml")
    for old, new in (
        ('["ctx"]', '["ctxx"]'),
        ('["auasuo2023", "local"]\nconf', '["aua2023"]\nconf'),
        ('["testosterone"], route', '["testosterone"], way'),
    ):
        changed = files["panels.toml"].decode().replace(old, new)
        assert changed != files["panels.toml"].decode()
        with pytest.raises(KnowledgeError, match=r"panels\.toml: note"):
            build({**files, "panels.toml": changed.encode()}, site().knowledge.vocabulary)


def test_an_anatomy_is_no_limit() -> None:
    step = Because("female anatomy by recorded sex (birthsex)", "anatomy", "true", limit="female")
    (card,) = present(judged(finding("FW-T-01", because=(step,))))
    assert lines_with((card,), "Limit") == []
