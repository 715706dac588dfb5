"""Which cards there are, and in which order."""

from dataclasses import replace
from types import SimpleNamespace

import pytest

from cds_hooks.facts import Unread, UnreadReason
from cds_hooks.findings import Draw, Evidence, Finding, Silenced
from cds_hooks.presentation.cards.cards import another_patient_card, present_cards
from tests.presentation.cases import (
    HCT,
    NAMESPACE,
    PROTOCOL,
    PSA,
    TESTOSTERONE,
    chart,
    draw,
    evidence,
    finding,
    judged,
    knowledge,
    present,
    stranger,
    topic_codes,
    unknown,
)

CRITICAL = finding("C-1", urgency="critical", topic="hematocrit")
WARNING = finding("W-1", topic="psa")
INFO = finding("I-1", urgency="info", topic="estradiol")
UNIT = finding("DQ-UNIT-02", topic="unit")
UNIT_INFO = finding("DQ-TIME-01", urgency="info", topic="data-quality")
UNKNOWN = unknown("U-1", "psa_total", "no PSA result found here")
NOTE = finding("N-1", urgency="info", topic="gonadotropins", advice=None)
CLEAR = finding("OK-1", "clear", topic="testosterone", evidence=(TESTOSTERONE,))
TESTOSTERONE_520 = "testosterone 520 ng/dL"
OVERDUE = finding("SC-OVER-01", topic="schedule")
DUE = finding("SC-DUE-01", urgency="info", topic="schedule")


@pytest.mark.parametrize(
    ("findings", "expected"),
    [
        ((INFO, WARNING, CRITICAL), ["C1", "W1", "I1"]),
        ((WARNING, UNIT, CRITICAL), ["C1", "DQUNIT02", "W1"]),
        ((WARNING, UNIT_INFO), ["DQTIME01", "W1"]),
        ((UNKNOWN, WARNING), ["W1", "NOTEVALUATED"]),
        ((CLEAR, UNKNOWN), ["NOTEVALUATED", "INRANGE"]),
        ((CLEAR,), ["INRANGE"]),
        ((NOTE,), ["INRANGE"]),
        ((NOTE, CLEAR, INFO), ["I1", "INRANGE"]),
        ((OVERDUE, CLEAR), ["SCOVER01", "INRANGE"]),
        ((DUE,), ["INRANGE"]),
        ((), []),
    ],
)
def test_the_order_is_critical_data_quality_warning_info(findings: tuple[Finding, ...], expected: list[str]) -> None:
    assert topic_codes(present(judged(*findings))) == expected


def test_findings_of_one_topic_share_a_card_and_the_most_urgent_leads() -> None:
    (card,) = present(judged(finding("A-1", urgency="info"), finding("B-1"), finding("C-1", urgency="critical")))
    assert card.indicator == "critical"
    assert card.summary == "Summary of C-1."
    assert "**Also:** Summary of B-1. Advice of B-1. (B-1)" in (card.detail or "")
    assert "Summary of A-1." in (card.detail or "")


def test_a_critical_data_quality_finding_stands_with_the_critical_ones() -> None:
    possible = finding("DQ-UNIT-01", urgency="critical", topic="unit")
    assert topic_codes(present(judged(WARNING, CRITICAL, possible))) == ["C1", "DQUNIT01", "W1"]


def warnings(count: int) -> list[Finding]:
    return [finding(f"W-{number}", topic=f"topic-{number}") for number in range(count)]


@pytest.mark.parametrize(
    ("raised", "shown", "more"),
    [
        (4, 4, None),
        (5, 5, None),
        (6, 5, "1 more finding needs review: topic-5."),
        (9, 5, "4 more findings need review"),
    ],
)
def test_five_cards_that_are_not_critical_and_the_rest_by_name(raised: int, shown: int, more: str | None) -> None:
    cards = present(judged(*warnings(raised)))
    assert len(cards) == shown + bool(more)
    if more:
        assert cards[-1].summary.startswith(more)
        assert all(f"Summary of W-{number}." in (cards[-1].detail or "") for number in range(shown, raised))


def test_critical_cards_are_never_capped() -> None:
    many = [finding(f"C-{number}", urgency="critical", topic=f"topic-{number}") for number in range(9)]
    assert [card.indicator for card in present(judged(*many, *warnings(7)))].count("critical") == 9


