"""HL7's own JSON schema of R4 has nothing against what we answer of any mistake."""

from __future__ import annotations

from cds_hooks.record.strict.check import check
from service.fhir.validation import ALL_OK
from service.http.outcome import encode_issues
from service.strict import issues_of
from tests.asking import vocabulary
from tests.judges import hl7_problems
from tests.record.strict.cases import BROKEN, bytes_of
from tests.record.strict.test_checks import PAIRS


def test_every_outcome_is_as_hl7s_schema_has_it() -> None:
    wrong = [*(pair.wrong for pair in PAIRS.values()), *(broken.resource for broken in BROKEN.values())]
    issues = [[ALL_OK], *(issues_of(check(bytes_of(one), vocabulary())) for one in wrong)]
    assert hl7_problems([encode_issues(one) for one in issues]) == [[]] * len(issues)
