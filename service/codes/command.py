"""The commands `hormone-cds codes …`: check a site's map, load it, look at what was loaded and at what is missing."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import msgspec
import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text
from sqlmodel import Session

from cds_hooks.presentation.canonical import CODE_MAP, DRUGS, LOCAL_UNITS
from service.codes.listing import SeenCode, UnmappedCodes, unmapped_codes
from service.codes.tally import WITHHELD
from service.keeper import INTERVAL
from service.settings import read_settings
from service.storage.code_maps import newest_version, recall_code_map, recall_history, remember_code_map
from service.storage.database import session_on
from service.terminal import opened, print_json, read_bytes, reasons, stop
from terminology.code_map import CodeMap, Entry
from terminology.code_map_check import Remark, check
from terminology.code_map_files import CodeMapError, Row, read_code_map, write_concept_map, write_csv
from terminology.vocabulary import Conversion, Vocabulary

codes = typer.Typer(no_args_is_help=True, help="The site's own laboratory, unit and drug codes.")

Files = Annotated[list[Path], typer.Argument(help="CSV files or FHIR ConceptMaps in JSON; together they are one map.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for machines.")]
COLOURS = {"error": "bold red", "warning": "yellow", "information": "blue"}


class Form(StrEnum):
    """How a map is written."""

    CSV = "csv"
    FHIR = "fhir"


@codes.command("check")
def check_files(files: Files) -> None:
    """Say what is wrong or noteworthy in each row; the exit status is 1 when the map could not be loaded."""
    rows = read_rows(files)
    if not show(rows, check(rows, opened().knowledge.vocabulary)):
        raise typer.Exit(1)


@codes.command("load")
def load_files(
    files: Files,
    author: Annotated[str, typer.Option(help="Who answers for the map.")],
    note: Annotated[str, typer.Option(help="What is new in it.")] = "",
) -> None:
    """Check the files and put them in force together, in place of the map before."""
    rows = read_rows(files)
    if not author.strip():
        stop("--author: say who answers for the map")
    if not show(rows, check(rows, opened().knowledge.vocabulary)):
        stop("Nothing was loaded.")
    entries = [row.entry for row in rows]
    with session() as opened_session:
        version = remember_code_map(opened_session, entries, author.strip(), note.strip(), datetime.now(UTC))
    typer.echo(f"Version {version} is loaded. A running service puts it in force within {INTERVAL:.0f} seconds.")


@codes.command("history")
def show_history() -> None:
    """List every version that was loaded, the newest first: that one is in force."""
    table = Table("Version", "Loaded (UTC)", "Author", "Rows", "Note")
    with session() as opened_session:
        for row in recall_history(opened_session):
            rows = len(msgspec.json.decode(row.entries))
            texts = (str(row.version), f"{row.loaded_at:%Y-%m-%d %H:%M}", row.author, str(rows), row.note)
            table.add_row(*map(Text, texts))
    Console().print(table)


@codes.command("export")
def export_map(
    version: Annotated[int | None, typer.Option(help="Which version. Default: the one in force.")] = None,
    form: Annotated[Form, typer.Option("--format", help="How to write it.")] = Form.CSV,
) -> None:
    """Write a version of the map to standard output, as `check` and `load` read it."""
    code_map = recalled(version)
    text = (
        write_csv(code_map.entries) if form is Form.CSV else write_concept_map(code_map, CODE_MAP, DRUGS, LOCAL_UNITS)
    )
    sys.stdout.write(text if text.endswith("\n") else text + "\n")


@codes.command("unmapped")
def show_unmapped(
    as_csv: Annotated[bool, typer.Option("--csv", help="Print a map to fill in: suggestions as targets.")] = False,
    as_json: AsJson = False,
) -> None:
    """List codes that were seen and not understood, with codes that could be meant."""
    vocabulary = opened().knowledge.vocabulary
    with session() as opened_session:
        code_map = recall_code_map(opened_session, newest_version(opened_session)) or CodeMap()
        listed = unmapped_codes(opened_session, vocabulary.with_map(code_map))
    if as_json:
        print_json(msgspec.json.encode(listed))
    elif as_csv:
        sys.stdout.write(write_csv(to_fill_in(listed, vocabulary)))
    else:
        print_unmapped(listed)


def to_fill_in(listed: UnmappedCodes, vocabulary: Vocabulary) -> list[Entry]:
    """A map's rows for what is unmapped: with the first suggestion as target, and an equivalence nobody decided yet."""
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
    local_unit = "" if is_known else seen.unit
    return Entry(seen.kind, seen.code, target.code, "", seen.system, local_unit=local_unit)


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


def recalled(version: int | None) -> CodeMap:
    """A stored version, or an end with the reason."""
    with session() as opened_session:
        wanted = newest_version(opened_session) if version is None else version
        code_map = recall_code_map(opened_session, wanted)
    if code_map is None:
        stop("No map was loaded yet." if version is None else f"There is no version {version}.")
    return code_map


@contextmanager
def session() -> Iterator[Session]:
    """A session on the database of the settings, or an end with the reason."""
    with reasons(), session_on(read_settings().database) as opened_session:
        yield opened_session
