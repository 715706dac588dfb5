"""Judges of FHIR that are not ours."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from tests.tools import absent, node_module

MEDPLUM = Path(__file__).parent / "medplum"


def medplum_problems(resources: Sequence[bytes]) -> list[list[str]]:
    """What Medplum's validateResource says is wrong with each resource (JSON on one line)."""
    node = shutil.which("node")
    if node is None:
        absent("node", "it comes with npm")
    node_module("@medplum/core", "medplum")
    lines = b"\n".join(resources) + b"\n"
    done = subprocess.run(
        [node, "validate.mjs"], cwd=MEDPLUM, input=lines, capture_output=True, check=True, timeout=300
    )
    return [json.loads(line) for line in done.stdout.splitlines()]
