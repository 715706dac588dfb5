"""A site's own profiles: they may tighten, are proven like the shipped ones, and stop the start with their place."""

from __future__ import annotations

from decimal import Decimal

import pytest

from cds_hooks.judgement.knowledge.knowledge import KnowledgeError
from cds_hooks.judgement.proof import proven_with
from tests.engine import site

FILE = "site/our-clinic.toml"
SAFETY = """
protocol = "testosterone-safety"

[source.our-policy]
title = "Our clinic, testosterone policy 3"

[profile.our-clinic]
title   = "Our clinic"
extends = "es2018"
source  = ["our-policy"]
[profile.our-clinic.limit.hematocrit-hold]
at_least = "52 %"
source   = ["our-policy"]

[[example]]
name      = "Hematocrit at our limit"
today     = 2026-09-04
profile   = ["our-clinic"]
therapies = [{ text = "testosterone gel 1.62 %", start = 2025-09-01 }]
readings  = [["hematocrit", "52 %", 2026-09-03]]
raises    = ["MT-HCT-01"]

[[example]]
name      = "Hematocrit just below it"
today     = 2026-09-04
profile   = ["our-clinic"]
therapies = [{ text = "testosterone gel 1.62 %", start = 2025-09-01 }]
readings  = [["hematocrit", "51.9 %", 2026-09-03]]
clears    = ["MT-HCT-01"]
"""
MEN = """
protocol = "testosterone-men"

[profile.our-clinic]
title   = "Our clinic"
extends = "aua2018"
default = true

[[profile.our-clinic.visit]]
name     = "2-month"
at       = "60 d"
early    = "14 d"
late     = "30 d"
analytes = ["testosterone_total", "hematocrit"]

[[example]]
name      = "In the goal of the profile it extends"
today     = 2026-09-04T15:00:00
profile   = ["our-clinic"]
therapies = [
    { text = "testosterone cypionate", start = 2025-09-01, interval = "7 d", last_dose = 2026-08-31T08:00:00 },
]
readings  = [["testosterone_total", "449 ng/dL", 2026-09-03T20:00:00]]
raises    = ["MT-LVL-01"]
"""


def refusal(text: str, *others: str) -> str:
    """Why overlay files are refused."""
    files = {FILE: text.encode()} | {f"site/other-{place}.toml": other.encode() for place, other in enumerate(others)}
    with pytest.raises(KnowledgeError) as refused:
        proven_with(site().knowledge, files)
    return str(refused.value)


def test_without_overlays_the_knowledge_is_the_shipped_one() -> None:
    assert proven_with(site().knowledge, {}) is site().knowledge


def test_a_profile_starts_from_the_one_it_extends() -> None:
    knowledge = proven_with(site().knowledge, {"men.toml": MEN.encode(), "safety.toml": SAFETY.encode()})
    men, safety = (knowledge.variants[name, "our-clinic"] for name in ("testosterone-men", "testosterone-safety"))
    assert men.bands == knowledge.variants["testosterone-men", "aua2018"].bands
    assert [visit.name for visit in men.schedule.visits] == ["2-month"]
    assert safety.limits["hematocrit-hold"].at_least == "52 %"
    assert safety.limits["hematocrit-hold"].floor == {"above": "54 %"}
    assert "our-clinic" in knowledge.profiles


def test_a_check_that_asks_for_a_profile_asks_for_those_that_extend_it_too() -> None:
    asked = 'readings  = [["estradiol", "30 pg/mL", 2026-09-03T20:00:00]]\nraises    = ["MT-E2-01"]\n'
    text = MEN[: MEN.index("readings")] + asked
    assert proven_with(site().knowledge, {FILE: text.encode()})
    assert "MT-E2-01 is clear, not raised" in refusal(text.replace('"aua2018"', '"optimization"'))


def test_only_a_profile_that_says_so_becomes_the_default() -> None:
    shipped = site().knowledge
    beside = proven_with(shipped, {FILE: SAFETY.encode()})
    instead = proven_with(shipped, {FILE: MEN.encode()})
    defaults = [
        file.default_profile
        for file in (beside.protocol("testosterone-safety"), instead.protocol("testosterone-men"))
        if file
    ]
    assert defaults == ["optimization", "our-clinic"]
    assert {
        variant.file.default_profile for key, variant in instead.variants.items() if key[0] == "testosterone-men"
    } == {"our-clinic"}


