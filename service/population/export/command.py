"""The command `hormone-cds export`: a FHIR server's population as files, for `hormone-cds population` to judge."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from service.terminal import stop

# What speaks to servers is loaded where it is used: other commands need none of it.
if TYPE_CHECKING:
    from service.population.export.authorisation import Client
    from service.population.export.progress import Progress

SCOPE = "system/*.read"

TYPES = (
    *("Patient", "Observation", "MedicationRequest", "MedicationStatement", "MedicationAdministration"),
    *("MedicationDispense", "Medication", "Condition", "Procedure", "ServiceRequest", "Goal"),
)
PATIENCE = 60.0  # seconds for a connection, or between two pieces of an answer


def export(
    server: Annotated[str, typer.Argument(help="The FHIR server's base address, as https://ehr.example/fhir.")],
    out: Annotated[Path, typer.Option(help="The folder for the files; the same command goes on in it after an end.")],
    group: Annotated[str | None, typer.Option(help="Only the patients of this Group, by its id.")] = None,
    everything: Annotated[
        bool, typer.Option("--system", help="All resources of the server, not only those of patients.")
    ] = False,
    since: Annotated[str | None, typer.Option(help="Only what changed since this instant.")] = None,
    types: Annotated[
        list[str] | None, typer.Option("--type", help="A resource type; may repeat. Default: all that is judged.")
    ] = None,
    client_id: Annotated[str | None, typer.Option(help="Our id at the server (SMART Backend Services).")] = None,
    key: Annotated[Path | None, typer.Option(help="File of our private key, PEM or JWK: RSA or P-384.")] = None,
    kid: Annotated[str | None, typer.Option(help="The key's id at the server. Default: as in the JWK.")] = None,
    token_url: Annotated[str | None, typer.Option(help="Token endpoint. Default: as the server publishes it.")] = None,
    files_at: Annotated[
        list[str] | None, typer.Option(help="Another place, as https://files.example, whose files want our token.")
    ] = None,
    scope: Annotated[str, typer.Option(help="Scopes to ask for; servers of SMART 2 want system/*.rs.")] = SCOPE,
) -> None:
    """Bring a population from a FHIR server by Bulk Data Access ($export)."""
    from rich.console import Console

    from service.population.export.addresses import client_of, require_safe
    from service.population.export.export import Export
    from service.population.export.progress import Asked

    logging.getLogger("httpx").setLevel(logging.WARNING)  # an address of a file may hold a secret
    console = Console(stderr=True)
    level = "$export" if everything else f"Group/{group}/$export" if group is not None else "Patient/$export"
    asked = Asked(server.rstrip("/"), level, since, tuple(types or TYPES))
    elsewhere = tuple(files_at or ())
    with _explained(out):
        for address in (server, *([token_url] if token_url is not None else []), *elsewhere):
            require_safe(address, "an address")
        client = _client(client_id, key, kid, scope)
        with client_of(PATIENCE) as http:
            tell = partial(console.print, markup=False)
            said = Export(out, asked, http, client, token_url, elsewhere, tell).run()
    typer.echo(_summary(said))
    if any(file.kind == "error" and file.lines for file in said.files):
        typer.echo("The server reports problems of its own: see the error files.", err=True)


@contextmanager
def _explained(out: Path) -> Iterator[None]:
    """Ends the command with one line that says why, and what to do."""
    import httpx

    from service.population.export.failure import ExportFailed, Over
    from service.population.export.progress import NAME

    try:
        yield
    except Over as over:
        stop(str(over))
    except ExportFailed as failed:
        stop(f"{failed}. The same command goes on from here." if (out / NAME).exists() else str(failed))
    except OSError as error:
        stop(f"{error.filename or out}: {error.strerror}")
    except httpx.HTTPError as problem:
        stop(f"the server cannot be reached or breaks off ({type(problem).__name__})")


def _client(client_id: str | None, key: Path | None, kid: str | None, scope: str) -> Client | None:
    from service.population.export.authorisation import read_client
    from service.population.export.failure import ExportFailed

    if client_id is None and key is None:
        return None
    if client_id is None or key is None:
        raise ExportFailed("--client-id and --key go together")
    return read_client(client_id, key, kid, scope)


def _summary(progress: Progress) -> str:
    counts: dict[str, int] = {}
    for file in progress.files:
        if file.kind == "output":
            counts[file.type] = counts.get(file.type, 0) + (file.lines or 0)
    listed = ", ".join(f"{count:,} {name}" for name, count in sorted(counts.items())) or "nothing"
    return f"As of {progress.transaction_time or 'an unknown time'}: {listed}"
