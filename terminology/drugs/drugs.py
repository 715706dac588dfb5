"""Which drug an order means: by code where a table knows it, else by its name as a whole word, never by a guess."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence
from copy import copy
from functools import lru_cache

import msgspec

from terminology.drugs.formulary import Drug, Formulary, Given
from terminology.drugs.formulary_table import read_formulary
from terminology.drugs.match import ATC, CODE_SYSTEMS, RXNORM, Coded, DrugMatch
from terminology.drugs.naming import ingredients_of, is_no_drug
from terminology.drugs.preparations import may_be_given, prepared
from terminology.drugs.taken import not_taken
from terminology.drugs.wording import folded
from terminology.local.code_map import Entry

__all__ = ["ATC", "BY_NAME", "CODE_SYSTEMS", "RXNORM", "DrugMatch", "Drugs"]
BY_NAME = "name in text"
Row = tuple[str, str]  # the ingredient a code is filed under, and its official name
_REMEMBERED = 1024  # answers to orders, which recur
_MOST = 64  # codes and texts of one order that are looked at
_RECURS = 4096  # characters; longer orders do not recur, and remembering them would fill memory


class Drugs:
    """The drug tables, read once."""

    def __init__(self, formulary: Formulary, rxnorm: Mapping[str, Row], atc: Mapping[str, str]) -> None:
        self._formulary, self._rxnorm, self._atc = formulary, rxnorm, atc
        self._local: Mapping[tuple[str, str], tuple[str, str]] = {}  # system and code -> target and basis
        self._recalled = lru_cache(_REMEMBERED)(self._match)
        self._acts = lru_cache(_REMEMBERED)(formulary.systemic)

    @classmethod
    def read(cls, drugs: bytes, rxnorm: bytes, atc: bytes | None) -> Drugs:
        """From `drugs.toml`, `rxnorm.csv` and, where the site may use it, `atc.csv`."""
        return cls(
            read_formulary(drugs),
            {row["code"]: (row["drug"], row["name"]) for row in _rows(rxnorm)},
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

    @property
    def ingredients(self) -> Mapping[str, Drug]:
        """The drugs known by name."""
        return self._formulary.drugs

    def knows(self, target: str) -> bool:
        """Whether a name is that of a drug here, or an RxNorm code of the table."""
        return target in self._formulary.drugs or target in self._rxnorm

    def match(
        self, codings: Sequence[tuple[str, str, str]], texts: Sequence[str], about: Sequence[str] = ()
    ) -> DrugMatch | None:
        """Codes first, in the order given; then names in the displays and texts. None when nothing is known.

        `about` (form, strength, dosage) is looked at only for what makes a drug that is known more precise.
        """
        asked = tuple(codings), tuple(texts), tuple(about)
        letters = sum(map(len, (*asked[1], *asked[2], *(part for coding in asked[0] for part in coding))))
        return (self._recalled if letters <= _RECURS else self._match)(*asked)

    def route(self, match: DrugMatch, stated: str) -> str | None:
        """The route stated for a drug, or its own where product or form exclude that one."""
        fits = may_be_given(self._formulary, match.product, match.form, match.drug, stated)
        return stated if fits else match.route

    def systemic(self, match: DrugMatch, route: str | None) -> bool | None:
        """Whether a drug acts in the whole body when given by this route; None when that is not known."""
        given = Given(match.product, route, match.form, match.strength)
        return self._acts(match.ingredients, given)

    def united(self, matches: Sequence[DrugMatch]) -> DrugMatch | None:
        """The ingredients of one product as one: the first leads, all of them are in it."""
        if len(matches) < 2:
            return next(iter(matches), None)
        first = matches[0]
        names = tuple(dict.fromkeys(name for match in matches for name in (match.drug, *match.others)))
        conflict = next((match.conflict for match in matches if match.conflict), ())
        one = msgspec.structs.replace(first, others=names[1:], classes=self._classes(names), conflict=conflict)
        return msgspec.structs.replace(one, systemic=self.systemic(one, one.route))

    def _match(
        self, codings: tuple[tuple[str, str, str], ...], texts: tuple[str, ...], about: tuple[str, ...]
    ) -> DrugMatch | None:
        written = [*(display for _, _, display in codings if display), *filter(None, texts)][:_MOST]
        words, further = [*map(folded, written)], [*map(folded, about[:_MOST])]
        coded = (self._coded(system, code, words) for system, code, _ in codings[:_MOST])
        known = sorted((one for one in coded if one is not None), key=lambda one: one.by_map)  # the site's own last
        if known:
            first = known[0]
            names = [first.official, *words] if first.official is not None else words
            match = self._described(first.ingredients, first.basis, names, further)
            return self._agreed(msgspec.structs.replace(match, by_map=first.by_map), known[1:], words)
        for text, said in zip(words, written, strict=True):
            found = ingredients_of(self._formulary, text)
            if found and not is_no_drug(self._formulary, text):
                match = self._described(found, BY_NAME, words, further, said)
                denied = match.not_taken in self._formulary.denied
                return msgspec.structs.replace(match, denied=denied)
        return None

    def _agreed(self, match: DrugMatch, others: Sequence[Coded], words: Sequence[str]) -> DrugMatch:
        """The first code's drug; says so where another code, or the name beside it, means a different one."""
        other = next((one for one in others if self._differs(match, one.ingredients)), None)
        if other is not None and not self._are_akin(match, other.ingredients):
            return msgspec.structs.replace(match, conflict=(match.drug, other.ingredients[0]))
        if other is not None:  # of one class: what is checked for the class holds for either
            against = f"{other.basis} of {other.ingredients[0]}"
            return msgspec.structs.replace(match, basis=f"{match.basis}, against {against}")
        named = next(filter(None, (ingredients_of(self._formulary, text) for text in words)), ())
        if named and self._differs(match, named) and match.by_map and not self._are_akin(match, named):
            return msgspec.structs.replace(match, conflict=(match.drug, named[0]))
        if named and self._differs(match, named):
            return msgspec.structs.replace(match, basis=f"{match.basis}, against the name of {named[0]}")
        return match

    def _are_akin(self, match: DrugMatch, named: Sequence[str]) -> bool:
        return not set(match.classes).isdisjoint(self._classes(named))

    def _differs(self, match: DrugMatch, named: Sequence[str]) -> bool:
        """Whether two sets of ingredients have none in common; a group of the ATC is not told from its classes."""
        mine, drugs = match.ingredients, self._formulary.drugs
        if not set(mine).isdisjoint(named):
            return False
        groups = any(not drugs[name].names for name in (*mine, *named))
        return not groups or not self._are_akin(match, named)

    def _coded(self, system: str, code: str, words: Sequence[str]) -> Coded | None:
        """What a code says, by the tables before the site's map."""
        known = CODE_SYSTEMS.get(system)
        if known == RXNORM and code in self._rxnorm:
            return self._official(code, f"RxNorm {code}")
        if known == ATC:
            for length in (7, 5, 4):
                drug = self._atc.get(code[:length].upper()) if len(code) >= length else None
                if drug is not None:
                    return Coded(self._members(drug, words), f"ATC {code.upper()}")
        target, basis = self._local.get((system, code), (None, ""))
        if target is None:
            return None
        if target in self._formulary.drugs:
            return Coded((target,), basis, by_map=True)
        return self._official(target, basis)._replace(by_map=True)

    def _official(self, code: str, basis: str) -> Coded:
        """The ingredients of its official name; the one it is filed under leads."""
        leading, official = self._rxnorm[code]
        name = folded(official)
        found = ingredients_of(self._formulary, name)
        return Coded(tuple(sorted(found, key=lambda one: one != leading)), basis, name)

    def _members(self, drug: str, words: Sequence[str]) -> tuple[str, ...]:
        """A group of the ATC stands for the ingredients that the words name, if they are of its classes."""
        group = self._formulary.drugs[drug]
        for text in () if group.names else words:
            found = ingredients_of(self._formulary, text)
            if found and set(self._classes(found)) >= set(group.classes):
                return found
        return (drug,)

    def _classes(self, names: Iterable[str]) -> tuple[str, ...]:
        return tuple(dict.fromkeys(one for name in names for one in self._formulary.drugs[name].classes))

    def _described(
        self,
        ingredients: tuple[str, ...],
        basis: str,
        texts: Sequence[str],
        about: Sequence[str],
        called: str | None = None,
    ) -> DrugMatch:
        made = prepared(self._formulary, ingredients[0], texts, about)
        form = made.form.form if made.form is not None else None
        given = Given(made.product, made.route, form, made.strength)
        return DrugMatch(
            drug=ingredients[0],
            basis=basis,
            product=made.product,
            route=made.route,
            classes=self._classes(ingredients),
            others=ingredients[1:],
            form=form,
            strength=made.strength,
            systemic=self._formulary.systemic(ingredients, given),
            lasts_hours=made.lasts_hours,
            not_taken=not_taken(self._formulary, ingredients, texts, about),
            called=called,
        )


def _rows(table: bytes) -> Iterator[dict[str, str]]:
    return csv.DictReader(table.decode().splitlines())
