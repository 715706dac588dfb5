"""What an operator may set, read from environment variables; every setting says what it does."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, AliasChoices, BeforeValidator, Field, StringConstraints, ValidationError
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

PREFIX = "HORMONE_CDS_"


class StartRefused(Exception):
    """The service must not start; the message says what to mend."""


def _split(value: Any) -> Any:
    return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value


def _without_slash(url: str) -> str:
    return url.rstrip("/")


Names = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_split)]
Url = Annotated[str, StringConstraints(pattern=r"^https?://[^\s/?#]+[^\s?#]*$"), AfterValidator(_without_slash)]


class Settings(BaseSettings):
    """Settings in force. Lists are written with commas."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, env_ignore_empty=True, frozen=True, populate_by_name=True)

    host: str = Field(
        "127.0.0.1",
        validation_alias=AliasChoices(f"{PREFIX}HOST", "HOST"),
        description="Address to listen on. Loopback only, until you say otherwise. Also read from HOST.",
    )
    port: int = Field(
        8000,
        ge=0,
        le=65535,
        validation_alias=AliasChoices(f"{PREFIX}PORT", "PORT"),
        description="Port to listen on. Also read from PORT.",
    )
    workers: int = Field(
        1,
        ge=1,
        le=64,
        description="Server processes. Two or more keep a large chart from delaying others.",
    )
    timezone: ZoneInfo | None = Field(
        None,
        description="IANA time zone of the site, e.g. Europe/Berlin: decides what day today is and reads times in UTC. "
        "Unset: today is the UTC day, and a result stamped in UTC has no local time of day.",
    )
    profile: Names = Field(
        (),
        description="Default profiles of numbers, e.g. es2018, for calls that name none. "
        "Each applies to the protocols that define it. Unset: each protocol's own default.",
    )
    public_url: Url | None = Field(
        None,
        description="Address under which people reach this service. Cards link to its pages only when it is set.",
    )
    max_body: int = Field(
        8_000_000,
        ge=1_000,
        description="Largest accepted request body in bytes, also after decompression. Larger ones get 413.",
    )
    cors_origins: Names = Field(
        ("*",),
        description="Origins whose browser pages may call the service. No cookies are used, so `*` exposes no session.",
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        "info",
        description="Least severe messages to log. Requests are logged without query, body or token.",
    )


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


def variable_of(name: str) -> str:
    """The environment variable that sets the field `name`."""
    return f"{PREFIX}{name.upper()}"


def unknown_variables(environment: Mapping[str, str] = os.environ) -> tuple[str, ...]:
    """Variables with our prefix that set nothing: a typing mistake must not pass for a setting."""
    known = {variable_of(name) for name in Settings.model_fields}
    return tuple(sorted(name for name in environment if name.upper().startswith(PREFIX) and name.upper() not in known))


def settings_table() -> str:
    """All settings as a Markdown table, for the README."""
    rows = (
        f"| `{variable_of(name)}` | {_shown(field.default)} | {field.description} |"
        for name, field in Settings.model_fields.items()
    )
    return "\n".join(("| variable | default | what it does |", "|---|---|---|", *rows))


def _shown(default: Any) -> str:
    if default is None or default == ():
        return "unset"
    return f"`{', '.join(default) if isinstance(default, tuple) else default}`"
