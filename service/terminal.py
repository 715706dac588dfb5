"""What the commands share: the site by the environment's settings, files, output, and ends with a reason."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

import msgspec
import typer

from cds_hooks.judgement.knowledge.knowledge import KnowledgeError
from service.site.settings import StartRefused, read_settings
from service.site.site import Site, open_site
from service.storage.code_maps import newest_version, recall_code_map
from service.storage.database import exists, session_on


def opened() -> Site:
    """The site by the environment's settings, or an end with the reason."""
    with reasons():
        return open_site(read_settings())


def with_codes(site: Site) -> Site:
    """The site with its code map in force, where a database with one was made already."""
    if not exists(site.settings.database_url):
        return site
    with reasons(), session_on(site.settings.database_url) as session:
        code_map = recall_code_map(session, newest_version(session))
    return site.with_map(code_map) if code_map is not None else site


@contextmanager
def reasons() -> Iterator[None]:
    """Ends the command with one line when the service must not start."""
    try:
        yield
    except (StartRefused, KnowledgeError) as refused:
        stop(str(refused))


def read_bytes(file: Path) -> bytes:
    """The file's content, or an end with the reason."""
    try:
        return sys.stdin.buffer.read() if str(file) == "-" else file.read_bytes()
    except OSError as error:
        stop(f"{file}: {error.strerror}")


def print_json(encoded: bytes) -> None:
    """Readable JSON on standard output; numbers keep every digit."""
    sys.stdout.write(msgspec.json.format(encoded, indent=2).decode() + "\n")


def stop(reason: str) -> NoReturn:
    """End with status 1 and one line."""
    typer.echo(reason, err=True)
    raise typer.Exit(1)
