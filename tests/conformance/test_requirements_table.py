"""Every requirement of the standard has a test or a reason, and the page that says so is current."""

from __future__ import annotations

from collections import Counter

import pytest

from tests.requirements_table import LEVELS, TABLE, Requirement, proofs, requirements, table

REQUIREMENTS = requirements()
# How many the catalogue of the standard has in each part: a row may change its words, and may not go missing.
CATALOGUE = {"G": 8, "D": 9, "Q": 6, "P": 14, "A": 4, "R": 5, "C": 11, "S": 8, "F": 8, "J": 7, "I": 12}
PROVED = Counter(proof.requirement for proof in proofs())


@pytest.mark.parametrize("requirement", REQUIREMENTS, ids=lambda requirement: requirement.id)
def test_a_requirement_has_a_test_or_a_reason(requirement: Requirement) -> None:
    assert requirement.level in LEVELS
    assert requirement.text
    assert PROVED[requirement.id] or requirement.reason, "mark a test, or give a reason in tests/requirements.toml"


def test_the_whole_catalogue_is_there() -> None:
    whole = [f"{part}{number}" for part, count in CATALOGUE.items() for number in range(1, count + 1)]
    assert [requirement.id for requirement in REQUIREMENTS] == whole


@pytest.mark.parametrize("requirement", REQUIREMENTS, ids=lambda requirement: requirement.id)
def test_no_reason_calls_missing_what_a_test_proves(requirement: Requirement) -> None:
    assert not (PROVED[requirement.id] and "not in this version" in (requirement.reason or "").lower())


def test_every_marker_names_a_requirement() -> None:
    known = {requirement.id for requirement in REQUIREMENTS}
    assert not {proof for proof in proofs() if proof.requirement not in known}


def test_the_table_is_current() -> None:
    assert TABLE.read_text(encoding="utf-8") == table(), "run: python -m tests.requirements_table"
