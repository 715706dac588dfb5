"""What the form asks for: which number, written how, and over whom."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from cds_hooks.judgement.supposed.number import Number
from cds_hooks.refusal import Refusal

LONGEST = 50  # characters of a number with its unit


@dataclass(frozen=True, slots=True)
class Wish:
    """The form as sent."""

    number: str = ""
    value: str = ""
    high: str = ""
    of: Literal["charts", "run"] = "charts"
    day: str = ""
    content: bytes = b""

    def named(self) -> Number:
        """The number.

        Raises:
            Refusal: none is named.
        """
        parts = self.number.split("|")
        if len(parts) != 3:
            raise Refusal(400, "required", "Choose a number.", "number")
        return Number(*parts)

    def texts(self) -> tuple[str, ...]:
        """What is to be written for it.

        Raises:
            Refusal: nothing is.
        """
        found = tuple(text.strip() for text in (self.value, self.high) if text.strip())
        if not found or max(map(len, found)) > LONGEST:
            raise Refusal(400, "required", "Write the new number with its unit, as in 52 %.", "value")
        return found


def wish_of(parts: Mapping[str, bytes]) -> Wish:
    """The fields of the form. Raises Refusal (400): one of them is not UTF-8."""
    try:
        texts = {name: parts.get(name, b"").decode() for name in ("number", "value", "high", "of", "day")}
    except UnicodeDecodeError:
        raise Refusal(400, "structure", "Send the form in UTF-8.") from None
    content = parts.get("file") or parts.get("content") or b""
    of: Literal["charts", "run"] = "run" if texts["of"] == "run" else "charts"
    return Wish(texts["number"], texts["value"], texts["high"], of, texts["day"], content)
