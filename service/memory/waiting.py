"""Entries on their way to the database, as many as memory has room for.

Beyond that the newest evaluations are lost and counted, since they were answered already. Feedback is not taken: it can
be sent again.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from typing import Any

from service.memory.entries import Answered, Reported

MOST = 10_000  # of each kind; an evaluation takes about 2 kB
AT_ONCE = 250  # of each kind in one transaction

Group = tuple[list[Answered], list[Reported]]


class Waiting:
    """Filled in the thread that answers, emptied by the one that writes; each end is touched by one of them alone."""

    def __init__(self) -> None:
        self.lost = 0
        self._answered: deque[Answered] = deque()
        self._reported: deque[Reported] = deque()

    def __len__(self) -> int:
        return len(self._answered) + len(self._reported)

    def add(self, answered: Answered) -> None:
        """Let an evaluation wait."""
        if len(self._answered) >= MOST:
            self.lost += 1
        else:
            self._answered.append(answered)

    def report(self, reported: Sequence[Reported]) -> bool:
        """Let items of feedback wait, all of them or none; whether there was room."""
        if len(self._reported) + len(reported) > MOST:
            return False
        self._reported.extend(reported)
        return True

    def concerns(self, patient: str) -> bool:
        """Whether something waits that tells of this patient."""
        # A copy, since the other thread may take entries meanwhile.
        return bool(self._reported) or any(one.patient == patient for one in tuple(self._answered))

    def next_group(self) -> Group:
        """What has waited longest; it goes on waiting until `drop` says that it was written."""
        return _first(self._answered), _first(self._reported)

    def drop(self, group: Group) -> None:
        """Let go of a group."""
        answered, reported = group
        for _ in answered:
            self._answered.popleft()
        for _ in reported:
            self._reported.popleft()


def size(group: Group) -> int:
    """How many entries a group has."""
    answered, reported = group
    return len(answered) + len(reported)


def halves(group: Group) -> tuple[Group, Group]:
    """The first part of a group of several, and the rest, each in its order."""
    answered, reported = group
    if answered and reported:
        return (answered, []), ([], reported)
    here, there = len(answered) // 2, len(reported) // 2
    return (answered[:here], reported[:there]), (answered[here:], reported[there:])


def _first(waiting: deque[Answered] | deque[Reported]) -> list[Any]:
    return [waiting[place] for place in range(min(AT_ONCE, len(waiting)))]
