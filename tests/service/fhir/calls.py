"""Posts operations, and reads what they answer."""

from __future__ import annotations

import json
from typing import Any

import httpx

FHIR = "application/fhir+json"


def asked(client: httpx.Client, path: str, *sent: dict[str, Any]) -> httpx.Response:
    """The answer to a posted Parameters resource."""
    body = json.dumps({"resourceType": "Parameters", "parameter": sent})
    return client.post(f"/fhir/{path}", content=body, headers={"Content-Type": FHIR})


def said(answer: httpx.Response) -> dict[str, Any]:
    """The simple values of an answer."""
    return {
        part["name"]: value
        for part in answer.json()["parameter"]
        for name, value in part.items()
        if name.startswith("value")
    }
