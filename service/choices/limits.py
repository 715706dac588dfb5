"""How much is taken at once and of whom, and what is logged."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, Field

from service.choices.written import PART, Origins, lower


class Limits(BaseModel):
    """How much is taken at once and of whom, and what is logged."""

    model_config = PART

    max_body: int = Field(
        8_000_000,
        ge=1_000,
        description="Largest accepted request body in bytes, also after decompression. Larger ones get 413.",
    )
    max_resources: int = Field(
        20_000,
        ge=1,
        description="Most resources accepted in one request. More get 413: a chart is judged in one go, others wait.",
    )
    max_concurrent: int = Field(
        64,
        ge=1,
        description="Requests that one process reads and answers at a time, each holding up to MAX_BODY bytes. "
        "More get 503; `/health` and `/metrics` are always answered.",
    )
    rate_limit: int | None = Field(
        None,
        ge=1,
        description="Calls a minute that one caller may make of one process, in a burst or spread out; more get 429. A "
        "caller is a token's issuer, else the network address it comes from. Calls whose token does not hold count for "
        "their address; once that has no more, no token from there is looked at. Unset: any number.",
    )
    body_timeout: int = Field(
        30,
        ge=1,
        description="Seconds within which a request's body must arrive. Later ones get 408.",
    )
    cors_origins: Origins = Field(
        ("*",),
        description="Origins whose browser pages may call the service; set and empty: none. "
        "Browsers send no cookie of ours along, so `*` exposes no session.",
    )
    log_level: Annotated[Literal["debug", "info", "warning", "error"], BeforeValidator(lower)] = Field(
        "info",
        description="Least severe messages to log. Requests are logged without query, body or token.",
    )