def test_the_digest_covers_the_overlays_and_not_where_they_lie() -> None:
    shipped = site().knowledge
    one, moved = (proven_with(shipped, {name: SAFETY.encode()}).digest for name in ("a.toml", "b/c.toml"))
    changed = proven_with(shipped, {"a.toml": SAFETY.encode() + b"\n"}).digest
    assert len({shipped.digest, one, changed}) == 3
    assert one == moved


NEVER = """
[[profile.our-clinic.visit]]
name     = "never"
at       = "9999999 d"
early    = "14 d"
late     = "30 d"
analytes = ["hematocrit"]
"""
REFUSED = [
    (
        'at_least = "52 %"',
        'above = "54.1 %"',
        "testosterone-safety, profile our-clinic: limit 'hematocrit-hold' is looser than above 54 %",
    ),
    ('at_least = "52 %"', 'below = "52 %"', "looser than above 54 %"),
    (
        'at_least = "52 %"',
        'at_least = "52 %"\nfloor = { above = "60 %" }',
        "profile.our-clinic.limit.hematocrit-hold: floor",
    ),
    ('at_least = "52 %"', 'at_least = "52 g"', "profile our-clinic"),
    (
        "[profile.our-clinic.limit.hematocrit-hold]",
        "[profile.our-clinic.limit.hematocrit]",
        "which the protocol does not have",
    ),
    ('at_least = "52 %"', 'at_least = "53 %"', "example 'Hematocrit at our limit': MT-HCT-01 is clear, not raised"),
    ('raises    = ["MT-HCT-01"]', 'raises    = ["MT-HCT-99"]', "MT-HCT-99 is not judged, not raised"),
    ('raises    = ["MT-HCT-01"]', "", "say what it raises, clears or leaves unknown"),
    (
        'protocol = "testosterone-safety"',
        'protocol = "testosterone-women2"',
        "no protocol 'testosterone-women2'; known: ",
    ),
    (
        'extends = "es2018"',
        'extends = "es2081"',
        "extends 'es2081', which cannot be extended; known: optimization, es2018",
    ),
    ("[profile.our-clinic]", "[profile.our-clinic]\nabuot = ''", "profile.our-clinic.abuot"),
    ("our-clinic", "es2018", "protocol testosterone-safety has a profile of this name"),
    ('source   = ["our-policy"]', "", "profile.our-clinic.limit.hematocrit-hold: a number needs a source"),
    ("[source.our-policy]", "[source.our-polcy]", "no source named our-policy; known: "),
    (
        "[source.our-policy]",
        "[source.es2018]\ntitle = 'Ours'\n[source.our-policy]",
        "source.es2018: another source has this name",
    ),
    ('profile   = ["our-clinic"]', 'profile   = ["es2018"]', "no example proves it"),
    ("[[example]]", "[[check]]\nid = 'X-1'\n[[example]]", "check: there is no such key"),
    ("[[example]]", "[[example", "Expected ']]'"),
    ("[[example]]", f"x = {'[' * 2000}{']' * 2000}\n[[example]]", "nested too deeply"),
    ('at_least = "52 %"', 'at_least = "-5 %"', "our-clinic: hematocrit: -5 % is below zero, where no result can be"),
    ('at_least = "52 %"', 'at_least = "1e999999 %"', "write a number, a space and a unit"),
    ("[[example]]", f"{NEVER}[[example]]", "'9999999 d' is longer than a life"),
    ("testosterone gel 1.62 %", "no such drug", "no drug recognized in 'no such drug'"),
    ("testosterone gel 1.62 %", "spironolactone", "testosterone-safety is not judged with our-clinic"),
]


@pytest.mark.parametrize(("old", "new", "says"), REFUSED)
def test_a_broken_overlay_is_refused_with_its_file_and_place(old: str, new: str, says: str) -> None:
    assert old in SAFETY
    found = refusal(SAFETY.replace(old, new))
    assert says in found
    assert found.startswith(FILE)


