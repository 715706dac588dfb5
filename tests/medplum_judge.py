"""An outside judge of R4 resources: Medplum's validator, in a node process of its own."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path

from tests.tools import absent, node_module

HERE = Path(__file__).parent / "medplum"


def complaints(resources: Iterable[bytes]) -> list[str]:
    """What Medplum finds wrong with each resource, given as one line of JSON; an empty text: nothing."""
    node = shutil.which("node")
    if node is None:
        absent("node", "needed to run @medplum/core")
    node_module("@medplum/core", "medplum")
    lines = b"\n".join(resources) + b"\n"
    done = subprocess.run([node, "validate.mjs"], cwd=HERE, input=lines, capture_output=True, check=True)
    return done.stdout.decode().splitlines()
