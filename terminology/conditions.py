"""Which of our concepts a diagnosis or procedure code means, by listed code or listed category."""

from __future__ import annotations

import csv
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

from terminology.operation_names import OperationNames, operation_named, read_operation_names

ICD_10 = "http://hl7.org/fhir/sid/icd-10"
ICD_10_CM = "http://hl7.org/fhir/sid/icd-10-cm"
ICD_10_GM = "http://fhir.de/CodeSystem/bfarm/icd-10-gm"
SNOMED = "http://snomed.info/sct"
# By the short names that `icd-10.csv` uses.
_ICD_SYSTEMS: Mapping[str, tuple[str, ...]] = {
    "cm": (ICD_10_CM, "urn:oid:2.16.840.1.113883.6.90"),
    "who": (ICD_10, "urn:oid:2.16.840.1.113883.6.3"),
    "gm": (ICD_10_GM, "http://fhir.de/CodeSystem/dimdi/icd-10-gm"),
}
_SNOMED_SYSTEMS = (SNOMED, "urn:oid:2.16.840.1.113883.6.96")
_CATEGORY = 3  # characters of the shortest ICD-10 category
_REMEMBERED = 4096  # answers to codes, which recur
_RECURS = 256  # characters of system and code together; longer ones are no codes, and would fill memory
_MARKS = "-+*!†"  # dagger, asterisk and open-ended codes as ICD-10 and its German edition print them

# Germany writes after a code which side is meant and how sure it is; WHO's system is where such codes are misfiled.
_WITH_CERTAINTY = frozenset({*_ICD_SYSTEMS["gm"], *_ICD_SYSTEMS["who"]})
_GERMAN = re.compile(r"([A-Z]\d\d(?:\.?\d{1,2})?[.+*!†-]*)(?: ?[RLB])?(?: ?([AVZG]))?(?: ?[RLB])?")

# Concepts that stand for others too: what is a cancer by another name, a fracture whatever broke the bone.
_KINDS: Mapping[str, tuple[str, ...]] = {
    "malignancy-history": (
        "prostate-cancer-history",
        "breast-cancer-history",
        "endometrial-cancer-history",
        "thyroid-cancer-history",
    ),
    "any-fracture": ("fracture",),
    "malignancy-active": ("prostate-cancer", "breast-cancer", "endometrial-cancer", "thyroid-cancer"),
}

_ASIDE = re.compile(r"\([^()]*\)|\[[^][]*]")
_WORD = re.compile(r"[^\W_]+")
_NO_ROWS = b"code,concepts,name\n"

Concepts = Mapping[str, tuple[str, ...]]


@lru_cache(maxsize=256)
def with_kinds(concepts: tuple[str, ...]) -> frozenset[str]:
    """The concepts, and those that are kinds of one of them: every cancer is a malignancy."""
    return frozenset((*concepts, *(kind for concept in concepts for kind in _KINDS.get(concept, ()))))


class Diagnosis(NamedTuple):
    """What one code means to us.

    `certainty` is the letter that ends a German code: A ruled out, V suspected, Z status after, G confirmed.
    `edition` names the edition of ICD-10 that has the code, where that is not the one its system says.
    """

    concepts: tuple[str, ...]
    certainty: str | None = None
    edition: str | None = None


