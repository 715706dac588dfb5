"""What `drugs.toml` knows: drugs and combinations by name, products, routes, forms, and what acts in the whole body."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Product:
    """A product that decides the form, the words that name it, and further words of which one must stand beside."""

    product: str
    names: frozenset[str]
    beside: re.Pattern[str] | None
    route: str | None  # always
    usually: str | None  # where nothing else says
    form: str | None

    def is_named(self, words: frozenset[str], text: str) -> bool:
        """Whether drug names, and all that is said about the drug, name this product."""
        return not self.names.isdisjoint(words) and (self.beside is None or self.beside.search(text) is not None)


@dataclass(frozen=True, slots=True)
class Drug:
    """An ingredient."""

    name: str
    classes: tuple[str, ...]
    names: tuple[str, ...]
    products: tuple[Product, ...]


@dataclass(frozen=True, slots=True)
class Form:
    """What a drug is made up as; `group` tells forms that may stand together from those that contradict."""

    rank: int
    form: str
    group: str
    single: bool  # holds one dose
    worn: bool  # gives it over days


@dataclass(frozen=True, slots=True)
class Acts:
    """Whether what fits acts in the whole body. An empty set says nothing."""

    systemic: bool
    drugs: frozenset[str]
    products: frozenset[str]
    routes: frozenset[str]
    forms: frozenset[str]

    def fits(self, drug: str, product: str | None, route: str | None, form: str | None) -> bool:
        """Whether everything this line asks for holds."""
        asked = ((self.drugs, drug), (self.products, product), (self.routes, route), (self.forms, form))
        return all(not wanted or found in wanted for wanted, found in asked)


class Words:
    """Words that mean something, found whole: no letter or digit may touch them, so methyltestosterone is not found."""

    def __init__(self, words: Iterable[str]) -> None:
        longest_first = sorted(words, key=len, reverse=True)
        self.pattern = re.compile(rf"(?<![^\W_])(?:{'|'.join(map(re.escape, longest_first))})(?![^\W_])")

    def first_in(self, text: str) -> str | None:
        """The leftmost word of a folded text."""
        found = self.pattern.search(text)
        return found[0] if found is not None else None

    def all_in(self, text: str) -> list[str]:
        """Every word of a folded text, in order."""
        return [found[0] for found in self.pattern.finditer(text)]


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
    not_a_drug: Words
    not_taken: Words

    def systemic(self, drug: str, product: str | None, route: str | None, form: str | None) -> bool | None:
        """Whether it acts in the whole body; None when that is not known."""
        return next((line.systemic for line in self.acts if line.fits(drug, product, route, form)), None)


def read_formulary(table: bytes) -> Formulary:
    """From `drugs.toml`; raises when a combination, product or line names what the table does not know."""
    content = tomllib.loads(table.decode())
    drugs = {row["name"]: _drug(row) for row in content["drug"]}
    named = {name: (drug.name,) for drug in drugs.values() for name in _all_names(drug)}
    for row in content["combination"]:
        named.update(dict.fromkeys(row["names"], tuple(row["drugs"])))
    forms = {row["form"]: _form(rank, row) for rank, row in enumerate(content["form"])}
    form_by_word = {word: forms[row["form"]] for row in content["form"] for word in row["words"]}
    acts = tuple(_acts(row) for row in content["acts"])
    _check(drugs, named, forms, acts)
    strong = [row for row in content["route"] if not row.get("weak")]
    weak = [row for row in content["route"] if row.get("weak")]
    return Formulary(
        drugs,
        named,
        Words(named),
        tuple(_ranked(rows) for rows in (strong, weak)),
        frozenset(name for drug in drugs.values() for one in drug.products for name in one.names - set(drug.names)),
        forms,
        form_by_word,
        Words(form_by_word),
        acts,
        Words(content["not_a_drug"]),
        Words(content["not_taken"]),
    )


def _ranked(rows: Sequence[Mapping[str, Any]]) -> tuple[Mapping[str, tuple[int, str]], Words]:
    words = {word: (rank, row["route"]) for rank, row in enumerate(rows) for word in row["words"]}
    return words, Words(words)


def _check(
    drugs: Mapping[str, Drug], named: Mapping[str, tuple[str, ...]], forms: Mapping[str, Form], acts: Iterable[Acts]
) -> None:
    products = [product for drug in drugs.values() for product in drug.products]
    names, known = {product.product for product in products}, forms.keys()
    wrong = {name for ingredients in named.values() for name in ingredients if name not in drugs}
    wrong |= {product.form for product in products if product.form is not None and product.form not in known}
    for line in acts:
        wrong |= (line.drugs - drugs.keys()) | (line.forms - known) | (line.products - names)
    if wrong:
        raise ValueError(f"drugs.toml names {', '.join(sorted(wrong))}, which it does not define")


def _all_names(drug: Drug) -> Iterable[str]:
    return (*drug.names, *(name for product in drug.products for name in product.names))


def _drug(row: Mapping[str, Any]) -> Drug:
    products = tuple(_product(product) for product in row.get("products", ()))
    return Drug(row["name"], tuple(row["classes"]), tuple(row["names"]), products)


def _product(row: Mapping[str, Any]) -> Product:
    beside = Words(row["with"]).pattern if "with" in row else None
    return Product(
        row["product"], frozenset(row["names"]), beside, row.get("route"), row.get("usually"), row.get("form")
    )


def _form(rank: int, row: Mapping[str, Any]) -> Form:
    return Form(rank, row["form"], row["group"], row.get("single", False), row.get("worn", False))


def _acts(row: Mapping[str, Any]) -> Acts:
    return Acts(
        row["systemic"],
        frozenset(row.get("drug", ())),
        frozenset(row.get("product", ())),
        frozenset(row.get("route", ())),
        frozenset(row.get("form", ())),
    )
