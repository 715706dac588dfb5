"""Where the EHR keeps its data and the token to read them with, as a call may bring both.

Either may be anything in a call; what is not as the standard says counts as absent. The token is kept as a Secret, for
the length of the call only, and no representation shows it.
"""

from __future__ import annotations

import re
from typing import TypeVar

import msgspec

from cds_hooks.record.fhir.datatypes import NOTHING
from cds_hooks.wire.prefetch.lacks import Lack
from cds_hooks.wire.scopes import is_of_one_patient

T = TypeVar("T")


class Secret:
    """A text that is shown to nobody who does not ask for it by name."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def __repr__(self) -> str:
        return "Secret(…)"

    def reveal(self) -> str:
        """The text."""
        return self._text


class Access(msgspec.Struct, frozen=True):
    """A FHIR server's base URL without slash at its end, and what its token is for; `scope` may be empty."""

    server: str
    token: Secret
    scope: str


class _Authorization(msgspec.Struct, gc=False):
    access_token: msgspec.Raw = NOTHING
    token_type: msgspec.Raw = NOTHING
    expires_in: msgspec.Raw = NOTHING
    scope: msgspec.Raw = NOTHING
    patient: msgspec.Raw = NOTHING


def read_server(server: msgspec.Raw) -> str:
    """The base URL in a call's `fhirServer`, without slash at its end; empty when there is none."""
    return (_tolerant(_TEXT, server) or "").rstrip("/")


def read_access(server: str, authorization: msgspec.Raw, patient_id: str) -> Access | Lack:
    """The access to one patient's data that a server and a call's `fhirAuthorization` give, or why none."""
    if not server:
        return Lack.NOT_SENT
    given = _tolerant(_AUTHORIZATION, authorization) or _Authorization()
    token = _tolerant(_TEXT, given.access_token) or ""
    if not _TOKEN.fullmatch(token) or (_tolerant(_TEXT, given.token_type) or "").lower() != "bearer":
        return Lack.NO_TOKEN
    seconds = _tolerant(_NUMBER, given.expires_in)
    if seconds is not None and seconds <= 0:
        return Lack.EXPIRED
    scope = _tolerant(_TEXT, given.scope) or ""
    patient = (_tolerant(_TEXT, given.patient) or patient_id).removeprefix("Patient/")
    if patient != patient_id and is_of_one_patient(scope):
        return Lack.OTHER_PATIENT
    return Access(server, Secret(token), scope)


def _tolerant(decoder: msgspec.json.Decoder[T], raw: msgspec.Raw) -> T | None:
    try:
        return decoder.decode(raw) if bytes(raw) else None
    except msgspec.DecodeError:
        return None


_TOKEN = re.compile(r"[!-~]{1,16000}")  # what can stand in a header
_TEXT = msgspec.json.Decoder(str)
_NUMBER = msgspec.json.Decoder(float)
_AUTHORIZATION = msgspec.json.Decoder(_Authorization)
