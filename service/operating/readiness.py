"""Whether calls would be answered now: from what is known already, so that no probe makes us ask anybody."""

from __future__ import annotations

from collections.abc import Sequence
from time import monotonic
from typing import TYPE_CHECKING

from service.operating.reload import Reloader
from service.operating.standing import Part, Ready
from service.site.site import InForce

if TYPE_CHECKING:  # where no token is required, its libraries need not be loaded
    from service.trust.key_source import KeySource

STALE = 30.0  # seconds after which it is not known any more how the database is: whoever looks after it hangs
NEVER = "none"


class Readiness:
    """Of one process. `sources` are where clients' keys come from; none where no token is required."""

    def __init__(self, in_force: InForce, reloader: Reloader, sources: Sequence[KeySource] | None) -> None:
        self._in_force, self._reloader, self._sources = in_force, reloader, sources

    def now(self) -> Ready:
        """All parts."""
        knowledge, last = self._in_force.site.knowledge, self._reloader.last
        proven = Part("proven", digest=knowledge.digest, codeMap=knowledge.vocabulary.local.version)
        reload = Part(NEVER) if last is None else Part(last.outcome, _since(last.at))
        return Ready("ready", proven, self._storage(), self._keys(), reload)

    def problems(self, found: Ready) -> list[tuple[str, str]]:
        """The parts that keep calls from being answered, each with a sentence."""
        problems = []
        is_needed = self._sources is not None or not self._in_force.site.settings.ready_without_database
        if found.storage.state != "ok" and is_needed:
            problems.append(("storage", f"{_STORAGE[found.storage.state]} Last looked at {found.storage.age} s ago."))
        if found.keys.state == "away":
            problems.append(("keys", "No keys of clients can be had: no token can be proven."))
        return problems

    def _storage(self) -> Part:
        age = _since(self._in_force.looked_at)
        if age > STALE:
            return Part("unknown", age)
        return Part("away" if self._in_force.is_storage_away else "ok", age)

    def _keys(self) -> Part:
        if self._sources is None:
            return Part("not-needed")
        ages = [source.age for source in self._sources]
        usable = [age for age in ages if age is not None]
        state = "ok" if len(usable) == len(ages) else "some" if usable else "away"
        return Part(state, round(max(usable), 1) if usable else None, usable=len(usable), known=len(ages))


def _since(moment: float) -> float:
    return round(monotonic() - moment, 1)


_STORAGE = {
    "away": "The database cannot be reached, or not be written to.",
    "unknown": "It is not known whether the database can be reached.",
}
