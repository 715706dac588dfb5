"""The same resource more than once (decision 9)."""

from __future__ import annotations

from decimal import Decimal
from itertools import permutations

import pytest

from cds_hooks.facts import UnreadReason
from tests.record.charts import Json, bundle, facts_of, observation, patient, read_json


def version(value: int, number: str | None = None, changed: str | None = None) -> Json:
    meta = {key: item for key, item in (("versionId", number), ("lastUpdated", changed)) if item is not None}
    return observation(value=value, meta=meta or None)


def test_identical_repeats_count_once() -> None:
    facts = facts_of(observation(), observation(), observation())
    assert len(facts.readings) == 1
    assert facts.unread == ()


def test_identical_repeats_without_id_count_once() -> None:
    assert len(facts_of(observation(id=None), observation(id=None)).readings) == 1
    assert len(facts_of(observation(id=None), observation(id=None, value=48)).readings) == 2


def test_repeats_that_differ_only_in_their_meta_count_once() -> None:
    facts = facts_of(version(47, "1"), version(47))
    assert len(facts.readings) == 1
    assert facts.unread == ()


@pytest.mark.parametrize(
    ("older", "newer"),
    [
        (version(40, "9"), version(50, "10")),
        (version(40, "a", "2026-09-01T10:00:00Z"), version(50, "b", "2026-09-01T10:00:01Z")),
        (version(40, None, "2026-09-01T10:00:00+02:00"), version(50, None, "2026-09-01T09:00:00Z")),
        (version(40, "2", "2026-09-01T10:00:00Z"), version(50, "2", "2026-09-02T10:00:00Z")),
    ],
)
def test_the_newer_version_counts_in_whatever_order_they_come(older: Json, newer: Json) -> None:
    for pair in permutations([older, newer]):
        facts = facts_of(*pair)
        assert [reading.value for reading in facts.readings] == [Decimal(50)]
        assert facts.unread == ()


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (version(40), version(50)),
        (version(40, "1"), version(50)),
        (version(40, "1"), version(50, "1")),
        (version(40, "a"), version(50, "b")),
        (version(40, None, "2026-09-01T10:00:00Z"), version(50, None, "2026-09-01T12:00:00+02:00")),
    ],
)
def test_versions_that_cannot_be_ordered_are_both_unread(one: Json, other: Json) -> None:
    facts = facts_of(one, other)
    assert facts.readings == ()
    assert [(u.reason, u.analyte) for u in facts.unread] == [(UnreadReason.VERSION_CONFLICT, "hematocrit")] * 2
    assert [(u.value, u.unit) for u in facts.unread] == [(Decimal(40), "%"), (Decimal(50), "%")]


def test_one_undecided_version_among_three_leaves_all_unread() -> None:
    for order in permutations([version(40, "1"), version(45), version(50, "2")]):
        facts = facts_of(*order)
        assert facts.readings == ()
        assert len(facts.unread) == 3


def test_the_newest_of_three_counts() -> None:
    for order in permutations([version(40, "1"), version(50, "2"), version(40, "3")]):
        assert [reading.value for reading in facts_of(*order).readings] == [Decimal(40)]


def test_disputed_versions_about_another_patient_tell_nothing_of_them() -> None:
    theirs = {"reference": "Patient/2"}
    facts = facts_of(observation(subject=theirs), observation(value=50, subject=theirs))
    assert [one.reason for one in facts.unread] == [UnreadReason.OTHER_PATIENT] * 2


def test_a_patient_whose_versions_contradict_each_other_is_not_used() -> None:
    facts = read_json(bundle(patient(), patient(gender="female"), observation()))
    assert facts.patient.sex is None
    assert facts.patient.reference == "Patient/1"
    assert [one.reason for one in facts.unread] == [UnreadReason.VERSION_CONFLICT] * 2
    assert len(facts.readings) == 1
