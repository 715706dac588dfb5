"""The tables that ship with the package, as bytes."""

from __future__ import annotations

from importlib.resources import files


def table_files() -> dict[str, bytes]:
    """Every table by file name; remove `atc.csv` or `snomed.csv` from the package where a site may not use them."""
    tables = (
        entry for entry in files("terminology.tables").iterdir() if entry.name.endswith((".csv", ".toml", ".xml"))
    )
    return {entry.name: entry.read_bytes() for entry in tables}
