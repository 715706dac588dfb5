"""What one running service stands on: its settings and all knowledge, read from the packages' files at start."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from importlib.resources import files
from threading import Lock
from time import monotonic
from typing import Protocol

from cds_hooks.facts import Moment, Unmapped
from cds_hooks.judgement.knowledge.building import build
from cds_hooks.judgement.knowledge.knowledge import Knowledge
from cds_hooks.judgement.proof import proven, proven_with
from cds_hooks.refusal import Refusal
from service.memory.memory import Memory
from service.operating.counts.counting import Counting
from service.site.environment import variable_of
from service.site.orderables import answered_by, with_orderables
from service.site.overlays import overlay_files
from service.site.proof import keep_proof, was_proven
from service.site.settings import Settings, StartRefused
from terminology.vocabulary import CodeMap, Vocabulary


@dataclass(frozen=True, slots=True)
class Site:
    """Settings and knowledge in force."""

    settings: Settings
    knowledge: Knowledge
    orders: Mapping[str, tuple[str, ...]]  # laboratory order code -> analytes its result answers

    def now(self) -> Moment:
        """The present moment on the site's clock; in UTC when no time zone is set."""
        return self.at(datetime.now(UTC))

    def at(self, instant: datetime) -> Moment:
        """An instant on the site's clock; in UTC when no time zone is set."""
        local = instant.astimezone(self.settings.timezone or UTC)
        return Moment(local.date(), local.time().replace(microsecond=0), instant.astimezone(UTC))

    def with_map(self, code_map: CodeMap) -> Site:
        """The same site with its own codes laid over the tables."""
        vocabulary = self.knowledge.vocabulary.with_map(code_map)
        return replace(self, knowledge=replace(self.knowledge, vocabulary=vocabulary))

    def profiles(self, named: Sequence[str]) -> tuple[str, ...]:
        """The profiles to judge by: those named by the caller, else the site's.

        Raises:
            Refusal: a name no protocol knows, or two of one protocol.
        """
        problem = problem_with(named, self.knowledge)
        if problem is not None:
            raise Refusal(400, "value", f"Wrong profile: {problem}.", "profile")
        return tuple(dict.fromkeys(named)) or self.settings.profile


class Store(Protocol):
    """Who writes to the database."""

    @property
    def is_away(self) -> bool:
        """Whether that failed when it was last tried."""


class InForce:
    """Holds the site as it stands now: replaced as a whole when knowledge or code map changes; a call keeps the one it
    met.

    `count` takes a patient's reference and the codes of the chart that were not understood; `counting` what is in
    `/metrics`. `looked_at` is when the database was last looked at, by the monotonic clock.
    """

    def __init__(
        self,
        site: Site,
        count: Callable[[str, Sequence[Unmapped]], None] = lambda patient, codes: None,
        memory: Memory | None = None,
        counting: Counting | None = None,
    ) -> None:
        self.site = site
        self.count = count
        self.memory = memory or Memory(site.settings)
        self.counting = counting or Counting()
        self.is_database_away = False
        self.stores: list[Store] = [self.memory]
        self.looked_at = monotonic()
        self._turn = Lock()

    @property
    def is_storage_away(self) -> bool:
        """Whether the database cannot be read, or not be written to by somebody who has to."""
        return self.is_database_away or any(store.is_away for store in self.stores)

    def replace(self, change: Callable[[Site], Site]) -> None:
        """Put another site in force, made from the one in force; changes of several threads come one after another."""
        with self._turn:
            self.site = change(self.site)


def problem_with(profiles: Sequence[str], knowledge: Knowledge) -> str | None:
    """Why these profiles cannot be meant together; names of profiles come from the knowledge, never from the caller."""
    known = knowledge.profiles
    if not set(profiles) <= set(known):
        return f"no protocol has it; known: {', '.join(known)}"
    for protocol in knowledge.protocols:
        rivals = [name for name in protocol.profile if name in profiles]
        if len(rivals) > 1:
            return f"{' and '.join(rivals)} are both of {protocol.id}, which is judged by one; name one of them"
    return None


def open_site(settings: Settings) -> Site:
    """Read the packaged knowledge with the site's overlays, and check that settings fit it.

    Raises:
        KnowledgeError: a protocol or an overlay is broken; the message names file and place.
        StartRefused: a setting names an overlay or orderables that are not there or not usable, a profile that no
            protocol knows, or two of one.
    """
    proved = proven_with(read_knowledge(), overlay_files(settings.overlays))
    knowledge = with_orderables(proved, settings.orderables)
    problem = problem_with(settings.profile, knowledge)
    if problem is not None:
        raise StartRefused(f"{variable_of('profile')}={','.join(settings.profile)}: {problem}")
    return Site(settings, knowledge, answered_by(knowledge.orders))


def read_knowledge() -> Knowledge:
    """Knowledge as packaged, with every example of every protocol judged and found to hold: now, or with exactly these
    files and this code before."""
    tables, protocols = _packaged()
    judge = build if was_proven(tables, protocols) else proven
    return judge(protocols, Vocabulary.build(tables))


def prove_knowledge() -> Knowledge:
    """The same, judged now in any case, and kept for later starts. Raises OSError where nothing may be written."""
    tables, protocols = _packaged()
    knowledge = proven(protocols, Vocabulary.build(tables))
    keep_proof(tables, protocols)
    return knowledge


def _packaged() -> tuple[dict[str, bytes], dict[str, bytes]]:
    return packaged_files("terminology.tables"), packaged_files("cds_hooks.protocols", ".toml")


def packaged_files(package: str, suffix: str = "") -> dict[str, bytes]:
    """The data files beside a package's `__init__.py`, by name."""
    entries = sorted(files(package).iterdir(), key=lambda entry: entry.name)
    return {
        entry.name: entry.read_bytes()
        for entry in entries
        if entry.is_file() and entry.name.endswith(suffix) and not entry.name.endswith((".py", ".pyc"))
    }
