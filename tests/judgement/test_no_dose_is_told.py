"""No advice names an amount of a drug to take: a card asks for a review, and whoever treats decides the dose."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tests.engine import site

_AMOUNT = re.compile(r"\b\d+(?:\.\d+)? ?(?:mg|ug|µg|mcg|g|units?|IU)\b(?!/)")
NAMED = {
    "MT-LVL-05": "steps of the label",
    "MT-LVL-06": "steps of the label",
    "MT-LVL-07": "steps of the label",
    "MT-LVL-08": "steps of the label",
    "MT-LVL-10": "steps of the label",
    "FW-MHT-01": "the kind of coil",
    "ADR-03": "a test with dexamethasone",
    "PRE-BIOTIN": "how long biotin disturbs a test",
    "SUP-BIO-01": "how long biotin disturbs a test",
}


def advices() -> Iterator[tuple[str, str]]:
    """Each check with each of its pieces of advice."""
    for protocol in site().knowledge.protocols:
        for check in protocol.check:
            for one in (check, *check.branch):
                if one.advice:
                    yield check.id, one.advice


def test_no_advice_names_a_dose_to_take() -> None:
    found = {check for check, advice in advices() if _AMOUNT.search(advice)}
    assert found == set(NAMED)
