"""The id of one request: its caller's own when that is well-formed, else a new one; the same in log, trace and answer.

Only what looks like a UUID or 32 hexadecimal digits is taken over: any other text might be about a patient.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from contextvars import ContextVar
from secrets import token_hex

Headers = Iterable[tuple[bytes, bytes]]
HEADER = b"x-request-id"
under_way: ContextVar[str] = ContextVar("request_id", default="")  # of the request that is being answered
_ID = re.compile(rb"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}|[0-9a-fA-F]{32}")
_TRACEPARENT = re.compile(rb"(?!ff)[0-9a-f]{2}-((?!0{32})[0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}")


def request_id(headers: Headers) -> str:
    """`X-Request-Id`, else the trace of `traceparent`, else a new one. What was sent twice counts as not sent."""
    sent, traced = [], []
    for name, value in headers:
        if name == HEADER:
            sent.append(value)
        elif name == b"traceparent":
            traced.append(value)
    if len(sent) == 1 and _ID.fullmatch(sent[0]):
        return sent[0].decode("ascii")
    trace = _TRACEPARENT.fullmatch(traced[0]) if len(traced) == 1 else None
    return trace[1].decode("ascii") if trace is not None else token_hex(16)
