"""Example charts: FHIR bundles written for one demo day, moved in time so that they are current when shown."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta
from importlib.resources import files
from typing import Any

import msgspec

DEMO_DAY = date(2026, 9, 4)  # the day on which the charts were written: all their dates relate to it
_DAY = re.compile(r'"(\d{4}-\d{2}-\d{2})(T[^"]*)?"')

Resource = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Chart:
    """One patient's resources. `story` is one line for the reader."""

    name: str
    story: str
    resources: tuple[Resource, ...]

    @property
    def patient_id(self) -> str:
        """The id of the chart's Patient."""
        return next(str(resource["id"]) for resource in self.resources if resource["resourceType"] == "Patient")


STORIES = {
    "stable": "Man of 45, testosterone cypionate weekly for three months; everything in band",
    "hematocrit": "Man of 58, testosterone cypionate every two weeks for a year; hematocrit 0.545 L/L",
    "unit": "Man of 58, testosterone gel for three months; hematocrit reported in a unit nobody can use",
}

# Charts that the start page offers, and the CDS service that each is best asked by, where it is not opening the chart.
SAMPLES = {
    "hematocrit": "",
    "years": "",
    "stable": "",
    "unit": "",
    "response": "hormone-therapy-response",
    "potassium": "",
    "menopause": "",
    "biotin": "",
    "nothing": "",
}


def read_charts(today: date) -> tuple[Chart, ...]:
    """The three charts with every date moved by the days between the demo day and `today`."""
    return tuple(Chart(name, story, _resources(chart_json(name, today))) for name, story in STORIES.items())


def chart_json(name: str, today: date = DEMO_DAY) -> str:
    """One chart as a FHIR Bundle, dates moved to `today`; times of day stay."""
    written = files("service.examples").joinpath(f"{name}.json").read_text(encoding="utf-8")
    return move_dates(written, today - DEMO_DAY)


def move_dates(text: str, by: timedelta) -> str:
    """The JSON text with every ISO date moved."""
    return _DAY.sub(lambda found: f'"{date.fromisoformat(found[1]) + by}{found[2] or ""}"', text)


def _resources(text: str) -> tuple[Resource, ...]:
    return tuple(entry["resource"] for entry in msgspec.json.decode(text)["entry"])
