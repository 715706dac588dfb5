"""Protocol files as a clinician writes them: strict, unknown keys refused."""

from __future__ import annotations

from datetime import date
from functools import cached_property
from typing import Any, Literal

from pydantic import Field, model_validator

from cds_hooks.findings import Considered, Urgency
from cds_hooks.judgement.planning.draws import Next
from cds_hooks.judgement.planning.schedule import Only, Visit
from cds_hooks.judgement.timing.forms import Days
from cds_hooks.judgement.written.examples import Example
from cds_hooks.judgement.written.profiles import BandFile, LimitFile, ProfileFile
from cds_hooks.judgement.written.strict import Strict

Action = Literal["no-change", "verify", "repeat", "order", "counsel", "review", "reduce", "increase", "hold", "refer"]
Anatomy = Literal["male", "female"]  # which organs, never a gender
RESTRAINING: tuple[Action, ...] = ("reduce", "hold", "refer")


class Way(Strict):
    """One way in which a patient is someone a protocol is for; everything written in it must hold."""

    asked: bool = False  # a profile of this protocol was asked for by name
    anatomy: Anatomy | None = None  # by recorded organs, else by the recorded sex
    recorded_anatomy: Anatomy | None = None  # by recorded organs alone
    not_recorded_anatomy: Anatomy | None = None
    registered: Anatomy | None = None  # the recorded sex, whatever the organs
    not_anatomy: Anatomy | None = None  # where nothing tells the anatomy, it is not this one
    condition: tuple[str, ...] = ()  # one of them is recorded and active
    not_condition: tuple[str, ...] = ()
    taking: tuple[str, ...] = ()  # one of these, ingredient or class, is taken too
    not_taking: tuple[str, ...] = ()  # and none of these
    route: tuple[str, ...] = ()  # the protocol's drug is given by one of these
    daily_at_most: str | None = None  # and no more of it than this a day: "12.5 mg"


class Applies(Strict):
    """Whom a protocol is for: a drug taken (or planned), or results and diagnoses, and one of the ways, if any is
    written.
    """

    taking: tuple[str, ...] = ()  # ingredient or class, now or within `tail`
    but_not: tuple[str, ...] = ()  # drugs or classes that do not count as taking it: "contraceptive"
    systemic: bool = False  # only where it acts in the whole body, or that is not known
    planned: bool = False  # a draft order counts too
    results: tuple[str, ...] = ()  # or one of these was measured
    conditions: tuple[str, ...] = ()  # or one of these is recorded
    not_taking: tuple[str, ...] = ()  # never while one of these is taken
    new_for: Days = 0  # unless it was begun within so many days
    tail: Days = 0  # after the drug was stopped, safety goes on; longer where the form says so
    tail_if_end_unknown: Days = 0  # counted from the last order or dose, where no end is recorded
    way: tuple[Way, ...] = ()
    not_with: tuple[str, ...] = ()  # recorded conditions under which it does not apply, unless a profile asks for it
    gives_way_to: tuple[str, ...] = ()  # protocols that, applying, keep this one from it
    with_another: bool = False  # only beside another protocol that applies

    @cached_property
    def concerns(self) -> frozenset[str]:
        """The drugs, results and diagnoses without any of which it is not looked at."""
        return frozenset((*self.taking, *self.results, *self.conditions))

    @property
    def unconcerned(self) -> str:
        """What is said of a patient it is not for."""
        if not self.taking:
            return "nothing it is about was measured or recorded"
        return f"no {' or '.join(self.taking)} on the medication list, nor stopped recently enough to matter"


class BranchFile(Strict):
    """One of several ways a check is raised, with what it then says; what is left out is the check's own."""

    all: tuple[dict[str, Any], ...]
    urgency: Urgency | None = None
    action: Action | None = None
    says: str | None = None
    advice: str | None = None
    next: Next | None = None


