"""What is exported is valid FHIR R4 to a validator of others."""

from __future__ import annotations

from cds_hooks.presentation.artifacts.artifact import KINDS, encode_artifact_summary
from cds_hooks.presentation.terminology.catalogue import Catalogue
from tests.judges import medplum_problems


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
