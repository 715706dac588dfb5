"""Which of our concepts a diagnosis or procedure code means, by listed code or listed category."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping, Sequence

ICD_10_CM = "http://hl7.org/fhir/sid/icd-10-cm"
SNOMED = "http://snomed.info/sct"
_SYSTEMS = {
    ICD_10_CM: ICD_10_CM,
    "urn:oid:2.16.840.1.113883.6.90": ICD_10_CM,
    SNOMED: SNOMED,
    "urn:oid:2.16.840.1.113883.6.96": SNOMED,
}
_CATEGORY = 3  # characters of the shortest ICD-10-CM category


class Conditions:
    """The condition tables, read once."""

    def __init__(self, icd: Mapping[str, tuple[str, ...]], snomed: Mapping[str, tuple[str, ...]]) -> None:
        self._icd, self._snomed = icd, snomed

    @classmethod
    def read(cls, icd: bytes, snomed: bytes | None) -> Conditions:
        """From `icd-10-cm.csv` and, where the site may use it, `snomed.csv`. A code ending in `*` is a category."""
        return cls(_concepts(icd), _concepts(snomed or b"code,concepts,name\n"))

    def concepts(self, codings: Sequence[tuple[str, str]]) -> tuple[str, ...]:
        """The concepts of all codings, each once, in order."""
        return tuple(dict.fromkeys(concept for system, code in codings for concept in self._of(system, code.strip())))

    def _of(self, system: str, code: str) -> Iterable[str]:
        if _SYSTEMS.get(system) == SNOMED:
            return self._snomed.get(code, ())
        return self._of_icd(_dotted(code)) if _SYSTEMS.get(system) == ICD_10_CM else ()

    def _of_icd(self, code: str) -> Iterable[str]:
        exact = self._icd.get(code)
        if exact is not None:
            return exact
        categories = (self._icd.get(code[:length].rstrip(".") + "*") for length in range(len(code), _CATEGORY - 1, -1))
        return next((found for found in categories if found is not None), ())


def _dotted(code: str) -> str:
    """ICD-10-CM as published: claims leave the dot out."""
    code = code.upper()
    return code if "." in code or len(code) <= _CATEGORY else f"{code[:_CATEGORY]}.{code[_CATEGORY:]}"


def _concepts(table: bytes) -> dict[str, tuple[str, ...]]:
    return {row["code"]: tuple(row["concepts"].split()) for row in csv.DictReader(table.decode().splitlines())}
