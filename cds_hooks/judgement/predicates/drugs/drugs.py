"""Which drugs of the medication list a condition means: by name or class, route, product, form and reach."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cached_property

from cds_hooks.facts import Therapy
from cds_hooks.judgement.predicates.predicate import Written

Truth = bool | None


class OfDrugs(Written):
    """A condition about drugs; what is written beside their names says which orders of them count."""

    route: tuple[str, ...] = ()
    not_route: tuple[str, ...] = ()  # an order by one of these does not count; one of no known route does
    product: tuple[str, ...] = ()
    given_as: tuple[str, ...] = ()  # "gel", "patch"
    systemic: bool = False  # only where the drug acts in the whole body

    def suits(self, therapy: Therapy) -> Truth:
        """Whether an order is of the kind that counts; unknown where it leaves out what decides."""
        if self.not_route and therapy.route in self.not_route:
            return False
        if not (self.route or self.product or self.given_as or self.systemic):
            return True
        stated = (
            _among(therapy.route, self.route),
            _among(therapy.product, self.product),
            _among(therapy.form, self.given_as),
            therapy.systemic if self.systemic else True,
        )
        return both(stated)

    @cached_property
    def kind(self) -> str:
        """What else is asked of an order, for a sentence: ` (topical, systemic)`."""
        asked = [*self.route, *self.product, *self.given_as, *(("systemic",) if self.systemic else ())]
        asked += [f"not {' or '.join(self.not_route)}"] if self.not_route else []
        return f" ({', '.join(asked)})" if asked else ""

    def lacking(self, therapies: Iterable[Therapy]) -> str:
        """The elements that would tell whether orders count."""
        therapies = tuple(therapies)
        if not (self.route or self.product or self.given_as or self.systemic):
            return ""
        lacking = {
            "dosageInstruction.route": self.route and any(t.route is None for t in therapies),
            "medication (product)": self.product and any(t.product is None for t in therapies),
            "medication (form)": self.given_as and any(t.form is None for t in therapies),
            "dosageInstruction.route or medication (form)": self.systemic
            and any(t.systemic is None for t in therapies),
        }
        return next((element for element, lacks in lacking.items() if lacks), "")


def is_one_of(therapy: Therapy, drugs: Iterable[str]) -> bool:
    """Whether an order is of one of these ingredients or classes."""
    return not set(therapy.names).isdisjoint(drugs)


def named_drug(therapy: Therapy, drugs: Sequence[str]) -> str:
    """What a sentence calls it: of a mixture the ingredient asked for, where it is one by name."""
    if therapy.drug in drugs or not therapy.others:
        return therapy.drug
    return next((drug for drug in therapy.others if drug in drugs), therapy.drug)


def in_words(drugs: Iterable[str]) -> str:
    """`finasteride or dutasteride`."""
    return " or ".join(name.replace("-", " ") for name in drugs)


def both(truths: Iterable[Truth]) -> Truth:
    """True when all are, false when one is, else unknown."""
    found = tuple(truths)
    return False if False in found else None if None in found else True


def either(truths: Iterable[Truth]) -> Truth:
    """True when one is, false when none can be, else unknown."""
    found = tuple(truths)
    return True if True in found else None if None in found else False


def _among(stated: str | None, wanted: Sequence[str]) -> Truth:
    if not wanted:
        return True
    return None if stated is None else stated in wanted
