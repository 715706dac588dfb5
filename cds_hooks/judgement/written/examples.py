"""Examples as a protocol file writes them: a small patient story, and what it must raise."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from cds_hooks.judgement.written.strict import Strict


class ExampleTherapy(Strict):
    """A drug order in an example story."""

    text: str
    start: date | datetime | None = None
    interval: str | None = None
    route: str | None = None
    last_dose: date | datetime | None = None
    ended: date | None = None
    dose: str | None = None
    planned: bool = False  # a draft order


class Example(Strict):
    """A small patient story with the ids that must be raised, clear or unknown."""

    name: str
    today: date | datetime
    profile: tuple[str, ...] = ()
    sex: str = "male"
    sex_assumed: bool = False  # known from the administrative gender alone
    born: date | None = None
    organs: tuple[str, ...] = ()
    organs_absent: tuple[str, ...] = ()
    therapies: tuple[ExampleTherapy, ...] = ()
    readings: tuple[tuple[Any, ...], ...] = ()  # analyte or LOINC code, "0.545 L/L", date or time, optional status
    unread: tuple[tuple[Any, ...], ...] = ()  # analyte, reason, "56", date
    conditions: tuple[str | tuple[str, date], ...] = ()  # a concept, or one with the day it began
    goals: tuple[tuple[str, str, str], ...] = ()  # analyte, "300 ng/dL", "500 ng/dL"
    last_period: date | None = None
    ordered: tuple[str, ...] = ()
    raises: tuple[str, ...] = ()
    clears: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
