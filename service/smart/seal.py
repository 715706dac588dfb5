"""Marks a chart that was read from an EHR, so that the page may send it back for other units, and nothing else."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

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

    def holds(self, mark: str, chart: bytes) -> bool:
        """Whether it is the mark of this chart, and not too old."""
        from itsdangerous import BadSignature

        try:
            return bool(self._maker().loads(mark, max_age=self._life) == sha256(chart).hexdigest())
        except BadSignature:
            return False

    def _maker(self) -> URLSafeTimedSerializer:
        from itsdangerous import URLSafeTimedSerializer

        return URLSafeTimedSerializer(self._key, salt=_NAME, signer_kwargs={"digest_method": sha256})
