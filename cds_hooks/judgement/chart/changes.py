"""True change or noise: the newest result of each analyte against those before that were measured in the same way."""

from __future__ import annotations

from decimal import Context, Decimal

from cds_hooks.facts import Reading
from cds_hooks.findings import Change
from cds_hooks.judgement.chart.case import Case
from cds_hooks.judgement.chart.pairs import pairs_of, sum_of
from cds_hooks.judgement.chart.shown import number, rounded
from cds_hooks.judgement.reference.variation import Pair
from terminology.units.conversion import EXACT

_HUNDRED = Decimal(100)
_SHOWN = Context(prec=28)
_REGRESSED = "; the first lay outside its range: partly regression to the mean"


def changes_of(case: Case) -> tuple[Change, ...]:
    """One verdict for each analyte with two results whose variation is tabled. It holds back no safety rule."""
    return tuple([change_of(case, pair) for pair in pairs_of(case)])


def change_of(case: Case, pair: Pair) -> Change:
    """A pair with its numbers and words."""
    newest, earlier, row = pair.newest, pair.earlier, pair.row
    if row is None:
        text = f"{case.named(newest)} cannot be compared with {case.named(earlier[0])}: {pair.reason}"
        return Change(newest.analyte, pair.verdict, text, newest.reference, case.canonical(newest))
    count, total = len(earlier), sum_of(earlier)
    baseline = case.canonical(earlier[0]) if count == 1 else _mean(case, newest, total, count)
    against = f"{baseline} of {earlier[0].effective.text}" if count == 1 else f"{baseline}, the mean of {count} before"
    percent = _percent(_SHOWN.divide(_SHOWN.multiply(newest.value, count), total))
    down, up = (None, None) if row.no_verdict else map(_percent, row.ratios(count))
    regressed = pair.verdict == "true-change" and _returned(newest, earlier[-1])
    return Change(
        newest.analyte,
        pair.verdict,
        f"{case.named(newest)} against {against}: {_told(pair, percent, down, up)}{_REGRESSED if regressed else ''}",
        newest.reference,
        case.canonical(newest),
        tuple([one.reference for one in earlier]),
        baseline,
        percent,
        up,
        down,
        regressed,
        row.sources,
    )


def _told(pair: Pair, percent: Decimal, down: Decimal | None, up: Decimal | None) -> str:
    if down is None or up is None:
        return f"no verdict, {pair.reason}"
    return f"{signed(percent)} % (noise {signed(down)} to {signed(up)} %)"


def _percent(ratio: Decimal) -> Decimal:
    return rounded((ratio - 1) * _HUNDRED, 1)


def _mean(case: Case, newest: Reading, total: Decimal, count: int) -> str:
    known = case.vocabulary.analytes.get(newest.analyte)
    mean = rounded(EXACT.divide(total, Decimal(count)), max(1, known.decimals if known is not None else 1))
    return f"{number(mean)} {newest.unit}"


def _returned(newest: Reading, first: Reading) -> bool:
    """Whether the first value lay outside its laboratory's own range, and the newest lies on the way back."""
    high = first.upper is not None and first.value > first.upper and newest.value < first.value
    low = first.lower is not None and first.value < first.lower and newest.value > first.value
    return high or low


def signed(value: Decimal) -> str:
    """`+63.5` or `−38.8`."""
    return f"{'−' if value < 0 else '+'}{number(abs(value))}"


def in_short(change: Change) -> str:
    """`+722.2 % (noise up to +63.5 %)`, with the bound on the side it changed to."""
    if change.percent is None or change.up is None or change.down is None:
        return ""
    bound = change.up if change.percent > 0 else change.down
    return f"{signed(change.percent)} % (noise {'up' if change.percent > 0 else 'down'} to {signed(bound)} %)"
