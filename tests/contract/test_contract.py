"""The running service keeps to its OpenAPI document, whatever a caller sends."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import requests
import schemathesis
from schemathesis.config import SchemathesisConfig

from tests.contract.document import DOCUMENT

CONFIG = SchemathesisConfig.from_path(Path(__file__).with_name("schemathesis.toml"))
DOCUMENTED = schemathesis.openapi.from_dict(DOCUMENT, config=CONFIG)


@schemathesis.serializer("application/fhir+ndjson")
def send_lines(_: Any, value: Any) -> bytes:
    """Lines as they are."""
    return value if isinstance(value, bytes) else str(value).encode(errors="replace")


@DOCUMENTED.parametrize()
def test_every_documented_route_keeps_its_promises(
    case: schemathesis.Case[Any], live_server: str, session: requests.Session
) -> None:
    case.call_and_validate(base_url=live_server, session=session)
