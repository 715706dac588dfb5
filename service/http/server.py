"""Starts the HTTP server and its worker processes."""

from __future__ import annotations

import gc
from functools import partial
from logging.config import dictConfig
from secrets import token_hex

from fastapi import FastAPI
from pydantic import SecretStr

from service.app import create_app
from service.http.connection import Connection
from service.operating.hangup import hold
from service.operating.logs import log_config
from service.operating.workers import run
from service.site.settings import Settings


def shared(settings: Settings) -> Settings:
    """What all processes stand on, from the first to one that is started anew long after.

    Each is handed it by its parent, through a pipe that nobody else reads. Would it read environment and secret files
    itself, it could find others than its siblings did; and with a key of its own it would take the same patient for
    another.
    """
    if settings.hash_key is not None:
        return settings
    return settings.model_copy(update={"hash_key": SecretStr(token_hex(32))})


def build(settings: Settings) -> FastAPI:
    """The application of a process of its own. What is loaded by now is code: no garbage, and never looked through."""
    gc.freeze()
    return create_app(settings)


def serve(settings: Settings) -> None:
    """Answer requests until the process is told to stop; open requests are finished first.

    Raises:
        StartRefused, KnowledgeError: before anything is served.
    """
    hold()
    dictConfig(log_config(settings.log_level, settings.log_format))
    # Built here in any case: with several workers, broken knowledge must stop the parent, not each child in turn.
    app = build(settings)
    single = settings.workers == 1
    run(
        app if single else partial(build, shared(settings)),
        factory=not single,
        host=settings.host,
        port=settings.port,
        workers=settings.workers,
        http=Connection,
        ws="none",  # its log lines would carry query strings and headers
        access_log=False,  # its lines would carry query strings
        log_config=log_config(settings.log_level, settings.log_format),
        server_header=False,
        timeout_graceful_shutdown=10,
        # Longer than proxies keep an idle connection (nginx 60 s): who closes first never cuts off a call on its way.
        timeout_keep_alive=75,
        # A worker that does not answer its parent so long is ended; on a busy machine, starting alone takes several
        # seconds.
        timeout_worker_healthcheck=60,
    )
