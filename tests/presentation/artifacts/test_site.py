"""A site's own profiles are exported beside the shipped ones, with the site's file."""

from __future__ import annotations

import json
from base64 import b64decode
from dataclasses import replace
from typing import Any

import pytest

from cds_hooks.judgement.knowledge.knowledge import Knowledge
from cds_hooks.judgement.proof import proven_with
from cds_hooks.presentation.artifacts.exported import exported
from cds_hooks.presentation.artifacts.libraries import mark_of
from cds_hooks.presentation.artifacts.protocols.plans import plan_id
from cds_hooks.presentation.terminology.catalogue import Catalogue
from cds_hooks.presentation.terminology.resources import encode_resource
from tests.judges import hl7_problems, medplum_problems

OURS = b"""\
protocol = "testosterone-men"

[source.clinic]
title = "Our clinic's handbook"

[profile.clinic]
title   = "Our clinic"
source  = ["clinic"]
[profile.clinic.band.testosterone-goal]
low    = "500 ng/dL"
high   = "650 ng/dL"
source = ["clinic"]
[[profile.clinic.visit]]
name     = "first"
at       = "60 d"
early    = "10 d"
late     = "20 d"
analytes = ["testosterone_total", "cystatin_c", "magnesium"]

[[example]]
name      = "Below our target"
today     = 2026-09-04
profile   = ["clinic"]
therapies = [{ text = "testosterone cypionate", start = 2026-01-01, interval = "168 h", last_dose = 2026-08-31 }]
readings  = [["testosterone_total", "480 ng/dL", 2026-09-03]]
clears    = ["MT-E2-01"]
"""


@pytest.fixture(scope="module")
def widened(knowledge: Knowledge) -> Knowledge:
    return proven_with(knowledge, {"/etc/hormone-cds/ours.toml": OURS})


@pytest.fixture(scope="module")
def plan(widened: Knowledge) -> dict[str, Any]:
    catalogue = Catalogue.of(widened, "1")
    found: dict[str, Any] = json.loads(
        encode_resource(catalogue, catalogue.artifacts["PlanDefinition"]["testosterone-men.clinic"])
    )
    return found


def test_a_sites_profile_is_a_plan_with_its_numbers_and_sources(plan: dict[str, Any]) -> None:
    assert plan["title"] == "Testosterone replacement in men: Our clinic"
    assert plan["goal"][0]["target"][0]["detailRange"]["low"]["value"] == 500
    assert "Our clinic's handbook" in {one.get("citation") for one in plan["relatedArtifact"]}
    assert [visit["title"] for visit in plan["action"][1]["action"]] == ["first"]


def test_its_version_and_library_are_those_of_the_sites_file(plan: dict[str, Any], widened: Knowledge) -> None:
    version, _, mark = plan["version"].partition("+")
    assert version == widened.variants["testosterone-men", "es2018"].file.version
    assert plan["library"][-1].endswith("/Library/site-ours")
    library = exported(widened, "1")["Library"]["site-ours"]
    assert library.version == mark
    assert b64decode(library.make()["content"][0]["data"]) == OURS
    assert "/etc" not in json.dumps([library.summary, library.make()])


def test_the_shipped_plans_stay_as_they_are(widened: Knowledge, knowledge: Knowledge) -> None:
    before, after = exported(knowledge, "1"), exported(widened, "1")
    assert before["PlanDefinition"].keys() < after["PlanDefinition"].keys()
    for identity, one in before["PlanDefinition"].items():
        assert after["PlanDefinition"][identity].version == one.version


def test_a_test_of_a_sites_visit_that_has_no_order_is_exported_too(plan: dict[str, Any], widened: Knowledge) -> None:
    tests = plan["action"][1]["action"][0]["action"]
    named = [test["definitionCanonical"].rpartition("/")[2] for test in tests]
    assert named[0] == "order-2986-8"
    assert set(named) <= exported(widened, "1")["ActivityDefinition"].keys()


def test_two_files_of_one_name_have_two_libraries(knowledge: Knowledge) -> None:
    both = replace(knowledge, site_files={"/a/ours.toml": b"# A\n", "/b/ours.toml": b"# B\n"})
    libraries = exported(both, "1")["Library"]
    assert [libraries[name].description for name in ("site-ours-0", "site-ours-1")] == ["A", "B"]


LABORATORY = b"""\
[source.qc]
title = "Our laboratory's quality control"

[variation.tsh]
analytical_cv = "3.25 %"
source = ["qc"]
[variation.ctx]
analytical_cv = "6 %"
"""


@pytest.fixture(scope="module")
def measured(knowledge: Knowledge) -> Knowledge:
    return proven_with(knowledge, {"/etc/hormone-cds/qc.toml": LABORATORY})


def exported_plan(knowledge: Knowledge, identity: str) -> dict[str, Any]:
    catalogue = Catalogue.of(knowledge, "1")
    found: dict[str, Any] = json.loads(encode_resource(catalogue, catalogue.artifacts["PlanDefinition"][identity]))
    return found


def test_a_laboratorys_imprecision_is_in_the_plans_that_rest_on_it(measured: Knowledge, knowledge: Knowledge) -> None:
    plan, before = (exported_plan(one, "true-change.standard") for one in (measured, knowledge))
    said = "Analytical CV of this site's laboratory, in place of the typical one: TSH 3.25 % and CTX 6 %."
    (check,) = plan["action"][-1]["action"]
    assert said in plan["usage"]
    assert said in check["textEquivalent"]
    assert said not in before["usage"]
    for related in (plan["relatedArtifact"], check["documentation"]):
        assert "Our laboratory's quality control" in {one.get("citation") for one in related}
        assert "site-qc" in {one.get("resource", "").rpartition("/")[2] for one in related}
    assert plan["library"][-1].endswith("/Library/site-qc")
    assert plan["version"] == f"{before['version']}+{mark_of(LABORATORY)}"


def test_a_plan_says_only_what_it_compares(measured: Knowledge, knowledge: Knowledge) -> None:
    bones = next(one for one in knowledge.variants if one[0] == "bone-turnover")
    plan = exported_plan(measured, plan_id(*bones))
    assert "in place of the typical one: CTX 6 %." in plan["usage"]
    assert "TSH 3.25" not in json.dumps(plan)
    men = "testosterone-men.es2018"
    assert exported_plan(measured, men)["version"] == exported_plan(knowledge, men)["version"]


def test_what_is_exported_of_a_laboratory_is_valid(measured: Knowledge) -> None:
    plan = json.dumps(exported_plan(measured, "true-change.standard")).encode()
    assert (medplum_problems([plan]), hl7_problems([plan])) == ([[]], [[]])


@pytest.mark.parametrize("profile", ["Our clinic", "x" * 80, "ä", "a_b"])
def test_a_profile_may_be_called_anything(profile: str) -> None:
    identity = plan_id("testosterone-men", profile)
    assert len(identity) <= 64
    assert identity.isascii()
    assert identity != plan_id("testosterone-men", profile.casefold() + "'")
