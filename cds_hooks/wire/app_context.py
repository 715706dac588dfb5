"""What a card's SMART link tells the app it opens (`appContext`), and what comes back of it with the token."""

from __future__ import annotations

import msgspec

_MOST = 2_000  # characters


class Opened(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """The check a card speaks of, and the analytes it rests on."""

    check: str = ""
    analytes: tuple[str, ...] = ()


def write_context(opened: Opened) -> str:
    """As a text of JSON, which EHRs hand on as it is."""
    return msgspec.json.encode(opened).decode()


def read_context(text: object) -> Opened:
    """What was told; nothing of what is not ours."""
    if not isinstance(text, str) or len(text) > _MOST:
        return Opened()
    try:
        return msgspec.json.decode(text, type=Opened)
    except msgspec.DecodeError:
        return Opened()
