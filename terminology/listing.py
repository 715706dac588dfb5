"""The codes each table lists, by code system, with the names that system gives them."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping

from terminology.conditions import ICD_10, ICD_10_CM, ICD_10_GM, SNOMED
from terminology.drugs.drugs import ATC, RXNORM

Listing = Mapping[
    str, str | None
]  # code -> the system's own name, where its owner lets it be shown; `I26*`: a category

_NAMED = {RXNORM: "rxnorm.csv", ATC: "atc.csv", SNOMED: "snomed.csv"}
_EDITIONS = {"cm": ICD_10_CM, "who": ICD_10, "gm": ICD_10_GM}  # of `icd-10.csv`; its names are those of ICD-10-CM


def read_listings(files: Mapping[str, bytes]) -> dict[str, Listing]:
    """From the files of `terminology/tables`; the systems of tables that are missing are left out."""
    named: dict[str, Listing] = {
        system: {row["code"]: row["name"] for row in _rows(files[table])}
        for system, table in _NAMED.items()
        if table in files
    }
    icd = list(_rows(files["icd-10.csv"]))
    return named | {system: _edition(icd, name) for name, system in _EDITIONS.items()}


def _edition(rows: list[dict[str, str]], name: str) -> Listing:
    return {row["code"]: row["name"] if name == "cm" else None for row in rows if name in row["systems"].split()}


def _rows(table: bytes) -> Iterator[dict[str, str]]:
    return csv.DictReader(table.decode().splitlines())
