"""What one patient's results are read against, as the timeline draws it: targets, limits, and the times of doses."""

from __future__ import annotations

from decimal import Decimal
from typing import Literal

import msgspec

from cds_hooks.findings import Urgency


class TargetInForce(msgspec.Struct, frozen=True, gc=False):
    """The range that results of one analyte are read against, in its canonical unit.

    `kind`: a protocol's target, the patient's own goal, or merely what is called in range.
    """

    analyte: str
    low: Decimal | None
    high: Decimal | None
    text: str  # as its source writes it: "450–700 ng/dL"
    kind: Literal["target", "goal", "in-range"]
    protocol: str
    profile: str
    check: str


class LimitInForce(msgspec.Struct, frozen=True, gc=False):
    """A number beyond which a result alone raises a check, in the canonical unit."""

    analyte: str
    operator: str  # above | at_least | below | at_most
    value: Decimal
    words: str  # "at or above 54 %"
    urgency: Urgency
    protocol: str
    check: str
    timing: tuple[str, ...] = ()  # of draws at these times after a dose alone


class Phase(msgspec.Struct, frozen=True, gc=False):
    """When in a dosing interval a result was drawn. `hours` are whole ones, empty where not known exactly."""

    reference: str
    analyte: str
    drug: str
    label: str  # mid | trough | peak | late | pre-dose | other | unknown
    name: str  # as a sentence says it: "mid-interval"
    hours: str = ""
    missing: str = ""  # the FHIR element that would have told
    is_early: bool = False  # drawn before the present dose had settled


class Bound(msgspec.Struct, frozen=True, gc=False):
    """A result that a check takes as a bound only, since something makes it read falsely low or high."""

    reference: str
    analyte: str
    comparator: str
    check: str


class Gauges(msgspec.Struct, frozen=True, gc=False):
    """What the results of one patient are read against: targets, limits, and the times of doses."""

    targets: tuple[TargetInForce, ...] = ()
    limits: tuple[LimitInForce, ...] = ()
    phases: tuple[Phase, ...] = ()
    bounds: tuple[Bound, ...] = ()
