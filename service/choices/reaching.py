"""Where people and the service itself find things: its own address, and the EHR's FHIR servers."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, Field

from service.choices.written import PART, Servers, Url


class Reaching(BaseModel):
    """Where people and the service itself find things: its own address, and the EHR's FHIR servers."""

    model_config = PART

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
