"""Completes a hook call from the EHR's FHIR server: the keys nobody sent, and the pages after those that were."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date

from msgspec.structs import replace

from cds_hooks.wire.access import Access
from cds_hooks.wire.prefetch.answers import Brought
from cds_hooks.wire.prefetch.lacks import Lack
from cds_hooks.wire.prefetch.queries import resolve
from cds_hooks.wire.request import Incoming
from service.ehr.visit import Visit
from service.operating.counts.counting import Counting
from service.outside.outside import Outside
from service.outside.places import locate
from service.site.settings import Settings


class Ehr:
    """Every EHR that may be asked; close it at the end.

    A server that is slow holds up the calls that need it, and at most a quarter of the places of all calls.
    """

    def __init__(self, settings: Settings, counting: Counting) -> None:
        self._seconds = settings.fhir_timeout
        self._most_bytes = settings.max_body
        self._most_calls = max(1, settings.max_concurrent // 4)
        self._calls = Counter[str]()
        self._outside = Outside(
            settings.fhir_servers,
            private=settings.fhir_private,
            most_bytes=settings.max_body,
            note=counting.called_ehr,
        )

    async def complete(self, incoming: Incoming, access: Access, templates: Mapping[str, str], today: date) -> Incoming:
        """The call with what could be fetched of `templates`; what could not says why."""
        server = locate(access.server)
        # What is asked is written behind it, and would stand in its query.
        if server is None or server.query or not self._outside.allows(access.server):
            return replace(incoming, sent=incoming.sent.in_vain(templates, Lack.NOT_ALLOWED))
        with self._room_at(server.host_header) as has_room:
            if not has_room:
                return replace(incoming, sent=incoming.sent.in_vain(templates, Lack.BUSY))
            brought = await self._bring(access, incoming, templates, today)
        return replace(incoming, sent=incoming.sent.with_brought(brought))

    async def close(self) -> None:
        """Let all connections go."""
        await self._outside.close()

    @contextmanager
    def _room_at(self, host: str) -> Iterator[bool]:
        """Whether one more call may wait for this server."""
        self._calls[host] += 1
        try:
            yield self._calls[host] <= self._most_calls
        finally:
            self._calls -= Counter([host])

    async def _bring(
        self, access: Access, incoming: Incoming, templates: Mapping[str, str], today: date
    ) -> dict[str, Brought]:
        visit = Visit(self._outside, access, self._seconds, self._most_bytes)
        queries = {key: resolve(template, incoming.patient_id, today) for key, template in templates.items()}
        absent, paged = incoming.sent.absent(templates), incoming.sent.paged(templates)
        async with asyncio.TaskGroup() as group:
            fetched = {key: visit.ask(key, query) for key in absent if (query := queries[key]) is not None}
            read_on = {key: visit.go_on(key, queries[key], value) for key, value in paged.items()}
            tasks = {key: group.create_task(fetching) for key, fetching in (fetched | read_on).items()}
        return {key: task.result() for key, task in tasks.items()}
