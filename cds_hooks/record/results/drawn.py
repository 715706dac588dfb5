"""When a specimen was drawn, or something else was observed, as an Observation states it."""

from __future__ import annotations

from cds_hooks.facts import Moment, UnreadReason
from cds_hooks.record.fhir.elements import Resource
from cds_hooks.record.moments import Calendar


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


def is_timed(resource: Resource) -> bool:
    """Whether anything but the time of issue tells when."""
    return bool(resource.effectiveDateTime or resource.effectivePeriod or resource.effectiveInstant)


def _day_of(moment: Moment | UnreadReason) -> Moment | UnreadReason:
    return Moment(moment.day) if isinstance(moment, Moment) else moment
