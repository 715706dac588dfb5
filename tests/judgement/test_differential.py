"""Why a protocol may not work: in the order to look, a few at most, never what is refuted, and the dose last."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest

from cds_hooks.judged import Judged
from cds_hooks.judgement.differential.ready import Differential
from cds_hooks.judgement.differential.written import FactorExample, FactorFile
from cds_hooks.judgement.evaluate import evaluate
from cds_hooks.judgement.knowledge.building import build
from cds_hooks.judgement.knowledge.knowledge import KnowledgeError
from cds_hooks.judgement.stories import facts_of, moment
from service.site.site import packaged_files
from tests.engine import site

ORDER = ["safety", "data", "pre-analytic", "change", "delivery", "comorbidity", "context", "ask", "dose-review"]
FILES = packaged_files("cds_hooks.protocols", ".toml")


def known() -> Differential:
    found = site().knowledge.differential
    assert found is not None
    return found


EXAMPLES = known().examples
FACTORS = known().factors


def answer(story: FactorExample) -> Judged:
    knowledge = site().knowledge
    return evaluate(facts_of(story, knowledge.vocabulary), knowledge, moment(story.today), story.profile)


def ids(judged: Judged) -> list[str]:
    return [one.id for one in judged.differential]


def told(base: str, **more: Any) -> Judged:
    """A story of the file with more told."""
    written = tomllib.loads(FILES["context-factors.toml"].decode(), parse_float=Decimal)["base"][base]
    joined = {name: [*written.get(name, []), *value] for name, value in more.items()}
    return answer(FactorExample.read({"name": base, **written, **joined}))


@pytest.mark.parametrize("story", EXAMPLES, ids=lambda story: story.name)
def test_every_list_keeps_the_order_and_the_numbers(story: FactorExample) -> None:
    judged = answer(story)
    kinds = [one.kind for one in judged.differential]
    assert kinds == sorted(kinds, key=ORDER.index)
    assert [one.rank for one in judged.differential] == list(range(1, len(kinds) + 1))
    context = [one for one in judged.differential if one.kind == "context"]
    grades = [one.grade for one in context]
    assert len(context) <= known().file.shown
    assert grades == sorted(grades, key="ABCDM".index)
    assert grades.count("M") <= 1
    assert kinds.count("ask") <= known().file.asked
    assert bool(judged.differential) <= bool(judged.discordances)


@pytest.mark.parametrize("story", EXAMPLES, ids=lambda story: story.name)
def test_what_only_touches_the_own_production_explains_no_level_of_a_given_hormone(story: FactorExample) -> None:
    judged = answer(story)
    levels = {kind.file.id for kind in known().discordances if kind.file.level}
    given = {one.id for one in judged.discordances if one.exogenous} & levels
    assert not [one.id for one in judged.differential if one.exo == "no" and given.intersection(one.of)]


@pytest.mark.parametrize("factor", FACTORS, ids=lambda factor: factor.file.id)
def test_a_factor_is_shown_in_one_story_and_not_in_another(factor: Any) -> None:
    name = factor.file.id
    assert any(name in story.hides for story in EXAMPLES)
    assert any(name in story.shows for story in EXAMPLES) is not bool(factor.file.never)


def test_what_is_refuted_or_has_no_valid_assay_has_no_way_to_be_shown() -> None:
    refuted = {factor.file.id for factor in FACTORS if factor.file.grade == "X"}
    assert refuted == {"CTX-PSTEAL", "CTX-ZONU"}
    assert all(not factor.ways for factor in FACTORS if factor.file.never)


def test_every_item_says_what_shows_it_with_a_grade_and_a_citation() -> None:
    for story in EXAMPLES:
        for one in answer(story).differential:
            if one.kind in ("delivery", "comorbidity", "context"):
                assert one.observed, one.id
                assert one.explains, one.id
                assert one.grade, one.id
                assert one.reason, one.id
                assert one.sources, one.id


def test_nothing_is_explained_where_everything_is_as_expected() -> None:
    judged = told("low")
    fine = answer(
        FactorExample.read(
            {
                "name": "in goal",
                "today": EXAMPLES[0].today,
                "therapies": [one.as_written() for one in EXAMPLES[0].therapies],
                "readings": [["testosterone_total", "520 ng/dL", EXAMPLES[0].readings[0][2]]],
                "conditions": ["insomnia", "obesity"],
            }
        )
    )
    assert ids(judged)
    assert (fine.discordances, fine.differential) == ((), ())


def test_the_dose_is_named_only_where_nothing_is_left_to_settle() -> None:
    assert ids(told("low"))[-1] == "DOSE-REVIEW"
    assert "DOSE-REVIEW" not in ids(told("low-own", conditions=["alcohol-dependence"]))
    assert ids(told("low", conditions=["alcohol-dependence"]))[-1] == "DOSE-REVIEW"
    assert "DOSE-REVIEW" not in ids(told("low-gel"))


def test_a_factor_of_weak_evidence_alone_does_not_keep_the_dose_from_being_reviewed() -> None:
    assert ids(told("low", conditions=["prediabetes"]))[-1] == "DOSE-REVIEW"


def test_symptoms_at_a_level_in_goal_and_bone_markers_are_no_reason_for_more() -> None:
    assert "DOSE-REVIEW" not in ids(told("tired"))
    assert "DOSE-REVIEW" not in ids(told("bone"))


def test_noise_is_told_with_its_number_and_decides_no_dose() -> None:
    earlier = ["testosterone_total", "390 ng/dL", datetime(2026, 8, 27, 20)]
    dose = {"text": "testosterone cypionate 100 mg", "last_dose": datetime(2026, 8, 24, 8)}
    order = {"route": "injection", "interval": "168 h"}
    judged = told("low", readings=[earlier], therapies=[dose | order])
    first = judged.differential[0]
    assert (first.kind, first.id) == ("change", "BV-01")
    assert "noise" in first.explains
    assert "%" in first.observed
    assert ids(judged)[-1] == "DOSE-REVIEW"


CHANGES: Mapping[str, tuple[str, str, str]] = {
    "a source that does not exist": ('source   = ["leproult2011"]', 'source   = ["nobody"]', "CTX-SLEEP"),
    "a discordance that does not exist": (
        'expl     = ["NO_BONE_RESPONSE", "SY',
        'expl     = ["NO_BONE", "SY',
        "NO_BONE",
    ),
    "a story of a factor that does not exist": ('shows = ["CTX-MG"]', 'shows = ["CTX-MGG"]', "CTX-MGG"),
}


@pytest.mark.parametrize(("old", "new", "named"), CHANGES.values(), ids=CHANGES)
def test_broken_factors_are_refused_by_name(old: str, new: str, named: str) -> None:
    written = FILES["context-factors.toml"].decode()
    assert old in written
    broken = {**FILES, "context-factors.toml": written.replace(old, new, 1).encode()}
    with pytest.raises(KnowledgeError, match=named):
        build(broken, site().knowledge.vocabulary)


def test_a_refuted_factor_needs_a_reason_for_never_being_shown() -> None:
    factor = next(factor.file for factor in FACTORS if factor.file.grade == "X")
    with pytest.raises(ValueError, match="refuted"):
        FactorFile.read({**factor.as_written(), "never": ""})
