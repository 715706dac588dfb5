"""Every rule of the list is judged or says why not; every check is proven on both sides; the page is current."""

from __future__ import annotations

import pytest

from tests.engine import site
from tests.rules_table import TABLE, Rule, beyond_the_list, rules, table, told

RULES = rules()
CHECKS = sorted({check.id for protocol in site().knowledge.protocols for check in protocol.check})
# Rules whose protocols are being written. Take an id out once it has a check or a reason; the set ends empty.
_IDS = """
    DQ-ASSAY-01 DQ-ASSAY-02 DQ-SEX-01 MT-GN-03 MT-GN-04 MT-GN-05 GA-M-01 GA-M-02 GA-M-03 GA-M-04 GA-M-05 GA-F-01
    GA-F-02 GA-F-03 GA-F-04 GA-F-05 GA-K-01 GA-K-02 GA-K-03 GA-K-04 GA-PRL-01 GA-PRL-02 GA-PRL-03 GA-PSA-01
    GA-BMD-01 GA-HGB-01 GA-LIP-01 AN-AI-01 AN-AI-02 AN-AI-03 AN-AI-04 AN-AI-05 AN-SERM-01 AN-SERM-02 AN-SERM-03
    AN-HCG-01 AN-5ARI-01 AN-CPA-01 AN-BICA-01 AN-INR-01 AN-GLU-01 AN-TBG-01 XP-10 SC-LOOP-01
"""
AWAITED = frozenset(_IDS.split())


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_a_rule_has_a_check_or_a_reason(rule: Rule) -> None:
    answered = bool(told(rule.id).protocols) or rule.left_out is not None
    assert answered is (rule.id not in AWAITED), "give it a check, or a reason in tests/rules.toml; see AWAITED above"


def test_a_rule_that_has_a_check_gives_no_reason_for_having_none() -> None:
    assert [rule.id for rule in RULES if rule.left_out is not None and told(rule.id).protocols] == []


@pytest.mark.parametrize("check", CHECKS)
def test_a_check_is_raised_by_one_example_and_clear_in_another(check: str) -> None:
    assert told(check).raised
    assert told(check).clear


def test_stories_speak_of_checks_that_exist() -> None:
    from tests.test_stories import STORIES

    named = {name for story in STORIES for key in ("raises", "not_raised") for name in story.get(key, ())}
    assert sorted(named - set(CHECKS)) == []


def test_every_check_stands_in_the_table() -> None:
    assert {rule.id for rule in RULES} | set(beyond_the_list()) >= set(CHECKS)


def test_the_table_is_current() -> None:
    assert TABLE.read_text(encoding="utf-8") == table(), "run: python -m tests.rules_table"
