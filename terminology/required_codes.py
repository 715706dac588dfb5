"""The codes FHIR R4 requires of an element: its value sets of required binding, for every element that has one."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from typing import TypeAlias

# "Observation.status" -> code system ("" where the element itself is the code) -> codes. An element inside another is
# named with it: "ObservationComponent.code", "TimingRepeat.periodUnit".
RequiredCodes: TypeAlias = Mapping[str, Mapping[str, tuple[str, ...]]]


def read_required_codes(table: bytes) -> RequiredCodes:
    """From `required-codes.csv`, made of HL7's own definitions (npm `hl7.fhir.r4.examples` 4.0.1)."""
    found: dict[str, dict[str, tuple[str, ...]]] = {}
    for row in csv.DictReader(table.decode().splitlines()):
        found.setdefault(row["element"], {})[row["system"]] = tuple(row["codes"].split(" "))
    return found
