"""What is known of drugs: by name their ingredients, products, routes and forms, and what acts in the whole body."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import NamedTuple

from terminology.drugs.wording import Asides


@dataclass(frozen=True, slots=True)
class Product:
    """A product that decides the form, the words that name it, and what else must be said of it.

    `needs` are forms of which one must be stated; any stated form must be among `allows`. `strengths` and `ester`
    must be said where given.
    """

    product: str
    names: frozenset[str]
    needs: frozenset[str]
    allows: frozenset[str]
    strengths: frozenset[str]
    ester: str | None
    route: str | None  # always
    usually: str | None  # where nothing else says
    form: str | None

    def fits(self, words: Collection[str], form: str | None, strengths: Collection[str], ester: str | None) -> bool:
        """Whether drug names, and what else is said about the drug, name this product."""
        return (
            not self.names.isdisjoint(words)
            and (not self.needs or form in self.needs)
            and (not self.allows or form is None or form in self.allows)
            and (not self.strengths or not self.strengths.isdisjoint(strengths))
            and self.ester in (None, ester)
        )


@dataclass(frozen=True, slots=True)
class Drug:
    """An ingredient."""

    name: str
    classes: tuple[str, ...]
    names: tuple[str, ...]
    products: tuple[Product, ...]
    esters: Mapping[str, Product]  # by the words that say them beside the drug's name
    ester_words: Words | None
    usually: Usual | None


@dataclass(frozen=True, slots=True)
class Form:
    """What a drug is made up as; `group` tells forms that may stand together from those that contradict."""

    rank: int
    form: str
    group: str
    single: bool  # holds one dose
    worn: bool  # gives it over days
    routes: tuple[str, ...]  # by which it can be given; empty where that is open


class Usual(NamedTuple):
    """How a drug or brand is given where nothing says so."""

    route: str
    form: str | None


@dataclass(frozen=True, slots=True)
class Acts:
    """Whether what fits acts in the whole body. An empty set says nothing."""

    systemic: bool
    drugs: frozenset[str]
    products: frozenset[str]
    routes: frozenset[str]
    forms: frozenset[str]
    at_most: tuple[str, ...]  # strengths, of each kind the highest

    def fits(self, drug: str, given: Given) -> bool:
        """Whether everything this line asks for holds."""
        asked = (
            (self.drugs, drug),
            (self.products, given.product),
            (self.routes, given.route),
            (self.forms, given.form),
        )
        fits = all(not wanted or found in wanted for wanted, found in asked)
        return fits and (not self.at_most or any(_within(given.strength, most) for most in self.at_most))


class Given(NamedTuple):
    """How a drug is given."""

    product: str | None
    route: str | None
    form: str | None
    strength: str | None


_ASKED_AGAIN = 64  # folded texts: of one drug, the same few are looked at from many sides


class Words:
    """Words that mean something, found whole: no letter or digit may touch them, so methyltestosterone is not found."""

    def __init__(self, words: Iterable[str]) -> None:
        longest_first = sorted(words, key=len, reverse=True)
        self.pattern = re.compile(rf"(?<![^\W_])(?:{'|'.join(map(re.escape, longest_first))})(?![^\W_])")
        self.found_in = lru_cache(_ASKED_AGAIN)(self._found_in)  # every match in a folded text

    def first_in(self, text: str) -> str | None:
        """The leftmost word of a folded text."""
        return next((found[0] for found in self.found_in(text)), None)

    def all_in(self, text: str) -> list[str]:
        """Every word of a folded text, in order."""
        return [found[0] for found in self.found_in(text)]

    def _found_in(self, text: str) -> tuple[re.Match[str], ...]:
        return tuple(self.pattern.finditer(text))


@dataclass(frozen=True, slots=True)
class Formulary:
    """The content of `drugs.toml`."""

    drugs: Mapping[str, Drug]
    named: Mapping[str, tuple[str, ...]]  # the ingredients each name stands for
    names: Words
    routes: Sequence[tuple[Mapping[str, tuple[int, str]], Words]]  # what says a route, then what merely hints at it
    brands: frozenset[str]  # names of products that are no mere ingredient
    forms: Mapping[str, Form]  # by name
    form_by_word: Mapping[str, Form]
    form_words: Words
    acts: tuple[Acts, ...]
    usual: Mapping[str, Usual]  # by brand
    harmless: Words
    not_a_drug: Words
    never_a_drug: Words
    aids: Words
    not_taken: Words
    not_taken_before: Words
    denied: frozenset[str]
    asides: Asides

    def systemic(self, ingredients: Sequence[str], given: Given) -> bool | None:
        """Whether it acts in the whole body: yes if one ingredient does, no if none does; None when not known."""
        first, *others = ingredients
        alone = given._replace(product=None, strength=None)
        answers = [self._acts(first, given), *(self._acts(one, alone) for one in others)]
        return True if True in answers else None if None in answers else False

    def _acts(self, drug: str, given: Given) -> bool | None:
        return next((line.systemic for line in self.acts if line.fits(drug, given)), None)


def _within(strength: str | None, most: str) -> bool:
    """Whether a stated strength is no higher than another of its kind."""
    (value, unit), (limit, its) = _measured(strength or "0 "), _measured(most)
    return unit == its and value <= limit


def _measured(strength: str) -> tuple[Decimal, str]:
    value, _, unit = strength.partition(" ")
    number = Decimal(value)
    return (number / 1000, f"mg{unit[2:]}") if unit.startswith("ug") else (number, unit)
