"""By what charts are judged, and what an EHR is asked for and offered."""

from __future__ import annotations

from pathlib import Path
from zoneinfo import ZoneInfo

from pydantic import BaseModel, Field

from cds_hooks.wire.prefetch.templates import Dialect
from service.choices.written import PART, Names, Paths


class Judging(BaseModel):
    """By what charts are judged, and what an EHR is asked for and offered."""

    model_config = PART

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
        "shipped ones; read again on SIGHUP.",
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
        "may have several rows. Checked at start; read again on SIGHUP. Unset: suggested orders carry LOINC codes "
        "alone.",
    )
    remove_drafts: bool = Field(
        False,
        description="Whether a critical card at order-sign also offers to remove the draft order it is about.",
    )
