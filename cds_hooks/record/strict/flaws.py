"""One thing that is wrong with what was posted, and where; what a patient's data may be in is never repeated."""

from __future__ import annotations

from typing import Literal, NamedTuple, TypeAlias

Severity = Literal["error", "warning", "information"]
Pointer: TypeAlias = tuple[str | int, ...]  # the keys and numbers that lead to a value, as in a JSON pointer


class Spot(NamedTuple):
    """A value's place: the spot it is in, and its key or number there; the outermost has its FHIRPath, or nothing."""

    within: Spot | None
    key: str | int

    def at(self, key: str | int) -> Spot:
        """The place of something in it."""
        return Spot(self, key)

    @property
    def pointer(self) -> Pointer:
        """From the outermost value to this one."""
        keys: list[str | int] = []
        spot = self
        while spot.within is not None:
            keys.append(spot.key)
            spot = spot.within
        return tuple(reversed(keys))

    @property
    def expression(self) -> str:
        """As FHIRPath: `Bundle.entry[3].resource.status`; what extends a primitive value is in that value."""
        spot, steps = self, list[str]()
        while spot.within is not None:
            steps.append(f"[{spot.key}]" if isinstance(spot.key, int) else f".{spot.key.removeprefix('_')}")
            spot = spot.within
        return f"{spot.key}{''.join(reversed(steps))}".removeprefix(".")


class Flaw(NamedTuple):
    """One problem. `code` is a FHIR IssueType; `spot` what is meant, `seen` what of it stands in the text.

    `said` is a sentence for a colleague: what is wrong and what would have worked.
    """

    severity: Severity
    code: str
    said: str
    spot: Spot
    seen: Spot


def flaw(code: str, said: str, spot: Spot, severity: Severity = "error") -> Flaw:
    """A flaw of something that stands in the text."""
    return Flaw(severity, code, said, spot, spot)


def lacking(said: str, within: Spot, name: str) -> Flaw:
    """A flaw of an element that is not there: the text shows what it is lacking in."""
    return Flaw("error", "required", said, within.at(name), within)
