"""Reasons a clinician may give for not following a card."""

from __future__ import annotations

from collections.abc import Mapping

from cds_hooks.presentation.canonical import OVERRIDE_REASONS, STANDARD_REASONS
from cds_hooks.wire.response import Coding

# Codes and displays of HL7's non-adherence-reason-codes: done elsewhere, the patient's own goals, a contraindication,
# and disagreement with the evidence are what a monitoring card meets most.
STANDARD = (
    Coding(STANDARD_REASONS, "action-completed", "Recommended action was already completed"),
    Coding(
        STANDARD_REASONS,
        "does-not-align-preferences",
        "Recommendation does not align with patient preferences or values",
    ),
    Coding(STANDARD_REASONS, "patient-contraindication", "Patient has contraindication to recommended action"),
    Coding(
        STANDARD_REASONS,
        "recipient-disagrees-evidence",
        "Recipient disagrees with recommendation because of issues with the evidence",
    ),
)
# Reasons that go on holding while nothing changes: the site may let such an override keep its card silent for a while.
DURABLE = (
    "patient-refuses",
    "does-not-align-preferences",
    "patient-contraindication",
    "recipient-disagrees-evidence",
)
OWN = ("lab-error-suspected", "discussed-with-specialist")


def override_reasons(words: Mapping[str, str]) -> tuple[Coding, ...]:
    """The standard reasons, then our own."""
    return STANDARD + tuple([Coding(OVERRIDE_REASONS, code, words[f"override_{code}"]) for code in OWN])
