"""Marks a chart that was read from an EHR, so that the page may send it back for other units, and nothing else."""

from __future__ import annotations

from datetime import datetime
from hashlib import sha256
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from itsdangerous import URLSafeTimedSerializer

_NAME = "hormone-cds-chart"


class Seal:
    """By the service's key, for so many seconds."""

    def __init__(self, key: str, life: int) -> None:
        self._key, self._life = key, life

    def of(self, chart: bytes) -> str:
        """The mark of one chart."""
        mark = self._maker().dumps(sha256(chart).hexdigest())
        return mark if isinstance(mark, str) else mark.decode()

    def set_at(self, mark: str, chart: bytes) -> datetime | None:
        """When this chart was marked so; None where it was not, or too long ago."""
        from itsdangerous import BadSignature

        try:
            told, at = self._maker().loads(mark, max_age=self._life, return_timestamp=True)
        except BadSignature:
            return None
        return cast("datetime", at) if told == sha256(chart).hexdigest() else None

    def _maker(self) -> URLSafeTimedSerializer:
        from itsdangerous import URLSafeTimedSerializer

        return URLSafeTimedSerializer(self._key, salt=_NAME, signer_kwargs={"digest_method": sha256})
