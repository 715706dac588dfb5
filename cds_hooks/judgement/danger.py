"""A doubtful value may not hide danger: when every plausible reading of it is critical, its doubt is critical too."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

from cds_hooks.facts import Reading, Unread, UnreadReason
from cds_hooks.judgement.chart.case import Case
from cds_hooks.judgement.predicates.doubtful.doubts import readings_of_number
from cds_hooks.judgement.predicates.doubtful.implausible import Implausible
from cds_hooks.judgement.predicates.outcome import Doubt
from cds_hooks.judgement.predicates.single.latest import Latest
from cds_hooks.judgement.protocol.protocol import Protocol, Verdict
from cds_hooks.judgement.written.threshold import Threshold, compare

Windows = Mapping[str, tuple[Decimal, Decimal]]


def possibly_critical(
    verdicts: Sequence[Verdict], protocols: Sequence[Protocol], cases: Mapping[str, Case]
) -> Mapping[str, tuple[Doubt, ...]]:
    """The results behind which only critical values are plausible, by the raised data-quality check that names them."""
    doubts = [verdict for verdict in verdicts if verdict.raised and verdict.check.file.says_if_critical]
    if not doubts:
        return {}
    limits, windows = _critical_limits(protocols), _plausible(protocols)
    found = {
        verdict.id: tuple(
            doubt
            for doubt, value in _doubtful_numbers(verdict)
            if _only_critical(cases[verdict.protocol.id], doubt, value, limits, windows)
        )
        for verdict in doubts
    }
    return {name: critical for name, critical in found.items() if critical}


def _code(doubt: Doubt) -> str:
    """The LOINC code of a number without unit, which tells whether mass or moles were measured."""
    missing = isinstance(doubt.of, Unread) and doubt.of.reason is UnreadReason.UNIT_MISSING
    return doubt.of.code.rpartition("|")[2] if missing else ""


def _doubtful_numbers(verdict: Verdict) -> list[tuple[Doubt, Decimal]]:
    raised = [doubt for doubt in verdict.outcome.doubts if doubt.raised]
    numbers = [(doubt, doubt.of.reported if isinstance(doubt.of, Reading) else doubt.of.value) for doubt in raised]
    return [(doubt, value) for doubt, value in numbers if value is not None]


def _only_critical(
    case: Case, doubt: Doubt, value: Decimal, limits: Mapping[str, list[Threshold]], windows: Windows
) -> bool:
    analyte = doubt.analyte
    if analyte not in limits or analyte not in windows:
        return False
    low, high = windows[analyte]
    plausible = [read for _, read in readings_of_number(case, analyte, value, _code(doubt)) if low <= read <= high]
    return bool(plausible) and all(
        any(compare(limit.operator, read, limit.value, None) for limit in limits[analyte]) for read in plausible
    )


def _critical_limits(protocols: Sequence[Protocol]) -> dict[str, list[Threshold]]:
    limits: dict[str, list[Threshold]] = {}
    for protocol in protocols:
        for check in protocol.checks:
            alone = len(check.all) == 1 and not check.any and not check.none
            first = check.all[0] if alone and check.file.urgency == "critical" else None
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
