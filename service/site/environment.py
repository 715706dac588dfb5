"""The environment's variables as they set something, without what Kubernetes lays beside them."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping
from pathlib import Path

PREFIX = "HORMONE_CDS_"
# What Kubernetes sets beside every container when a Service is called hormone-cds.
_LINK = re.compile(rf"{PREFIX}(SERVICE_HOST|SERVICE_PORT(_\w+)?|PORT_\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?)")
_LINKED_PORT = re.compile(r"(tcp|udp|sctp)://")


class StartRefused(Exception):
    """The service must not start; the message says what to mend."""


def variable_of(name: str) -> str:
    """The environment variable that sets the field `name`."""
    return f"{PREFIX}{name.upper()}"


def file_variable_of(name: str) -> str:
    """The environment variable that names the file which holds a secret, as Docker and Kubernetes mount them."""
    return f"{variable_of(name)}_FILE"


def variables_that_set(
    secrets: Iterable[str] = (), environment: Mapping[str, str] = os.environ
) -> dict[str, str | None]:
    """Variables by lower-case name, without Kubernetes' links to services and without empty ones; secrets from files.

    An empty list of origins is kept: it is a choice, and the strictest.

    Raises:
        StartRefused: a file that is named holds no secret, or its secret is set beside it.
    """
    kept = {name.lower(): value for name, value in environment.items() if not _is_service_link(name.upper(), value)}
    origins = variable_of("cors_origins").lower()
    found: dict[str, str | None] = {n: value for n, value in kept.items() if value or n == origins}
    return found | dict(_from_files(secrets, found))


def unknown_variables(
    names: Iterable[str], environment: Mapping[str, str] = os.environ, secrets: Iterable[str] = ()
) -> tuple[str, ...]:
    """Variables with our prefix that set none of these fields: a typing mistake must not pass for a setting."""
    known = {*map(variable_of, names), *map(file_variable_of, secrets)}
    ours = {name: value for name, value in environment.items() if name.upper().startswith(PREFIX)}
    return tuple(
        sorted(n for n, value in ours.items() if n.upper() not in known and not _is_service_link(n.upper(), value))
    )


def _is_service_link(name: str, value: str) -> bool:
    linked_port = name == variable_of("port") and _LINKED_PORT.match(value)
    return bool(linked_port or _LINK.fullmatch(name))


def _from_files(secrets: Iterable[str], found: Mapping[str, str | None]) -> Iterable[tuple[str, str]]:
    for name in secrets:
        if path := found.get(file_variable_of(name).lower()):
            if variable_of(name).lower() in found:
                raise StartRefused(f"{variable_of(name)} and {file_variable_of(name)} are both set; set one of them")
            yield variable_of(name).lower(), _secret_in(path, file_variable_of(name))


def _secret_in(path: str, variable: str) -> str:
    """A file's text without the line's end. Its content is never part of a message."""
    try:
        secret = Path(path).read_text(encoding="utf-8").rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        raise StartRefused(f"{variable}: the file cannot be read ({type(error).__name__})") from None
    if not secret:
        raise StartRefused(f"{variable}: the file is empty")
    return secret
