"""What the commands read and print: files of maps, remarks on them, lists, and maps to fill in."""

from __future__ import annotations

from pathlib import Path

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from cds_hooks.wire.prefetch.templates import prefetch_templates
from service.codes.listing import SeenCode, UnmappedCodes
from service.codes.tally import WITHHELD
from service.terminal import read_bytes, stop
from terminology.local.check import Remark
from terminology.local.code_map import Entry
from terminology.local.files import CodeMapError, Row, read_code_map
from terminology.vocabulary import Conversion, Vocabulary

LONGEST_QUERY = 8_000
COLOURS = {"error": "bold red", "warning": "yellow", "information": "blue"}


def warn_of_long_queries(vocabulary: Vocabulary) -> None:
    """Say when the map makes a prefetch query longer than many servers take."""
    longest = max(map(len, prefetch_templates(vocabulary).values()))
    if longest > LONGEST_QUERY:
        much = f"The longest prefetch query of discovery has {longest} characters now"
        typer.echo(f"{much}; many servers take {LONGEST_QUERY}. Let the EHR query by category instead.", err=True)


def to_fill_in(listed: UnmappedCodes, vocabulary: Vocabulary) -> list[Entry]:
    """A map's rows for what is unmapped, to be decided by a person: suggestions stand beside, never as targets."""
    named = [seen for seen in listed.unmapped if seen.code and WITHHELD not in (seen.system, seen.code)]
    rows = {(seen.kind, seen.system, seen.code, seen.analyte): _to_fill_in(seen, vocabulary) for seen in named}
    return list(rows.values())


def _to_fill_in(seen: SeenCode, vocabulary: Vocabulary) -> Entry:
    if seen.kind == "unit":
        return Entry("unit", seen.code, "", "", analytes=(seen.analyte,) if seen.analyte else ())
    target = vocabulary.loinc.get(seen.suggestions[0].code) if seen.suggestions else None
    if target is None:
        return Entry(seen.kind, seen.code, "", "", seen.system)
    # A unit that is not known here is left to be explained beside the code.
    is_known = not seen.unit or isinstance(vocabulary.unit(target.analyte, seen.unit, None, False), Conversion)
    local_unit = "" if is_known or seen.unit == WITHHELD else seen.unit
    return Entry(seen.kind, seen.code, "", "", seen.system, f"{target.code} {target.long_name}?", local_unit=local_unit)


def write(text: str) -> None:
    """To standard output as UTF-8, whatever the terminal's own encoding."""
    typer.echo(text.encode(), nl=False)


def print_unmapped(listed: UnmappedCodes) -> None:
    """One row a code."""
    table = Table("Seen", "Kind", "Code", "In", "Could be")
    for seen in listed.unmapped:
        code = f"{seen.system}|{seen.code}" if seen.system else seen.code or "(no code)"
        could = "\n".join(f"{item.code} {item.display}".strip() for item in seen.suggestions)
        table.add_row(str(seen.count), seen.kind, Text(code), Text(seen.unit or seen.analyte), Text(could))
    Console().print(table)


def read_rows(files: list[Path]) -> list[Row]:
    """The rows of all files, or an end with the reason."""
    rows = []
    for file in files:
        try:
            found = read_code_map(read_bytes(file))
        except CodeMapError as error:
            stop(f"{file}: {error}")
        rows.extend([Row(f"{file}: {row.place}", row.entry) for row in found])
    return rows


def show(rows: list[Row], remarks: list[Remark]) -> bool:
    """Print what was found; whether the map may be loaded."""
    console = Console(stderr=True, soft_wrap=True)
    for remark in remarks:
        console.print(Text(f"{remark.severity}: ", style=COLOURS[remark.severity]).append(remark.place + ": "), end="")
        console.print(Text(remark.text))
    counts = {severity: sum(remark.severity == severity for remark in remarks) for severity in COLOURS}
    used = sum(row.entry.decides for row in rows)
    console.print(Text(f"{len(rows)} rows, {used} that decide; {counts['error']} errors, {counts['warning']} warnings"))
    return not counts["error"]
