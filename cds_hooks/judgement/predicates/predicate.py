"""What a check may ask: the closed set of predicates, and how a protocol file's conditions become them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any, ClassVar, Self

from cds_hooks.judgement.chart.marks import Marks
from cds_hooks.judgement.predicates.outcome import Outcome, every
from cds_hooks.judgement.written.policy import Policy
from cds_hooks.judgement.written.strict import Strict
from cds_hooks.judgement.written.threshold import OPERATORS, Band, Threshold, span
from terminology.vocabulary import Vocabulary

if TYPE_CHECKING:
    from cds_hooks.judgement.chart.case import Case


@dataclass(frozen=True, slots=True)
class Numbers:
    """The named limits and bands of one profile, and the vocabulary that reads their units."""

    vocabulary: Vocabulary
    policy: Policy
    limits: Mapping[str, Mapping[str, Any]]
    bands: Mapping[str, Mapping[str, Any]]
    urgency: str = "info"  # of the check being read
    known: dict[tuple[str, str], Predicate] = field(default_factory=dict)  # by what is written, and the urgency

    def threshold(self, analyte: str, written: Mapping[str, Any]) -> Threshold:
        """A limit such as `{at_least = "54 %"}` in the analyte's canonical unit. Raises ValueError."""
        given = [(name, written[name]) for name in OPERATORS if written.get(name) is not None]
        if len(given) != 1:
            raise ValueError(f"{analyte}: give exactly one of {', '.join(OPERATORS)}")
        operator, text = given[0]
        return Threshold(operator, self._quantity(analyte, text), text)

    def named_limit(self, analyte: str, name: str) -> Threshold:
        """The limit a profile names. Raises ValueError for an unknown name."""
        if name not in self.limits:
            raise ValueError(f"no limit named {name!r}; known: {', '.join(sorted(self.limits)) or 'none'}")
        return self.threshold(analyte, self.limits[name])

    def band(self, analyte: str, name: str) -> Band:
        """The target band a profile names. Raises ValueError for an unknown name."""
        if name not in self.bands:
            raise ValueError(f"no band named {name!r}; known: {', '.join(sorted(self.bands)) or 'none'}")
        return self.range(analyte, self.bands[name]["low"], self.bands[name]["high"])

    def range(self, analyte: str, low: str, high: str) -> Band:
        """A range such as `450 ng/dL` to `700 ng/dL` in the analyte's canonical unit. Raises ValueError."""
        edges = self._quantity(analyte, low), self._quantity(analyte, high)
        if edges[0] >= edges[1]:
            raise ValueError(f"a range of {low} to {high}: write the smaller number first")
        return Band(*edges, span(low, high), low, high)

    def _quantity(self, analyte: str, text: str) -> Decimal:
        value = self.vocabulary.quantity(analyte, text)
        if value < 0 and not self.vocabulary.analytes[analyte].unit.startswith("{"):  # only a score can be below zero
            raise ValueError(f"{analyte}: {text} is below zero, where no result can be")
        return value


class Predicate(ABC):
    """One thing a check asks of a case."""

    @abstractmethod
    def judge(self, case: Case) -> Outcome:
        """True, false or unknown for this case, with reasons."""

    def surely_false(self, case: Case) -> bool:
        """Whether `judge` would answer False, where a glance can tell; of what it cannot tell it answers False too."""
        return False

    def surely_open(self, case: Case) -> bool:
        """Whether `judge` would not answer True, and unknown for want of a result alone, where a glance can tell."""
        return False

    @property
    def asks_about(self) -> tuple[str, ...]:
        """The analytes whose results decide."""
        return ()

    @property
    def plainly(self) -> Threshold | None:
        """The limit, where a number and it decide."""
        return None

    @property
    def can_be_open(self) -> bool:
        """Whether a glance can ever tell that it only lacks a result."""
        return type(self).surely_open is not Predicate.surely_open

    @property
    def marks(self) -> Marks | None:
        """The marks of which a chart has one, or this is plainly false; None where no mark tells."""
        return None

    @property
    def told_by_marks(self) -> bool:
        """Whether a glance tells no more than its marks do, if any."""
        return type(self).surely_false is Predicate.surely_false

    @property
    def opens_without(self) -> tuple[str, int] | None:
        """An analyte, and days: without a result so old or less it only lacks one. None where more may decide."""
        return None


class Written(Strict):
    """A condition as a protocol file writes it. The key named by `keyword` tells conditions apart."""

    keyword: ClassVar[str]

    @abstractmethod
    def ready(self, numbers: Numbers) -> Predicate:
        """The predicate it means with the numbers of one profile. Raises ValueError for a number it cannot read."""


class Plain(Written, Predicate):
    """A condition that needs no numbers: it is its own predicate."""

    def ready(self, numbers: Numbers) -> Self:
        """Itself."""
        return self


Kinds = Mapping[str, type[Written]]


def read_predicate(written: Mapping[str, Any], kinds: Kinds, numbers: Numbers) -> Predicate:
    """The predicate a table in a protocol file stands for. Raises ValueError naming what would have worked.

    What several checks ask in the same words is one predicate, so that a case answers it once.
    """
    key = (repr(written), numbers.urgency)
    if key not in numbers.known:
        numbers.known[key] = _read(written, kinds, numbers)
    return numbers.known[key]


def _read(written: Mapping[str, Any], kinds: Kinds, numbers: Numbers) -> Predicate:
    if ALL_OF in written:
        return AllOf(tuple(read_predicate(part, kinds, numbers) for part in written[ALL_OF]))
    found = [keyword for keyword in kinds if keyword in written]
    if len(found) != 1:
        known = ", ".join(sorted((*kinds, ALL_OF)))
        raise ValueError(f"{dict(written)}: a condition has exactly one of {known}")
    return kinds[found[0]].read(written).ready(numbers)


ALL_OF = "all_of"


@dataclass(frozen=True, slots=True)
class AllOf(Predicate):
    """Several conditions that must hold together, inside a list of alternatives."""

    parts: tuple[Predicate, ...]

    @property
    def asks_about(self) -> tuple[str, ...]:
        return tuple(name for part in self.parts for name in part.asks_about)

    @property
    def marks(self) -> Marks | None:
        return next((part.marks for part in self.parts if part.marks is not None), None)

    def surely_false(self, case: Case) -> bool:
        """Whether one of them is."""
        for part in self.parts:  # noqa: SIM110  (a generator takes twice as long)
            if case.refutes(part):
                return True
        return False

    def surely_open(self, case: Case) -> bool:
        """Whether one of them is."""
        return any(part.surely_open(case) for part in self.parts)

    def judge(self, case: Case) -> Outcome:
        """As `all` of a check."""
        return every(case.answer(part) for part in self.parts)