def test_a_visit_of_a_test_nobody_knows_is_refused() -> None:
    assert "profile.our-clinic.visit: not an analyte: hct" in refusal(MEN.replace('"hematocrit"]', '"hct"]'))


def test_a_target_upside_down_is_refused() -> None:
    band = '[profile.our-clinic.band.testosterone-goal]\nlow = "700 ng/dL"\nhigh = "450 ng/dL"\nsource = ["local"]\n'
    text = MEN.replace("[[profile.our-clinic.visit]]", f"{band}[[profile.our-clinic.visit]]")
    assert "700 ng/dL to 450 ng/dL: write the smaller number first" in refusal(text)


def test_two_files_do_not_add_one_profile_or_two_defaults() -> None:
    assert refusal(MEN, MEN).startswith("site/our-clinic.toml: profile.our-clinic: site/other-0.toml has a profile")
    second = MEN.replace("our-clinic", "ours-too")
    assert "default: site/other-0.toml makes our-clinic the default already" in refusal(second, MEN)


def test_one_source_may_be_cited_from_two_files() -> None:
    second = SAFETY.replace("our-clinic", "ours-too")
    assert proven_with(site().knowledge, {"a": SAFETY.encode(), "b": second.encode()}).added_by.keys() == {
        ("testosterone-safety", "our-clinic"),
        ("testosterone-safety", "ours-too"),
    }


IMPRECISE = """
[source.our-lab]
title = "Our laboratory, internal quality control 2026"

[variation.hematocrit]
analytical_cv = "1 %"
source = ["our-lab"]

[variation.psa_total]
analytical_cv = "10 %"

[[example]]
name      = "A rise of 12 % is more than noise with our analyser"
today     = 2026-09-04
therapies = [{ text = "testosterone gel 1.62 %", start = 2025-09-01 }]
readings  = [["hematocrit", "42 %", 2026-03-03], ["hematocrit", "47 %", 2026-09-03]]
raises    = ["BV-01"]
"""


def test_a_laboratory_says_how_precisely_it_measures() -> None:
    shipped = site().knowledge.tables.variation
    widened = proven_with(site().knowledge, {FILE: IMPRECISE.encode(), "ours.toml": SAFETY.encode()})
    own = widened.tables.variation
    (before,), (after,) = shipped.rows["hematocrit"], own.rows["hematocrit"]
    assert after.ratios(1)[1] < before.ratios(1)[1]
    assert after.file.biological_cv == before.file.biological_cv
    assert [source.id for source in after.sources] == ["thirup2003", "our-lab"]
    assert [row.file.analytical_cv for row in own.rows["psa_total"]] == [Decimal("0.1"), Decimal("0.1")]
    assert own.rows["tsh"] is shipped.rows["tsh"]
    assert ("testosterone-safety", "our-clinic") in widened.added_by
    assert widened.digest != site().knowledge.digest


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ('[variation.tsk]\nanalytical_cv = "3 %"\n', "variation.tsk: no variation of it is known; known: tsh, ft4"),
        ('[variation.tsh]\nanalytical_cv = "3"\n', "variation.tsh.analytical_cv"),
        ('[variation.tsh]\nanalytical_cv = "0 %"\n', "no measurement is without variation"),
        ('[variation.tsh]\nanalytical_cv = "40 %"\n', "no change could be told from noise"),
        ('[variation.tsh]\nanalytical_cv = "3 %"\nbiological_cv = "3 %"\n', "there is no such key"),
        ('[variation.tsh]\nanalytical_cv = "3 %"\nsource = ["ours"]\n', "variation.tsh: no source named ours"),
        (IMPRECISE.replace("BV-01", "MT-HCT-01"), "MT-HCT-01 is clear, not raised"),
        ("[variation]\n", "variation"),
    ],
)
def test_a_wrong_imprecision_is_refused(text: str, problem: str) -> None:
    said = refusal(text)
    assert said.startswith(FILE)
    assert problem in said


def test_two_files_may_not_speak_of_one_measurement() -> None:
    assert "variation.hematocrit" in refusal(IMPRECISE, IMPRECISE)
