"""Reads the codes by which a site orders its blood tests: CSV rows of LOINC order code, system, code and display."""

from __future__ import annotations

import csv
import re
from collections.abc import Collection, Iterator, Mapping

COLUMNS = ("loinc", "system", "code", "display")
MOST = 5_000  # rows
LONGEST = 200  # characters of one cell
_ABSOLUTE = re.compile(r"(?:https?://[^\s/]+\S*|urn:[A-Za-z0-9][A-Za-z0-9.-]*[:.]\S+)")  # vendors write urn:com.epic.…
_CODE = re.compile(r"\S+(?: \S+)*")
Orderable = tuple[str, str, str]  # system, code, display


class OrderablesError(ValueError):
    """The file cannot be used; the message says in which line and what would have worked."""


def read_orderables(content: bytes, known: Collection[str]) -> Mapping[str, tuple[Orderable, ...]]:
    """What the site orders for each LOINC order code, in the order of the file; `known` are the codes we order by.

    Raises:
        OrderablesError: naming the line.
    """
    found: dict[str, tuple[Orderable, ...]] = {}
    for line, (loinc, *orderable) in _rows(content):
        system, code, display = orderable
        if loinc not in known:
            raise OrderablesError(f"line {line}: '{loinc}' is no LOINC code this service orders by: see orders.toml")
        if not _ABSOLUTE.fullmatch(system):
            raise OrderablesError(f"line {line}: system: write an absolute URI, such as https://… or urn:…")
        if not _CODE.fullmatch(code) or not display:
            raise OrderablesError(f"line {line}: code and display must not be empty, nor code hold stray spaces")
        if any((system, code) == row[:2] for row in found.get(loinc, ())):
            raise OrderablesError(f"line {line}: the same code stands twice for {loinc}")
        found[loinc] = (*found.get(loinc, ()), (system, code, display))
    return found


def _rows(content: bytes) -> Iterator[tuple[int, list[str]]]:
    try:
        reader = csv.reader(content.decode("utf-8-sig").splitlines(), strict=True)
        for number, row in enumerate(reader, 1):
            cells = [cell.strip() for cell in row]
            if number == 1 and tuple(cells) != COLUMNS:
                raise OrderablesError(f"line 1: the columns are {','.join(COLUMNS)}")
            if number > 1 and any(cells):
                yield number, _checked(number, cells)
    except (UnicodeDecodeError, csv.Error) as problem:
        raise OrderablesError(f"not a CSV file in UTF-8: {problem}") from None


def _checked(number: int, cells: list[str]) -> list[str]:
    if len(cells) != len(COLUMNS):
        raise OrderablesError(f"line {number}: {len(cells)} cells, where {','.join(COLUMNS)} are expected")
    if number > MOST or any(len(cell) > LONGEST or not cell.isprintable() for cell in cells):
        raise OrderablesError(f"line {number}: at most {MOST} lines, of cells of {LONGEST} visible characters")
    return cells
