"""Queries to one FHIR server on behalf of one hook call, until its time is up; the token goes to that server only."""

from __future__ import annotations

import asyncio
from urllib.parse import urljoin

from cds_hooks.record.fhir.resources import Resource
from cds_hooks.wire.access import Access
from cds_hooks.wire.prefetch.answers import SEARCHSET, Brought, joined, next_page, read_answer
from cds_hooks.wire.prefetch.lacks import Lack
from cds_hooks.wire.prefetch.queries import Query
from cds_hooks.wire.scopes import Reach, reach
from service.operating.tracing.spans import span
from service.outside.outside import Outside
from service.outside.places import locate
from service.outside.refusing import Refused, Why

MOST_PAGES = 50
LONG = 1_000  # characters of a query above which a refusal may be about its length
PAUSE = 0.1  # seconds before a busy server that names no time is asked again
_LENGTH_REFUSED = frozenset({404, 405, 413, 414, 431})
_BUSY = frozenset({429, 503})
_FHIR = "application/fhir+json"
_FORM = "application/x-www-form-urlencoded"


class Visit:
    """Asks within `seconds`, all queries together, and takes at most `most_bytes` in all."""

    def __init__(self, outside: Outside, access: Access, seconds: float, most_bytes: int) -> None:
        self._outside, self._access = outside, access
        self._server = locate(access.server)
        self._until = asyncio.get_running_loop().time() + seconds
        self._room = most_bytes

    async def ask(self, key: str, query: Query) -> Brought:
        """The answer to one query, all its pages, or why there is none."""
        granted = reach(self._access.scope, query.kind)
        if granted is Reach.NOTHING:
            return Brought(lack=Lack.SCOPE)
        try:
            body = await self._patiently(f"{self._access.server}/{query.relative}", query)
        except Refused as refused:
            return Brought(lack=lack_of(refused))
        found = read_answer(body, SEARCHSET if query.is_search else query.kind, f"prefetch.{key}")
        return (await self.read_on(key, found))._replace(is_partial=granted is Reach.PART)

    async def go_on(self, key: str, query: Query | None, sent: Resource) -> Brought:
        """A Bundle that the EHR sent, with the pages after it as far as the token lets them through."""
        found = await self.read_on(key, Brought(sent))
        is_partial = query is not None and reach(self._access.scope, query.kind) is Reach.PART
        return found._replace(is_partial=is_partial)

    async def read_on(self, key: str, found: Brought) -> Brought:
        """The same with the pages after it; the link to a page that could not be had stays, and says so."""
        seen: set[str] = set()
        while found.value is not None and (address := self._page_after(found.value)) is not None:
            if address in seen or len(seen) == MOST_PAGES:
                break
            seen.add(address)
            try:
                page = read_answer(await self._patiently(address), SEARCHSET, f"prefetch.{key}.page[{len(seen)}]")
            except Refused:
                break
            if page.value is None:
                break
            found = Brought(joined(found.value, page.value), unread=(*found.unread, *page.unread))
        return found

    def _page_after(self, value: Resource) -> str | None:
        """Its address, if it is on the same server: nobody else may see the token."""
        written = next_page(value)
        address = urljoin(f"{self._access.server}/", written) if written else ""
        target = locate(address)
        is_here = target is not None and self._server is not None and target.is_under(self._server)
        return address if is_here else None

    async def _patiently(self, url: str, query: Query | None = None) -> bytes:
        """One more try where a failure may pass: reading changes nothing, however often it is done."""
        try:
            return await self._once(url, query)
        except Refused as refused:
            pause = _pause(refused)
            if pause is None or pause >= self._left():
                raise
            await asyncio.sleep(pause)
            return await self._once(url, query)

    async def _once(self, url: str, query: Query | None) -> bytes:
        try:
            with span("ehr.call"):
                body = await self._outside.get(url, self._headers(), self._left())
        except Refused as refused:
            if query is None or len(url) < LONG or refused.status not in _LENGTH_REFUSED:
                raise
            body = await self._search(query)
        self._room -= len(body)
        if self._room < 0:
            raise Refused(Why.TOO_LARGE)
        return body

    async def _search(self, query: Query) -> bytes:
        """The same search with its parameters in the body."""
        _, _, parameters = query.relative.partition("?")
        address = f"{self._access.server}/{query.kind}/_search"
        headers = {**self._headers(), "Content-Type": _FORM}
        with span("ehr.call"):
            return await self._outside.post(address, headers, parameters.encode(), self._left())

    def _headers(self) -> dict[str, str]:
        return {"Accept": _FHIR, "Authorization": f"Bearer {self._access.token.reveal()}"}

    def _left(self) -> float:
        return self._until - asyncio.get_running_loop().time()


def lack_of(refused: Refused) -> Lack:
    """Why a key is lacking, when its query brought nothing."""
    if refused.why is Why.STATUS:
        return _BY_STATUS.get(refused.status or 0, Lack.REFUSED)
    return _BY_REASON[refused.why]


def _pause(refused: Refused) -> float | None:
    """Seconds until it is worth asking again; None when it is not."""
    if refused.why in (Why.UNREACHABLE, Why.BROKEN):
        return 0.0
    if refused.status in _BUSY:
        return PAUSE if refused.retry_after is None else float(refused.retry_after)
    return None


_BY_STATUS = {
    401: Lack.UNAUTHORIZED,
    403: Lack.UNAUTHORIZED,
    404: Lack.NOT_FOUND,
    410: Lack.NOT_FOUND,
    429: Lack.BUSY,
    503: Lack.BUSY,
}
_BY_REASON = {
    Why.NOT_LISTED: Lack.NOT_ALLOWED,
    Why.ADDRESS: Lack.NOT_ALLOWED,
    Why.UNREACHABLE: Lack.UNREACHABLE,
    Why.SLOW: Lack.SLOW,
    Why.BROKEN: Lack.UNUSABLE,
    Why.TOO_LARGE: Lack.TOO_LARGE,
    Why.REDIRECT: Lack.REFUSED,
}
