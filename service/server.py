"""Starts the HTTP server and its worker processes."""

from __future__ import annotations

import logging

import uvicorn
from pydantic import ValidationError

from service.settings import Settings, unknown_variables
from service.site import StartRefused


def read_settings() -> Settings:
    """Settings from the environment.

    Raises:
        StartRefused: a variable has a value it cannot have, or sets nothing.
    """
    if unknown := unknown_variables():
        raise StartRefused(f"Not a setting: {', '.join(unknown)}")
    try:
        return Settings()
    except ValidationError as error:
        wrong = (f"{'.'.join(map(str, problem['loc']))}: {problem['msg']}" for problem in error.errors())
        raise StartRefused("; ".join(wrong)) from None


def serve(settings: Settings) -> None:
    """Answer requests until the process is told to stop; open requests are finished first."""
    logging.basicConfig(level=settings.log_level.upper(), format="%(asctime)s %(levelname)s %(message)s")
    uvicorn.run(
        "service.app:create_app",
        factory=True,
        host=settings.host,
        port=settings.port,
        workers=settings.workers,
        access_log=False,  # its lines would carry query strings
        log_config=None,
        log_level=settings.log_level,
        server_header=False,
        timeout_graceful_shutdown=10,
    )
