"""The list as CSV, a line for each patient; no cell of it is a formula to a spreadsheet."""

from __future__ import annotations

import codecs
import csv
import io
import re
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
# What begins like this a spreadsheet may carry out: wide signs too, and behind what others cut a line at than commas.
_FORMULA = re.compile(r"^(?=[\t\r\n])|(?:^|(?<=[;\t\r\n]))(?=[^\S\t\r\n]*[=+\-@\uff0b\uff0d\uff1d\uff20])")


def lines(words: Words, some: Iterable[list[Listed]]) -> Iterator[bytes]:
    """The file, piece by piece. It begins with the mark by which spreadsheets know UTF-8."""
    yield codecs.BOM_UTF8 + _written([COLUMNS])
    for patients in some:
        yield _written([_cells(words, one) for one in patients])


def harmless(cell: object) -> str:
    """A cell as text: behind an apostrophe where it would be a formula."""
    return _FORMULA.sub("'", "" if cell is None else str(cell))


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
