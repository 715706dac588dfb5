"""What is exported is valid FHIR R4 to judges that are not ours."""

from __future__ import annotations

from cds_hooks.presentation.artifacts.artifact import KINDS, encode_artifact_summary
from cds_hooks.presentation.terminology.catalogue import Catalogue
from tests.judges import hl7_problems, medplum_problems


def test_medplum_finds_nothing_wrong_with_any_resource(
    encoded: dict[tuple[str, str], bytes], catalogue: Catalogue
) -> None:
    summaries = [encode_artifact_summary(one) for kind in KINDS for one in catalogue.artifacts[kind].values()]
    every = [*encoded.values(), *summaries]
    found = medplum_problems(every)
    assert len(found) == len(every)
    assert [problems for problems in found if problems] == []


def test_medplum_finds_what_is_wrong() -> None:
    broken = b'{"resourceType":"PlanDefinition","status":"active","action":[{"priority":["stat"]}]}'
    assert medplum_problems([broken]) != [[]]


def test_the_schema_of_hl7_finds_nothing_wrong_with_any_resource(encoded: dict[tuple[str, str], bytes]) -> None:
    found = dict(zip(encoded, hl7_problems(list(encoded.values())), strict=True))
    assert {name: problems for name, problems in found.items() if problems} == {}


def test_the_schema_of_hl7_finds_what_is_wrong() -> None:
    inner = b'{"resourceType":"Library","type":{},"status":"activ"}'
    broken = b'{"resourceType":"CarePlan","subject":{},"titel":"x","contained":[' + inner + b"]}"
    assert hl7_problems([broken])[0]
