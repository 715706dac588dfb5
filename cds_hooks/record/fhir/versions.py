"""One resource, sent more than once: identical repeats count once, of different versions the newer one counts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime

import msgspec
from msgspec.structs import replace

from cds_hooks.facts import Moment
from cds_hooks.record.fhir.elements import Resource
from cds_hooks.record.fhir.resources import Located
from cds_hooks.record.fhir.servers import server_of
from cds_hooks.record.moments import Calendar

_ANY_DAY = Calendar(Moment(date.max), UTC)


def distinct(located: Sequence[Located]) -> tuple[list[Located], list[Located]]:
    """Each resource once, in the order of the chart, and those whose versions contradict each other undecidably."""
    identities = [item.reference if item.resource.id else _unnamed(item) for item in located]
    if len(set(identities)) == len(located):
        return list(located), []
    groups: dict[str, list[Located]] = {}
    for identity, item in zip(identities, located, strict=True):
        groups.setdefault(identity, []).append(item)
    kept, disputed = [], []
    for group in (part for same in groups.values() for part in _by_server(same)):
        newest = group[0] if len(group) == 1 else _newest(group)
        if newest is not None:
            kept.append(newest)
        else:
            disputed.extend(group)
    return kept, disputed


def _by_server(group: list[Located]) -> list[list[Located]]:
    """Resources of one id, apart where two servers have one each: facts then name them by their addresses."""
    servers = {server_of(item.full_url) for item in group}
    if len(servers - {None}) < 2:
        return [group]
    parts: dict[str | None, list[Located]] = {}
    for item in group:
        server = server_of(item.full_url)
        named = item if server is None or item.full_url is None else replace(item, reference=item.full_url)
        parts.setdefault(server, []).append(named)
    return list(parts.values())


def _newest(group: Sequence[Located]) -> Located | None:
    """The version that is newer than, or the same as, every other; None when some pair cannot be told apart."""
    newest = group[0]
    for item in group:
        if _newer(newest, item) is item:
            newest = item
    content = _content(newest.resource)
    settled = all(_newer(newest, one) is newest or _content(one.resource) == content for one in group)
    return newest if settled else None


def _unnamed(item: Located) -> str:
    """What tells a resource without id from others."""
    return item.full_url or msgspec.json.encode(item.resource).decode()


def _content(resource: Resource) -> Resource:
    return msgspec.structs.replace(resource, meta=None)


def _newer(one: Located, other: Located) -> Located | None:
    """The later version by number, else by time of change; None when neither tells."""
    first, second = one.resource.meta, other.resource.meta
    if first is None or second is None:
        return None
    numbers = _number(first.versionId), _number(second.versionId)
    if numbers[0] is not None and numbers[1] is not None and numbers[0] != numbers[1]:
        return one if numbers[0] > numbers[1] else other
    changed = _ANY_DAY.known(first.lastUpdated), _ANY_DAY.known(second.lastUpdated)
    if changed[0] is None or changed[1] is None or changed[0] == changed[1]:
        return None
    return one if _at(changed[0]) > _at(changed[1]) else other


def _number(version: str | None) -> int | None:
    return int(version) if version and version.isascii() and version.isdigit() and len(version) <= 18 else None


def _at(moment: Moment) -> datetime:
    return moment.instant or datetime.combine(moment.day, datetime.min.time(), UTC)
