"""Where in a JSON text the values are that somebody asks for: one pass over its tokens, and nothing but those kept."""

from __future__ import annotations

import json
import re
from bisect import bisect_right
from collections.abc import Collection, Iterator
from typing import NamedTuple, TypeAlias

from cds_hooks.record.strict.flaws import Pointer

# Every token; blanks, colons and commas are passed over. What is in quotes is one token, whatever is in it.
_TOKEN = re.compile(r'"(?:[^"\\]++|\\.)*+"|[\[\]{}]|[^\s\[\]{}":,]+', re.DOTALL)
_Wanted: TypeAlias = "dict[str | int, _Wanted]"  # the next keys of the pointers wanted, and the keys after those


class Position(NamedTuple):
    """A line and a column, both counted from 1, in characters."""

    line: int
    column: int


def positions(text: str, pointers: Collection[Pointer]) -> dict[Pointer, Position]:
    """Where the values begin that pointers lead to, as far as the text has them.

    `text` is valid JSON. Of a name that is written twice the last value counts, as it does when the text is read.
    """
    wanted: _Wanted = {}
    for pointer in pointers:
        branch = wanted
        for key in pointer:
            branch = branch.setdefault(key, {})
    asked, lines = set(pointers), _line_starts(text)
    return {at: _position(lines, offset) for at, offset in _offsets(text, wanted) if at in asked}


def _position(lines: list[int], offset: int) -> Position:
    line = bisect_right(lines, offset)
    return Position(line, offset - lines[line - 1] + 1)


def _line_starts(text: str) -> list[int]:
    return [0, *(found.end() for found in re.finditer("\n", text))]


class _Open:
    """An object or list that is being read; `wanted` is None where nothing in it is asked for."""

    __slots__ = ("key", "names", "wanted")

    def __init__(self, names: bool, wanted: _Wanted | None) -> None:
        self.names, self.wanted = names, wanted
        self.key: str | int | None = None if names else 0


def _offsets(text: str, wanted: _Wanted) -> Iterator[tuple[Pointer, int]]:
    """Each value on the way to one that is wanted, with where it begins, in the order of the text."""
    path: list[_Open] = []
    for found in _TOKEN.finditer(text):
        token = found[0]
        first = token[0]
        if first in "]}":
            path.pop()
            _pass(path)
            continue
        inner = path[-1] if path else None
        if inner is not None and inner.names and inner.key is None:
            # A name nobody asks for need not be read.
            inner.key = json.loads(token) if inner.wanted else ""
            continue
        below = wanted if inner is None else _below(inner)
        if below is not None:
            yield tuple(one.key for one in path if one.key is not None), found.start()
        if first in "[{":
            path.append(_Open(first == "{", below or None))
        else:
            _pass(path)


def _below(inner: _Open) -> _Wanted | None:
    return inner.wanted.get(inner.key) if inner.wanted and inner.key is not None else None


def _pass(path: list[_Open]) -> None:
    """Go on to what comes after a value."""
    if path:
        inner = path[-1]
        inner.key = None if inner.names else inner.key + 1 if isinstance(inner.key, int) else None
