"""The rows of a population run. They are the columns of its Parquet files, and its canonical JSON lines."""

from __future__ import annotations

from datetime import date, datetime

import msgspec

from cds_hooks.findings import State, Urgency


class Shown(msgspec.Struct, frozen=True, gc=False):
    """A result that a finding rests on."""

    reference: str
    analyte: str
    canonical: str | None
    effective: str | None


class FindingRow(msgspec.Struct, frozen=True, gc=False):
    """A raised or unknown finding.

    `overdue`: it is raised because the window of a set of draws passed, `days_over` ago. `untested`: raised, at least a
    warning, because a result was not found. `missing`: FHIR elements that an unknown one lacks.
    """

    patient: str
    protocol: str
    check: str
    state: State
    urgency: Urgency
    profile: str
    overdue: bool
    untested: bool
    summary: str
    evidence: tuple[Shown, ...]
    missing: tuple[str, ...]
    days_over: int | None


class DrawRow(msgspec.Struct, frozen=True, gc=False):
    """A proposed blood test; `overdue` where one of its reasons is an overdue check."""

    patient: str
    due: date
    earliest: date
    latest: date
    overdue: bool
    visit: str | None
    analytes: tuple[str, ...]
    orders: tuple[str, ...]
    reasons: tuple[str, ...]
    slot_start: datetime | None
    slot_end: datetime | None
    instruction: str


class UnreadRow(msgspec.Struct, frozen=True, gc=False):
    """A resource that could not be judged, and why."""

    patient: str
    reference: str
    reason: str
    code: str  # "" where none was understood
    detail: str


class PatientRow(msgspec.Struct, frozen=True, gc=False):
    """A patient, with what was found in counts. `problem` says why a chart could not be judged at all."""

    patient: str
    site: str
    age: int | None
    sex: str | None
    protocols: tuple[str, ...]
    critical: int  # raised, by urgency
    warning: int
    info: int
    unknown: int
    clear: int
    overdue: bool
    next_due: date | None
    unread: int
    problem: str | None


class Rows(msgspec.Struct, frozen=True, gc=False):
    """All rows about one patient, in canonical order, and codes of the chart that nobody understood."""

    patient: PatientRow
    findings: tuple[FindingRow, ...] = ()
    draws: tuple[DrawRow, ...] = ()
    unread: tuple[UnreadRow, ...] = ()
    unmapped: frozenset[tuple[str, str, str]] = frozenset()  # kind, system, code


TABLES: dict[str, type[msgspec.Struct]] = {
    "findings": FindingRow,
    "draws": DrawRow,
    "unread": UnreadRow,
    "patients": PatientRow,
}
_SHOWN = "STRUCT(reference VARCHAR, analyte VARCHAR, canonical VARCHAR, effective VARCHAR)[]"
encode = msgspec.json.encode


def columns(table: str) -> dict[str, str]:
    """The columns of a table with their SQL types."""
    return {field.name: _sql(msgspec.inspect.type_info(field.type)) for field in msgspec.structs.fields(TABLES[table])}


def _sql(kind: msgspec.inspect.Type) -> str:
    if isinstance(kind, msgspec.inspect.UnionType):
        return _sql(next(one for one in kind.types if not isinstance(one, msgspec.inspect.NoneType)))
    if isinstance(kind, msgspec.inspect.VarTupleType):
        return _SHOWN if isinstance(kind.item_type, msgspec.inspect.StructType) else "VARCHAR[]"
    names = {
        msgspec.inspect.IntType: "INTEGER",
        msgspec.inspect.BoolType: "BOOLEAN",
        msgspec.inspect.DateType: "DATE",
        msgspec.inspect.DateTimeType: "TIMESTAMP",
    }
    return names.get(type(kind), "VARCHAR")
