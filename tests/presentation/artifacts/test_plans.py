"""A plan says everything its protocol file says: every check, number, source, strength and visit."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

import pytest

from cds_hooks.judgement.knowledge.knowledge import Knowledge
from cds_hooks.judgement.protocol.protocol import Protocol
from cds_hooks.judgement.written.strict import Strict
from cds_hooks.presentation.artifacts.evidence import STRENGTH, tables_in
from cds_hooks.presentation.artifacts.protocols.plans import plans_by_id
from tests.engine import site
from tests.presentation.artifacts.walking import actions, days_of, sentences

Resources = dict[tuple[str, str], dict[str, Any]]
PLANS = plans_by_id(site().knowledge)
_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?( \S.*)?")
_SPOKEN = {"d": ("day", "days"), "h": ("hour", "hours", "h")}


@pytest.fixture(params=PLANS)
def plan(request: pytest.FixtureRequest, resources: Resources) -> tuple[Protocol, dict[str, Any]]:
    return PLANS[request.param], resources["PlanDefinition", request.param]


def checks_in(resource: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {action["id"]: action for action in resource["action"][-1]["action"]}


def citations_in(action: dict[str, Any]) -> list[dict[str, Any]]:
    return [one for one in action["documentation"] if one["type"] == "citation"]


def test_every_check_is_an_action_with_its_words_urgency_and_sources(plan: tuple[Protocol, dict[str, Any]]) -> None:
    variant, resource = plan
    shown = checks_in(resource)
    assert list(shown) == [check.file.id for check in variant.checks]
    for check in variant.checks:
        action = shown[check.file.id]
        assert action["description"] == check.file.says
        assert all(said in action["textEquivalent"] for said in (check.file.says, check.file.advice, check.file.note))
        assert action["priority"] == {"info": "routine", "warning": "urgent", "critical": "stat"}[check.file.urgency]
        cited = {source["label"]: source.get("url") for source in citations_in(action)}
        assert cited
        assert {(source.id, source.url) for source in check.sources} <= set(cited.items())
        assert action["code"][1]["text"] == check.file.action
        assert [
            inner["description"] for inner in action.get("action", ()) if inner["id"].split("-")[-1].isdecimal()
        ] == [branch.says or check.file.says for branch in check.file.branch]


def test_every_action_of_a_check_says_how_strong_it_is(plan: tuple[Protocol, dict[str, Any]]) -> None:
    variant, resource = plan
    assert "unverified until a clinician has signed it" in resource["usage"]
    for check in variant.checks:
        action = checks_in(resource)[check.file.id]
        (extension,) = action["extension"]
        said = {part["url"]: next(v for k, v in part.items() if k != "url") for part in extension["extension"]}
        assert extension["url"] == STRENGTH
        assert said == {
            "grade": check.strength.grade,
            "confidence": check.strength.confidence,
            "verified": check.strength.verified,
        }
        assert ("unverified: needs a clinician's sign-off" in action["textEquivalent"]) is not check.strength.verified


def test_every_condition_is_an_applicability_in_plain_words(plan: tuple[Protocol, dict[str, Any]]) -> None:
    variant, resource = plan
    for check in variant.checks:
        action, file = checks_in(resource)[check.file.id], check.file
        shown = action.get("condition", [])
        assert len(shown) == len(file.all) + bool(file.any) + len(file.none) + len(file.unless)
        for condition in shown:
            assert condition["kind"] == "applicability"
            assert "language" not in condition["expression"]
            assert condition["expression"]["_language"]["extension"][0]["valueCode"] == "as-text"
            assert not re.search(r"[a-z]_[a-z]", condition["expression"]["expression"])


def test_every_number_of_a_condition_stands_in_its_words_with_its_unit(plan: tuple[Protocol, dict[str, Any]]) -> None:
    variant, resource = plan
    missing = []
    for check in variant.checks:
        said = sentences(checks_in(resource)[check.file.id])
        missing += [
            (check.file.id, number, said) for number in numbers_of(check.file, variant) if not stands(number, said)
        ]
    assert missing == []


def test_every_source_of_a_number_is_cited(plan: tuple[Protocol, dict[str, Any]]) -> None:
    variant, resource = plan
    cited = {one["label"] for one in resource["relatedArtifact"] if one["type"] == "citation"}
    for number in (*variant.limits.values(), *variant.bands.values()):
        assert set(number.source) <= cited
    for check in variant.checks:
        documented = {one["label"] for one in citations_in(checks_in(resource)[check.file.id])}
        for table in tables_in(check.file):
            named = variant.limits.get(str(table.get("limit"))) or variant.bands.get(str(table.get("band")))
            assert set(named.source if named else ()) <= documented


@pytest.mark.parametrize(
    ("plan", "check", "file"),
    [
        ("thyroid-replacement.ata", "target", "targets"),
        ("growth-hormone.aace", "sds", "igf1"),
        ("adrenal.endocrine-society", "age_table", "dhea-s"),
        ("true-change.standard", "true_change", "variation"),
        ("testosterone-men.es2018", "mistimed", "forms"),
    ],
)
def test_a_check_that_looks_numbers_up_depends_on_the_file_they_stand_in(
    resources: Resources, plan: str, check: str, file: str
) -> None:
    shown = checks_in(resources["PlanDefinition", plan])
    asking = [one.file.id for one in PLANS[plan].checks if any(table.get(check) for table in tables_in(one.file))]
    assert asking
    for name in asking:
        assert f"/Library/{file}" in str(shown[name]["documentation"])


def test_the_default_profile_says_so(resources: Resources) -> None:
    said = {name for (_, name), one in resources.items() if "The default profile" in one.get("usage", "")}
    assert {name for name in said if name.startswith("testosterone-men.")} == {"testosterone-men.optimization"}


def test_every_target_is_a_goal_with_its_unit_and_source(plan: tuple[Protocol, dict[str, Any]]) -> None:
    variant, resource = plan
    goals = {goal["id"]: goal for goal in resource.get("goal", ())}
    assert goals.keys() == variant.bands.keys()
    for name, band in variant.bands.items():
        (target,) = goals[name]["target"]
        shown = [target["detailRange"][edge] for edge in ("low", "high")]
        assert [f"{Decimal(str(one['value'])).normalize():f} {one['code']}" for one in shown] == [
            f"{Decimal(edge.partition(' ')[0]).normalize():f} {edge.partition(' ')[2]}"
            for edge in (band.low, band.high)
        ]
        assert target["measure"]["coding"]
        assert {source["label"] for source in goals[name]["documentation"]} == set(band.source)


def test_every_visit_has_the_days_of_the_file(plan: tuple[Protocol, dict[str, Any]]) -> None:
    variant, resource = plan
    visits = variant.schedule.visits
    assert resource["type"]["coding"][0]["code"] == ("clinical-protocol" if visits else "eca-rule")
    shown = actions(resource).get("calendar", {}).get("action", [])
    assert [action["title"] for action in shown] == [visit.name for visit in visits]
    for visit, action in zip(visits, shown, strict=True):
        written = {"at": visit.at, "early": visit.early, "late": visit.late, "every": visit.every}
        assert days_of(action) == {name: number for name, number in written.items() if number is not None}
        window = {"low": visit.at - visit.early, "high": visit.at + visit.late}
        (related,) = action["relatedAction"]
        assert {edge: one["value"] for edge, one in related["offsetRange"].items()} == window
        if visit.every is None:
            assert {edge: one["value"] for edge, one in action["timingRange"].items()} == window
        else:
            assert action["timingTiming"]["repeat"] == {"frequency": 1, "period": visit.every, "periodUnit": "d"}
        assert len(action["action"]) == len(visit.analytes)
        assert bool(action.get("condition")) is bool(visit.form)


def test_every_draw_that_a_check_asks_for_has_its_days(plan: tuple[Protocol, dict[str, Any]]) -> None:
    variant, resource = plan
    every = actions(resource)
    for check in variant.checks:
        wishes = [
            (f"{check.file.id}-{place}", way.next or check.file.next) for place, way in enumerate(check.file.branch, 1)
        ]
        for asking, wish in wishes or [(check.file.id, check.file.next)]:
            draw = every.get(f"{asking}-draw")
            if wish is None or not (wish.analytes or wish.of_evidence):
                assert draw is None
                continue
            assert draw is not None
            (related,) = draw["relatedAction"]
            days = related["offsetRange"]
            assert (days["low"]["value"], days["high"]["value"]) == (wish.after, wish.before)


def test_a_profile_that_extends_another_is_derived_from_it(resources: Resources, knowledge: Knowledge) -> None:
    for identity, variant in PLANS.items():
        related = resources["PlanDefinition", identity]["relatedArtifact"]
        derived = [one["resource"] for one in related if one["type"] == "derived-from"]
        assert len(derived) == (variant.extends is not None)


def numbers_of(written: Strict, variant: Protocol) -> Iterator[str]:
    """Every number that raises a check: in its conditions, or in the limits and bands they name."""
    for group in ("all", "any", "none", "unless"):
        for table in tables_in(getattr(written, group, ())):
            yield from _written(table)
            limit, band = variant.limits.get(str(table.get("limit"))), variant.bands.get(str(table.get("band")))
            yield from (limit.operators().values() if limit else ())
            yield from ((band.low, band.high) if band else ())
    for branch in getattr(written, "branch", ()):
        yield from numbers_of(branch, variant)


def _written(table: Mapping[str, Any]) -> Iterator[str]:
    for value in table.values():
        for one in value if isinstance(value, (list, tuple)) else [value]:
            if isinstance(one, str) and _NUMBER.fullmatch(one):
                yield one
            elif isinstance(one, int) and not isinstance(one, bool):
                yield str(one)


def stands(number: str, said: str) -> bool:
    """Whether a number stands in a sentence with its unit: `450` of `450–700 ng/dL` and `9` of `day 9` too."""
    value, _, unit = number.partition(" ")
    alone = rf"(?<![0-9.]){re.escape(value)}(?![0-9.]*[0-9])"
    if not unit:
        return re.search(alone, said) is not None
    units = "|".join(map(re.escape, _SPOKEN.get(unit, (unit,))))
    upper_end = r"(?:(?:–| to )-?[0-9.]+)?"
    return re.search(rf"{alone}{upper_end}\s?(?:{units})", said) is not None or (
        unit == "d" and re.search(rf"day {alone}", said) is not None
    )
