"""Brings keys from an address that the operator listed: no redirects, no proxies, bounded in size."""

from __future__ import annotations

from service.trust.keys import MOST_BYTES


async def fetch(url: str) -> bytes:
    """The body at a URL.

    Raises:
        httpx.HTTPError: there is none.
    """
    import httpx

    body = bytearray()
    async with httpx.AsyncClient(trust_env=False) as client, client.stream("GET", url) as answer:
        if answer.status_code != 200:
            raise ValueError(f"answered {answer.status_code}")
        async for chunk in answer.aiter_bytes():
            body += chunk
            if len(body) > MOST_BYTES:
                raise ValueError(f"more than {MOST_BYTES} bytes")
    return bytes(body)
