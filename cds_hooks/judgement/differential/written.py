"""The differential as a clinician writes it: discordances, factors that may explain them, questions; strict."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field, model_validator

from cds_hooks.findings import Exogenous
from cds_hooks.judgement.written.examples import Example
from cds_hooks.judgement.written.strict import Strict
from cds_hooks.judgement.written.written import Action

Grade = Literal["A", "B", "C", "D", "M", "X"]  # M: mechanism only; X: refuted, or the assay is not valid
DOSE_REVIEW = "DOSE-REVIEW"  # the last step
FactorKind = Literal["delivery", "comorbidity", "context"]


class WayFile(Strict):
    """One way in which something is there: checks that are raised, and conditions that hold; all that is written."""

    raised: tuple[str, ...] = ()  # one of these
    action: tuple[Action, ...] = ()  # and then advises one of these
    protocol: tuple[str, ...] = ()  # in one of these protocols
    all: tuple[dict[str, Any], ...] = ()
    none: tuple[dict[str, Any], ...] = ()

    @model_validator(mode="after")
    def _asks_something(self) -> WayFile:
        if not (self.raised or self.all):
            raise ValueError("a way names checks under raised, conditions under all, or both")
        return self


class DiscordanceFile(Strict):
    """A kind of not working as expected. `review` is what the last step says; without it the dose is never named."""

    id: str
    title: str
    level: bool  # a measured level is off, not how the patient does
    about: tuple[str, ...]  # the analytes in question
    exogenous: tuple[str, ...] = ()  # the hormone is given from outside while one of these is taken
    review: str = ""
    never_with: tuple[str, ...] = ()  # raised checks that forbid the last step
    way: tuple[WayFile, ...]


class FactorFile(Strict):
    """Something in the patient's life, body or drugs that may explain a discordance, and what it cannot explain."""

    id: str
    kind: FactorKind
    title: str
    expl: tuple[str, ...] = ()  # discordances
    exo: Exogenous  # does it change the measured level of a hormone given from outside
    explains: str
    cannot: str
    suggests: str = ""
    before_dose: bool = False  # to be settled before the dose is reviewed
    display: bool = False  # explains no discordance: what is known about something taken or eaten
    protocols: tuple[str, ...] = ()  # that it speaks for; left out: all
    grade: Grade
    reason: str
    source: tuple[str, ...]
    confidence: str
    never: str = ""  # why it is never shown
    way: tuple[WayFile, ...] = ()

    @model_validator(mode="after")
    def _shown_or_not(self) -> FactorFile:
        if self.grade == "X" and not self.never:
            raise ValueError(f"factor {self.id} is refuted: say under never why it is not shown")
        if bool(self.way) is bool(self.never):
            raise ValueError(f"factor {self.id}: give ways in which it is present, or say why it is never shown")
        if not self.never and bool(self.expl) is self.display:
            raise ValueError(f"factor {self.id}: it explains a discordance, or is for display only")
        return self


class AskFile(Strict):
    """A question for what the chart does not hold."""

    id: str
    text: str
    why: str
    expl: tuple[str, ...]
    but_not: tuple[str, ...] = ()  # not where one of these factors answers it
    all: tuple[dict[str, Any], ...] = ()  # what must hold for it to be asked
    none: tuple[dict[str, Any], ...] = ()  # and what must not: the chart answers it


class StepFile(Strict):
    """Which raised checks belong to a step of the differential."""

    topics: tuple[str, ...] = ()
    checks: tuple[str, ...] = ()


class ChangeFile(Strict):
    """The check that tells a true change from noise, and what its answers mean here."""

    check: str
    true: str
    noise: str
    unknown: str


class DifferentialFile(Strict):
    """differential.toml."""

    strict: bool  # refuse names of checks, protocols and drugs that are not known
    shown: int  # context factors at most
    mechanisms: int  # of them with a mechanism only
    asked: int  # questions at most
    grades: tuple[Grade, ...]  # in the order of what is shown; a grade that is left out is never shown
    mechanism: Grade
    safety: StepFile
    data: StepFile
    pre_analytic: StepFile
    change: ChangeFile
    discordance: tuple[DiscordanceFile, ...]
    ask: tuple[AskFile, ...]


class FactorExample(Example):
    """A story with the factors that must be shown and those that must not. `base` takes a story to start from."""

    base: str | None = None
    discordances: tuple[str, ...] = ()
    shows: tuple[str, ...] = ()
    hides: tuple[str, ...] = ()
    order: tuple[str, ...] = ()  # these, in this order


class FactorsFile(Strict):
    """context-factors.toml. A story of `base` is what examples start from; what they tell is added to it."""

    factor: tuple[FactorFile, ...]
    base: dict[str, dict[str, Any]] = Field(default_factory=dict)
    example: tuple[dict[str, Any], ...] = ()
