"""Whom of the list somebody wants to see: states and raised findings, never a patient's name or id."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from cds_hooks.findings import Urgency
from cds_hooks.presentation.worklist.listed import State

FLAGS: dict[State, str] = {"unsafe": "unsafe", "overdue": "overdue", "due": "due", "data-quality": "doubtful"}
Clause = tuple[str, list[object]]  # SQL, and what stands at its question marks


@dataclass(frozen=True, slots=True)
class Criteria:
    """All of them must hold; protocol, check and urgency of one raised finding, which is what makes the patient unsafe
    or overdue where that is asked for."""

    state: State | None = None
    protocol: str | None = None
    check: str | None = None
    site: str | None = None
    urgency: Urgency | None = None

    def clause(self, findings: str) -> Clause:
        """As SQL over the list; `findings` is where the findings are."""
        parts, values = ["true"], list[object]()
        if self.state is not None:
            parts.append(FLAGS[self.state])
        if self.site is not None:
            parts.append("site = ?")
            values.append(self.site)
        of_finding = list(self._of_finding())
        if of_finding:
            said = " AND ".join(part for part, _ in of_finding)
            parts.append(f"patient IN (SELECT patient FROM read_parquet(?) WHERE state = 'raised' AND {said})")  # noqa: S608 - our own words
            values += [findings, *(value for _, value in of_finding)]
        return " AND ".join(parts), values

    def _of_finding(self) -> Iterator[tuple[str, object]]:
        named = {"protocol": self.protocol, "check": self.check, "urgency": self.urgency}
        asked = [(f'"{name}" = ?', value) for name, value in named.items() if value is not None]
        yield from asked
        if asked and self.state == "unsafe":
            yield "urgency = ?", "critical"
        if asked and self.state == "overdue":
            yield "(overdue OR untested) = ?", True
