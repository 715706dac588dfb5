"""What the page of one protocol shows: its file in words, with the numbers of every profile side by side."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from cds_hooks.findings import Citation
from cds_hooks.judgement.check import Check
from cds_hooks.judgement.knowledge import Knowledge
from cds_hooks.judgement.planning.draws import Next
from cds_hooks.judgement.protocol import Protocol
from cds_hooks.judgement.written import BranchFile, Example, ProtocolFile
from cds_hooks.presentation.told.applying import applying
from cds_hooks.presentation.told.conditions import told
from cds_hooks.presentation.told.planned import next_draw
from cds_hooks.presentation.told.ranges import called_in_range
from cds_hooks.presentation.told.results import compared
from cds_hooks.presentation.told.terms import Terms, plain, span

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
class Number:
    """A row of a profile's numbers."""

    name: str
    value: str
    note: str
    sources: list[Citation]


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

    def numbers(self, variant: Protocol) -> list[Number]:
        """Limits and targets of one profile."""
        limits = [
            Number(
                f"{self._terms.label(limit.analyte)} limit" if limit.analyte else name.replace("-", " "),
                compared(limit.operators()),
                limit.note,
                self.sources(limit.source),
            )
            for name, limit in variant.limits.items()
        ]
        return limits + [
            Number(name.replace("-", " "), span(band.low, band.high), band.note, self.sources(band.source))
            for name, band in variant.bands.items()
        ]

    def sources(self, names: Iterable[str]) -> list[Citation]:
        """What is cited."""
        return [self.knowledge.sources[name] for name in names]

    def labels(self, names: Iterable[str]) -> str:
        """Tests and panels as a list."""
        return ", ".join(map(self._terms.label, names))

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
        label = self._terms.label
        therapies = [_therapy(therapy.as_written()) for therapy in example.therapies]
        readings = [f"{label(str(row[0]))} {row[1]}, {', '.join(map(_moment, row[2:]))}" for row in example.readings]
        unread = [f"{label(str(row[0]))} {row[2]}, unread ({plain([str(row[1])])[0]})" for row in example.unread]
        profile = [f"profile {', '.join(example.profile)}"] if example.profile else []
        organs = [*example.organs, *(f"no {organ}" for organ in example.organs_absent)]
        person = [example.sex, *([f"born {example.born}"] if example.born is not None else []), *organs]
        ordered = [f"ordered: {self.labels(example.ordered)}"] if example.ordered else []
        conditions = [said if isinstance(said, str) else f"{said[0]} on {said[1]}" for said in example.conditions]
        recorded = [f"recorded: {', '.join(plain(conditions))}"] if conditions else []
        recorded += [f"goal: {self._terms.label(name)} {low} to {high}" for name, low, high in example.goals]
        recorded += [f"last period {example.last_period}"] if example.last_period is not None else []
        return [*profile, *person, *therapies, *readings, *unread, *recorded, *ordered]

    def outcomes(self, example: Example) -> list[tuple[str, Sequence[str]]]:
        """Which checks an example raises, clears and leaves unknown."""
        all_states = (("raised", example.raises), ("clear", example.clears), ("unknown", example.unknown))
        return [(state, checks) for state, checks in all_states if checks]


def _moment(value: Any) -> str:
    return str(value).removesuffix(":00")


def _therapy(order: Mapping[str, Any]) -> str:
    told_as = {
        "route": "{}",
        "interval": "every {}",
        "start": "since {}",
        "last_dose": "last dose {}",
        "ended": "ended {}",
    }
    known = [words.format(_moment(order[name])) for name, words in told_as.items() if order[name] is not None]
    return ", ".join([str(order["text"]), *known])
