"""What one running service stands on: its settings and all knowledge, read from the packages' files at start."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.resources import files

from cds_hooks.facts import Moment
from cds_hooks.judgement.proof import proven
from cds_hooks.knowledge import Knowledge
from cds_hooks.refusal import Refusal
from service.settings import Settings, StartRefused, variable_of
from terminology.vocabulary import Vocabulary


@dataclass(frozen=True, slots=True)
class Site:
    """Settings and knowledge in force."""

    settings: Settings
    knowledge: Knowledge
    orders: Mapping[str, tuple[str, ...]]  # laboratory order code -> analytes its result answers

    def now(self) -> Moment:
        """The present moment on the site's clock; in UTC when no time zone is set."""
        present = datetime.now(self.settings.timezone or UTC)
        return Moment(present.date(), present.time().replace(microsecond=0), present.astimezone(UTC))

    def profiles(self, named: Sequence[str]) -> tuple[str, ...]:
        """The profiles to judge by: those named by the caller, else the site's.

        Raises:
            Refusal: a name no protocol knows.
        """
        known = self.knowledge.profiles
        if all(name in known for name in named):
            return tuple(named) or self.settings.profile
        raise Refusal(400, "value", f"Unknown profile. Known: {', '.join(known)}.", "profile")


def open_site(settings: Settings) -> Site:
    """Read the packaged knowledge and check that settings fit it.

    Raises:
        KnowledgeError: a protocol is broken; the message names file and place.
        StartRefused: a setting names a profile that no protocol knows.
    """
    knowledge = read_knowledge()
    unknown = set(settings.profile) - set(knowledge.profiles)
    if unknown:
        known = ", ".join(knowledge.profiles)
        raise StartRefused(f"{variable_of('profile')} names {', '.join(sorted(unknown))}; known: {known}")
    return Site(settings, knowledge, {order.code: order.analytes for order in knowledge.orders})


def read_knowledge() -> Knowledge:
    """Knowledge as packaged, with every example of every protocol judged and found to hold."""
    vocabulary = Vocabulary.build(packaged_files("terminology.tables"))
    return proven(packaged_files("cds_hooks.protocols", ".toml"), vocabulary)


def packaged_files(package: str, suffix: str = "") -> dict[str, bytes]:
    """The data files beside a package's `__init__.py`, by name."""
    entries = sorted(files(package).iterdir(), key=lambda entry: entry.name)
    return {
        entry.name: entry.read_bytes()
        for entry in entries
        if entry.is_file() and entry.name.endswith(suffix) and not entry.name.endswith((".py", ".pyc"))
    }
