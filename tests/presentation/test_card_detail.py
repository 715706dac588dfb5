"""What stands on a card: value, limit, timing, advice, draw, sources, strength, and what could not be judged."""

from decimal import Decimal

import pytest

from cds_hooks.findings import Because, Evidence, Finding
from cds_hooks.presentation.canonical import OVERRIDE_REASONS, STANDARD_REASONS
from cds_hooks.wire.response import Card
from tests.presentation.cases import (
    GUIDELINE,
    HCT,
    SECOND,
    TESTOSTERONE,
    UNSIGNED,
    chart,
    draw,
    evidence,
    finding,
    judged,
    knowledge,
    present,
    unknown,
)

LIMIT = Because("hematocrit above the limit", "latest", "true", "54.5 %", "54 %")
HEMATOCRIT = finding(
    "MT-HCT-01",
    urgency="critical",
    summary="Hematocrit 54.5 % on testosterone (limit 54 %).",
    detail="One guideline stops above 54 %, another acts at 54 %.",
    advice="Review holding the next dose.",
    because=(LIMIT,),
    evidence=(HCT,),
    sources=(GUIDELINE,),
)


def lines(card: Card) -> list[str]:
    return (card.detail or "").split("\n")


def test_a_card_says_all_that_a_clinician_needs_in_a_flat_list() -> None:
    (card,) = present(judged(HEMATOCRIT, draws=(draw("hematocrit", slot=True, reasons=("MT-HCT-01",)),)))
    assert lines(card) == [
        "- **Result:** hematocrit 0.545 L/L (= 54.5 %), 2026-09-03, drawn mid-interval",
        "- **Limit:** 54 % (profile es2018)",
        "- **Why:** One guideline stops above 54 %, another acts at 54 %.",
        "- **Advice:** Review holding the next dose.",
        "- **Next draw:** Thu 2026-12-03 07:00–11:00, window 2026-11-16 to 2026-12-15: hematocrit. Draw mid-interval.",
        "- **Sources:** [Endocrine Society 2018](https://doi.org/10.1210/jc.2018-00229)",
        "- **Evidence:** MT-HCT-01: expert; source seen (V1)",
        f"- Decision support: the clinician decides. hormone-cds 0.1.0, knowledge {knowledge().digest}, "
        "LOINC codes of 2.67 and later.",
    ]


@pytest.mark.requirement("C3", "C10")
def test_the_source_is_the_guideline_and_the_topic_is_static() -> None:
    (card,) = present(judged(HEMATOCRIT))
    assert (card.source.label, card.source.url) == ("Endocrine Society 2018", "https://doi.org/10.1210/jc.2018-00229")
    assert card.source.topic is not None
    assert (card.source.topic.code, card.source.topic.display) == ("MTHCT01", "MT-HCT-01 hematocrit")


def test_all_sources_of_a_topic_are_cited_once() -> None:
    other = finding("MT-HCT-02", sources=(GUIDELINE, SECOND), strength=UNSIGNED)
    (card,) = present(judged(HEMATOCRIT, other))
    cited = next(line for line in lines(card) if line.startswith("- **Sources:**"))
    assert cited.count("Endocrine Society 2018") == 1
    assert "American Urological Association 2018" in cited


def test_an_unsigned_check_is_called_unverified() -> None:
    (card,) = present(judged(finding("MT-HCT-02", strength=UNSIGNED)))
    assert "- **Evidence:** MT-HCT-02: expert; unverified, needs clinician sign-off (E)" in lines(card)


def test_without_a_limit_the_profile_is_still_named() -> None:
    (card,) = present(judged(finding("MT-LVL-01")))
    assert "- **Profile:** es2018" in lines(card)


def test_a_drug_that_decided_is_named_with_how_it_was_recognised() -> None:
    because = (
        Because("anastrozole on the medication list", "taking", "true", "RxNorm 199224"),
        Because("given as testosterone gel, daily", "form", "true", "name in text"),
        Because("no hcg on the medication list", "taking", "false"),
        Because("testosterone on the medication list", "taking", "true"),
    )
    (card,) = present(judged(finding("MT-E2-01", because=because)))
    assert (
        "- **Therapy:** anastrozole on the medication list, recognized by RxNorm 199224; "
        "given as testosterone gel, daily, recognized by name in text"
    ) in lines(card)


def test_a_limit_of_no_known_profile_stands_alone() -> None:
    (card,) = present(judged(HEMATOCRIT, protocols=()))
    assert "- **Limit:** 54 %" in lines(card)


def test_a_finding_without_a_source_speaks_for_the_service() -> None:
    (card,) = present(judged(finding("DQ-UNIT-02", topic="unit")))
    assert (card.source.label, card.source.url) == ("hormone-cds", None)


def test_the_same_unit_is_not_said_twice() -> None:
    (card,) = present(judged(finding("A", evidence=(TESTOSTERONE,))))
    assert lines(card)[0] == "- **Result:** testosterone 520 ng/dL, 2026-09-03"


def test_a_result_without_a_unit_is_shown_as_written() -> None:
    bare = Evidence("Observation/1", "hematocrit", Decimal("0.52"))
    (card,) = present(judged(finding("DQ-UNIT-01", topic="unit", evidence=(bare,))))
    assert lines(card)[0] == "- **Result:** hematocrit 0.52"


def test_numbers_are_written_without_an_exponent() -> None:
    (card,) = present(judged(finding("A", evidence=(evidence("psa_total", "1E+3", "ng/mL", "1000 ng/mL"),))))
    assert lines(card)[0] == "- **Result:** PSA 1000 ng/mL, 2026-09-03"


