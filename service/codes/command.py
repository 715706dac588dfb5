"""The commands `hormone-cds codes …`: check a site's map, load it, look at what was loaded and at what is missing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
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
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import Session

from cds_hooks.presentation.canonical import CODE_MAP, DRUGS, LOCAL_UNITS
from service.codes.listing import unmapped_codes
from service.codes.paper import print_unmapped, read_rows, show, to_fill_in, warn_of_long_queries, write
from service.keeper import INTERVAL
from service.site.settings import read_settings
from service.storage.code_maps import newest_version, recall_code_map, recall_history, remember_code_map
from service.storage.database import exists, place_of, session_on
from service.storage.unmapped import forget_unmapped
from service.terminal import opened, print_json, reasons, stop
from terminology.local.check import check
from terminology.local.code_map import CodeMap, Entry
from terminology.local.files import write_concept_map, write_csv

codes = typer.Typer(no_args_is_help=True, help="The site's own laboratory, unit and drug codes.")

Files = Annotated[list[Path], typer.Argument(help="CSV files or FHIR ConceptMaps in JSON; together they are one map.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for machines.")]


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
    remove: Annotated[bool, typer.Option("--remove", help="Rows of the map in force that are not here go.")] = False,
) -> None:
    """Check the files and put them in force together, in place of the map before. Undecided rows are left out."""
    rows = read_rows(files)
    if not author.strip():
        stop("--author: say who answers for the map")
    vocabulary = opened().knowledge.vocabulary
    if not show(rows, check(rows, vocabulary)):
        stop("Nothing was loaded.")
    entries = [row.entry for row in rows if row.entry.equivalence]
    with session() as opened_session:
        before = recall_code_map(opened_session, newest_version(opened_session)) or CodeMap()
        gone = codes_of(before.entries) - codes_of(entries)
        if gone and not remove:
            lost = f"{len(gone)} codes of version {before.version} are not in these files and would be lost"
            stop(f"{lost}: load all files together, or say --remove. Nothing was loaded.")
        version = remember_code_map(opened_session, entries, author.strip(), note.strip(), datetime.now(UTC))
    new = len(codes_of(entries) - codes_of(before.entries))
    typer.echo(f"Version {version} is loaded: {len(entries)} rows, {new} new codes, {len(gone)} gone.")
    typer.echo(f"A service on the same database puts it in force within {INTERVAL:.0f} seconds: see /health.")
    warn_of_long_queries(vocabulary.with_map(CodeMap(version, entries=tuple(entries))))


def codes_of(entries: Sequence[Entry]) -> set[tuple[str, str, str]]:
    """What a map is about, whatever it says of it."""
    return {(entry.kind, entry.system, entry.code) for entry in entries}


@codes.command("forget")
def forget_codes(
    before: Annotated[datetime, typer.Option(formats=["%Y-%m-%d"], help="Those not seen since that day.")],
) -> None:
    """Forget counts of codes that were not understood."""
    with looking() as opened_session:
        typer.echo(f"{forget_unmapped(opened_session, before.date())} codes are forgotten.")


@codes.command("history")
def show_history() -> None:
    """List every version that was loaded, the newest first: that one is in force."""
    table = Table("Version", "Loaded (UTC)", "Author", "Rows", "Note")
    with looking() as opened_session:
        for row in recall_history(opened_session):
            rows = len(msgspec.json.decode(row.entries))
            texts = (str(row.version), f"{row.loaded_at:%Y-%m-%d %H:%M}", row.author, str(rows), row.note)
            table.add_row(*map(Text, texts))
    Console().print(table)


@codes.command("export")
def export_map(
    version: Annotated[
        int | None, typer.Option(min=1, max=2**31 - 1, help="Which version. Default: the one in force.")
    ] = None,
    form: Annotated[Form, typer.Option("--format", help="How to write it.")] = Form.CSV,
) -> None:
    """Write a version of the map to standard output, as `check` and `load` read it."""
    code_map = recalled(version)
    text = (
        write_csv(code_map.entries) if form is Form.CSV else write_concept_map(code_map, CODE_MAP, DRUGS, LOCAL_UNITS)
    )
    write(text if text.endswith("\n") else text + "\n")


@codes.command("unmapped")
def show_unmapped(
    as_csv: Annotated[bool, typer.Option("--csv", help="Print a map to fill in: suggestions as targets.")] = False,
    as_json: AsJson = False,
) -> None:
    """List codes that were seen and not understood, with codes that could be meant."""
    vocabulary = opened().knowledge.vocabulary
    with looking() as opened_session:
        code_map = recall_code_map(opened_session, newest_version(opened_session)) or CodeMap()
        listed = unmapped_codes(opened_session, vocabulary.with_map(code_map))
    if as_json:
        print_json(msgspec.json.encode(listed))
    elif as_csv:
        write(write_csv(to_fill_in(listed, vocabulary)))
    else:
        print_unmapped(listed)


def recalled(version: int | None) -> CodeMap:
    """A stored version, or an end with the reason."""
    with looking() as opened_session:
        wanted = newest_version(opened_session) if version is None else version
        code_map = recall_code_map(opened_session, wanted)
    if code_map is None:
        stop("No map was loaded yet." if version is None else f"There is no version {version}.")
    return code_map


@contextmanager
def looking() -> Iterator[Session]:
    """A session for what was kept; where there is nothing yet, an end that says so: looking makes no SQLite file."""
    with reasons():
        address = read_settings().database_url
        if not exists(address):
            stop(f"{place_of(address)}: nothing was kept there yet (a relative path counts from the current folder)")
    with session() as opened_session:
        yield opened_session


@contextmanager
def session() -> Iterator[Session]:
    """A session on the database of the settings, or an end with the reason."""
    with reasons(), session_on(read_settings().database_url) as opened_session:
        try:
            yield opened_session
        except (SQLAlchemyError, msgspec.ValidationError) as error:
            stop(f"The database cannot be used now ({type(error).__name__}). Nothing was changed.")
