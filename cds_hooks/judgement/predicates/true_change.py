"""Predicate over pairs of results: whether one changed by more than chance explains."""

from __future__ import annotations

from typing import ClassVar, Literal

from cds_hooks.judgement.case import Case
from cds_hooks.judgement.changes import Compared, compared, in_short, signed
from cds_hooks.judgement.predicates.outcome import Outcome, step
from cds_hooks.judgement.predicates.predicate import Numbers, Plain

_TRUTH: dict[str, bool | None] = {"true-change": True, "noise": False, "not-comparable": None}
_NAMED = 3  # changes a sentence names


class TrueChange(Plain):
    """`true_change`: one of these analytes, or any whose variation is tabled, changed by more than noise.

    False when all that changed is noise, unknown where results cannot be compared.
    """

    keyword: ClassVar[str] = "true_change"

    true_change: Literal[True] | tuple[str, ...]

    def ready(self, numbers: Numbers) -> TrueChange:
        """Itself, when it names analytes."""
        named = () if self.true_change is True else self.true_change
        unknown = [name for name in named if name not in numbers.vocabulary.analytes]
        if unknown:
            raise ValueError(f"true_change: not an analyte: {', '.join(unknown)}")
        return self

    @property
    def asks_about(self) -> tuple[str, ...]:
        return () if self.true_change is True else self.true_change

    def judge(self, case: Case) -> Outcome:
        """The strongest verdict decides; all pairs are told."""
        asked = [one for one in compared(case) if self.true_change is True or one[0].analyte in self.true_change]
        if not asked:
            because = step(self.keyword, None, "no two results of one analyte to compare")
            return Outcome(None, (because,))
        truths = [_TRUTH[change.verdict] for change, _ in asked]
        truth = True if True in truths else None if None in truths else False
        steps = tuple([step(self.keyword, _TRUTH[change.verdict], change.because) for change, _ in asked])
        readings = tuple([reading for _, pair in asked for reading in pair])
        return Outcome(truth, steps, readings, values=_spoken(case, asked) if truth else {})


def _spoken(case: Case, asked: list[Compared]) -> dict[str, str]:
    """What a sentence may say of the changes."""
    true = [(change, pair) for change, pair in asked if change.verdict == "true-change"]
    told = [f"{case.label(change.analyte)} {in_short(change)}" for change, _ in true]
    more = f" and {len(told) - _NAMED} more" if len(told) > _NAMED else ""
    first, pair = true[0]
    return {
        **case.sentence(pair[0]),
        "changes": ", ".join(told[:_NAMED]) + more,
        "change": f"{signed(first.percent)} %" if first.percent is not None else "",
        "baseline": first.baseline or "",
    }
