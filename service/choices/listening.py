"""Where the service listens, and with how many processes."""

from __future__ import annotations

from pydantic import AliasChoices, BaseModel, Field

from service.choices.written import PART
from service.site.environment import PREFIX


class Listening(BaseModel):
    """Where the service listens, and with how many processes."""

    model_config = PART

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
