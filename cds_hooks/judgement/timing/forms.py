"""Dosing forms: which draw times after a dose make a level meaningful, read from `protocols/forms.toml`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import time
from decimal import Decimal
from functools import cached_property
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from cds_hooks.facts import Therapy
from cds_hooks.judgement.timing import durations
from cds_hooks.judgement.written.strict import Strict

TimingClass = Literal["mid", "trough", "peak", "late", "pre-dose", "other", "unknown"]
Days = Annotated[int, BeforeValidator(durations.days)]
Hours = Annotated[Decimal, BeforeValidator(durations.hours)]


def clock_time(text: str) -> time:
    """`07:00` as a time of day."""
    return time.fromisoformat(text)


ClockTime = Annotated[time, BeforeValidator(clock_time)]


def _ordered(pair: tuple[Any, Any]) -> tuple[Any, Any]:
    if pair[0] >= pair[1]:
        raise ValueError(f"write the smaller number first: {pair[0]}, {pair[1]}")
    return pair


class Window(Strict):
    """A stretch after a dose, in hours or as a share of the dosing interval; both ends included."""

    name: str | None = None  # how a sentence says it: "mid-interval", "at trough"
    hours: Annotated[tuple[Hours, Hours], AfterValidator(_ordered)] | None = None
    phase: Annotated[tuple[Decimal, Decimal], AfterValidator(_ordered)] | None = None

    @model_validator(mode="after")
    def _one_scale(self) -> Window:
        if (self.hours is None) is (self.phase is None):
            raise ValueError("a window has either hours or phase")
        return self

    def bounds(self, interval: Decimal) -> tuple[Decimal, Decimal]:
        """First and last hour of the window for a dosing interval in hours."""
        if self.hours is not None:
            return self.hours
        assert self.phase is not None  # noqa: S101  (the validator above)
        return self.phase[0] * interval, self.phase[1] * interval

    def holds(self, least: Decimal, most: Decimal, interval: Decimal) -> bool:
        """Whether every hour from `least` to `most` lies inside."""
        first, last = self.bounds(interval)
        return first <= least and most <= last

    def touches(self, least: Decimal, most: Decimal, interval: Decimal) -> bool:
        """Whether some hour from `least` to `most` lies inside."""
        first, last = self.bounds(interval)
        return first <= most and least <= last


class Form(Strict):
    """One way a drug is given, e.g. a weekly injection: how to recognise it, and when a level is valid."""

    id: str
    title: str
    drug: str
    product: tuple[str, ...] = ()  # empty: any
    product_assumed: bool = False  # also where the order names no product, as route and interval leave no other
    route: tuple[str, ...] = ()
    given_as: tuple[str, ...] = ()  # what the product is: "gel", "patch", "sublingual tablet"; empty: any
    interval: Annotated[tuple[Hours, Hours], AfterValidator(_ordered)] | None = None
    default_interval: Hours | None = None  # assumed when the chart states none, for products given only one way
    first_valid: Days | None = None  # after start or last change
    tail: Days | None = None  # how long safety goes on after the last dose, where longer than the protocol's
    timed: tuple[str, ...]  # analytes whose level depends on the draw time
    valid: tuple[TimingClass, ...] = ()  # empty: the label asks for no draw time
    window: dict[TimingClass, Window] = Field(default_factory=dict)
    slot: TimingClass | None = None  # the class a draw is planned for
    target: Decimal | None = None  # the ideal phase inside the slot's window
    clock: tuple[ClockTime, ClockTime]  # preferred time of day
    instruction: str  # what the card tells whoever draws
    source: tuple[str, ...]
    confidence: str
    only_for: tuple[str, ...] = ()  # protocols; empty: any

    @model_validator(mode="after")
    def _classes_have_windows(self) -> Form:
        missing = [name for name in (*self.valid, *([self.slot] if self.slot else [])) if name not in self.window]
        if missing:
            raise ValueError(f"form {self.id}: no window for {', '.join(missing)}")
        return self

    def fits(self, therapy: Therapy) -> bool:
        """Whether a therapy is given this way, as far as its order says; a mixture is given in no form we know."""
        assumed = self.product_assumed and therapy.product is None
        if therapy.ingredients != (self.drug,) or (self.given_as and therapy.form not in self.given_as):
            return False
        if self.product and therapy.product not in self.product and not assumed:
            return False
        if self.route and therapy.route not in self.route:
            return False
        if self.interval is None:
            return True
        hours = therapy.interval_hours or self.default_interval
        return hours is not None and self.interval[0] <= hours <= self.interval[1]

    def named(self, label: TimingClass) -> str:
        """How a sentence says when a draw was made: `mid-interval`, `at trough`."""
        window = self.window.get(label)
        return window.name if window is not None and window.name is not None else "at no valid time"

    @cached_property
    def timed_levels(self) -> frozenset[str]:
        """The analytes whose draws fall into windows."""
        return frozenset(self.timed) if self.window else frozenset()

    @cached_property
    def settling(self) -> Mapping[str, int]:
        """The days after a start or change that each level needs to settle, where it does."""
        return dict.fromkeys(self.timed, self.first_valid) if self.first_valid is not None else {}

    @property
    def valid_names(self) -> str:
        """The valid times as a sentence says them."""
        return " or ".join(self.named(label) for label in self.valid)

    def classify(self, least: Decimal, most: Decimal, interval: Decimal) -> TimingClass:
        """The class of a draw `least` to `most` hours after the dose; unknown when more than one is possible."""
        for name, window in self.window.items():
            if window.holds(least, most, interval):
                return name
            if window.touches(least, most, interval):
                return "unknown"
        return "other"


def form_of(therapy: Therapy, forms: Sequence[Form]) -> Form | None:
    """The first form of the table that fits, in file order."""
    return next((form for form in forms if form.drug == therapy.drug and form.fits(therapy)), None)
