"""What a SMART scope lets a token read: version 1 (`user/Observation.read`) and 2 (`user/Observation.rs?…`)."""

from __future__ import annotations

import re
from enum import Enum
from typing import NamedTuple

_CLINICAL = re.compile(r"(patient|user|system)/([A-Za-z]+|\*)\.(read|write|\*|[cruds]+)(\?.*)?")


class Reach(Enum):
    """How much of one resource type a token may read."""

    WHOLE = "all of it"
    PART = "only what a query in the scope lets through"
    NOTHING = "none of it"


class _Granted(NamedTuple):
    level: str
    kind: str
    access: str
    query: str | None

    @property
    def reads(self) -> bool:
        return self.access != "write" and not {"r", "s", "*"}.isdisjoint(self.access)


def reach(scope: str, kind: str) -> Reach:
    """What is granted of a resource type. A scope that speaks of no resources says nothing: then all may be tried."""
    granted = _granted(scope)
    if not granted:
        return Reach.WHOLE
    fitting = [one for one in granted if one.kind in (kind, "*") and one.reads]
    if not fitting:
        return Reach.NOTHING
    return Reach.WHOLE if any(one.query is None for one in fitting) else Reach.PART


def is_of_one_patient(scope: str) -> bool:
    """Whether a token reads nothing but the data of the patient it was given for."""
    granted = _granted(scope)
    return bool(granted) and all(one.level == "patient" for one in granted)


def _granted(scope: str) -> list[_Granted]:
    return [_Granted(*found.groups()) for word in scope.split() if (found := _CLINICAL.fullmatch(word))]
