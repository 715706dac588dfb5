"""The log says which route was asked and how it went, and nothing about a patient."""

from __future__ import annotations

import logging
import re
from typing import Any

import httpx
import pytest

from tests.service.test_errors import HOOK, SECRET


@pytest.fixture
def lines(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    """The log of one test."""
    caplog.set_level(logging.DEBUG)
    return caplog


def test_a_call_leaves_one_line_with_route_status_and_time(
    client: httpx.Client, call: dict[str, Any], lines: pytest.LogCaptureFixture
) -> None:
    client.post(HOOK, json=call)
    (line,) = [record.getMessage() for record in lines.records if record.name == "hormone_cds"]
    assert re.fullmatch(rf"POST {HOOK} 200 \d+\.\d ms", line)


def test_neither_query_nor_path_nor_body_nor_token_is_logged(
    client: httpx.Client, call: dict[str, Any], lines: pytest.LogCaptureFixture
) -> None:
    headers = {"Authorization": f"Bearer {SECRET}"}
    client.post(HOOK, json=call | {"fhirAuthorization": {"access_token": SECRET}}, headers=headers)
    client.post(f"/evaluate?today={SECRET}", json={"resourceType": "Bundle", "id": SECRET}, headers=headers)
    client.get(f"/{SECRET}", headers=headers)
    client.get(f"/protocols/{SECRET}", headers=headers)
    ours = [record.getMessage() for record in lines.records if not record.name.startswith(("httpx", "httpcore"))]
    assert len(ours) >= 4
    assert SECRET not in "\n".join(ours)
    assert call["context"]["patientId"] not in "\n".join(ours)
