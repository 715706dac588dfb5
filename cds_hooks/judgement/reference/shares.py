"""Shares as protocol files write them: `17.7 %`."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated

from pydantic import BeforeValidator


def share(text: str) -> Decimal:
    """A share as a fraction. Raises ValueError when it is not a number of per cent."""
    number, _, unit = text.partition(" ") if isinstance(text, str) else ("", "", "")
    if unit != "%" or not number.replace(".", "", 1).isdecimal():
        raise ValueError(f"{text!r} is not a share; write it as in '3.5 %'")
    return Decimal(number).scaleb(-2)


Share = Annotated[Decimal, BeforeValidator(share)]
