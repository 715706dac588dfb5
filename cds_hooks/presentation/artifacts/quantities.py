"""Days and measured amounts as FHIR quantities."""

from __future__ import annotations

from decimal import Decimal

from cds_hooks.presentation.artifacts.artifact import Shape

UCUM = "http://unitsofmeasure.org"


def days_quantity(number: int) -> Shape:
    """So many days."""
    return {"value": number, "unit": "days", "system": UCUM, "code": "d"}


def days_range(first: int, last: int) -> Shape:
    """From one day to another."""
    return {"low": days_quantity(first), "high": days_quantity(last)}


def amount(text: str) -> Shape:
    """An amount as a protocol file writes it: `450 ng/dL`."""
    number, _, unit = text.partition(" ")
    shape: Shape = {"value": Decimal(number)}
    return shape | ({"unit": unit, "system": UCUM, "code": unit} if unit else {})
