"""In which order context factors stand, and how many: the better supported first, a mere mechanism last."""

from __future__ import annotations

from collections.abc import Sequence

from cds_hooks.findings import Explanation
from cds_hooks.judgement.differential.ready import Factor
from cds_hooks.judgement.differential.written import DifferentialFile

Shown = tuple[Factor, Explanation]


def chosen(present: Sequence[Shown], file: DifferentialFile) -> list[Shown]:
    """The context factors that are shown. Those that explain take their places before what is merely taken."""
    ranked = sorted(present, key=lambda one: _standing(one, file))
    mechanisms = [one for one in ranked if one[1].grade == file.mechanism]
    dropped = {one[1].id for one in sorted(mechanisms, key=_merely_taken)[file.mechanisms :]}
    left = [one for one in ranked if one[1].id not in dropped]
    kept = {one[1].id for one in sorted(left, key=_merely_taken)[: file.shown]}
    return [one for one in left if one[1].id in kept]


def _standing(one: Shown, file: DifferentialFile) -> tuple[int, str]:
    _, told = one
    return file.grades.index(told.grade), told.id


def _merely_taken(one: Shown) -> bool:
    return one[0].file.display
