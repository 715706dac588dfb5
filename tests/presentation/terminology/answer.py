"""Reads an answer of an operation, after fhir.resources has accepted it."""

from __future__ import annotations

import json
from typing import Any

from fhir.resources.R4B.parameters import Parameters


def read(body: bytes) -> dict[str, Any]:
    """Parameters by name; those that have parts, or may repeat, as lists."""
    Parameters.model_validate_json(body)
    found: dict[str, Any] = {}
    for parameter in json.loads(body)["parameter"]:
        if "part" in parameter:
            found.setdefault(parameter["name"], []).append({part["name"]: value(part) for part in parameter["part"]})
        else:
            found[parameter["name"]] = value(parameter)
    return found


def value(parameter: dict[str, Any]) -> Any:
    """A parameter's value, resource or parts."""
    (said,) = [content for name, content in parameter.items() if name != "name"]
    return said


def properties(answer: dict[str, Any]) -> dict[str, list[Any]]:
    """The properties of a look-up."""
    found: dict[str, list[Any]] = {}
    for one in answer.get("property", ()):
        found.setdefault(one["code"], []).append(one["value"])
    return found
