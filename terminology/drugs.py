"""Which drug an order means: by code where a table knows it, else by its name as a whole word, never by a guess."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from copy import copy
from decimal import Decimal
from functools import lru_cache

import msgspec

from terminology.code_map import Entry
from terminology.formulary import Drug, Formulary, read_formulary
from terminology.preparations import prepared
from terminology.strengths import strength_in

RXNORM = "http://www.nlm.nih.gov/research/umls/rxnorm"
ATC = "http://www.whocc.no/atc"
CODE_SYSTEMS = {
    RXNORM: RXNORM,
    "urn:oid:2.16.840.1.113883.6.88": RXNORM,
    ATC: ATC,
    "urn:oid:2.16.840.1.113883.6.73": ATC,
}
BY_NAME = "name in text"
_REMEMBERED = 1024  # answers to orders, which recur
_RECURS = 4096  # characters; longer orders do not recur, and remembering them would fill memory
# Between two names of one product: a sign or word that joins them, set apart or right before the second.
_JOINS = re.compile(r"\s[/+&]\s|(?:[/+&,-]|\b(?:and|plus|und)|\bw/)\s*$")
_GERMAN_IM = re.compile(r"\bim (?=[A-ZÄÖÜ][a-zäöü])")  # "im Beutel": in the, not intramuscular


class DrugMatch(msgspec.Struct, frozen=True, gc=False):
    """A drug the vocabulary knows. `basis` says how: "RxNorm 835840", "ATC G03BA03", "name in text"."""

    drug: str
    basis: str
    product: str | None = None  # ester or brand: "cypionate", "androgel-1.62"
    route: str | None = None  # injection | topical | patch | oral | nasal | buccal | sublingual | implant | vaginal …
    classes: tuple[str, ...] = ()  # of every ingredient
    others: tuple[str, ...] = ()  # further ingredients of a combination
    form: str | None = None  # "injectable solution", "gel", "vaginal ring": as stated, or the only one of the product
    strength: str | None = None  # as stated: "200 mg/mL", "1.62 %", "0.05 mg/d"
    systemic: bool | None = None  # whether it acts in the whole body, given by this route
    lasts_hours: Decimal | None = None  # of a patch or ring whose official name says it
    not_taken: str | None = None  # the word of its name that says it is not taken: "discontinued"


class Drugs:
    """The drug tables, read once."""

    def __init__(self, formulary: Formulary, rxnorm: Mapping[str, str], atc: Mapping[str, str]) -> None:
        self._formulary, self._rxnorm, self._atc = formulary, rxnorm, atc
        self._local: Mapping[tuple[str, str], tuple[str, str]] = {}  # system and code -> target and basis
        self._recalled = lru_cache(_REMEMBERED)(self._match)

    @classmethod
    def read(cls, drugs: bytes, rxnorm: bytes, atc: bytes | None) -> Drugs:
        """From `drugs.toml`, `rxnorm.csv` and, where the site may use it, `atc.csv`."""
        return cls(
            read_formulary(drugs),
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

    def systemic(self, match: DrugMatch, route: str | None) -> bool | None:
        """Whether a drug acts in the whole body when given by this route; None when that is not known."""
        return self._formulary.systemic(match.drug, match.product, route, match.form)

    def _match(
        self, codings: tuple[tuple[str, str, str], ...], texts: tuple[str, ...], about: tuple[str, ...]
    ) -> DrugMatch | None:
        displays = [_folded(display) for _, _, display in codings if display]
        words, further = [*displays, *map(_folded, filter(None, texts))], [*map(_folded, about)]
        for system, code, _ in codings:
            found = self._by_code(CODE_SYSTEMS.get(system), code, words, further)
            found = found or self._by_map(system, code, words, further)
            if found is not None:
                return found
        for text in words:
            ingredients = self._ingredients(text)
            if ingredients and not self._is_no_drug(text):
                return self._described(ingredients, BY_NAME, words, further)
        return None

    def _by_code(self, system: str | None, code: str, words: Sequence[str], about: Sequence[str]) -> DrugMatch | None:
        if system == RXNORM and code in self._rxnorm:
            name = _folded(self._rxnorm[code])
            return self._described(self._ingredients(name), f"RxNorm {code}", [name, *words], about)
        if system == ATC:
            for length in (7, 5, 4):
                drug = self._atc.get(code[:length]) if len(code) >= length else None
                if drug is not None:
                    return self._described(self._members(drug, words), f"ATC {code}", words, about)
        return None

    def _by_map(self, system: str, code: str, words: Sequence[str], about: Sequence[str]) -> DrugMatch | None:
        found = self._local.get((system, code))
        if found is None:
            return None
        target, basis = found
        if target in self._formulary.drugs:
            return self._described((target,), basis, words, about)
        name = _folded(self._rxnorm[target])
        return self._described(self._ingredients(name), basis, [name, *words], about)

    def _members(self, drug: str, words: Sequence[str]) -> tuple[str, ...]:
        """A group of the ATC stands for the ingredients that the words name, if they are of its classes."""
        group = self._formulary.drugs[drug]
        for text in () if group.names else words:
            found = self._ingredients(text)
            classes = {one for name in found for one in self._formulary.drugs[name].classes}
            if found and classes >= set(group.classes):
                return found
        return (drug,)

    def _ingredients(self, text: str) -> tuple[str, ...]:
        """The first drug named, and those joined to it as parts of one product."""
        found: dict[str, None] = {}
        end = 0
        for match in self._formulary.names.pattern.finditer(text):
            named = self._formulary.named[match[0]]
            if found and found.keys().isdisjoint(named) and not _JOINS.search(text[end : match.start()]):
                break
            found.update(dict.fromkeys(named))
            end = match.end()
        return tuple(found)

    def _is_no_drug(self, text: str) -> bool:
        """Whether a name stands in the text of a test, an aim or a supplement, with nothing that makes it a product."""
        if self._formulary.not_a_drug.first_in(text) is None:
            return False
        if not self._formulary.brands.isdisjoint(self._formulary.names.all_in(text)):
            return False
        return self._formulary.form_words.first_in(text) is None and strength_in(text, single=True) is None

    def _described(
        self, ingredients: tuple[str, ...], basis: str, texts: Sequence[str], about: Sequence[str]
    ) -> DrugMatch:
        drug, formulary = ingredients[0], self._formulary
        made = prepared(formulary, drug, texts, about)
        form = made.form.form if made.form is not None else None
        return DrugMatch(
            drug=drug,
            basis=basis,
            product=made.product,
            route=made.route,
            classes=tuple(dict.fromkeys(one for name in ingredients for one in formulary.drugs[name].classes)),
            others=ingredients[1:],
            form=form,
            strength=made.strength,
            systemic=formulary.systemic(drug, made.product, made.route, form),
            lasts_hours=made.lasts_hours,
            not_taken=next(filter(None, map(formulary.not_taken.first_in, texts)), None),
        )


def _folded(text: str) -> str:
    return _GERMAN_IM.sub("", text).casefold()


def _rows(table: bytes) -> Iterator[dict[str, str]]:
    return csv.DictReader(table.decode().splitlines())
