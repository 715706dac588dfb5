"""Operations that take a whole organ, by the name that stands where a code should: the whole of it, never a part."""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping

_LONGEST = 120  # characters of a name; longer ones say more than it
_BEFORE = re.compile(r"(?:history of|hx of|h/o|status post|s/p|zustand nach|z\. ?n\.) ")

OperationNames = Mapping[str, tuple[str, ...]]


def read_operation_names(table: bytes) -> OperationNames:
    """From `operation-names.csv`: the concepts that each name means."""
    return {row["name"]: tuple(row["concepts"].split()) for row in csv.DictReader(table.decode().splitlines())}


def operation_named(names: OperationNames, text: str) -> tuple[str, ...]:
    """What a text means that is such a name and nothing else, but that it lies in the past; else nothing."""
    if len(text) > _LONGEST:
        return ()
    written = " ".join(text.casefold().replace(",", " ").split())
    return names.get(_BEFORE.sub("", written, count=1) if _BEFORE.match(written) else written, ())
