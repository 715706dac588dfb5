"""What the page of one protocol shows: its file in words, with the numbers of every profile side by side."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any

from cds_hooks.findings import URGENCIES, Citation, Urgency
from cds_hooks.judgement.knowledge.knowledge import Knowledge
from cds_hooks.judgement.planning.draws import Next
from cds_hooks.judgement.planning.panels import members
from cds_hooks.judgement.protocol.check import Check
from cds_hooks.judgement.protocol.protocol import Protocol
from cds_hooks.judgement.written.examples import Example
from cds_hooks.judgement.written.written import BranchFile, ProtocolFile
from cds_hooks.presentation.told.applying import applying
from cds_hooks.presentation.told.conditions import told
from cds_hooks.presentation.told.planned import next_draw
from cds_hooks.presentation.told.ranges import called_in_range
from cds_hooks.presentation.told.terms import Terms
from service.pages.reviewing.calendar import Calendar, calendar_of
from service.pages.reviewing.comparing import Part, compared_profiles
from service.pages.reviewing.stories import story_of

Conditions = Iterable[Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Said:
    """One line, and the profiles it is true of; none: all."""

    text: str
    profiles: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Group:
    """Conditions under a heading (its name among the words); each told once, or once for each way profiles differ."""

    heading: str
    conditions: list[list[Said]]


@dataclass(frozen=True, slots=True)
class Proof:
    """One example by its place among them, from 1, and how it makes a check come out."""

    place: int
    name: str
    state: str


class ProtocolPage:
    """A protocol told from its file and from the knowledge in force."""

    def __init__(self, file: ProtocolFile, knowledge: Knowledge) -> None:
        self.file = file
        self.knowledge = knowledge
        self.variants = [knowledge.variants[file.id, profile] for profile in file.profile]
        self.checks = knowledge.variants[file.id, file.default_profile].checks
        self.homes = {check.id: protocol.id for protocol in knowledge.protocols for check in protocol.check}

    @property
    def _terms(self) -> Terms:
        return Terms(self.knowledge, self.variants[0])

    def applies(self) -> list[str]:
        """Whom it is for, and whom it leaves out."""
        return applying(self.file, self._terms)

    def calendar(self, variant: Protocol) -> Calendar:
        """The visits of one profile as a picture."""
        panels = self.knowledge.panels
        return calendar_of(variant.schedule, self._terms.label, lambda item: frozenset(members((item,), panels)))

    def draws_for_safety(self) -> bool:
        """Whether any profile draws a test that matters for safety."""
        scheduled = (variant for variant in self.variants if variant.schedule.visits)
        return any(lane.is_safety for variant in scheduled for lane in self.calendar(variant).lanes)

    @cached_property
    def compared(self) -> list[Part]:
        """The numbers of all profiles side by side."""
        return compared_profiles(self.variants, self.knowledge)

    @cached_property
    def compared_sources(self) -> list[Citation]:
        """What those numbers cite, each once."""
        cells = (cell for part in self.compared for row in part.rows for cell in row.cells)
        return list(dict.fromkeys(source for cell in cells for source in cell.sources))

    @cached_property
    def urgencies(self) -> list[tuple[Urgency, list[Check]]]:
        """The checks by their urgency, the most urgent first."""
        ordered = [(urgency, [one for one in self.checks if one.file.urgency == urgency]) for urgency in URGENCIES]
        return [(urgency, checks) for urgency, checks in reversed(ordered) if checks]

    @cached_property
    def signed(self) -> list[Check]:
        """The checks that a clinician signed in this version."""
        return [one for one in self.checks if (one.file.id, self.file.version) in self.knowledge.signed]

    @cached_property
    def unverified(self) -> list[Check]:
        """The checks that rest on memory or on a local choice and that nobody signed."""
        return [one for one in self.checks if not one.strength.verified]

    def added(self) -> list[str]:
        """The titles of profiles that the site added."""
        return [self.file.profile[name].title for name in self.file.profile if self._is_added(name)]

    def _is_added(self, profile: str) -> bool:
        return (self.file.id, profile) in self.knowledge.added_by

    def proofs(self, check: str) -> list[Proof]:
        """The examples that say how a check comes out."""
        return [
            Proof(place, example.name, state)
            for place, example in enumerate(self.file.example, 1)
            for state, checks in self.outcomes(example)
            if check in checks
        ]

    def confidence(self, check: Check) -> list[str]:
        """The tags that say where a check's numbers come from, as names of words."""
        return [tag.strip().lower() for tag in check.strength.confidence.split("/")]

    def sources(self, names: Iterable[str]) -> list[Citation]:
        """What is cited."""
        return [self.knowledge.sources[name] for name in names]

    def labels(self, names: Iterable[str]) -> str:
        """Tests and panels as a list."""
        return ", ".join(map(self._terms.label, names))

    def forms(self, ids: Iterable[str]) -> str:
        """How the drug is given, as its forms are called."""
        return self._terms.forms(ids)

    def groups(self, check: Check) -> list[Group]:
        """What raises a check, apart from its branches."""
        written = check.file
        headed = [
            ("all", written.all),
            ("any", written.any),
            ("none", written.none),
            ("unless", written.unless),
        ]
        return [Group(heading, self._conditions(group)) for heading, group in headed if group]

    def branch(self, branch: BranchFile) -> Group:
        """One of several ways a check is raised."""
        return Group("all", self._conditions(branch.all))

    def _conditions(self, written: Conditions) -> list[list[Said]]:
        return [self.by_profile(partial(told, condition)) for condition in written]

    def by_profile(self, tell: Callable[[Terms], str]) -> list[Said]:
        """A sentence once, or once for each way in which the profiles' numbers change it."""
        said: dict[str, list[str]] = {}
        for variant in self.variants:
            text = tell(Terms(self.knowledge, variant))
            said.setdefault(text, []).append(self.file.profile[variant.profile].title)
        return [Said(text, tuple(titles) if len(said) > 1 else ()) for text, titles in said.items()]

    def next_draw(self, wish: Next) -> str:
        """The draw that a raised check asks for."""
        return next_draw(wish, self._terms)

    def in_range(self, check: Check) -> list[Said]:
        """When a clear result is called in range."""
        if check.in_range is None:
            return []
        place = self.checks.index(check)
        return self.by_profile(lambda terms: called_in_range(terms.variant.checks[place], terms))

    def story(self, example: Example) -> list[str]:
        """What an example tells about its patient."""
        return story_of(example, self._terms.label)

    def outcomes(self, example: Example) -> list[tuple[str, Sequence[str]]]:
        """Which checks an example raises, clears and leaves unknown."""
        all_states = (("raised", example.raises), ("clear", example.clears), ("unknown", example.unknown))
        return [(state, checks) for state, checks in all_states if checks]
