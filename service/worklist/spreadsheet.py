"""The list as CSV, a line for each patient; no cell of it is a formula to a spreadsheet."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator

from cds_hooks.presentation.wording import Words, names
from cds_hooks.presentation.worklist.listed import Listed

COLUMNS = (
    "patient",
    "site",
    "age",
    "sex",
    "states",
    "urgency",
    "days_over",
    "draw_from",
    "draw_until",
    "tests",
    "checks",
    "reasons",
    "unread",
    "problem",
)
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")  # what begins like this a spreadsheet may carry out


def lines(words: Words, some: Iterable[list[Listed]]) -> Iterator[bytes]:
    """The file, piece by piece."""
    yield _written([COLUMNS])
    for patients in some:
        yield _written([_cells(words, one) for one in patients])


def harmless(cell: object) -> str:
    """A cell as text: behind an apostrophe where it would be a formula."""
    text = "" if cell is None else str(cell)
    return f"'{text}" if text.startswith(_FORMULA) else text


def _cells(words: Words, one: Listed) -> list[str]:
    draw = next(iter(one.draws), None)
    cells = (
        one.patient,
        one.site,
        one.age,
        one.sex,
        " ".join(one.states),
        one.urgency,
        one.daysOver,
        draw.earliest if draw else None,
        draw.latest if draw else None,
        names(words, draw.analytes) if draw else None,
        " ".join(reason.check for reason in one.reasons),
        " | ".join(f"{reason.urgency}: {reason.summary}" for reason in one.reasons),
        one.unread,
        one.problem,
    )
    return [harmless(cell) for cell in cells]


def _written(rows: Iterable[Iterable[str]]) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue().encode("utf-8", "replace")
