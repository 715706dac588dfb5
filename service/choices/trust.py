"""Which clients' tokens are believed."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, Field

from service.choices.written import PART, Names, Urls, lower


class Trust(BaseModel):
    """Which clients' tokens are believed."""

    model_config = PART

    jwt: Annotated[Literal["off", "required"], BeforeValidator(lower)] = Field(
        "off",
        description="`required`: every call but `/health`, `/metrics`, `/fhir/metadata`, `/static/` and preflights "
        "needs a JWT of its client, else 401. `off`: anyone who reaches the service may call it, and a token that is "
        "sent is ignored.",
    )
    jwt_issuers: Names = Field((), description="Who may sign tokens: their `iss`, exactly as they write it.")
    jwt_keys: Names = Field(
        (),
        description="Where an issuer's public keys are, as `issuer=https://…` or `issuer=file` (a JWK set).",
    )
    jwt_jkus: Names = Field(
        (),
        description="Addresses of keys that an issuer's tokens may name in `jku`, as `issuer=https://…`; exact, may "
        "repeat. Where an issuer has none here, `jku` is ignored and JWT_KEYS counts.",
    )
    audiences: Urls = Field(
        (),
        description="Addresses under which clients call this service, as `https://cds.example`: `aud` must be one of "
        "them followed by the path called. Unset: PUBLIC_URL; without that, the address as called, on loopback only.",
    )
    tenants: Names = Field((), description="Values of `tenant` that are let in. Unset: any, and none.")
    jwt_leeway: int = Field(
        10,
        ge=5,
        le=300,
        description="Seconds by which clients' clocks may differ: some round `iat` up into the future.",
    )
    jwt_lifetime: int = Field(
        3600, ge=1, le=86_400, description="Most seconds from `iat` to `exp`; longer tokens are refused."
    )
    jwt_keys_fresh: int = Field(
        600,
        ge=10,
        le=86_400,
        description="Seconds after which keys are asked for again; a token with a new `kid` makes us ask at once, but "
        "not more than once in 10 s. A key that was withdrawn counts this long.",
    )
    jwt_keys_usable: int = Field(
        14_400,
        ge=10,
        description="Seconds for which keys are used on while their address does not answer.",
    )
