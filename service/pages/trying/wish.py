"""What somebody asks for with the form: which chart, at which door, by which numbers, as of which day, changed how."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

from cds_hooks.refusal import Refusal
from service.pages.trying.readings import Change

_CHANGE = re.compile(r"(value|unit|day)-(\d{1,6})")


class Wish(NamedTuple):
    """The form as sent. `content` is whatever was pasted, dropped or uploaded, `sample` the name of one, if chosen."""

    content: bytes = b""
    sample: str = ""
    about: str = ""  # the name of the sample that a changed chart was
    door: str = ""
    profile: str = ""
    day: str = ""
    patient: int | None = None
    is_laboratory: bool = False  # the content was a laboratory's message, which tells of nothing else
    show: str = ""  # request or response: that alone, and not a page
    changes: Mapping[int, Change] = {}
    units: str = ""  # of a timeline: conventional or si
    period: str = ""  # months of it, or all


def wish_of(parts: Mapping[str, bytes]) -> Wish:
    """The fields as a wish. Raises Refusal (400): one of them is not UTF-8."""
    texts = {name: _text(name, part) for name, part in parts.items() if name not in ("content", "file")}
    patient = texts.get("patient", "")
    return Wish(
        content=parts.get("file") or parts.get("content") or b"",
        sample=texts.get("sample", ""),
        about=texts.get("about", ""),
        door=texts.get("door", ""),
        profile=texts.get("profile", ""),
        day=texts.get("day", ""),
        patient=int(patient) if patient.isdecimal() and len(patient) < 7 else None,
        is_laboratory=texts.get("origin") == "laboratory",
        show=texts.get("show", ""),
        changes={} if "reset" in texts else _changes(texts),
        units=texts.get("units") or texts.get("had-units", ""),
        period=texts.get("period", ""),
    )


def _changes(texts: Mapping[str, str]) -> dict[int, Change]:
    found: dict[int, dict[str, str]] = {}
    for name, text in texts.items():
        if said := _CHANGE.fullmatch(name):
            found.setdefault(int(said[2]), {})[said[1]] = text.strip()
    return {place: Change(**fields) for place, fields in found.items() if fields.keys() == {"value", "unit", "day"}}


def _text(name: str, part: bytes) -> str:
    try:
        return part.decode()
    except UnicodeDecodeError:
        raise Refusal(400, "structure", "Send the form in UTF-8.", name) from None
