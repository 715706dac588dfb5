"""What an operator may set, read from environment variables; every setting says what it does."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, AliasChoices, BeforeValidator, Field, SecretStr, StringConstraints, ValidationError
from pydantic_settings import BaseSettings, NoDecode, PydanticBaseSettingsSource, SettingsConfigDict
from pydantic_settings.sources import EnvSettingsSource

from cds_hooks.wire.templates import Dialect
from service.outside.places import place

PREFIX = "HORMONE_CDS_"
# What Kubernetes sets beside every container when a Service is called hormone-cds.
_LINK = re.compile(rf"{PREFIX}(SERVICE_HOST|SERVICE_PORT(_\w+)?|PORT_\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?)")
_LINKED_PORT = re.compile(r"(tcp|udp|sctp)://")


class StartRefused(Exception):
    """The service must not start; the message says what to mend."""


def _split(value: Any) -> Any:
    return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value


def _without_slash(url: str) -> str:
    return url.rstrip("/")


def _lower(value: Any) -> Any:
    return value.lower() if isinstance(value, str) else value


def _places(written: tuple[str, ...]) -> tuple[str, ...]:
    for entry in written:
        if not place(entry).keeps_secrets:
            raise ValueError(f"'{entry}' would get tokens in the open: write it with https; http is for this machine")
    return written


Names = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_split)]
Paths = Annotated[tuple[Path, ...], NoDecode, BeforeValidator(_split)]
Url = Annotated[str, StringConstraints(pattern=r"^https?://[^\s/?#]+[^\s?#]*$"), AfterValidator(_without_slash)]
Origin = Annotated[str, BeforeValidator(_without_slash), StringConstraints(pattern=r"^(\*|null|https?://[^\s/?#]+)$")]
Claim = Annotated[str, StringConstraints(pattern=r"^[^=\s]+=.+$")]
Urls = Annotated[tuple[Url, ...], NoDecode, BeforeValidator(_split)]
Origins = Annotated[tuple[Origin, ...], NoDecode, BeforeValidator(_split)]


Servers = Annotated[Names, AfterValidator(_places)]


class Settings(BaseSettings):
    """Settings in force. Lists are written with commas."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, populate_by_name=True)

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Arguments, then the environment, without what does not set anything."""
        environment = EnvSettingsSource(settings_cls)
        environment.env_vars = variables_that_set()
        return init_settings, environment

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
    overlays: Paths = Field(
        (),
        description="TOML files, or folders of them, with the site's own profiles of numbers. Proven at start like the "
        "shipped ones; read again at the next start.",
    )
    prefetch: Dialect = Field(
        "2.0",
        description="CDS Hooks version of the prefetch templates. 3.0 also limits laboratory results to the last ten "
        "years, with a token (`today()`) that clients of 2.0 cannot resolve.",
    )
    pending_orders: bool = Field(
        False,
        description="Whether discovery asks for `pendingOrders` too, so that a test already ordered is not suggested "
        "again. Only for an EHR whose FHIR server finds ServiceRequests by status.",
    )
    orderables: Path | None = Field(
        None,
        description="CSV file with the codes by which your EHR orders each test: `loinc,system,code,display`; a test "
        "may have several rows. Checked at start. Unset: suggested orders carry LOINC codes alone.",
    )
    remove_drafts: bool = Field(
        False,
        description="Whether a critical card at order-sign also offers to remove the draft order it is about.",
    )
    database_url: str = Field(
        "sqlite:///hormone-cds.sqlite3",
        description="Where code maps, counts of unmapped codes, used tokens and what MEMORY keeps are: "
        "`sqlite:///file`, `sqlite://` (in memory, gone at the end) or `postgresql://user:password@host/name`.",
        repr=False,
    )
    unmapped_patients: int = Field(
        3,
        ge=1,
        description="A code that was not understood is listed once so many patients had it: a rarer one might tell who "
        "somebody is. 1 while you try the service out.",
    )
    memory: Annotated[Literal["on", "off"], BeforeValidator(_lower)] = Field(
        "on",
        description="Whether evaluations, cards and feedback are kept: which checks were raised, no value, no name.",
    )
    hash_key: Annotated[SecretStr, Field(min_length=16)] | None = Field(
        None,
        description="Secret, at least 16 characters, the same for every replica: patients and users are kept as hashes "
        "that nobody can make without it. Unset: each process makes one at its start, so nobody is known again after "
        "it, and `/stats` may count one patient as several.",
    )
    retention_days: int = Field(
        365,
        ge=1,
        le=36_500,
        description="Days after which what MEMORY keeps is deleted.",
    )
    silence_overridden: int = Field(
        0,
        ge=0,
        le=365,
        description="Days for which a card that a user overrode for a lasting reason stays silent for that user and "
        "patient, unless a result, the therapy or the urgency changes; never a critical one. 0: off; 90 is usual. "
        "Needs HASH_KEY.",
    )
    silence_shown: bool = Field(
        False,
        description="Whether a card is not shown twice on one day to the same user about the same patient, under the "
        "same conditions. Needs HASH_KEY.",
    )
    public_url: Url | None = Field(
        None,
        description="Address under which people reach this service. Cards link to its pages only when it is set.",
    )
    fhir_servers: Servers = Field(
        (),
        description="Base URLs of FHIR servers that may be called for what a hook call lacks, e.g. "
        "`https://ehr.example/fhir`; with everything below them. http on this machine alone: `http://127.0.0.1` (any "
        "port) for tests. Unset: none.",
    )
    fhir_private: bool = Field(
        False,
        description="Whether the names in FHIR_SERVERS may lead to private addresses (10.x, 172.16.x, 192.168.x, "
        "fc00::/7). This machine and link-local addresses only when FHIR_SERVERS says them.",
    )
    fhir_timeout: float = Field(
        2.0,
        gt=0,
        le=30,
        description="Seconds within which a call's missing data must have come from the FHIR server, all together.",
    )
    unavailable: Literal["412", "card"] = Field(
        "412",
        description="What a call gets whose required data could not be had: 412, as the standard asks, or a card that "
        "says so, for clients that show an error as all clear.",
    )
    oidc_issuer: Url | None = Field(
        None,
        description="OpenID Connect issuer at which people sign in to see `/stats` and `/codes/unmapped`. Unset: these "
        "answer on the service's own machine only. Needs OIDC_CLIENT_ID, OIDC_ALLOW, SESSION_KEY and PUBLIC_URL.",
    )
    oidc_client_id: str | None = Field(
        None,
        description="This service's name at the issuer. Register `PUBLIC_URL/sign-in/callback` as its redirect URI.",
    )
    oidc_client_secret: str | None = Field(
        None,
        description="Its secret there. Unset: a public client, which PKCE alone protects.",
        repr=False,
    )
    oidc_scope: Annotated[str, StringConstraints(pattern=r"^(\S+ )*openid( \S+)*$")] = Field(
        "openid profile email",
        description="Scopes to ask for; many issuers tell groups only when asked for `groups`.",
    )
    oidc_allow: Annotated[tuple[Claim, ...], NoDecode, BeforeValidator(_split)] = Field(
        (),
        description="Who may sign in: `claim=value`, one of which has to hold, e.g. `groups=cds-stats,"
        "email=anna@clinic.example`. Nested claims as in `realm_access.roles=cds`. E-mail addresses must be verified.",
    )
    session_key: Annotated[str, StringConstraints(min_length=32)] | None = Field(
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
    jwt: Annotated[Literal["off", "required"], BeforeValidator(_lower)] = Field(
        "off",
        description="`required`: every call but `/health`, `/fhir/metadata`, `/static/` and preflights needs a JWT of "
        "its client, else 401. `off`: anyone who reaches the service may call it, and a token that is sent is ignored.",
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
        "More get 503; `/health` is always answered.",
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
    log_level: Annotated[Literal["debug", "info", "warning", "error"], BeforeValidator(_lower)] = Field(
        "info",
        description="Least severe messages to log. Requests are logged without query, body or token.",
    )


def read_settings() -> Settings:
    """Settings from the environment.

    Raises:
        StartRefused: a variable has a value it cannot have, or sets nothing.
    """
    if unknown := unknown_variables():
        known = ", ".join(map(variable_of, Settings.model_fields))
        raise StartRefused(f"Not a setting: {', '.join(unknown)}. Settings: {known}")
    try:
        return Settings()
    except ValidationError as error:
        wrong = (f"{'.'.join(map(str, problem['loc']))}: {problem['msg']}" for problem in error.errors())
        raise StartRefused("; ".join(wrong)) from None


def variable_of(name: str) -> str:
    """The environment variable that sets the field `name`."""
    return f"{PREFIX}{name.upper()}"


def variables_that_set(environment: Mapping[str, str] = os.environ) -> dict[str, str | None]:
    """Variables by lower-case name, without Kubernetes' links to services and without empty ones.

    An empty list of origins is kept: it is a choice, and the strictest.
    """
    kept = {name.lower(): value for name, value in environment.items() if not _is_service_link(name.upper(), value)}
    origins = variable_of("cors_origins").lower()
    return {name: value for name, value in kept.items() if value or name == origins}


def unknown_variables(environment: Mapping[str, str] = os.environ) -> tuple[str, ...]:
    """Variables with our prefix that set nothing: a typing mistake must not pass for a setting."""
    known = {variable_of(name) for name in Settings.model_fields}
    ours = {name: value for name, value in environment.items() if name.upper().startswith(PREFIX)}
    return tuple(
        sorted(n for n, value in ours.items() if n.upper() not in known and not _is_service_link(n.upper(), value))
    )


def _is_service_link(name: str, value: str) -> bool:
    linked_port = name == variable_of("port") and _LINKED_PORT.match(value)
    return bool(linked_port or _LINK.fullmatch(name))


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
