"""The alert burden: how often each kind of card was shown, and how often accepted or overridden, and why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Annotated, Any

import msgspec
from msgspec import Meta
from sqlmodel import Session

from service.storage.burden import (
    count_card_weeks,
    count_evaluations,
    count_kind_weeks,
    count_outcomes,
    count_shown,
    count_strange,
    count_unread_weeks,
    count_weeks,
    monday_of,
    take_time,
)

START = datetime(1970, 1, 1, tzinfo=UTC)
UNNAMED = "none"  # an override without a reason
MANY, MOST_OF_THEM = 50, 0.8  # shown so often and overridden so often: somebody should look at the check


class Kind(msgspec.Struct, frozen=True, omit_defaults=True):
    """One kind of card. Of a card that was told of more than once, the last counts."""

    service: str
    version: Annotated[str, Meta(description="Of the service.")]
    topic: Annotated[str, Meta(description="The card's static code.")]
    indicator: str
    shown: int
    accepted: int
    overridden: int
    unanswered: int
    check: Annotated[str, Meta(description="That spoke for the card; absent of a card that pools several.")] = ""
    protocol: str = ""
    protocolVersion: str = ""
    reasons: Annotated[dict[str, int], Meta(description="Of overriding, and how often each was given.")] = {}
    weeks: Annotated[
        dict[str, int],
        Meta(description="How often it was shown in each week (its Monday), where enough patients had it."),
    ] = {}
    review: Annotated[bool, Meta(description="Not critical, shown 50 times, over 80 % overridden.")] = False


class Few(msgspec.Struct, frozen=True):
    """All kinds that only few patients had, together: alone they might tell who somebody is."""

    kinds: int
    shown: int
    accepted: int
    overridden: int


class Asked(msgspec.Struct, frozen=True):
    """How often a service judged, and how often each prefetch key told nothing."""

    service: str
    evaluations: int
    absent: dict[str, int]


class Week(msgspec.Struct, frozen=True, omit_defaults=True):
    """One week, by its Monday. Of one in which few patients were seen, only how many evaluations there were."""

    monday: str
    evaluations: int
    shown: Annotated[dict[str, int], Meta(description="Cards by their indicator.")] = {}
    accepted: int = 0
    overridden: int = 0
    unread: Annotated[
        dict[str, int],
        Meta(description="Reasons why parts of charts were not read, and of how many evaluations."),
    ] = {}
    few: Annotated[bool, Meta(description="Few patients were seen: nothing else is told.")] = False


class Stats(msgspec.Struct, frozen=True, omit_defaults=True):
    """What was shown since a day, or since the oldest that is kept."""

    services: tuple[Asked, ...]
    shown: tuple[Kind, ...]
    few: Few
    unknownCards: Annotated[int, Meta(description="Feedback on cards that are not known, or no more.")]
    weeks: tuple[Week, ...]
    since: str = ""


def stats(session: Session, since: datetime | None, least: int) -> Stats:
    """Counts since a moment; kinds that fewer than `least` patients had are told together."""
    take_time(session)
    start = since or START
    shown, outcomes = count_shown(session, start), count_outcomes(session, start)
    weeks = [row for row in count_kind_weeks(session, start) if row[-1] >= least]
    kinds = [(_kind(row, outcomes, weeks), row[-1]) for row in shown]
    few = [kind for kind, patients in kinds if patients < least]
    return Stats(
        services=tuple(_asked(count_evaluations(session, start))),
        shown=tuple(sorted((kind for kind, patients in kinds if patients >= least), key=_place)),
        few=Few(len(few), *(sum(getattr(kind, name) for kind in few) for name in ("shown", "accepted", "overridden"))),
        unknownCards=count_strange(session, start),
        weeks=tuple(_weeks(session, start, least)),
        since=since.date().isoformat() if since else "",
    )


def _weeks(session: Session, start: datetime, least: int) -> Iterable[Week]:
    cards: dict[int, list[Sequence[Any]]] = {}
    for week, *told in count_card_weeks(session, start):
        cards.setdefault(week, []).append(told)
    unread: dict[int, Counter[str]] = {}
    for week, reasons, count in count_unread_weeks(session, start):
        unread.setdefault(week, Counter()).update(dict.fromkeys(reasons.split(), count))
    for week, evaluations, patients in sorted(count_weeks(session, start)):
        of_week = cards.get(week, []) if patients >= least else []
        yield Week(
            monday=monday_of(week).isoformat(),
            evaluations=evaluations,
            shown={indicator: shown for indicator, shown, _, _ in of_week},
            accepted=sum(accepted for _, _, accepted, _ in of_week),
            overridden=sum(overridden for *_, overridden in of_week),
            unread=dict(sorted(unread.get(week, {}).items())) if patients >= least else {},
            few=patients < least,
        )


def _kind(row: Sequence[Any], outcomes: Iterable[Sequence[Any]], weeks: Iterable[Sequence[Any]]) -> Kind:
    *key, shown, _ = row
    service, version, protocol, protocol_version, check, topic, indicator = key
    told = [(outcome, reason, count) for *other, outcome, reason, count in outcomes if other == key]
    accepted = sum(count for outcome, _, count in told if outcome == "accepted")
    reasons = {reason or UNNAMED: count for outcome, reason, count in told if outcome == "overridden"}
    overridden = sum(reasons.values())
    return Kind(
        service=service,
        version=version,
        topic=topic,
        indicator=indicator,
        shown=shown,
        accepted=accepted,
        overridden=overridden,
        unanswered=shown - accepted - overridden,
        check=check,
        protocol=protocol,
        protocolVersion=protocol_version,
        reasons=reasons,
        weeks=dict(sorted((monday_of(week).isoformat(), count) for *other, week, count, _ in weeks if other == key)),
        review=indicator != "critical" and shown >= MANY and overridden > MOST_OF_THEM * shown,
    )


def _asked(rows: Iterable[Sequence[Any]]) -> Iterable[Asked]:
    services: dict[str, int] = {}
    absent: dict[str, Counter[str]] = {}
    for service, keys, count in rows:
        services[service] = services.get(service, 0) + count
        absent.setdefault(service, Counter()).update(dict.fromkeys(keys.split(), count))
    return [Asked(service, services[service], dict(sorted(absent[service].items()))) for service in sorted(services)]


def _place(kind: Kind) -> tuple[Any, ...]:
    return (-kind.shown, kind.check or kind.topic, kind.service, kind.version, kind.protocolVersion)
