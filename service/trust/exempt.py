"""What anyone may ask without proving who they are: only what is read, and the same for all."""

from __future__ import annotations

from starlette.types import Scope

METRICS = "/metrics"  # asks by itself who may look, since no scraper has a client's token
ALWAYS = ("/health", "/health/live", "/health/ready", METRICS)  # answered in a crowd too
# Preflights are answered too, by the layer outside the guard.
OPEN = (*ALWAYS, "/fhir/metadata")
OPEN_UNDER = "/static/"


def is_open(scope: Scope) -> bool:
    """Whether anyone may make this request."""
    return scope["method"] in ("GET", "HEAD") and is_open_path(scope["path"])


def is_open_path(path: str) -> bool:
    """Whether anyone may read what is there."""
    return path in OPEN or path.startswith(OPEN_UNDER)
