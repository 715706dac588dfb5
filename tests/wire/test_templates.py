"""The templates of both dialects: what each asks for beyond the other, and how far back a check may look."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl

import pytest

from cds_hooks.judgement.timing import durations
from cds_hooks.wire.prefetch.templates import LOOK_BACK, PENDING, PLAIN, Asking, prefetch_templates
from tests.engine import site

VOCABULARY = site().knowledge.vocabulary
EVERY_WAY = [Asking(dialect, pending) for dialect in ("2.0", "3.0") for pending in (False, True)]
TEMPLATES = [
    (asking, key, query) for asking in EVERY_WAY for key, query in prefetch_templates(VOCABULARY, asking).items()
]
SUBSET = {"patient", "code", "status", "date", "_count"}
TOKENS = {"2.0": {"context.patientId"}, "3.0": {"context.patientId", f"today() - {LOOK_BACK} days"}}


def parameters(query: str) -> list[tuple[str, str]]:
    """Names and values of a search."""
    return parse_qsl(query.partition("?")[2])


@pytest.mark.requirement("P1", "P2", "P3", "P5", "P6")
@pytest.mark.parametrize(("asking", "key", "query"), TEMPLATES, ids=str)
def test_a_template_keeps_to_the_subset_of_its_dialect(asking: Asking, key: str, query: str) -> None:
    assert re.fullmatch(r"[A-Z][A-Za-z]+(/\{\{[\w.]+\}\}|\?[^?#]+)", query)
    assert set(re.findall(r"\{\{(.*?)\}\}", query)) <= TOKENS[asking.dialect]
    names = Counter(name for name, _ in parameters(query))
    assert set(names) <= SUBSET
    assert set(names.values()) <= {1}


@pytest.mark.requirement("P4")
@pytest.mark.parametrize(("asking", "key", "query"), TEMPLATES, ids=str)
def test_no_template_builds_on_another(asking: Asking, key: str, query: str) -> None:
    assert "%" not in query


def test_version_3_limits_laboratory_results_by_date_and_nothing_else() -> None:
    old, new = prefetch_templates(VOCABULARY, PLAIN), prefetch_templates(VOCABULARY, Asking("3.0"))
    limited = f"{old['labs']}&date=ge{{{{today() - {LOOK_BACK} days}}}}"
    assert new == old | {"labs": limited}


def test_pending_orders_are_asked_for_only_where_the_site_says_so() -> None:
    assert PENDING not in prefetch_templates(VOCABULARY, PLAIN)
    asked = prefetch_templates(VOCABULARY, Asking(pending_orders=True))
    assert dict(parameters(asked[PENDING])) == {
        "patient": "{{context.patientId}}",
        "status": "active",
        "_count": "200",
    }


def spans(written: Any) -> Iterator[str]:
    """Every `within` of a condition, however deep."""
    if isinstance(written, dict):
        yield from (text for name, text in written.items() if name == "within")
        yield from (span for inner in written.values() for span in spans(inner))
    if isinstance(written, list | tuple):
        yield from (span for inner in written for span in spans(inner))


def test_the_dated_search_reaches_as_far_back_as_any_check_looks() -> None:
    asked = [
        span
        for file in site().knowledge.protocols
        for check in file.check
        for span in spans((check.all, check.any, check.none, check.unless, [branch.all for branch in check.branch]))
    ]
    longest = max(map(durations.days, asked))
    policy = site().knowledge.policy
    assert longest >= 3650, "the conditions were not found"
    assert max(longest, policy.results_for, policy.baseline_for, policy.in_range_for) <= LOOK_BACK
