"""Where there is a run to list, its addresses keep to the document too; elsewhere they only say that there is none."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import requests
import schemathesis

from service.app import create_app
from service.site.settings import Settings
from tests.conftest import running
from tests.contract.document import DOCUMENT
from tests.contract.test_contract import CONFIG
from tests.service.population.populations import invented, judged

PATHS = {path: told for path, told in DOCUMENT["paths"].items() if path.startswith("/population/")}
DOCUMENTED = schemathesis.openapi.from_dict(DOCUMENT | {"paths": PATHS}, config=CONFIG)


@pytest.fixture(scope="module")
def listing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a service that lists a run."""
    place = tmp_path_factory.mktemp("population")
    judged(invented(place / "input", 20), place / "runs" / "one", 1)
    with running(create_app(Settings(population_dir=place / "runs"))) as address:
        yield address


@DOCUMENTED.parametrize()
def test_a_run_that_is_there_is_told_as_documented(
    case: schemathesis.Case[Any], listing: str, session: requests.Session
) -> None:
    case.call_and_validate(base_url=listing, session=session)
