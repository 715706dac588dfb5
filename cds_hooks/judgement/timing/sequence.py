"""Results in order of time, as far as the chart tells it."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import takewhile
from operator import attrgetter

from cds_hooks.facts import Moment, Reading
from cds_hooks.judgement.timing.clock import sort_key

_DAY = attrgetter("effective.day")


def same_moment(one: Moment, other: Moment) -> bool:
    """Whether the chart leaves open which of two draws came first."""
    if one.day != other.day:
        return False
    return one.clock == other.clock or one.clock is None or other.clock is None


def is_alone(newest_first: Sequence[Reading]) -> bool:
    """Whether the newest reading is surely newer than every other."""
    return len(newest_first) == 1 or newest_first[0].effective.day != newest_first[1].effective.day


def moments(readings: Sequence[Reading]) -> list[tuple[Reading, ...]]:
    """Readings, newest first, with those of the same moment together."""
    groups: list[list[Reading]] = []
    for reading in readings:
        if groups and same_moment(groups[-1][0].effective, reading.effective):
            groups[-1].append(reading)
        else:
            groups.append([reading])
    return [tuple(group) for group in groups]


def newest_of(readings: Sequence[Reading]) -> tuple[Reading, ...]:
    """The first of `moments`; empty without readings."""
    return tuple(takewhile(lambda one: same_moment(readings[0].effective, one.effective), readings))


def may_be_newer(one: Moment, other: Moment) -> bool:
    return same_moment(one, other) or sort_key(one) > sort_key(other)


def newest_first(readings: Sequence[Reading]) -> tuple[Reading, ...]:
    """Newest first; ties by issue time, version and reference, so that the order is always the same."""
    if len(readings) == 1:
        return tuple(readings)
    if len(set(map(_DAY, readings))) == len(readings):
        return tuple(sorted(readings, key=_DAY, reverse=True))
    return tuple(
        sorted(readings, key=lambda r: (*sort_key(r.effective), r.issued, r.version, r.reference), reverse=True)
    )


def not_older(effective: Moment | None, newest: Reading | None) -> bool:
    return effective is None or newest is None or effective.day >= newest.effective.day
