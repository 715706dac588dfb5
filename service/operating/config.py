"""The command `hormone-cds config`: every setting in force with where it comes from, and what is wrong with them."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from typing import Annotated, Any, NamedTuple

import msgspec
import typer
from pydantic import SecretStr
from rich.console import Console
from rich.table import Table
from rich.text import Text

from cds_hooks.judgement.knowledge.knowledge import KnowledgeError
from service.site.environment import variable_of
from service.site.settings import Settings, StartRefused, read_settings
from service.terminal import print_json

WRONG = 2  # the exit status
HIDDEN = "********"
# What is secret in an address: who signs in, and what is asked for.
_SIGN_IN = re.compile(r"(?<=//)[^/@\s,]*@")
_QUERY = re.compile(r"\?[^\s,]*")


class Setting(NamedTuple):
    """One setting in force. `whence` is `default`, `environment` or `file`."""

    name: str
    value: str
    whence: str


def show_config(
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for machines.")] = False,
) -> None:
    """Print the settings in force, with secrets hidden, and where each comes from; and all that is wrong with them.

    The exit status is 2 when the service would not start by them. Its database is not asked.
    """
    try:
        settings = read_settings()
    except StartRefused as refused:
        typer.echo(_explained(str(refused)), err=True)
        raise typer.Exit(WRONG) from None
    found = list(settings_in_force(settings))
    if as_json:
        print_json(msgspec.json.encode([setting._asdict() for setting in found]))
    else:
        _print(found)
    wrong = list(contradictions(settings))
    for problem in wrong:
        typer.echo(problem, err=True)
    raise typer.Exit(WRONG if wrong else 0)


def settings_in_force(settings: Settings) -> Iterator[Setting]:
    """All of them, in the order of the README."""
    for name in Settings.model_fields:
        yield Setting(variable_of(name), _shown(settings, name), _whence(settings, name))


def contradictions(settings: Settings) -> Iterator[str]:
    """What stops the service from starting although each value could be meant; knowledge is proven too."""
    from service.memory.memory import require_key
    from service.operating.routes import require_meant
    from service.people.people import open_session
    from service.site.site import open_site
    from service.storage.database import place_of
    from service.worklist.shelf import require_readable

    checks = (
        lambda: require_meant(settings),
        lambda: place_of(settings.database_url),
        lambda: require_key(settings),
        lambda: open_session(settings),
        lambda: require_readable(settings),
        lambda: _trust(settings),
        lambda: open_site(settings),
    )
    for check in checks:
        try:
            check()
        except (StartRefused, KnowledgeError) as refused:
            yield str(refused)


def _trust(settings: Settings) -> None:
    if settings.jwt == "required":
        from service.trust.trusted import outside_for, trusted

        trusted(settings, outside_for(settings).get)


def _explained(refused: str) -> str:
    """Each problem on its line, with what the setting is for below it."""
    told = []
    for problem in refused.split("; "):
        told.append(problem)
        names = [name for name in Settings.model_fields if problem.startswith(f"{variable_of(name)}: ")]
        told += [f"  {Settings.model_fields[name].description}" for name in names]
    return "\n".join(told)


def _shown(settings: Settings, name: str) -> str:
    value = getattr(settings, name)
    if value is None or value == ():
        return "unset"
    # Of a database's address the rest is no secret, and what one wants to see.
    is_secret = isinstance(value, SecretStr) or Settings.model_fields[name].repr is False
    if is_secret and name != "database_url":
        return HIDDEN
    return _without_secrets(", ".join(map(str, value)) if isinstance(value, tuple) else _text(value))


def _text(value: Any) -> str:
    return value.get_secret_value() if isinstance(value, SecretStr) else str(value)


def _without_secrets(text: str) -> str:
    return _QUERY.sub(f"?{HIDDEN}", _SIGN_IN.sub(f"{HIDDEN}@", text))


def _whence(settings: Settings, name: str) -> str:
    if os.environ.get(f"{variable_of(name)}_FILE"):
        return "file"
    return "environment" if name in settings.model_fields_set else "default"


def _print(found: list[Setting]) -> None:
    table = Table("Setting", "Value", "From")
    for setting in found:
        style = "dim" if setting.whence == "default" else ""
        table.add_row(Text(setting.name), Text(setting.value, overflow="fold"), setting.whence, style=style)
    Console().print(table)
