"""The environment's variables as they set something, without what Kubernetes lays beside them."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping

PREFIX = "HORMONE_CDS_"
# What Kubernetes sets beside every container when a Service is called hormone-cds.
_LINK = re.compile(rf"{PREFIX}(SERVICE_HOST|SERVICE_PORT(_\w+)?|PORT_\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?)")
_LINKED_PORT = re.compile(r"(tcp|udp|sctp)://")


def variable_of(name: str) -> str:
    """The environment variable that sets the field `name`."""
    return f"{PREFIX}{name.upper()}"


def variables_that_set(environment: Mapping[str, str] = os.environ) -> dict[str, str | None]:
    """Variables by lower-case name, without Kubernetes' links to services and without empty ones.

    An empty list of origins is kept: it is a choice, and the strictest.
    """
    kept = {name.lower(): value for name, value in environment.items() if not _is_service_link(name.upper(), value)}
    origins = variable_of("cors_origins").lower()
    return {name: value for name, value in kept.items() if value or name == origins}


def unknown_variables(names: Iterable[str], environment: Mapping[str, str] = os.environ) -> tuple[str, ...]:
    """Variables with our prefix that set none of these fields: a typing mistake must not pass for a setting."""
    known = set(map(variable_of, names))
    ours = {name: value for name, value in environment.items() if name.upper().startswith(PREFIX)}
    return tuple(
        sorted(n for n, value in ours.items() if n.upper() not in known and not _is_service_link(n.upper(), value))
    )


def _is_service_link(name: str, value: str) -> bool:
    linked_port = name == variable_of("port") and _LINKED_PORT.match(value)
    return bool(linked_port or _LINK.fullmatch(name))
