"""What of a medication list could not be read, so that "no therapy found" may be wrong."""

from __future__ import annotations

import pytest

from cds_hooks.facts import Facts, Patient, Unread, UnreadReason
from cds_hooks.presentation.gaps import gaps_in_therapy


@pytest.mark.parametrize(
    ("reason", "told"),
    [
        (UnreadReason.DRUG_UNKNOWN, True),
        (UnreadReason.DRUG_CONFLICT, True),
        (UnreadReason.MALFORMED, True),
        (UnreadReason.STATUS, False),
        (UnreadReason.CODE_CONFLICT, False),
    ],
)
def test_an_order_of_no_known_or_no_certain_drug_is_a_gap(reason: UnreadReason, told: bool) -> None:
    facts = Facts(Patient("Patient/1"), unread=(Unread("MedicationRequest/1", "", reason, ""),))
    assert gaps_in_therapy(facts) == (["MedicationRequest/1"] if told else [])
