"""The running service keeps to its OpenAPI document, whatever a caller sends."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import requests
import schemathesis
from schemathesis.config import SchemathesisConfig

from tests.contract.document import DOCUMENT
from tests.extent import ALL


def written(name: str) -> dict[str, Any]:
    """A page beside this one."""
    return tomllib.loads(Path(__file__).with_name(name).read_text(encoding="utf-8"))


def settled() -> SchemathesisConfig:
    """How schemathesis calls and judges; within the budget unless everything is tried."""
    whole, budget = written("schemathesis.toml"), written("budget.toml")
    if not ALL:
        whole["operations"] = budget["operations"] + whole["operations"]
        whole["generation"] |= budget["generation"]
    return SchemathesisConfig.from_dict(whole)


CONFIG = settled()
DOCUMENTED = schemathesis.openapi.from_dict(DOCUMENT, config=CONFIG)


@schemathesis.serializer("application/fhir+ndjson")
def send_lines(_: Any, value: Any) -> bytes:
    """Lines as they are."""
    return value if isinstance(value, bytes) else str(value).encode(errors="replace")


@DOCUMENTED.parametrize()
def test_every_documented_route_keeps_its_promises(
    case: schemathesis.Case[Any], live_server: str, session: requests.Session
) -> None:
    case.call_and_validate(base_url=live_server, session=session, timeout=60)
