"""What is known of a drug that an order means, and the code systems that may say which it is."""

from __future__ import annotations

from decimal import Decimal
from typing import NamedTuple

import msgspec

RXNORM = "http://www.nlm.nih.gov/research/umls/rxnorm"
ATC = "http://www.whocc.no/atc"
CODE_SYSTEMS = {
    RXNORM: RXNORM,
    "urn:oid:2.16.840.1.113883.6.88": RXNORM,
    ATC: ATC,
    "urn:oid:2.16.840.1.113883.6.73": ATC,
    "http://fhir.de/CodeSystem/bfarm/atc": ATC,
    "http://fhir.de/CodeSystem/dimdi/atc": ATC,
    "http://fhir.de/CodeSystem/atc": ATC,
}


class DrugMatch(msgspec.Struct, frozen=True, gc=False):
    """A drug the vocabulary knows. `basis` says how: "RxNorm 835840", "ATC G03BA03", "name in text"."""

    drug: str
    basis: str
    product: str | None = None  # ester or brand: "cypionate", "androgel-1.62"
    route: str | None = None  # injection | topical | patch | oral | nasal | buccal | sublingual | implant | vaginal …
    classes: tuple[str, ...] = ()  # of every ingredient
    others: tuple[str, ...] = ()  # further ingredients of a combination
    form: str | None = None  # "injectable solution", "gel", "vaginal ring": as stated, or the only one of the product
    strength: str | None = None  # as stated: "200 mg/mL", "1.62 %", "0.05 mg/d"
    systemic: bool | None = None  # whether it acts in the whole body, given by this route
    lasts_hours: Decimal | None = None  # of a patch or ring whose official name says it
    not_taken: str | None = None  # the words of its name or dosage that say it is not taken: "discontinued"
    denied: bool = False  # nothing but a name, which is said not to be taken at all: "no testosterone"
    called: str | None = None  # the text that named the drug, as it was written
    by_map: bool = False  # recognised by the site's code map alone
    conflict: tuple[str, ...] = ()  # the drugs that codes of one concept name, where these are not the same

    @property
    def ingredients(self) -> tuple[str, ...]:
        """All of them, the leading one first."""
        return (self.drug, *self.others)


class Coded(NamedTuple):
    """What one code says: ingredients, how they were recognised, and its official name."""

    ingredients: tuple[str, ...]
    basis: str
    official: str | None = None
    by_map: bool = False  # of the site, not of a public code system
