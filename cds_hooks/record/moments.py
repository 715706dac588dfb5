"""Times of a chart: as written with their own offset, to the precision the chart gave, never guessed."""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import UTC, date, datetime, time, tzinfo
from functools import lru_cache
from typing import NamedTuple

from cds_hooks.facts import Moment, UnreadReason
from cds_hooks.record.fhir.elements import Resource

_SHAPE = re.compile(
    r"(?P<year>\d{4})(-(?P<month>\d\d)(-(?P<day>\d\d)(T(?P<clock>\d\d:\d\d(:\d\d(\.\d+)?)?)(?P<offset>Z|[+-]\d\d:\d\d)?)?)?)?",
    re.ASCII,
)
_LONGEST = 40
FIRST_YEAR, LAST_YEAR = 1900, 2200  # beyond are placeholders such as 9999-12-31, not dates


class Calendar(NamedTuple):
    """What a chart's times are read against: the day (and hour) of judgement, and the site's time zone if known."""

    today: Moment
    zone: tzinfo | None

    def moment(self, text: str) -> Moment | UnreadReason:
        """A FHIR date, dateTime or instant; a reason when it is invalid or names no day."""
        return _moment(text, self.zone) if len(text) <= _LONGEST else UnreadReason.EFFECTIVE_INVALID

    def known(self, text: str | None) -> Moment | None:
        """The moment, or None when there is no usable one."""
        moment = self.moment(text) if text else None
        return moment if isinstance(moment, Moment) else None

    def is_future(self, moment: Moment) -> bool:
        """Whether a moment lies after today, compared at the coarser precision of the two."""
        return _is_after(moment, self.today)

    def is_past(self, moment: Moment) -> bool:
        """Whether a moment lies before today, compared at the coarser precision of the two."""
        return _is_after(self.today, moment)


class Draws:
    """The times of one chart's results; those of one draw are alike, so each is read once."""

    def __init__(self, calendar: Calendar) -> None:
        self._calendar = calendar
        self._known: dict[str, Moment | UnreadReason] = {}

    def effective(self, resource: Resource) -> Moment | UnreadReason:
        """When the specimen of a result was drawn, or why that is not known."""
        text = resource.effectiveDateTime
        if not text:
            return effective_of(resource, self._calendar)
        found = self._known.get(text)
        if found is None:
            found = self._known[text] = effective_of(resource, self._calendar)
        return found


def effective_of(resource: Resource, calendar: Calendar) -> Moment | UnreadReason:
    """When the specimen was drawn; of a period its end. The time of issue tells only the day."""
    period = resource.effectivePeriod
    text = resource.effectiveDateTime or (period and (period.end or period.start)) or resource.effectiveInstant
    if text:
        moment = calendar.moment(text)
    elif resource.issued:
        moment = _day_of(calendar.moment(resource.issued))
    else:
        return UnreadReason.EFFECTIVE_MISSING
    if isinstance(moment, Moment) and calendar.is_future(moment):
        return UnreadReason.EFFECTIVE_FUTURE
    return moment


def latest_day(text: str) -> date | None:
    """The last day a FHIR date may mean: of a bare year or month its last day. None when it is no date."""
    match = _SHAPE.fullmatch(text) if len(text) <= _LONGEST else None
    if match is None:
        return None
    year, month, day = int(match["year"]), int(match["month"] or 12), match["day"]
    try:
        return date(year, month, int(day) if day else monthrange(year, month)[1])
    except ValueError:
        return None


@lru_cache(maxsize=4096)
def _moment(text: str, zone: tzinfo | None) -> Moment | UnreadReason:
    match = _SHAPE.fullmatch(text)
    if match is None:
        return UnreadReason.EFFECTIVE_INVALID
    try:
        if match["day"] is None:
            return UnreadReason.EFFECTIVE_IMPRECISE if _is_month(match) else UnreadReason.EFFECTIVE_INVALID
        day = date.fromisoformat(text[:10])
        if not FIRST_YEAR <= day.year <= LAST_YEAR:
            return UnreadReason.EFFECTIVE_INVALID
        return _timed(day, _clock(match["clock"]), match["offset"], zone) if match["clock"] else Moment(day)
    except (ValueError, OverflowError):
        return UnreadReason.EFFECTIVE_INVALID


def _clock(text: str) -> time:
    """A leap second, which FHIR allows and Python does not, is the second before it."""
    return time.fromisoformat(f"{text[:6]}59" if text[6:8] == "60" else text)


def _timed(day: date, clock: time, offset: str | None, zone: tzinfo | None) -> Moment:
    """`Z` tells the instant but not the local time, unless the site's zone is known; any other offset is local."""
    if offset is None:
        return Moment(day, clock, _instant(datetime.combine(day, clock, zone)) if zone else None)
    instant = _instant(datetime.fromisoformat(f"{day}T{clock}{offset}"))
    if offset != "Z":
        return Moment(day, clock, instant)
    if zone is None:
        return Moment(day, None, instant)
    local = instant.astimezone(zone)
    return Moment(local.date(), local.time(), instant)


def _instant(aware: datetime) -> datetime:
    return aware.astimezone(UTC)


def _is_month(match: re.Match[str]) -> bool:
    return match["year"] != "0000" and (match["month"] is None or 1 <= int(match["month"]) <= 12)


def _is_after(moment: Moment, other: Moment) -> bool:
    if moment.instant is not None and other.instant is not None:
        return moment.instant > other.instant
    if moment.day != other.day or moment.clock is None or other.clock is None:
        return moment.day > other.day
    return moment.clock > other.clock


def _day_of(moment: Moment | UnreadReason) -> Moment | UnreadReason:
    return Moment(moment.day) if isinstance(moment, Moment) else moment
