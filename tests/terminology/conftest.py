"""The shipped tables, built once for the tests of this room."""

from __future__ import annotations

import pytest

from service.site.site import packaged_files
from terminology.units.ucum import Ucum
from terminology.vocabulary import Vocabulary


@pytest.fixture(scope="session")
def tables() -> dict[str, bytes]:
    return packaged_files("terminology.tables")


@pytest.fixture(scope="session")
def ucum(tables: dict[str, bytes]) -> Ucum:
    return Ucum.read(tables["ucum-essence.xml"])


@pytest.fixture(scope="session")
def vocabulary(tables: dict[str, bytes]) -> Vocabulary:
    return Vocabulary.build(tables)
