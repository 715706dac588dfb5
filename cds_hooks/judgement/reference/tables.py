"""The tables of numbers in force together, as a case carries them."""

from __future__ import annotations

from dataclasses import dataclass

from cds_hooks.judgement.reference.ages import AgeTable
from cds_hooks.judgement.reference.targets import ThyroidTargets
from cds_hooks.judgement.reference.variation import Variation


@dataclass(frozen=True, slots=True)
class Tables:
    """Variation within a person, targets that depend on the patient, and ranges by age."""

    variation: Variation
    tsh: ThyroidTargets
    igf1: AgeTable
    dhea_s: AgeTable
