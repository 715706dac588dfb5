"""Which drug an order means: by code where a table knows it, else by its name as a whole word, never by a guess."""

from __future__ import annotations

import csv
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType
from typing import Any

import msgspec

from terminology.code_map import Entry

RXNORM = "http://www.nlm.nih.gov/research/umls/rxnorm"
ATC = "http://www.whocc.no/atc"
CODE_SYSTEMS = {
    RXNORM: RXNORM,
    "urn:oid:2.16.840.1.113883.6.88": RXNORM,
    ATC: ATC,
    "urn:oid:2.16.840.1.113883.6.73": ATC,
}
_REMEMBERED = 1024  # answers to orders, which recur
_COMBINED = re.compile(r"\s[/+]\s")


class DrugMatch(msgspec.Struct, frozen=True, gc=False):
    """A drug the vocabulary knows. `basis` says how: "RxNorm 835840", "ATC G03BA03", "name in text"."""

    drug: str
    basis: str
    product: str | None = None  # ester or brand: "cypionate", "androgel-1.62"
    route: str | None = None  # injection | topical | patch | oral | nasal | buccal | sublingual | implant | vaginal …
    classes: tuple[str, ...] = ()  # of every ingredient
    others: tuple[str, ...] = ()  # further ingredients of a combination


@dataclass(frozen=True, slots=True)
class Product:
    """A product that decides the form, the words that name it, and further words of which one must stand beside."""

    product: str
    names: frozenset[str]
    beside: re.Pattern[str] | None
    route: str | None

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


