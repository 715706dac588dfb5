"""All clinical knowledge as one immutable value, built once from bytes and handed to every evaluation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from operator import attrgetter
from typing import NamedTuple

from cds_hooks.findings import Citation, Considered
from cds_hooks.judgement.differential.ready import Differential
from cds_hooks.judgement.knowledge.disagreement import Disagreement
from cds_hooks.judgement.knowledge.reading import Shared
from cds_hooks.judgement.planning.notes import Note
from cds_hooks.judgement.planning.panels import Panel
from cds_hooks.judgement.protocol.protocol import Protocol
from cds_hooks.judgement.reference.tables import Tables
from cds_hooks.judgement.timing.forms import Form
from cds_hooks.judgement.written.policy import Policy
from cds_hooks.judgement.written.written import ProtocolFile
from terminology.vocabulary import Vocabulary


class KnowledgeError(Exception):
    """Our own knowledge is broken: names the file and what is wrong. The service must not start with it."""


@dataclass(frozen=True, slots=True)
class LabOrder:
    """A blood test one can order: its LOINC code, official name, and the analytes a result of it answers.

    `local` is what the site orders for it, as (system, code, display).
    """

    code: str
    display: str
    analytes: tuple[str, ...]
    local: tuple[tuple[str, str, str], ...] = ()


class Candidate(NamedTuple):
    """A protocol that may apply, with what tells at once that it does not."""

    file: ProtocolFile
    id: str
    with_another: bool
    concerns: frozenset[str]
    not_concerned: Considered


@dataclass(frozen=True)
class Knowledge:
    """Protocols, forms, sources, orders and wording, in force together. `digest` names this exact content."""

    vocabulary: Vocabulary
    protocols: tuple[ProtocolFile, ...]
    variants: Mapping[tuple[str, str], Protocol]  # (protocol, profile) -> ready to judge
    forms: tuple[Form, ...]
    panels: Mapping[str, Panel]
    sources: Mapping[str, Citation]
    orders: tuple[LabOrder, ...]
    words: Mapping[str, str]  # sentences around findings, by name, with {placeholders}
    any_time: str  # what to tell whoever draws when the hour does not matter
    policy: Policy
    digest: str
    own_forms: Mapping[str, tuple[Form, ...]]  # of protocols that read a level in ways of their own
    tables: Tables
    signed: frozenset[tuple[str, str]] = frozenset()  # check, version
    notes: tuple[Note, ...] = ()  # of what is drawn
    added_by: Mapping[tuple[str, str], str] = field(default_factory=dict)  # (protocol, profile) -> the site's file
    measured_by: Mapping[str, str] = field(default_factory=dict)  # analyte -> the site's file of its laboratory
    # (protocol, check) -> numbers that the shipped profiles set differently
    disagreements: Mapping[tuple[str, str], tuple[Disagreement, ...]] = field(default_factory=dict)
    optimising: frozenset[tuple[str, str]] = frozenset()  # (protocol, check) that advise on a dose or target
    differential: Differential | None = None  # why a protocol may not be working
    files: Mapping[str, bytes] = field(default_factory=dict, repr=False)  # as they were read, by name
    site_files: Mapping[str, bytes] = field(default_factory=dict, repr=False)  # the site's own, by path

    @property
    def shared(self) -> Shared:
        """What every protocol is read with."""
        return Shared(self.vocabulary, self.sources, self.panels, self.policy, self.signed)

    @cached_property
    def in_turn(self) -> tuple[Candidate, ...]:
        """The protocols in the order they are considered in."""
        ordered = sorted(self.protocols, key=attrgetter("turn"))
        return tuple(
            Candidate(file, file.id, file.applies.with_another, file.applies.concerns, file.not_concerned)
            for file in ordered
        )

    def forms_of(self, protocol: str) -> tuple[Form, ...]:
        """The forms a protocol reads draw times by: its own before the general ones."""
        return self.own_forms.get(protocol, self.forms)

    @property
    def profiles(self) -> tuple[str, ...]:
        """Every profile some protocol defines."""
        return tuple(dict.fromkeys(name for protocol in self.protocols for name in protocol.profile))

    def protocol(self, name: str) -> ProtocolFile | None:
        """The protocol with this id."""
        return self._by_id.get(name)

    @cached_property
    def _by_id(self) -> Mapping[str, ProtocolFile]:
        return {protocol.id: protocol for protocol in self.protocols}

    @cached_property
    def no_change(self) -> frozenset[tuple[str, str]]:
        """The checks, with their protocol, that inform and advise no change."""
        return frozenset(
            (file.id, check.id) for file in self.protocols for check in file.check if check.action == "no-change"
        )
