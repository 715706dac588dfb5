"""Where an issuer's keys come from: asked again as they age and when a token names a new one, and kept meanwhile."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from service.outside.refusing import Refused
from service.trust.distrust import Distrust, Why
from service.trust.keys import Key, Keys, key_for, read_keys
from service.trust.token import Header

log = logging.getLogger("hormone_cds")
Fetch = Callable[[str], Awaitable[bytes]]


@dataclass(frozen=True, slots=True)
class Terms:
    """How long keys count, in seconds."""

    fresh: float = 600  # after this they are asked for again, and after half of it without anybody waiting
    usable: float = 14_400  # while their source does not answer
    pause: float = 10  # between two askings, whatever tokens come
    patience: float = 2  # for an answer


class KeySource:
    """The keys at one address. Calls that need them at the same time share one request.

    `fetch` takes the address and brings the set's bytes; whatever it raises means that the source is away.
    """

    def __init__(self, address: str, fetch: Fetch, terms: Terms, now: Callable[[], float] = time.monotonic) -> None:
        self._address, self._fetch, self._terms, self._now = address, fetch, terms, now
        self._keys: Keys = ()
        self._had = self._asked = float("-inf")  # when
        self._asking: asyncio.Task[None] | None = None
        self._is_away = False

    async def key_for(self, header: Header) -> Key:
        """The key that must have signed a token with this header.

        Raises:
            Distrust: there is none, or the keys cannot be had.
        """
        await self._keep_fresh()
        found = key_for(header, self._keys)
        if found is None:
            await self._ask()
            found = key_for(header, self._keys)
        if found is None:
            raise Distrust(Why.KEY if self._keys else Why.KEYS_AWAY)
        return found

    @property
    def age(self) -> float | None:
        """Seconds since the keys were had; None where there are none that count."""
        age = self._now() - self._had
        return age if self._keys and age <= self._terms.usable else None

    async def keep(self) -> None:
        """Have keys before a call needs them, and ask again for those that are no longer fresh."""
        if self._now() - self._had > self._terms.fresh:
            await self._ask()

    async def _keep_fresh(self) -> None:
        age = self._now() - self._had
        if age > self._terms.fresh:
            await self._ask()
        elif age > self._terms.fresh / 2:
            self._begin()
        if self._now() - self._had > self._terms.usable:
            self._keys = ()

    async def _ask(self) -> None:
        """Ask, or wait for who is asking. One caller that goes away does not end it for the others."""
        asking = self._begin()
        if asking is not None:
            await asyncio.shield(asking)

    def _begin(self) -> asyncio.Task[None] | None:
        if self._asking is None and self._now() - self._asked >= self._terms.pause:
            self._asked = self._now()
            self._asking = asyncio.create_task(self._load())
        return self._asking

    async def _load(self) -> None:
        try:
            async with asyncio.timeout(self._terms.patience):
                published = await self._fetch(self._address)
            self._keys, self._had = read_keys(published), self._now()
        except Exception as error:
            if not self._is_away:
                log.warning("keys cannot be had from %s (%s)", self._address, _reason(error))
            self._is_away = True
        else:
            if self._is_away:
                log.info("keys are had again from %s", self._address)
            self._is_away = False
        finally:
            self._asking = None


def _reason(error: Exception) -> str:
    """Our own words about what was read; of anything else only its kind."""
    return str(error) if type(error) in (ValueError, Refused) else type(error).__name__
