"""Targets that depend on the patient, read from `protocols/targets.toml`, and the named formula that picks one."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

import msgspec
from pydantic import Field

from cds_hooks.judgement.written.strict import Strict
from cds_hooks.judgement.written.threshold import ABOVE, AT_LEAST, BELOW, compare
from terminology.vocabulary import Vocabulary

Function = Literal["tsh-target"]


class TargetFile(Strict):
    """One target range."""

    low: str
    high: str
    below_high: bool = False  # the upper edge itself is outside
    laboratory_low: bool = False  # the laboratory's own limit comes first
    laboratory_high: bool = False
    named: str
    source: tuple[str, ...]
    grade: str
    confidence: str


class AgeTargetFile(TargetFile):
    """A target range from an age on."""

    at_least: int


class ThyroidTargetFile(Strict):
    """What decides about a TSH target."""

    of: str
    central: tuple[str, ...]
    cancer: tuple[str, ...]
    planning: tuple[str, ...]
    pregnant: TargetFile
    planned: TargetFile
    age: tuple[AgeTargetFile, ...] = Field(min_length=1)


class TargetsFile(Strict):
    """`targets.toml`."""

    tsh_target: ThyroidTargetFile = Field(alias="tsh-target")


class Target(msgspec.Struct, frozen=True, gc=False):
    """A target range in the canonical unit; an edge that is absent is not judged."""

    low: Decimal | None
    high: Decimal | None
    below_high: bool
    source: str  # "ATA 2014, grade A", "the laboratory's own range"
    grade: str

    def beyond(self, side: str, value: Decimal, comparator: str | None) -> bool | None:
        """Whether a value is on that side of the range; None where that cannot be told."""
        edge, operator = (self.low, BELOW) if side == "below" else (self.high, AT_LEAST if self.below_high else ABOVE)
        return None if edge is None else compare(operator, value, edge, comparator)


@dataclass(frozen=True, slots=True)
class Ready:
    """A target range of the file with its numbers."""

    file: TargetFile
    low: Decimal
    high: Decimal

    def within(self, own_low: Decimal | None, own_high: Decimal | None) -> Target:
        """The range, with the laboratory's own limits where they come first."""
        low = own_low if self.file.laboratory_low else None
        high = own_high if self.file.laboratory_high else None
        own = "" if low is None and high is None else "the laboratory's own range, "
        return Target(
            self.low if low is None else low,
            self.high if high is None else high,
            self.file.below_high,
            f"{own}{self.file.named}, grade {self.file.grade}",
            self.file.grade,
        )


@dataclass(frozen=True, slots=True)
class ThyroidTargets:
    """The targets of TSH, ready to ask."""

    of: str
    central: tuple[str, ...]
    cancer: tuple[str, ...]
    planning: tuple[str, ...]
    pregnant: Ready
    planned: Ready
    ages: tuple[tuple[int, Ready], ...]  # the oldest first


def tsh_target(
    targets: ThyroidTargets,
    *,
    age: int,
    pregnant: bool,
    planning: bool,
    central: bool,
    own_low: Decimal | None = None,
    own_high: Decimal | None = None,
) -> Target | None:
    """The TSH target of a person; None in central hypothyroidism, where free T4 is read instead.

    ATA 2014 and 2017, from age 80 SORTED 1; the laboratory's own range counts from 18 to 69 only.
    """
    if central:
        return None
    if pregnant:
        return targets.pregnant.within(own_low, own_high)
    if planning:
        return targets.planned.within(own_low, own_high)
    band = next((ready for at_least, ready in targets.ages if age >= at_least), targets.ages[-1][1])
    return band.within(own_low, own_high)


def read_targets(file: TargetsFile, vocabulary: Vocabulary) -> ThyroidTargets:
    """The targets with their numbers. Raises ValueError naming a number that cannot be read."""
    written = file.tsh_target

    def ready(target: TargetFile) -> Ready:
        return Ready(target, *(vocabulary.quantity(written.of, text) for text in (target.low, target.high)))

    ages = sorted(written.age, key=lambda target: target.at_least, reverse=True)
    return ThyroidTargets(
        written.of,
        written.central,
        written.cancer,
        written.planning,
        ready(written.pregnant),
        ready(written.planned),
        tuple((target.at_least, ready(target)) for target in ages),
    )
