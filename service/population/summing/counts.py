"""Counts of a population that add up over parts, whichever way it was cut: patients by measure, place and protocol."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import date, timedelta

import msgspec

from service.population.rows import FindingRow, Rows
from service.population.sites import ALL

SOON = timedelta(days=30)
Key = tuple[str, ...]


class Counts:
    """Patients counted by keys; each key begins with what is counted."""

    def __init__(self, today: date, counted: Iterable[tuple[Key, int]] = ()) -> None:
        self._soon = today + SOON
        self.counter: Counter[Key] = Counter(dict(counted))

    def add(self, rows: Rows) -> None:
        """Count one patient."""
        site, count = rows.patient.site, self.counter
        count["patients",] += 1
        if rows.patient.problem is not None:
            count["not judged", rows.patient.problem] += 1
            return
        for key in self._measured(rows):
            measure, protocol = key
            for place in (site, ALL):
                count[measure, place, protocol] += 1
        for check in {(row.protocol, row.check, row.urgency) for row in rows.findings if row.state == "raised"}:
            count["check", *check] += 1
        for reason in {str(row.reason) for row in rows.unread}:
            count["unread", reason] += 1
        for code in rows.unmapped:
            count["unmapped", *code] += 1

    def _measured(self, rows: Rows) -> set[tuple[str, str]]:
        """The measures that count this patient, each for a protocol and for all together."""
        found = {("judged", protocol) for protocol in (ALL, *rows.patient.protocols)}
        for row in rows.findings:
            for measure in measures(row):
                found |= {(measure, row.protocol), (measure, ALL)}
        if any(not draw.overdue and draw.due <= self._soon for draw in rows.draws):
            found.add(("due in 30 days", ALL))
        return found

    def merge(self, other: Counts) -> None:
        """Add the counts of other patients."""
        self.counter.update(other.counter)

    def encoded(self) -> bytes:
        """As JSON, in order."""
        return msgspec.json.encode(sorted(self.counter.items()))


def measures(row: FindingRow) -> Iterable[str]:
    """What a finding makes of its patient."""
    if row.state != "raised":
        return ("something unknown",)
    found = ["unsafe"] if row.urgency == "critical" else ["warned"] if row.urgency == "warning" else []
    if row.overdue:
        found.append("overdue")
    if row.untested:
        found.append("a needed result not found")
    return found
