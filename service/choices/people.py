"""Who may sign in to see what is for people."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, BeforeValidator, Field, SecretStr, StringConstraints
from pydantic_settings import NoDecode

from service.choices.written import PART, Claim, Url, split


class People(BaseModel):
    """Who may sign in to see what is for people."""

    model_config = PART

    oidc_issuer: Url | None = Field(
        None,
        description="OpenID Connect issuer at which people sign in to see `/stats`, `/population/latest` and "
        "`/codes/unmapped`. Unset: these answer on the service's own machine only. Needs OIDC_CLIENT_ID, OIDC_ALLOW, "
        "SESSION_KEY and PUBLIC_URL.",
    )
    oidc_client_id: str | None = Field(
        None,
        description="This service's name at the issuer. Register `PUBLIC_URL/sign-in/callback` as its redirect URI.",
    )
    oidc_client_secret: SecretStr | None = Field(
        None,
        description="Its secret there. Unset: a public client, which PKCE alone protects.",
        repr=False,
    )
    oidc_scope: Annotated[str, StringConstraints(pattern=r"^(\S+ )*openid( \S+)*$")] = Field(
        "openid profile email",
        description="Scopes to ask for; many issuers tell groups only when asked for `groups`.",
    )
    oidc_allow: Annotated[tuple[Claim, ...], NoDecode, BeforeValidator(split)] = Field(
        (),
        description="Who may sign in: `claim=value`, one of which has to hold, e.g. `groups=cds-stats,"
        "email=anna@clinic.example`. Nested claims as in `realm_access.roles=cds`. E-mail addresses must be verified.",
    )
    session_key: Annotated[SecretStr, Field(min_length=32)] | None = Field(
        None,
        description="Signs the cookies of people who signed in: at least 32 random characters, the same in all "
        "processes. A new key signs everybody out.",
        repr=False,
    )
    session_minutes: int = Field(
        60,
        ge=1,
        le=1440,
        description="Minutes until somebody who signed in has to do so again.",
    )
