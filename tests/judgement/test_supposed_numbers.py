"""Another number in the knowledge: what a site may write, refused in the words of its own files, and what differs."""

from __future__ import annotations

from datetime import date

import pytest

from cds_hooks.judged import Judged
from cds_hooks.judgement.evaluate import evaluate
from cds_hooks.judgement.knowledge.knowledge import Knowledge, KnowledgeError
from cds_hooks.judgement.knowledge.overlays import laid_over, read_overlays
from cds_hooks.judgement.stories import facts_of, moment
from cds_hooks.judgement.supposed.effect import Effect
from cds_hooks.judgement.supposed.number import Named, Number, numbers_of, supposing
from cds_hooks.judgement.written.examples import Example
from tests.engine import site

HOLD = Number("testosterone-safety", "optimization", "hematocrit-hold")
GOAL = Number("testosterone-men", "es2018", "testosterone-goal")
NUMBERS = list(numbers_of(site().knowledge))
TODAY = moment(date(2026, 9, 4))


@pytest.mark.parametrize("named", NUMBERS, ids=[one.number.key for one in NUMBERS])
def test_every_named_number_may_stay_or_says_why_no_site_may_change_it(named: Named) -> None:
    if named.is_free:
        changed = supposing(site().knowledge, named.number, named.texts)
        assert next(one for one in numbers_of(changed) if one.number == named.number).texts == named.texts
    else:
        with pytest.raises(KnowledgeError, match="it has no floor, so a site cannot change it"):
            supposing(site().knowledge, named.number, named.texts)


REFUSED = [
    (HOLD, ("56 %",), "looser than above 54 %"),
    (HOLD, ("52 g/dL",), "hematocrit is not measured in 'g/dL'; known: %, L/L"),
    (HOLD, ("52",), "hematocrit came without a unit"),
    (HOLD, ("much",), "write a number, a space and a unit"),
    (HOLD, ("50 %", "52 %"), "one number, since it is a limit"),
    (GOAL, ("300 ng/dL",), "both ends of a range"),
    (GOAL, ("700 ng/dL", "300 ng/dL"), "write the smaller number first"),
    (GOAL, ("-1 ng/dL", "300 ng/dL"), "-1 ng/dL is below zero"),
    (Number("testosterone-safety", "none", "hematocrit-hold"), ("52 %",), "no such number"),
]


@pytest.mark.parametrize(("number", "texts", "said"), REFUSED)
def test_what_a_site_may_not_write_is_refused_with_the_reason(
    number: Number, texts: tuple[str, ...], said: str
) -> None:
    with pytest.raises(KnowledgeError, match=said):
        supposing(site().knowledge, number, texts)


def test_a_number_is_named_with_the_checks_that_ask_for_it() -> None:
    named = next(one for one in NUMBERS if one.number == HOLD)
    assert named[1:] == ("at or above 54 %", ("54 %",), ("MT-HCT-01", "MT-HCT-05"), True)


def man(hematocrit: str) -> Example:
    """On testosterone gel, with this hematocrit."""
    return Example.read(
        {
            "name": "a man",
            "today": date(2026, 9, 4),
            "therapies": [{"text": "testosterone gel 1.62 %", "start": date(2025, 9, 1)}],
            "readings": [("hematocrit", hematocrit, date(2026, 9, 3))],
            "raises": ("-",),
        }
    )


def judge(knowledge: Knowledge, hematocrit: str, *profiles: str) -> Judged:
    """The man, judged."""
    return evaluate(facts_of(man(hematocrit), knowledge.vocabulary), knowledge, TODAY, profiles)


@pytest.mark.parametrize(("hematocrit", "is_raised"), [("51.9 %", False), ("52 %", True), ("0.53 L/L", True)])
def test_the_changed_number_is_judged_by_the_same_engine_for_the_same_patients(
    hematocrit: str, is_raised: bool
) -> None:
    changed = supposing(site().knowledge, HOLD, ("52 %",))
    effect = Effect()
    effect.add(7, judge(site().knowledge, hematocrit), judge(changed, hematocrit))
    turned = {(one.place, one.check, one.turn) for one in effect.changed if one.check == "MT-HCT-01"}
    assert turned == ({(7, "MT-HCT-01", "newly-raised")} if is_raised else set())
    assert effect.after["testosterone-safety", "MT-HCT-01"] == is_raised


def test_it_judges_as_a_sites_own_file_with_that_number_does() -> None:
    overlay = b"""
protocol = "testosterone-safety"
[source.ours]
title = "ours"
[profile.ours]
title = "ours"
extends = "optimization"
[profile.ours.limit.hematocrit-hold]
at_least = "52 %"
source = ["ours"]
[[example]]
name = "at it"
today = 2026-09-04
profile = ["ours"]
raises = ["MT-HCT-01"]
"""
    files = {"ours.toml": overlay}
    theirs, ours = (
        laid_over(site().knowledge, read_overlays(files), files),
        supposing(site().knowledge, HOLD, ("52 %",)),
    )
    for hematocrit in ("50 %", "51.9 %", "52 %", "53 %", "54 %"):
        told = [
            {(one.protocol, one.check, one.state, one.urgency) for one in judged.not_clear}
            for judged in (judge(theirs, hematocrit, "ours"), judge(ours, hematocrit, "optimization"))
        ]
        assert told[0] == told[1]


def test_other_profiles_and_the_knowledge_in_force_stay_as_they_are() -> None:
    changed = supposing(site().knowledge, HOLD, ("52 %",))
    assert changed.digest != site().knowledge.digest
    others = {key for key in changed.variants if changed.variants[key] is not site().knowledge.variants[key]}
    assert others == {("testosterone-safety", "optimization")}
    assert changed.profiles == site().knowledge.profiles
