"""A doubtful value may not hide danger: when every plausible reading of it is critical, its doubt is critical too."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

from cds_hooks.judgement.case import Case
from cds_hooks.judgement.precedence import Verdict
from cds_hooks.judgement.predicates.latest import Latest
from cds_hooks.judgement.predicates.units import Implausible, readings_of_number
from cds_hooks.judgement.protocol import Protocol
from cds_hooks.judgement.threshold import Threshold, compare

Windows = Mapping[str, tuple[Decimal, Decimal]]


def possibly_critical(
    verdicts: Sequence[Verdict], protocols: Sequence[Protocol], cases: Mapping[str, Case]
) -> frozenset[str]:
    """Ids of raised data-quality checks behind which only critical values are plausible."""
    doubts = [verdict for verdict in verdicts if verdict.raised and verdict.check.file.says_if_critical]
    if not doubts:
        return frozenset()
    limits, windows = _critical_limits(protocols), _plausible(protocols)
    return frozenset(
        verdict.id
        for verdict in doubts
        if any(
            _only_critical(cases[verdict.protocol.id], analyte, value, limits, windows)
            for analyte, value in _doubtful_numbers(verdict)
        )
    )


def _doubtful_numbers(verdict: Verdict) -> list[tuple[str, Decimal]]:
    numbers = [(reading.analyte, reading.reported) for reading in verdict.outcome.readings]
    return numbers + [(u.analyte, u.value) for u in verdict.outcome.unread if u.analyte and u.value is not None]


def _only_critical(
    case: Case, analyte: str, value: Decimal, limits: Mapping[str, list[Threshold]], windows: Windows
) -> bool:
    if analyte not in limits or analyte not in windows:
        return False
    low, high = windows[analyte]
    plausible = [read for _, read in readings_of_number(case, analyte, value) if low <= read <= high]
    return bool(plausible) and all(
        any(compare(limit.operator, read, limit.value, None) for limit in limits[analyte]) for read in plausible
    )


def _critical_limits(protocols: Sequence[Protocol]) -> dict[str, list[Threshold]]:
    limits: dict[str, list[Threshold]] = {}
    for protocol in protocols:
        for check in protocol.checks:
            first = check.all[0] if len(check.all) == 1 and check.file.urgency == "critical" else None
            if isinstance(first, Latest) and first.threshold is not None and first.times == 1 and not first.timing:
                limits.setdefault(first.analyte, []).append(first.threshold)
    return limits


def _plausible(protocols: Sequence[Protocol]) -> dict[str, tuple[Decimal, Decimal]]:
    windows: dict[str, tuple[Decimal, Decimal]] = {}
    for protocol in protocols:
        for check in protocol.checks:
            for predicate in (*check.all, *check.any):
                if isinstance(predicate, Implausible):
                    windows.update(predicate.windows)
    return windows
