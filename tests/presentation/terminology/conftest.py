"""What the shipped knowledge publishes, and what a site with a code map of its own does."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from cds_hooks.judgement.knowledge.knowledge import Knowledge
from cds_hooks.presentation.terminology.catalogue import Catalogue
from service.site.site import read_knowledge
from terminology.local.code_map import CodeMap, Entry
from terminology.vocabulary import Vocabulary

LOCAL = "urn:oid:1.2.3.4"
ENTRIES = (
    Entry(
        "laboratory", "TESTO", "2986-8", "equivalent", system=LOCAL, display="Testosteron", local_unit="", unit="ng/dL"
    ),
    Entry("laboratory", "HKT", "4544-3", "equal", system=LOCAL, valid_from=date(2024, 1, 1), valid_to=date(2025, 1, 1)),
    Entry("laboratory", "SHBGX", "13967-5", "wider", system=LOCAL),
    Entry("laboratory", "HKT", "20570-8", "equivalent", system=LOCAL, valid_from=date(2025, 1, 2)),
    Entry("unit", "Prozent", "%", "equal", analytes=("hematocrit", "psa_free_pct")),
    Entry("drug", "0815", "testosterone", "equivalent", system=LOCAL, display="Testo-Depot"),
    Entry("drug", "0816", "835840", "equivalent", system=LOCAL),
)
SITE_MAP = CodeMap(7, "Dr. Ada", date(2026, 11, 1), ENTRIES)


@pytest.fixture(scope="session")
def knowledge() -> Knowledge:
    return read_knowledge()


@pytest.fixture(scope="session")
def vocabulary(knowledge: Knowledge) -> Vocabulary:
    return knowledge.vocabulary


@pytest.fixture(scope="session")
def catalogue(knowledge: Knowledge) -> Catalogue:
    return Catalogue.of(knowledge, "1.2.3")


@pytest.fixture(scope="session")
def local_catalogue(knowledge: Knowledge) -> Catalogue:
    """That of a site with codes of its own."""
    return Catalogue.of(replace(knowledge, vocabulary=knowledge.vocabulary.with_map(SITE_MAP)), "1.2.3")
