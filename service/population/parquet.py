"""Parquet in and out, by DuckDB: a column of resources as JSON, and the tables of a run."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

NAMES = ("resource", "json", "line")  # of the column, the first that there is; else the only column of text
ROWS = 2_000  # fetched at a time
# Nothing is loaded from a network, and nothing of a chart is put down elsewhere.
CONFIG = {"memory_limit": "512MB", "threads": 1, "autoinstall_known_extensions": False, "temp_directory": ""}


class Missing(Exception):
    """DuckDB is not installed, or a file cannot be read or written."""


def texts_of(path: Path) -> Iterator[bytes]:
    """The resources of a Parquet file, row by row.

    Raises:
        Missing: it is not Parquet, or no column of text is known to hold them.
    """
    with connected() as connection, explained(f"{path.name}: cannot be read as Parquet"):
        place = [literal(path)]
        described = connection.execute("DESCRIBE SELECT * FROM read_parquet(?)", place).fetchall()
        texts = [str(name) for name, kind, *_ in described if kind in ("VARCHAR", "JSON")]
        column = column_of(texts, path.name)
        quoted = '"' + column.replace('"', '""') + '"'
        rows = connection.execute(f"SELECT {quoted} FROM read_parquet(?)", place)  # noqa: S608 - a column's name
        while some := rows.fetchmany(ROWS):
            yield from (text.encode() if text is not None else b"" for (text,) in some)


def column_of(texts: Sequence[str], file: str) -> str:
    """The column of resources, among all columns of text.

    Raises:
        Missing: it cannot be told.
    """
    column = next((name for name in NAMES if name in texts), texts[0] if len(texts) == 1 else None)
    if column is None:
        raise Missing(f"{file}: name the column of resources one of {', '.join(NAMES)}")
    return column


def literal(path: Path) -> str:
    """The path as it is, not a pattern."""
    return re.sub(r"[*?[]", r"[\g<0>]", str(path))


def table(results: Path, name: str) -> str:
    """Where a table of a run is: in one file or, as Spark writes it, in a folder of parts."""
    place = results / f"{name}.parquet"
    return f"{literal(place)}/*.parquet" if place.is_dir() else literal(place)


@contextmanager
def explained(what: str) -> Iterator[None]:
    """DuckDB's own words may quote a chart: its errors leave with the kind alone."""
    try:
        yield
    except _duckdb().Error as error:
        raise Missing(f"{what} ({type(error).__name__})") from None


def write(lines: Path, columns: dict[str, str], out: Path) -> None:
    """A file of JSON lines as Parquet, in the same order.

    Raises:
        Missing: it cannot be written.
    """
    with connected() as connection, explained(f"{out}: cannot be written as Parquet"):
        rows = connection.read_json(literal(lines), columns=columns, format="newline_delimited")
        partial = out.with_suffix(".partial")
        rows.write_parquet(str(partial), compression="zstd")
        partial.replace(out)


def connected() -> DuckDBPyConnection:
    """A database in memory that stays small.

    Raises:
        Missing: DuckDB is not installed.
    """
    connection: DuckDBPyConnection = _duckdb().connect(config=CONFIG)
    return connection


def _duckdb() -> ModuleType:
    try:
        import duckdb
    except ImportError:
        raise Missing("Parquet needs DuckDB: pip install 'hormone-cds[population]'") from None
    return duckdb