def test_what_was_not_evaluated_and_strangers_keep_their_place_under_the_cap() -> None:
    codes = topic_codes(present(judged(*warnings(8), UNKNOWN), chart(stranger())))
    assert codes == ["OTHERPATIENT", "W0", "W1", "W2", "MOREFINDINGS", "NOTEVALUATED"]


def test_the_overflow_stands_with_the_most_urgent_finding_it_names() -> None:
    infos = [finding(f"I-{number}", urgency="info", topic=f"topic-{number}") for number in range(7)]
    assert topic_codes(present(judged(*infos, UNKNOWN))) == ["I0", "I1", "I2", "I3", "MOREFINDINGS", "NOTEVALUATED"]
    assert present(judged(*infos))[-1].indicator == "info"
    assert present(judged(*warnings(7)))[-1].indicator == "warning"


def test_the_overflow_takes_over_the_notes_and_the_next_draw() -> None:
    more = present(judged(*warnings(7), NOTE, CLEAR, draws=(draw("estradiol"),)))[-1]
    assert topic_codes((more,)) == ["MOREFINDINGS"]
    assert "Summary of N-1." in (more.detail or "")
    assert len(more.suggestions) == 1


def test_silenced_findings_have_no_card() -> None:
    silenced = (Silenced("W-1", PROTOCOL, "no increase while a hold stands", ("C-1",)),)
    assert topic_codes(present(judged(CRITICAL, WARNING, silenced=silenced))) == ["C1"]


def test_a_silenced_check_of_another_protocol_silences_nothing() -> None:
    silenced = (Silenced("W-1", "thyroid", "elsewhere"),)
    assert topic_codes(present(judged(WARNING, silenced=silenced))) == ["W1"]


def test_without_a_protocol_there_is_nothing_to_say() -> None:
    assert present(judged(protocols=())) == ()


@pytest.mark.parametrize("count", [1, 7])
def test_another_patients_records_are_said_even_without_a_protocol(count: int) -> None:
    (card,) = present(judged(protocols=()), chart(*[stranger(number) for number in range(count)]))
    assert (card.indicator, card.summary.split()[0]) == ("warning", str(count))
    assert "Observation/other-0" in (card.detail or "")


@pytest.mark.parametrize("count", [1, 7])
def test_records_that_are_no_fhir_are_said_where_anything_is_judged(count: int) -> None:
    lost = [Unread(f"Observation/lost-{number}", "", UnreadReason.MALFORMED, "Expected") for number in range(count)]
    (card,) = present(judged(), chart(*lost))
    assert (card.indicator, card.summary.split()[0], card.kind) == ("warning", str(count), "MALFORMED")
    assert "Observation/lost-0" in (card.detail or "")
    assert "Expected" not in (card.detail or "")
    assert present(judged(protocols=()), chart(*lost)) == ()


def test_records_with_a_modifier_are_said_but_for_results_that_a_check_tells_of() -> None:
    order = Unread("MedicationRequest/m", "", UnreadReason.MODIFIED, "its modifierExtension is not known here")
    result = Unread("Observation/o", "", UnreadReason.MODIFIED, "", "hematocrit")
    (card,) = present(judged(), chart(order, result))
    assert (card.indicator, card.summary.split()[0], card.kind) == ("warning", "1", "MODIFIED")
    assert "MedicationRequest/m" in (card.detail or "")
    assert "Observation/o" not in (card.detail or "")


def test_what_is_malformed_within_a_record_that_was_read_has_no_such_card() -> None:
    birth = Unread("Patient/1", "Patient.birthDate", UnreadReason.MALFORMED, "birthDate is not a date in the past")
    assert present(judged(), chart(birth)) == ()


def test_strangers_and_records_that_are_no_fhir_each_keep_their_place_under_the_cap() -> None:
    lost = Unread("Observation/lost", "", UnreadReason.MALFORMED, "")
    codes = topic_codes(present(judged(*warnings(8), UNKNOWN), chart(stranger(), lost)))
    assert codes == ["OTHERPATIENT", "MALFORMED", "W0", "W1", "MOREFINDINGS", "NOTEVALUATED"]


def test_another_patients_chart_is_the_only_card() -> None:
    card = another_patient_card(knowledge(), NAMESPACE)
    assert card.indicator == "warning"
    assert card.summary.startswith("Not evaluated: ")
    assert "all is well" in (card.detail or "")


