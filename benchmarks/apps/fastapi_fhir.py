"""The usual way in Python: FastAPI, every prefetched resource parsed by fhir.resources, and one rule."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI
from fhir.resources.R4B.bundle import Bundle
from fhir.resources.R4B.patient import Patient
from pydantic import BaseModel

HEMATOCRIT = "4544-3"


class Call(BaseModel):
    """A hook call."""

    hook: str
    hookInstance: str
    context: dict[str, Any]
    prefetch: dict[str, Any]


class Source(BaseModel):
    """A card's source."""

    label: str


class Card(BaseModel):
    """A card."""

    summary: str
    indicator: str
    source: Source


class Answer(BaseModel):
    """The answer."""

    cards: list[Card]


app = FastAPI()


@app.post("/cds-services/hematocrit")
async def judge(call: Call) -> Answer:
    """A warning when the newest hematocrit is high."""
    chart = {key: Bundle.model_validate(value) for key, value in call.prefetch.items() if key != "patient"}
    patient = Patient.model_validate(call.prefetch["patient"])
    value = newest(chart["labs"], HEMATOCRIT)
    if patient.gender != "male" or value is None or value < 54:
        return Answer(cards=[])
    return Answer(cards=[Card(summary=f"Hematocrit {value} %", indicator="warning", source=Source(label="Rule"))])


def newest(labs: Any, code: str) -> Any:
    """The value of the newest result with this code."""
    results = [entry.resource for entry in labs.entry or () if entry.resource.code.coding[0].code == code]
    latest = max(results, key=lambda result: result.effectiveDateTime, default=None)
    return latest.valueQuantity.value if latest is not None else None