class CheckFile(Strict):
    """One check as written. Placeholders in sentences are filled from the predicates that decided."""

    id: str
    topic: str
    urgency: Urgency
    says: str
    says_if_critical: str | None = None  # when every plausible reading of a doubtful value is critical
    advice: str
    action: Action
    clear: str | None = None
    note: str = ""
    source: tuple[str, ...]
    grade: str
    confidence: str
    all: tuple[dict[str, Any], ...] = ()
    any: tuple[dict[str, Any], ...] = ()
    none: tuple[dict[str, Any], ...] = ()
    unless: tuple[dict[str, Any], ...] = ()
    branch: tuple[BranchFile, ...] = ()  # one must hold; the first that does speaks
    yields_to: tuple[str, ...] = ()
    causal: tuple[str, ...] = ()  # drug classes it speaks of, where not those of its protocol
    restrains: bool = False  # raised, it mutes advice to increase, as reduce, hold and refer always do
    optimises: bool = False  # it advises on a dose or a target; it is no safety check
    escalates: bool = False  # raised without the repeat it asked for in time, it is one band more urgent
    holds: bool = False  # readings this check raises on are not judged by others
    gate: bool = False  # judged before the others: what it raises on is one-sided, or suspends advice on dose
    biases: dict[str, Literal["low", "high"]] = Field(default_factory=dict)  # analyte: its results read falsely so
    suspends: tuple[str, ...] = ()  # causal classes whose checks that optimise are unknown while this is raised
    any_reading: bool = False  # so for every reading, not only for those it is raised on
    in_range: tuple[str, str] | str | None = None  # lowest and highest, or a band: clear inside it is "in range"
    in_range_within: Days | None = None  # an older result is not called in range
    in_range_none: tuple[dict[str, Any], ...] = ()  # nor one of a patient for whom one of these holds
    next: Next | None = None

    @property
    def tells_of_overdue(self) -> bool:
        """Whether it may be raised because the window of a set of draws has passed."""
        return any(condition.get("visit") == "overdue" for condition in self._asked)

    @property
    def planned(self) -> frozenset[str]:
        """The drugs whose draft orders it asks about."""
        return frozenset(drug for condition in self._asked for drug in condition.get("planned", ()))

    @property
    def _asked(self) -> tuple[dict[str, Any], ...]:
        """Every condition that can raise it."""
        written = (*self.all, *self.any, *(condition for branch in self.branch for condition in branch.all))
        return (*written, *(inner for condition in written for inner in condition.get("all_of", ())))

    @model_validator(mode="after")
    def _asks_something(self) -> CheckFile:
        if not (self.all or self.any or self.branch):
            raise ValueError(f"check {self.id} asks nothing: give it conditions under all, any or branch")
        return self


class Signature(Strict):
    """A clinician's sign-off of one check in one version of its protocol."""

    check: str
    version: str
    name: str
    date: date


class ProtocolFile(Strict):
    """A protocol file."""

    id: str
    version: str
    title: str
    about: str
    drug: str | tuple[str, ...] | None = None  # ingredients, or a class, whose course anchors visits and timing
    causal: tuple[str, ...] = ()  # drug classes its advice is about; danger mutes increases of the same class only
    applies: Applies
    safety: tuple[str, ...] = ()
    limit: dict[str, LimitFile] = Field(default_factory=dict)
    band: dict[str, BandFile] = Field(default_factory=dict)
    only: dict[str, Only] = Field(default_factory=dict)
    visit: tuple[Visit, ...] = ()
    profile: dict[str, ProfileFile]
    check: tuple[CheckFile, ...]
    example: tuple[Example, ...] = ()

    @model_validator(mode="after")
    def _one_default(self) -> ProtocolFile:
        defaults = [name for name, profile in self.profile.items() if profile.default]
        if len(defaults) != 1:
            raise ValueError(f"protocol {self.id}: exactly one profile is the default, not {defaults or 'none'}")
        ids = [check.id for check in self.check]
        twice = {name for name in ids if ids.count(name) > 1}
        if twice:
            raise ValueError(f"protocol {self.id}: check id used twice: {', '.join(sorted(twice))}")
        return self

    @model_validator(mode="after")
    def _extends_one_that_stands_alone(self) -> ProtocolFile:
        alone = [name for name, profile in self.profile.items() if profile.extends is None]
        for name, profile in self.profile.items():
            if profile.extends is not None and profile.extends not in alone:
                known = ", ".join(alone) or "none"
                raise ValueError(
                    f"profile {name} extends {profile.extends!r}, which cannot be extended; known: {known}"
                )
        return self

    @cached_property
    def turn(self) -> tuple[bool, int]:
        """When it is considered: after those that decide whether it applies."""
        return self.applies.with_another, len(self.applies.gives_way_to)

    @cached_property
    def not_concerned(self) -> Considered:
        """The line on a patient it is not about."""
        return Considered(self.id, False, self.applies.unconcerned)

    @cached_property
    def drugs(self) -> tuple[str, ...]:
        """The ingredients or classes whose course anchors visits and timing."""
        return (self.drug,) if isinstance(self.drug, str) else self.drug or ()

    @cached_property
    def ordered(self) -> frozenset[str]:
        """The drugs whose orders concern it: those it is for, and those that a check asks about before they begin."""
        return frozenset(self.applies.taking).union(*(check.planned for check in self.check))

    @cached_property
    def overdue(self) -> frozenset[tuple[str, str]]:
        """The checks that tell of draws whose window has passed, with the protocol's name."""
        return frozenset((self.id, check.id) for check in self.check if check.tells_of_overdue)

    @cached_property
    def default_profile(self) -> str:
        """The profile used when none is asked for."""
        return next(name for name, profile in self.profile.items() if profile.default)

    def extended(self, name: str) -> ProfileFile:
        """A profile with everything it takes from the one it extends."""
        profile = self.profile[name]
        if profile.extends is None:
            return profile
        from_ = self.profile[profile.extends]
        return profile.but(
            limit={**from_.limit, **profile.limit},
            band={**from_.band, **profile.band},
            visit=profile.visit if profile.visit is not None else from_.visit,
        )
