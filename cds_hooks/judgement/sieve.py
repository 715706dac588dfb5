"""Which checks are plainly clear, told by asking each of their conditions at most once and the cheap ones first."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from cds_hooks.judgement.predicates.predicate import Predicate

if TYPE_CHECKING:
    from cds_hooks.judgement.case import Case

Places = int  # a set of places, one bit each
Needed = tuple[Predicate, Places, Places]  # a condition, who waits for it, and who falls where it plainly fails
# A condition by identity, how it tells that it plainly fails, who waits for it, and who is left then.
Question = tuple[int, Callable[["Case"], bool], Places, Places]
Ways = tuple[tuple[Predicate, ...], ...]  # alternatives, each a set of conditions


class Needs(NamedTuple):
    """Without which a check is clear: each of the conditions, and of each set of alternatives one."""

    conditions: tuple[Predicate, ...]
    alternatives: tuple[Ways, ...]


@dataclass(frozen=True, slots=True)
class Sieve:
    """Places stand for checks, in order from the lowest bit, and after them for their alternatives."""

    places: tuple[Places, ...]  # of the checks
    questions: Sequence[Question]
    alternatives: Sequence[tuple[Places, Places]]  # of a check: its alternatives, and who is left without any
    whole: Places

    def left(self, case: Case) -> Places:
        """The checks that are not plainly clear."""
        left, refuted = self.whole, case.refuted
        for name, fails, waiting, others in self.questions:
            if left & waiting:
                found = refuted[name] = fails(case)
                if found:
                    left &= others
        for ways, others in self.alternatives:
            if not left & ways:
                left &= others
        return left


def sieve_of(checks: Sequence[Needs]) -> Sieve:
    """The sieve that these checks go through together."""
    needed: list[Needed] = []
    alternatives: list[tuple[Places, Places]] = []
    place = 1 << len(checks)
    for index, check in enumerate(checks):
        own = falls = 1 << index
        for ways in check.alternatives:
            bits = [place << order for order in range(len(ways))]
            needed += [(predicate, bit, bit) for bit, way in zip(bits, ways, strict=True) for predicate in way]
            alternatives.append((sum(bits), own))
            falls |= sum(bits)
            place <<= len(ways)
        needed += [(predicate, own, falls) for predicate in check.conditions]
    whole = place - 1
    return Sieve(
        places=tuple(1 << index for index in range(len(checks))),
        questions=_in_order(needed, whole),
        alternatives=tuple((ways, whole & ~own) for ways, own in alternatives),
        whole=whole,
    )


def _in_order(needed: Iterable[Needed], whole: Places) -> tuple[Question, ...]:
    """Each condition once: those that look at no result first, then those that most wait for."""
    found: dict[int, Needed] = {}
    for predicate, place, falls in needed:
        _, waiting, fallen = found.get(id(predicate), (predicate, 0, 0))
        found[id(predicate)] = (predicate, waiting | place, fallen | falls)
    ordered = sorted(found.values(), key=lambda each: (bool(each[0].asks_about), -each[1].bit_count()))
    return tuple((id(one), one.surely_false, waiting, whole & ~fallen) for one, waiting, fallen in ordered)