def test_checks_an_unusable_result_stopped_are_named_on_its_card_only() -> None:
    unit = finding("DQ-UNIT-02", topic="unit", evidence=(HCT,))
    stopped = unknown("MT-HCT-01", "hematocrit", "hematocrit cannot be judged", blocked_by=("DQ-UNIT-02",))
    (card,) = present(judged(unit, stopped))
    assert "- **Not judged because of this:** MT-HCT-01" in lines(card)


def test_checks_stopped_by_something_else_are_not_evaluated() -> None:
    stopped = unknown("MT-CI-01", "cancer", "conditions were not supplied", blocked_by=("conditions absent",))
    (card,) = present(judged(stopped))
    assert card.summary == "Not evaluated: cancer. Conditions were not supplied"


UNKNOWNS = [
    unknown("MT-E2-02", "estradiol", "no estradiol result found here", "Observation?code=2243-4"),
    unknown("MT-PSA-01", "psa", "no PSA result found here", "Observation?code=2857-1"),
    unknown("MT-PSA-03", "psa", "no PSA result found here", "Observation?code=2857-1"),
    unknown("MT-HCT-01", "hematocrit", "no CBC result found here", "Observation?code=4544-3", urgency="critical"),
    unknown("MT-BP-02", "blood-pressure", "no blood pressure found here", "Observation?code=85354-9"),
]


def test_what_was_not_evaluated_is_pooled_with_the_safety_checks_first() -> None:
    (card,) = present(judged(*UNKNOWNS))
    assert card.indicator == "info"
    assert card.summary == ("Not evaluated: hematocrit, estradiol, PSA, blood pressure. No CBC result found here")
    assert lines(card)[:3] == [
        "- hematocrit (MT-HCT-01): no CBC result found here",
        "- estradiol (MT-E2-02): no estradiol result found here",
        "- PSA (MT-PSA-01, MT-PSA-03): no PSA result found here",
    ]


def test_at_most_three_questions_are_asked() -> None:
    asked = [line for line in lines(present(judged(*UNKNOWNS))[0]) if "**To answer:**" in line]
    assert len(asked) == 3
    assert "Observation?code=4544-3" in asked[0]


def test_many_unknown_checks_are_counted() -> None:
    many = [unknown(f"U-{number}", f"topic-{number}", f"reason {number}") for number in range(12)]
    (card,) = present(judged(*many))
    assert "- 4 more checks; the report lists all." in lines(card)
    assert len(card.summary) <= 139


def test_what_the_chart_lacks_is_said_on_every_card() -> None:
    facts = chart(absent=frozenset({"conditions", "administrations"}), incomplete=frozenset({"labs"}))
    for card in present(judged(HEMATOCRIT, *UNKNOWNS), facts):
        assert "- Only part of the history was supplied: older results may exist." in lines(card)
        assert "- Not supplied with this chart: doses given, conditions." in lines(card)


SCHEDULED = draw("estradiol")
ASKED = draw("hematocrit", reasons=("MT-HCT-01: repeat the CBC",))


@pytest.mark.parametrize(
    ("findings", "owners"),
    [
        ((HEMATOCRIT,), {"MTHCT01": True, "INRANGE": False}),
        ((HEMATOCRIT, finding("SC-OVER-01", topic="schedule")), {"MTHCT01": True, "SCOVER01": False}),
    ],
    ids=["the closing card takes what nobody asked for", "the schedule's card takes it"],
)
def test_a_draw_stands_with_the_finding_that_asked_for_it(
    findings: tuple[Finding, ...], owners: dict[str, bool]
) -> None:
    cards = present(judged(*findings, draws=(SCHEDULED, ASKED)))
    offered = {
        card.source.topic.code: card.suggestions[0].isRecommended
        for card in cards
        if card.source.topic and card.suggestions
    }
    assert offered == owners


def test_a_scheduled_draw_is_recommended_once_it_is_due() -> None:
    due = finding("SC-DUE-01", urgency="info", topic="schedule")
    (card,) = present(judged(due, draws=(draw("estradiol", reasons=("SC-DUE-01", "3 months visit")),)))
    assert card.suggestions[0].isRecommended is True


@pytest.mark.requirement("C9", "S6")
def test_a_card_links_to_its_check_when_the_service_has_a_public_address() -> None:
    (card,) = present(judged(HEMATOCRIT), public_url="https://cds.example/hormones/")
    assert [(link.type, link.url) for link in card.links] == [
        ("absolute", "https://cds.example/hormones/protocols/testosterone-men#MT-HCT-01")
    ]
    assert present(judged(HEMATOCRIT))[0].links == ()


def test_a_suggestion_says_in_its_action_all_that_matters() -> None:
    (card,) = present(judged(HEMATOCRIT, draws=(draw("hematocrit", slot=True, reasons=("MT-HCT-01",)),)))
    (suggestion,) = card.suggestions
    assert suggestion.label == "Order CBC panel - Blood by Automated count"
    assert [action.description for action in suggestion.actions] == [
        "Draft order for CBC panel - Blood by Automated count (LOINC 58410-2), Thu 2026-12-03 07:00–11:00. "
        "Draw mid-interval."
    ]


@pytest.mark.requirement("C8", "C11")
def test_four_standard_and_two_own_reasons_to_override() -> None:
    (card,) = present(judged(HEMATOCRIT))
    assert [reason.code for reason in card.overrideReasons] == [
        "action-completed",
        "does-not-align-preferences",
        "patient-contraindication",
        "recipient-disagrees-evidence",
        "lab-error-suspected",
        "discussed-with-specialist",
    ]
    assert {reason.system for reason in card.overrideReasons} == {STANDARD_REASONS, OVERRIDE_REASONS}
