"""The command `hormone-cds migrate`: brings the database's tables to the form this version needs."""

from __future__ import annotations

from typing import Annotated

import typer

from service.site.settings import read_settings
from service.storage.database import open_database, place_of, revision_of
from service.storage.tables import REVISION
from service.terminal import reasons, stop


def migrate(
    check: Annotated[bool, typer.Option("--check", help="Only say what would be done; status 1 if anything.")] = False,
) -> None:
    """Bring the database of the settings to the newest tables, and say from which to which.

    The service does so at its start too; this lets you do it before, and see how long it takes. Several at once take
    turns.
    """
    with reasons():
        address = read_settings().database_url
        found, place = revision_of(address), place_of(address)
        if found is not None and found > REVISION:
            stop(f"{place}: tables {found} are of a newer version of the service, which this one ({REVISION}) refuses")
        if found == REVISION:
            typer.echo(f"{place}: tables are at {REVISION}, the newest")
            return
        step = f"from {found or 'none'} to {REVISION}"
        if check:
            stop(f"{place}: tables would go {step}")
        open_database(address).dispose()
        typer.echo(f"{place}: tables went {step}")
