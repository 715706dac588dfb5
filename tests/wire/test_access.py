"""What a call says about the EHR's server and the token for it."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest

from cds_hooks.wire.access import Access, Secret, read_access, read_server
from cds_hooks.wire.prefetch.lacks import Lack
from tests.engine import site

GIVEN = {"access_token": "t0k3n", "token_type": "Bearer", "expires_in": 60, "scope": "user/*.read", "subject": "s"}


def raw(value: Any) -> msgspec.Raw:
    return msgspec.Raw(json.dumps(value).encode())


def test_server_and_token_are_read() -> None:
    found = read_access(read_server(raw("https://ehr.example/fhir/")), raw(GIVEN), "1")
    assert isinstance(found, Access)
    assert (found.server, found.token.reveal(), found.scope) == ("https://ehr.example/fhir", "t0k3n", "user/*.read")


@pytest.mark.requirement("A3")
def test_a_secret_does_not_show_itself() -> None:
    found = read_access(read_server(raw("https://ehr.example/fhir")), raw(GIVEN), "1")
    assert "t0k3n" not in f"{found} {found!r} {Secret('t0k3n')} {Secret('t0k3n')!r} {[Secret('t0k3n')]}"


@pytest.mark.requirement("A1")
@pytest.mark.parametrize(
    ("server", "given", "lack"),
    [
        (None, GIVEN, Lack.NOT_SENT),
        ("", GIVEN, Lack.NOT_SENT),
        (7, GIVEN, Lack.NOT_SENT),
        ("https://x", None, Lack.NO_TOKEN),
        ("https://x", "Bearer t", Lack.NO_TOKEN),
        ("https://x", {}, Lack.NO_TOKEN),
        ("https://x", GIVEN | {"access_token": None}, Lack.NO_TOKEN),
        ("https://x", GIVEN | {"access_token": "two words"}, Lack.NO_TOKEN),
        ("https://x", GIVEN | {"access_token": "a\nb"}, Lack.NO_TOKEN),
        ("https://x", GIVEN | {"access_token": "é"}, Lack.NO_TOKEN),
        ("https://x", GIVEN | {"token_type": "mac"}, Lack.NO_TOKEN),
        ("https://x", GIVEN | {"expires_in": 0}, Lack.EXPIRED),
        ("https://x", GIVEN | {"expires_in": -1.5}, Lack.EXPIRED),
        ("https://x", GIVEN | {"scope": "patient/*.rs", "patient": "2"}, Lack.OTHER_PATIENT),
    ],
)
def test_why_there_is_no_access(server: Any, given: Any, lack: Lack) -> None:
    assert read_access(read_server(raw(server)), raw(given), "1") is lack


@pytest.mark.parametrize(
    "changes",
    [
        {"token_type": "bEaReR"},
        {"expires_in": None},
        {"expires_in": "soon"},
        {"scope": 5},
        {"patient": "Patient/1", "scope": "patient/*.rs"},
        {"patient": "2", "scope": "patient/*.rs user/*.rs"},
        {"patient": "2", "scope": "openid"},
        {"patient": [1]},
    ],
)
def test_what_is_odd_beside_the_token_does_not_matter(changes: Any) -> None:
    assert isinstance(read_access(read_server(raw("https://x")), raw(GIVEN | changes), "1"), Access)


def test_absent_members_are_no_access() -> None:
    assert read_access(read_server(msgspec.Raw(b"")), msgspec.Raw(b""), "1") is Lack.NOT_SENT
    assert read_access(read_server(raw("https://x")), msgspec.Raw(b""), "1") is Lack.NO_TOKEN


def test_every_lack_has_words_for_a_clinician() -> None:
    said = {lack.name.lower() for lack in Lack}
    words = {name.removeprefix("lack_") for name in site().knowledge.words if name.startswith("lack_")}
    assert words == said