class Conditions:
    """The condition tables, read once."""

    def __init__(
        self, icd: Mapping[str, Concepts], snomed: Concepts, operations: OperationNames, named: Concepts
    ) -> None:
        self._icd = {url: icd.get(name, {}) for name, urls in _ICD_SYSTEMS.items() for url in urls}
        self._snomed = dict.fromkeys(_SNOMED_SYSTEMS, snomed)
        self._operations = operations
        self._named = named
        self._recalled = lru_cache(_REMEMBERED)(self._diagnosis)

    @classmethod
    def read(cls, icd: bytes, snomed: bytes | None, operations: bytes = b"") -> Conditions:
        """From `icd-10.csv`, where the site may use it `snomed.csv`, and `operation-names.csv`.

        A code ending in `*` is a category; `systems` names the editions in which a row means what it says. Raises when
        an edition is unknown, or a code stands twice for one of them.
        """
        spoken = [*_rows(icd), *_rows(snomed or _NO_ROWS)]
        coded = {row["code"]: _concepts(row) for row in _rows(snomed or _NO_ROWS)}
        return cls(_by_edition(icd), coded, read_operation_names(operations), _named(spoken))

    def concepts(self, codings: Sequence[tuple[str, str]]) -> tuple[str, ...]:
        """The concepts of all codings, each once, in order."""
        return tuple(dict.fromkeys(one for system, code in codings for one in self.diagnosis(system, code).concepts))

    def operation(self, texts: Sequence[str]) -> tuple[str, ...]:
        """The concepts of the first text that is the whole name of an operation, where no code tells them."""
        return next((found for text in texts if (found := operation_named(self._operations, text))), ())

    def named(self, text: str) -> tuple[str, ...]:
        """What a diagnosis of this very name would mean: that of a listed code, or of a concept."""
        return self._named.get(_plain(text), ()) if len(text) <= _RECURS else ()

    def anywhere(self, code: str) -> tuple[str, ...]:
        """What a code would mean, were it of ICD-10-CM or SNOMED CT."""
        return self.diagnosis(ICD_10_CM, code).concepts or self.diagnosis(SNOMED, code).concepts

    def diagnosis(self, system: str, code: str) -> Diagnosis:
        """What a code means; one that only another edition has means nothing, as editions disagree on its like."""
        return (self._recalled if len(system) + len(code) <= _RECURS else self._diagnosis)(system, code)

    def _diagnosis(self, system: str, code: str) -> Diagnosis:
        if system in self._snomed:
            return Diagnosis(self._snomed[system].get(code.strip(), ()))
        if system not in self._icd:
            return Diagnosis(())
        code, certainty = _parted(code.strip().upper()) if system in _WITH_CERTAINTY else (code.strip(), None)
        concepts = _of_icd(self._icd[system], _dotted(code))
        edition = self._elsewhere(_dotted(code)) if concepts is None and system in _ICD_SYSTEMS["who"] else None
        return Diagnosis(concepts or (), certainty, edition)

    def _elsewhere(self, code: str) -> str | None:
        """The edition that has a code of ours which WHO's ICD-10 has not."""
        editions = {"ICD-10-CM": ICD_10_CM, "ICD-10-GM": ICD_10_GM}
        return next((name for name, system in editions.items() if _of_icd(self._icd[system], code)), None)


def _parted(code: str) -> tuple[str, str | None]:
    """A German code and its certainty: `C61 G`, `C50.9RV`."""
    found = _GERMAN.fullmatch(code)
    return (found[1], found[2]) if found else (code, None)


def _of_icd(table: Concepts, code: str) -> tuple[str, ...] | None:
    """None where the table does not have the code, nor a category above it."""
    exact = table.get(code)
    if exact is not None:
        return exact
    categories = (table.get(code[:length].rstrip(".") + "*") for length in range(len(code), _CATEGORY - 1, -1))
    return next((found for found in categories if found is not None), None)


def _dotted(code: str) -> str:
    """ICD-10 as published, without the marks printed after a code: claims leave the dot out."""
    code = code.upper().rstrip(_MARKS).rstrip(".")
    return code if "." in code or len(code) <= _CATEGORY else f"{code[:_CATEGORY]}.{code[_CATEGORY:]}"


def _named(rows: Sequence[Mapping[str, str]]) -> Concepts:
    """Concepts by the names of codes, and by their own."""
    found: dict[str, dict[str, None]] = defaultdict(dict)
    for row in rows:
        for concept in _concepts(row):
            for text in (row["name"], concept.replace("-", " ")):
                found[_plain(text)][concept] = None
    return {name: tuple(concepts) for name, concepts in found.items() if name}


def _plain(text: str) -> str:
    """A name without what stands in brackets: `Malignant neoplasm of prostate (HCC)`."""
    return " ".join(_WORD.findall(_ASIDE.sub(" ", text.casefold())))


def _by_edition(table: bytes) -> Mapping[str, Concepts]:
    editions: dict[str, dict[str, tuple[str, ...]]] = defaultdict(dict)
    for row in _rows(table):
        for name in row["systems"].split():
            if name not in _ICD_SYSTEMS or row["code"] in editions[name]:
                raise ValueError(f"icd-10.csv: {row['code']} stands twice for '{name}', or '{name}' is no edition")
            editions[name][row["code"]] = _concepts(row)
    return editions


def _concepts(row: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(row["concepts"].split())


def _rows(table: bytes) -> Iterator[dict[str, str]]:
    return csv.DictReader(table.decode().splitlines())
