"""What `/health/ready` answers. These structs are its schema."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta


class Part(msgspec.Struct, frozen=True, omit_defaults=True):
    """One thing that answers rest on."""

    state: str
    age: Annotated[float | None, Meta(description="Seconds since it was looked at.")] = None
    digest: str = ""
    codeMap: int | None = None
    usable: int | None = None
    known: int | None = None


class Ready(msgspec.Struct, frozen=True):
    """That calls are answered, and on what."""

    status: Literal["ready"]
    knowledge: Part
    storage: Part
    keys: Part
    reload: Part
