"""`hormone-cds check-token`: says to an operator or integrator why a token is refused; never prints it."""

from __future__ import annotations

import asyncio

from service.site.settings import Settings
from service.trust.audience import is_ours
from service.trust.distrust import Distrust
from service.trust.token import LONGEST
from service.trust.trusted import bases, outside_for, trusted
from service.trust.verify import Proven

MOST_READ = LONGEST + 100  # characters: a token with "Bearer " before it and line ends around it


def judge_token(settings: Settings, token: str, url: str) -> tuple[bool, str]:
    """Whether the token holds for a call of this URL, and a sentence that says why; it stays unused.

    Raises:
        StartRefused: the settings trust nobody.
    """
    try:
        proven = asyncio.run(_verify(settings, token.strip().removeprefix("Bearer ").strip(), url))
    except Distrust as distrust:
        return False, f"refused: {distrust.why}"
    return True, f"holds, from {proven.caller.issuer}, unless its jti was used before; it was not used up by this"


async def _verify(settings: Settings, token: str, url: str) -> Proven:
    called = (url,) if is_ours(url, bases(settings)) else ()
    outside = outside_for(settings)
    try:
        return await trusted(settings, outside.get).verify(token, called)
    finally:
        await outside.close()
