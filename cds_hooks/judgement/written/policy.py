"""Choices of the engine that no guideline states, read from `protocols/policy.toml`."""

from __future__ import annotations

from cds_hooks.judgement.timing.forms import ClockTime, Days, Hours
from cds_hooks.judgement.written.strict import Strict


class Policy(Strict):
    """What each value means stands beside it in the file."""

    adult_from: int
    episode_gap: Days
    assumed_interval: Hours
    interval_least: Hours
    interval_most: Hours
    forgotten_after: int
    baseline_for: Days
    results_for: Days
    in_range_for: Days
    fresh_for: Days
    order_lasts: Days
    overdue_within: Days
    soon: Days
    repeat_grace: Days
    projected_for: Days
    pregnancy_lasts: Days
    pregnancy_hcg: str
    pregnancy_hcg_for: Days
    slot_least: Hours
    slot_around: Hours
    day_begins: ClockTime
    day_ends: ClockTime
    goal_within: dict[str, tuple[str, str]]
