"""Every rule of the list is judged or says why not; every check is proven on both sides; the page is current."""

from __future__ import annotations

import pytest

from tests.engine import site
from tests.rules_table import TABLE, Rule, beyond_the_list, rules, table, told

RULES = rules()
CHECKS = sorted({check.id for protocol in site().knowledge.protocols for check in protocol.check})


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_a_rule_has_a_check_or_a_reason(rule: Rule) -> None:
    assert told(rule.id).protocols or rule.left_out is not None, "give it a check, or a reason in tests/rules.toml"


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
