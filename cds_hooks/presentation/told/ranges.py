"""When a clear result is called in range, in words."""

from __future__ import annotations

from cds_hooks.judgement.protocol.check import Check
from cds_hooks.presentation.told.conditions import told
from cds_hooks.presentation.told.terms import Terms, days, listed


def called_in_range(check: Check, terms: Terms) -> str:
    """`450–700 ng/dL, at most 365 days old`; nothing where it never is."""
    if check.in_range is None:
        return ""
    unless = [told(condition, terms) for condition in check.file.in_range_none]
    but = f", unless {listed(unless)}" if unless else ""
    return f"{check.in_range.band.text}, at most {days(check.in_range.within)} old{but}"
