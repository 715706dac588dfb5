"""Prefetch templates become queries, and nothing in a patient's id becomes more than an id."""

from __future__ import annotations

from datetime import date

import pytest

from cds_hooks.wire.prefetch.queries import Query, resolve
from cds_hooks.wire.prefetch.templates import Asking, prefetch_templates
from tests.engine import site

TODAY = date(2026, 9, 4)


@pytest.mark.parametrize(
    ("template", "patient_id", "relative"),
    [
        ("Patient/{{context.patientId}}", "1", "Patient/1"),
        ("Patient/{{ context.patientId }}", "a.b-c", "Patient/a.b-c"),
        ("Patient/{{%context.patientId}}", "1", "Patient/1"),
        ("Patient/{{context.patientId}}", "a/b?c#d", "Patient/a%2Fb%3Fc%23d"),
        ("Patient/{{context.patientId}}", "{{today()}}", "Patient/%7B%7Btoday%28%29%7D%7D"),
        ("X?patient={{context.patientId}}&a=b", "1&c=d", "X?patient=1%26c%3Dd&a=b"),
        ("X?patient={{context.patientId}}", "1,2", "X?patient=1%5C%2C2"),
        ("X?patient={{context.patientId}}", "a|b$c\\d", "X?patient=a%5C%7Cb%5C%24c%5C%5Cd"),
        ("X?patient={{context.patientId}}", "Ü", "X?patient=%C3%9C"),
        ("X?date=ge{{today()}}", "1", "X?date=ge2026-09-04"),
        ("X?date=ge{{today() - 3 days}}", "1", "X?date=ge2026-09-01"),
        ("X?date=ge{{today()-1 day}}", "1", "X?date=ge2026-09-03"),
        ("X?date=le{{today() + 30 days}}", "1", "X?date=le2026-10-04"),
    ],
)
def test_tokens_are_replaced(template: str, patient_id: str, relative: str) -> None:
    found = resolve(template, patient_id, TODAY)
    assert found == Query(template.partition("/")[0].partition("?")[0], relative)
    assert found is not None
    assert found.is_search is ("?" in template)


@pytest.mark.parametrize("template", ["Encounter/{{context.encounterId}}", "X?a={{today() - x}}", "X?a={{%labs.id}}"])
def test_a_token_that_cannot_be_replaced_leaves_no_query(template: str) -> None:
    assert resolve(template, "1", TODAY) is None


@pytest.mark.parametrize("dialect", ["2.0", "3.0"])
def test_every_template_of_ours_becomes_a_query(dialect: str) -> None:
    templates = prefetch_templates(site().knowledge.vocabulary, Asking(dialect, True))  # type: ignore[arg-type]
    for template in templates.values():
        found = resolve(template, "1", TODAY)
        assert found is not None
        assert "{" not in found.relative