class Drugs:
    """The drug tables, read once."""

    def __init__(
        self,
        drugs: Sequence[Drug],
        routes: Mapping[str, Sequence[str]],
        rxnorm: Mapping[str, str],
        atc: Mapping[str, str],
    ) -> None:
        self._drugs = {drug.name: drug for drug in drugs}
        self.ingredients: Mapping[str, Drug] = MappingProxyType(self._drugs)
        self._named = {name: drug.name for drug in drugs for name in _all_names(drug)}
        self._names = _words(self._named)
        self._routes = {word: (rank, route) for rank, route in enumerate(routes) for word in routes[route]}
        self._route_words = _words(self._routes)
        self._rxnorm, self._atc = rxnorm, atc
        self._local: Mapping[tuple[str, str], tuple[str, str]] = {}  # system and code -> target and basis
        self._recalled = lru_cache(_REMEMBERED)(self._match)

    @classmethod
    def read(cls, drugs: bytes, rxnorm: bytes, atc: bytes | None) -> Drugs:
        """From `drugs.toml`, `rxnorm.csv` and, where the site may use it, `atc.csv`."""
        table = tomllib.loads(drugs.decode())
        return cls(
            [_drug(row) for row in table["drug"]],
            table["routes"],
            {row["code"]: row["name"] for row in _rows(rxnorm)},
            {row["code"]: row["drug"] for row in _rows(atc or b"code,drug,name\n")},
        )

    def with_local(self, rows: Iterable[Entry], version: int) -> Drugs:
        """These tables with a site's own drug codes; none of them changes what RxNorm or ATC says."""
        other = copy(self)
        other._local = {
            (row.system, row.code): (row.target, f"local code {row.code} (map version {version})")
            for row in rows
            if row.decides and self.knows(row.target)
        }
        other._recalled = lru_cache(_REMEMBERED)(other._match)
        return other

    def knows(self, target: str) -> bool:
        """Whether a name is that of a drug here, or an RxNorm code of the table."""
        return target in self._drugs or target in self._rxnorm

    def match(
        self, codings: Sequence[tuple[str, str, str]], texts: Sequence[str], about: Sequence[str] = ()
    ) -> DrugMatch | None:
        """Codes first, in the order given; then names in the displays and texts. None when nothing is known.

        `about` (form, strength, dosage) is looked at only for the product and route of a drug that is known.
        """
        return self._recalled(tuple(codings), tuple(texts), tuple(about))

    def _match(
        self, codings: tuple[tuple[str, str, str], ...], texts: tuple[str, ...], about: tuple[str, ...]
    ) -> DrugMatch | None:
        words = [display for _, _, display in codings if display] + [text for text in texts if text]
        for system, code, _ in codings:
            found = self._by_code(CODE_SYSTEMS.get(system), code, words, about) or self._by_map(
                system, code, words, about
            )
            if found is not None:
                return found
        for text in words:
            ingredients = self._ingredients(text)
            if ingredients:
                return self._described(ingredients, "name in text", words, about)
        return None

    def _by_code(self, system: str | None, code: str, words: Sequence[str], about: Sequence[str]) -> DrugMatch | None:
        if system == RXNORM and code in self._rxnorm:
            name = self._rxnorm[code]
            return self._described(self._ingredients(name), f"RxNorm {code}", [name, *words], about)
        if system == ATC:
            for length in (7, 5, 4):
                drug = self._atc.get(code[:length]) if len(code) >= length else None
                if drug is not None:
                    return self._described((drug,), f"ATC {code}", words, about)
        return None

    def _by_map(self, system: str, code: str, words: Sequence[str], about: Sequence[str]) -> DrugMatch | None:
        found = self._local.get((system, code))
        if found is None:
            return None
        target, basis = found
        if target in self._drugs:
            return self._described((target,), basis, words, about)
        name = self._rxnorm[target]
        return self._described(self._ingredients(name), basis, [name, *words], about)

    def _ingredients(self, text: str) -> tuple[str, ...]:
        """The first drug named in each part of a combination."""
        parts = (self._names.search(part) for part in _COMBINED.split(text.casefold()))
        return tuple(dict.fromkeys(self._named[found[0]] for found in parts if found is not None))

    def _described(
        self, ingredients: tuple[str, ...], basis: str, words: Sequence[str], about: Sequence[str]
    ) -> DrugMatch:
        texts, further = [text.casefold() for text in words], [text.casefold() for text in about]
        product = self._product(self._drugs[ingredients[0]], texts, further)
        route = next((route for text in (*texts, *further) if (route := self._route(text)) is not None), None)
        classes = dict.fromkeys(one for name in ingredients for one in self._drugs[name].classes)
        return DrugMatch(
            drug=ingredients[0],
            basis=basis,
            product=product.product if product is not None else None,
            route=route or (product.route if product is not None else None),
            classes=tuple(classes),
            others=ingredients[1:],
        )

    def _product(self, drug: Drug, texts: Sequence[str], further: Sequence[str]) -> Product | None:
        """The first product that a name of the drug names, else that what is said about it names.

        Brand and ester stand before the mere ingredient; a strength may stand anywhere.
        """
        if not drug.products:
            return None
        everything = "\n".join((*texts, *further))
        for names in (texts, further):
            words = frozenset(found[0] for text in names for found in self._names.finditer(text))
            found = next((one for one in drug.products if one.is_named(words, everything)), None)
            if found is not None:
                return found
        return None

    def _route(self, text: str) -> str | None:
        ranked = [self._routes[found[0]] for found in self._route_words.finditer(text)]
        return min(ranked)[1] if ranked else None


def _words(words: Mapping[str, Any] | Sequence[str]) -> re.Pattern[str]:
    """Any of the words, whole: no letter or digit may touch it, so methyltestosterone is not testosterone."""
    longest_first = sorted(words, key=len, reverse=True)
    return re.compile(rf"(?<![^\W_])(?:{'|'.join(map(re.escape, longest_first))})(?![^\W_])")


def _all_names(drug: Drug) -> Iterator[str]:
    yield from drug.names
    for product in drug.products:
        yield from product.names


def _drug(row: Mapping[str, Any]) -> Drug:
    products = tuple(_product(product) for product in row.get("products", ()))
    return Drug(row["name"], tuple(row["classes"]), tuple(row["names"]), products)


def _product(row: Mapping[str, Any]) -> Product:
    beside = _words(row["with"]) if "with" in row else None
    return Product(row["product"], frozenset(row["names"]), beside, row.get("route"))


def _rows(table: bytes) -> Iterator[dict[str, str]]:
    return csv.DictReader(table.decode().splitlines())
