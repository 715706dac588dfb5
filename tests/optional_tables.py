"""Tests of `atc.csv` and `snomed.csv`, tables a site may remove: each that needs one is skipped by name without it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest

from service.site.site import packaged_files
from terminology.conditions import SNOMED
from terminology.drugs.drugs import ATC

OPTIONAL = {ATC: "atc.csv", SNOMED: "snomed.csv"}
HELD = packaged_files("terminology.tables").keys()


def _needs(table: str) -> pytest.MarkDecorator:
    return pytest.mark.skipif(table not in HELD, reason=f"needs {table}, which this site has removed")


needs_atc, needs_snomed = map(_needs, OPTIONAL.values())


def where_held(rows: Iterable[Any]) -> list[Any]:
    """The rows of a parametrized test; those that name a system of an optional table need that table."""
    return [
        row
        if hasattr(row, "marks")
        else pytest.param(
            *(row if isinstance(row, tuple) and not hasattr(row, "_fields") else (row,)),
            marks=[_needs(table) for system, table in OPTIONAL.items() if system in repr(row)],
        )
        for row in rows
    ]
