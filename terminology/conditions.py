"""Which of our concepts a diagnosis or procedure code means, by listed code or listed category."""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

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
_MARKS = "-+*!†"  # dagger, asterisk and open-ended codes as ICD-10 and its German edition print them

Concepts = Mapping[str, tuple[str, ...]]


class Conditions:
    """The condition tables, read once."""

    def __init__(self, icd: Mapping[str, Concepts], snomed: Concepts) -> None:
        self._icd = {url: icd.get(name, {}) for name, urls in _ICD_SYSTEMS.items() for url in urls}
        self._snomed = dict.fromkeys(_SNOMED_SYSTEMS, snomed)

    @classmethod
    def read(cls, icd: bytes, snomed: bytes | None) -> Conditions:
        """From `icd-10.csv` and, where the site may use it, `snomed.csv`.

        A code ending in `*` is a category; `systems` names the editions in which a row means what it says. Raises when
        an edition is unknown, or a code stands twice for one of them.
        """
        return cls(_by_edition(icd), {row["code"]: _concepts(row) for row in _rows(snomed or b"code,concepts\n")})

    def concepts(self, codings: Sequence[tuple[str, str]]) -> tuple[str, ...]:
        """The concepts of all codings, each once, in order."""
        return tuple(dict.fromkeys(concept for system, code in codings for concept in self._of(system, code.strip())))

    def _of(self, system: str, code: str) -> Iterable[str]:
        if system in self._snomed:
            return self._snomed[system].get(code, ())
        return _of_icd(self._icd[system], _dotted(code)) if system in self._icd else ()


def _of_icd(table: Concepts, code: str) -> Iterable[str]:
    exact = table.get(code)
    if exact is not None:
        return exact
    categories = (table.get(code[:length].rstrip(".") + "*") for length in range(len(code), _CATEGORY - 1, -1))
    return next((found for found in categories if found is not None), ())


def _dotted(code: str) -> str:
    """ICD-10 as published, without the marks printed after a code: claims leave the dot out."""
    code = code.upper().rstrip(_MARKS).rstrip(".")
    return code if "." in code or len(code) <= _CATEGORY else f"{code[:_CATEGORY]}.{code[_CATEGORY:]}"


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
