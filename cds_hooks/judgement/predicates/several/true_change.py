"""Predicate over pairs of results: whether one changed by more than chance explains."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar, Literal

from cds_hooks.findings import Change
from cds_hooks.judgement.chart.case import Case
from cds_hooks.judgement.chart.changes import change_of, in_short, signed
from cds_hooks.judgement.chart.pairs import pairs_of
from cds_hooks.judgement.predicates.outcome import Outcome, step
from cds_hooks.judgement.predicates.predicate import Numbers, Plain
from cds_hooks.judgement.reference.variation import Pair

# The strongest first.
_TRUTH: Mapping[str, bool | None] = {"true-change": True, "not-comparable": None, "noise": False}
_NAMED = 2  # changes a sentence names; three are more than a card's line holds


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

    def surely_false(self, case: Case) -> bool:
        """Whether all that changed is noise."""
        asked = self._asked(case)
        return bool(asked) and all(pair.verdict == "noise" for pair in asked)

    def judge(self, case: Case) -> Outcome:
        """The strongest verdict decides; the pairs with it are told and are the evidence."""
        asked = self._asked(case)
        if not asked:
            because = step(self.keyword, None, "no two results of one analyte to compare")
            return Outcome(None, (because,))
        verdicts = {pair.verdict for pair in asked}
        verdict = next(name for name in _TRUTH if name in verdicts)
        strongest = [pair for pair in asked if pair.verdict == verdict]
        deciding = [change_of(case, pair) for pair in strongest]
        steps = [step(self.keyword, _TRUTH[verdict], change.because) for change in deciding]
        readings = tuple([reading for pair in strongest for reading in (pair.newest, pair.earlier[0])])
        values = _spoken(case, asked, deciding) if _TRUTH[verdict] else {}
        return Outcome(_TRUTH[verdict], tuple(steps), readings, values=values)

    def _asked(self, case: Case) -> Sequence[Pair]:
        pairs = pairs_of(case)
        return pairs if self.true_change is True else [one for one in pairs if one.newest.analyte in self.true_change]


def _spoken(case: Case, asked: Sequence[Pair], true: Sequence[Change]) -> dict[str, str]:
    """What a sentence may say of the changes."""
    told = [f"{case.label(change.analyte)} {in_short(change)}" for change in true[:_NAMED]]
    more = f" and {len(true) - _NAMED} more" if len(true) > _NAMED else ""
    first = true[0]
    newest = next(pair.newest for pair in asked if pair.newest.analyte == first.analyte)
    return {
        **case.sentence(newest),
        "changes": ", ".join(told) + more,
        "change": f"{signed(first.percent)} %" if first.percent is not None else "",
        "baseline": first.baseline or "",
    }
