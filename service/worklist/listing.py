"""The list of one run: an index of it in memory, a few bytes for each patient listed; reasons and draws are read from
the run's Parquet files page by page."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from typing import TYPE_CHECKING, Any

from cds_hooks.findings import Draw, Slot
from cds_hooks.presentation.worklist.listed import STATES, Listed, Reason
from service.population import parquet
from service.population.summing.counts import SOON
from service.worklist.criteria import FLAGS, Criteria
from service.worklist.runs import Found, finished

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

DATA_QUALITY = "data-quality"  # the protocol whose raised checks say that a chart's data cannot be trusted
_AGAIN = "judge the population again, with this version, into a new folder"
AT_ONCE = 10_000  # patients, of a list that is read as a whole


class Unusable(Exception):
    """The results cannot be read; the message says what to do."""


class Listing:
    """The list of a run.

    Raises:
        Unusable: its files are damaged, gone, of another version, or by now those of another run.
        Missing: DuckDB is not installed.
    """

    def __init__(self, found: Found) -> None:
        self.found = found
        self.today = date.fromisoformat(found.about.today[:10])
        self._connection = parquet.connected()
        with self._explained():
            self._require_whole()
            self._index()
            self.counts = dict(zip(STATES, self._rows(_COUNTS)[0], strict=True))
            self.sites = tuple(site for (site,) in self._rows(_SITES, self._file("patients")))
            told = self._rows(_CHECKS, self._file("findings"))
            self.checks = tuple((str(protocol), str(check)) for protocol, check in told)

    def count(self, criteria: Criteria) -> int:
        """How many patients are listed by these criteria."""
        where, values = criteria.clause(self._file("findings"))
        with self._explained():
            return int(self._rows(f"SELECT count(*) FROM listed WHERE {where}", *values)[0][0])  # noqa: S608 - our own words

    def page(self, criteria: Criteria, first: int, most: int) -> list[Listed]:
        """Some of them from the one at `first` (0: the most urgent) on."""
        where, values = criteria.clause(self._file("findings"))
        with self._explained():
            rows = self._rows(f"{_LISTED} WHERE {where} ORDER BY place LIMIT ? OFFSET ?", *values, most, first)
            return self._whole(rows)

    def all(self, criteria: Criteria) -> Iterator[list[Listed]]:
        """All of them, so many at a time."""
        where, values = criteria.clause(self._file("findings"))
        after = 0
        while True:
            with self._explained():
                asked = f"{_LISTED} WHERE place > ? AND {where} ORDER BY place LIMIT ?"
                rows = self._rows(asked, after, *values, AT_ONCE)
                some = self._whole(rows)
            if some:
                yield some
            if len(rows) < AT_ONCE:
                return
            after = rows[-1][0]

    def _index(self) -> None:
        soon = self.today + SOON
        files = [self._file(name) for name in ("findings", "draws", "patients")]
        self._connection.execute(_INDEX, [DATA_QUALITY, files[0], files[1], soon, files[2]])

    def _require_whole(self) -> None:
        """Of a folder of parts, one that was not copied would be patients whom nobody misses."""
        for table, rows in self.found.rows.items():
            if self._rows("SELECT count(*) FROM read_parquet(?)", self._file(table)) != [(rows,)]:
                raise Unusable(f"{table}.parquet does not have all its parts: copy the whole folder, or {_AGAIN}")

    def _whole(self, rows: Sequence[tuple[Any, ...]]) -> list[Listed]:
        patients = [row[1] for row in rows]
        reasons = _by_patient(self._rows(_REASONS, self._file("findings"), patients))
        draws = _by_patient(self._rows(_DRAWS, self._file("draws"), patients))
        return [_listed(row, reasons.get(row[1], ()), draws.get(row[1], ())) for row in rows]

    def _rows(self, asked: str, *values: object) -> list[tuple[Any, ...]]:
        # A cursor of its own for each question: several are asked at a time.
        cursor: DuckDBPyConnection = self._connection.cursor()
        found: list[tuple[Any, ...]] = cursor.execute(asked, list(values)).fetchall()
        return found

    def _file(self, table: str) -> str:
        return parquet.table(self.found.place, table)

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            with parquet.explained("the results"):
                yield
        except parquet.Missing as missing:
            raise Unusable(f"{missing}: {_AGAIN}") from None
        if finished(self.found.place) != self.found:  # the index is of one run, and its reasons would be of another
            raise Unusable("it was replaced while it was read: ask again")


def _by_patient(rows: Sequence[tuple[Any, ...]]) -> dict[str, list[tuple[Any, ...]]]:
    found: dict[str, list[tuple[Any, ...]]] = {}
    for patient, *rest in rows:
        found.setdefault(patient, []).append(tuple(rest))
    return found


def _listed(row: tuple[Any, ...], reasons: Sequence[tuple[Any, ...]], draws: Sequence[tuple[Any, ...]]) -> Listed:
    _, patient, site, age, sex, urgency, days_over, next_due, unread, problem, *flags = row
    return Listed(
        patient=patient,
        site=site,
        states=tuple(state for state, holds in zip(STATES, flags, strict=True) if holds),
        urgency=urgency,
        age=age,
        sex=sex,
        daysOver=days_over,
        nextDue=next_due,
        unread=unread,
        problem=problem,
        reasons=tuple(Reason(*reason) for reason in reasons),
        draws=tuple(map(_draw, draws)),
    )


def _draw(row: tuple[Any, ...]) -> Draw:
    analytes, due, earliest, latest, instruction, orders, start, end, visit, reasons = row
    slot = Slot(start, end) if start is not None and end is not None else None
    return Draw(tuple(analytes), due, earliest, latest, instruction, tuple(orders), slot, visit, tuple(reasons))


_RANK = "CASE urgency WHEN 'critical' THEN 0 WHEN 'warning' THEN 1 WHEN 'info' THEN 2 ELSE 3 END"
_INDEX = f"""
CREATE TABLE listed AS
WITH told AS (
  SELECT
    patient, max(days_over) AS days_over, bool_or(untested) AS untested, bool_or(protocol = data_quality) AS doubtful
  FROM (SELECT *, ? AS data_quality FROM read_parquet(?))
  WHERE state = 'raised' AND (overdue OR untested OR protocol = data_quality) GROUP BY patient
), soon AS (
  SELECT patient, bool_or(NOT overdue) AS due FROM read_parquet(?) WHERE due <= ? GROUP BY patient
), everybody AS (
  SELECT
    p.patient, p.site, p.age, p.sex,
    CASE WHEN critical > 0 THEN 'critical' WHEN warning > 0 THEN 'warning' WHEN info > 0 THEN 'info' END AS urgency,
    told.days_over, p.next_due, p.unread, p.problem,
    critical > 0 AS unsafe, p.overdue OR coalesce(untested, false) AS overdue, coalesce(soon.due, false) AS due,
    coalesce(doubtful, false) OR p.problem IS NOT NULL AS doubtful
  FROM read_parquet(?) AS p LEFT JOIN told USING (patient) LEFT JOIN soon USING (patient)
)
SELECT
  CAST(row_number() OVER (ORDER BY {_RANK}, days_over DESC NULLS LAST, next_due NULLS LAST, patient) AS INTEGER)
    AS place, *