def clear(topic: str, *results: Evidence) -> Finding:
    return finding("OK-2", "clear", topic=topic, evidence=results)


EARLIER_PSA = evidence("psa_total", "0.9", "ng/mL", effective="2026-05-20")
PSA_BELOW = evidence("psa_total", "0.1", "ng/mL", comparator="<")
HCT_FRACTION = evidence("hematocrit", "0.47", "L/L", "47 %")
STATUS_NOTE = finding("DQ-STATUS-01", urgency="info", topic="data-quality", advice=None, evidence=(TESTOSTERONE,))
IN_RANGE_CASES = {
    "latest of each analyte": ([clear("psa", EARLIER_PSA, PSA)], "PSA 1.1 ng/mL"),
    "whatever their order": ([clear("psa", PSA, EARLIER_PSA)], "PSA 1.1 ng/mL"),
    "as the chart wrote it": ([clear("hematocrit", HCT_FRACTION)], "hematocrit 0.47 L/L"),
    "with its comparator": ([clear("psa", PSA_BELOW)], "PSA < 0.1 ng/mL"),
    "not what another check raised": (
        [CLEAR, clear("hematocrit", HCT), finding("B", evidence=(HCT,))],
        TESTOSTERONE_520,
    ),
    "not what another check could not judge": (
        [CLEAR, clear("hematocrit", HCT), unknown("B", "hematocrit", "no baseline", evidence=(HCT,))],
        TESTOSTERONE_520,
    ),
    "not because it is usable or was drawn": ([CLEAR, clear("unit", HCT), clear("schedule", PSA)], TESTOSTERONE_520),
    "also when its status is only noted": ([CLEAR, STATUS_NOTE], TESTOSTERONE_520),
}


@pytest.mark.parametrize(("findings", "values"), IN_RANGE_CASES.values(), ids=IN_RANGE_CASES)
def test_only_what_is_in_range_is_called_so(findings: list[Finding], values: str) -> None:
    assert present(judged(*findings))[-1].summary == f"In range: {values}."


def test_a_value_that_some_check_doubts_is_not_called_in_range() -> None:
    doubted = unknown("B", "testosterone", "drawn at an unknown time", evidence=(TESTOSTERONE,))
    assert topic_codes(present(judged(CLEAR, doubted))) == ["NOTEVALUATED"]


@pytest.mark.parametrize(
    ("findings", "draws", "summary"),
    [
        (
            (CLEAR,),
            (draw("estradiol", slot=True),),
            "In range: testosterone 520 ng/dL. Next draw Thu 2026-12-03 07:00–11:00.",
        ),
        ((CLEAR,), (draw("estradiol"),), "In range: testosterone 520 ng/dL. Next draw Tue 2026-12-01."),
        ((), (draw("estradiol", "hematocrit"),), "Next blood test Tue 2026-12-01: estradiol, hematocrit."),
        ((NOTE,), (), "Summary of N-1."),
        (
            (NOTE, finding("N-2", urgency="info", topic="estradiol", advice=None)),
            (),
            "Noted, no change advised: LH and FSH, estradiol.",
        ),
    ],
)
def test_the_closing_card_says_what_is_in_range_and_what_comes_next(
    findings: tuple[Finding, ...], draws: tuple[Draw, ...], summary: str
) -> None:
    assert [card.summary for card in present(judged(*findings, draws=draws))] == [summary]


def test_a_check_that_advises_no_change_is_only_noted() -> None:
    no_change = SimpleNamespace(id=PROTOCOL, check=(SimpleNamespace(id="I-1", action="no-change"),))
    knows_it = replace(knowledge(), protocols=(no_change,))
    cards = present_cards(judged(INFO), chart(), knows_it, public_url=None, namespace=NAMESPACE)
    assert topic_codes(cards) == ["INRANGE"]
    assert cards[0].summary == "Summary of I-1."


def test_many_values_in_range_are_counted() -> None:
    many = [
        finding(f"A-{n}", "clear", topic="x", evidence=(evidence(f"analyte_{n}", "1", "mg/dL"),)) for n in range(20)
    ]
    (card,) = present(judged(*many, draws=(draw("estradiol"),)))
    assert card.summary.endswith(" more. Next draw Tue 2026-12-01.")
    assert len(card.summary) <= 139
