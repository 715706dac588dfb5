"""How choices are written: lists with commas, addresses without a slash at their end."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, ConfigDict, SecretStr, StringConstraints
from pydantic_settings import NoDecode

from service.outside.places import place

PART = ConfigDict(defer_build=True)  # of a whole: only that is ever made


def split(value: Any) -> Any:
    """The parts of a text between commas."""
    return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value


def _without_slash(url: str) -> str:
    return url.rstrip("/")


def lower(value: Any) -> Any:
    """A text in small letters."""
    return value.lower() if isinstance(value, str) else value


def secret_of(secret: SecretStr | None) -> str:
    """What is secret, for the library that needs it; empty when it is unset."""
    return "" if secret is None else secret.get_secret_value()


def _places(written: tuple[str, ...]) -> tuple[str, ...]:
    for entry in written:
        if not place(entry).keeps_secrets:
            raise ValueError(f"'{entry}' would get tokens in the open: write it with https; http is for this machine")
    return written


Names = Annotated[tuple[str, ...], NoDecode, BeforeValidator(split)]
Paths = Annotated[tuple[Path, ...], NoDecode, BeforeValidator(split)]
Url = Annotated[str, StringConstraints(pattern=r"^https?://[^\s/?#]+[^\s?#]*$"), AfterValidator(_without_slash)]
Origin = Annotated[str, BeforeValidator(_without_slash), StringConstraints(pattern=r"^(\*|null|https?://[^\s/?#]+)$")]
Claim = Annotated[str, StringConstraints(pattern=r"^[^=\s]+=.+$")]
Urls = Annotated[tuple[Url, ...], NoDecode, BeforeValidator(split)]
Origins = Annotated[tuple[Origin, ...], NoDecode, BeforeValidator(split)]


Servers = Annotated[Names, AfterValidator(_places)]
