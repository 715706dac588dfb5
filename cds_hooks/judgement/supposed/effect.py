"""How findings differ between two judgements of the same patients, check by check."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Literal, NamedTuple

from cds_hooks.findings import URGENCIES, State, Urgency
from cds_hooks.judged import Judged

Key = tuple[str, str]  # protocol, check
Turn = Literal["newly-raised", "no-longer-raised", "more-urgent", "less-urgent", "now-unknown", "no-longer-unknown"]
TURNS: tuple[Turn, ...] = (
    "newly-raised",
    "no-longer-raised",
    "more-urgent",
    "less-urgent",
    "now-unknown",
    "no-longer-unknown",
)
Standing = tuple[State, Urgency]
CLEAR: Standing = ("clear", "info")


class Changed(NamedTuple):
    """One finding that is another: of which patient (its place, from 1), and how."""

    place: int
    protocol: str
    check: str
    turn: Turn


class Effect:
    """What became of patients' findings, counted one patient after the other."""

    def __init__(self) -> None:
        self.patients = 0
        self.before: Counter[Key] = Counter()  # patients in whom a check is raised
        self.after: Counter[Key] = Counter()
        self.turns: Counter[tuple[Key, Turn]] = Counter()
        self.changed: list[Changed] = []

    def add(self, place: int, before: Judged, after: Judged) -> None:
        """Count one patient, judged by each; `place` says whom among them."""
        self.patients += 1
        was, is_now = _standings(before), _standings(after)
        self.before.update(key for key, (state, _) in was.items() if state == "raised")
        self.after.update(key for key, (state, _) in is_now.items() if state == "raised")
        for key in sorted({*was, *is_now}):
            for turn in _turns(was.get(key, CLEAR), is_now.get(key, CLEAR)):
                self.turns[key, turn] += 1
                self.changed.append(Changed(place, *key, turn))

    def touched(self, always: Iterable[Key]) -> list[Key]:
        """The checks whose findings differ, and those that ask for the number, whatever became of them."""
        return sorted({*always, *(key for key, _ in self.turns)})


def _standings(judged: Judged) -> Mapping[Key, Standing]:
    """Of every check that is not clear."""
    return {(one.protocol, one.check): (one.state, one.urgency) for one in judged.not_clear}


def _turns(was: Standing, is_now: Standing) -> Iterable[Turn]:
    (before, less), (after, more) = was, is_now
    if before == after:
        if after == "raised" and less != more:
            yield "more-urgent" if URGENCIES.index(more) > URGENCIES.index(less) else "less-urgent"
        return
    if after == "raised":
        yield "newly-raised"
    elif before == "raised":
        yield "no-longer-raised"
    if after == "unknown":
        yield "now-unknown"
    elif before == "unknown" and after == "clear":
        yield "no-longer-unknown"
