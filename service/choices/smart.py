"""Which EHRs may open the timeline as a SMART on FHIR app."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, BaseModel, Field, SecretStr

from service.choices.written import PART, Names, Origins
from service.outside.places import locate, place


def _issuers(written: tuple[str, ...]) -> tuple[str, ...]:
    for entry in written:
        issuer, _, client = entry.partition("=")
        target = locate(issuer)
        if target is None or target.query or not client:
            raise ValueError(f"'{entry}': write it as https://ehr.example/fhir=client-id")
        if not place(issuer).keeps_secrets:
            raise ValueError(f"'{issuer}' would get codes in the open: write it with https; http is for this machine")
    return written


Issuers = Annotated[Names, AfterValidator(_issuers)]


class Smart(BaseModel):
    """Which EHRs may open the timeline as a SMART on FHIR app."""

    model_config = PART

    smart_issuers: Issuers = Field(
        (),
        description="EHRs that may open the patient timeline as a SMART on FHIR app, as `iss=client_id`, e.g. "
        "`https://ehr.example/fhir=hormone-cds`. Register `PUBLIC_URL/launch` and, as redirect URI, "
        "`PUBLIC_URL/smart/callback`. Cards then link to it. Needs SESSION_KEY and PUBLIC_URL. Unset: no app.",
    )
    smart_secrets: SecretStr | None = Field(
        None,
        description="Client secrets of SMART_ISSUERS, as `iss=secret` with commas. One without is a public client, "
        "which PKCE alone protects.",
        repr=False,
    )
    smart_frames: Origins = Field(
        (),
        description="Origins whose pages may show the app in a frame, e.g. `https://ehr.example`. Unset: none, the app "
        "opens in a window of its own.",
    )
