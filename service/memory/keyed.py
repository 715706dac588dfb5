"""Names what may not be kept by a keyed hash: the same for the same, and nobody without the key can tell of whom."""

from __future__ import annotations

import hmac
import secrets
import time

from service.site.settings import Settings

_LENGTH = 16  # bytes of a name
_RANDOM = 11  # bits of an id that tell processes apart


class Keyed:
    """Names by the key of the settings, else by one that lives and dies with the process."""

    def __init__(self, settings: Settings) -> None:
        secret = settings.hash_key
        self.lasts = secret is not None
        self._key = secret.get_secret_value().encode() if secret is not None else secrets.token_bytes(32)

    def name(self, kind: str, *parts: str) -> str:
        """The name of a thing of a kind; empty when nothing is known of it."""
        if not any(parts):
            return ""
        text = "\0".join((kind, *parts)).encode("utf-8", "surrogatepass")
        return hmac.digest(self._key, text, "sha256")[:_LENGTH].hex()


def new_id() -> int:
    """An id that grows with time; see the tables."""
    return (time.time_ns() // 1000) << _RANDOM | secrets.randbits(_RANDOM)