FROM everybody WHERE {" OR ".join(FLAGS.values())}
ORDER BY place
"""  # noqa: S608 - our own words
_COUNTS = f"SELECT {', '.join(f'count(*) FILTER ({flag})' for flag in FLAGS.values())} FROM listed"  # noqa: S608
_SITES = "SELECT DISTINCT site FROM read_parquet(?) ORDER BY site"
_CHECKS = """SELECT DISTINCT protocol, "check" FROM read_parquet(?) WHERE state = 'raised' ORDER BY ALL"""
_LISTED = f"""
SELECT place, patient, site, age, sex, urgency, days_over, next_due, unread, problem, {", ".join(FLAGS.values())}
FROM listed
"""  # noqa: S608 - our own words
_REASONS = f"""
SELECT patient, protocol, "check", urgency, summary, overdue, days_over FROM read_parquet(?)
WHERE state = 'raised' AND patient IN (SELECT unnest(?::VARCHAR[]))
ORDER BY {_RANK}, days_over DESC NULLS LAST, protocol, "check"
"""  # noqa: S608 - our own words
_DRAWS = """
SELECT patient, analytes, due, earliest, latest, instruction, orders, slot_start, slot_end, visit, reasons
FROM read_parquet(?) WHERE patient IN (SELECT unnest(?::VARCHAR[])) ORDER BY due, earliest, latest
"""
