"""Everything the shipped knowledge exports, as it is sent."""

from __future__ import annotations

import json
from typing import Any

import pytest

from cds_hooks.judgement.knowledge.knowledge import Knowledge
from cds_hooks.presentation.artifacts.artifact import KINDS
from cds_hooks.presentation.terminology.catalogue import Catalogue
from cds_hooks.presentation.terminology.resources import encode_resource
from tests.engine import site

Resource = dict[str, Any]


@pytest.fixture(scope="session")
def knowledge() -> Knowledge:
    return site().knowledge


@pytest.fixture(scope="session")
def catalogue(knowledge: Knowledge) -> Catalogue:
    return Catalogue.of(knowledge, "1.2.3")


@pytest.fixture(scope="session")
def encoded(catalogue: Catalogue) -> dict[tuple[str, str], bytes]:
    """Every exported resource by type and id."""
    return {
        (kind, identity): encode_resource(catalogue, artifact)
        for kind in KINDS
        for identity, artifact in catalogue.of_type(kind).items()
    }


@pytest.fixture(scope="session")
def resources(encoded: dict[tuple[str, str], bytes]) -> dict[tuple[str, str], Resource]:
    return {name: json.loads(body) for name, body in encoded.items()}
