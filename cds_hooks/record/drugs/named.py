"""What a chart says about a drug before it is recognised, and whether one that is not may be a hormone."""

from __future__ import annotations

import re
from typing import NamedTuple

from terminology.drugs.match import CODE_SYSTEMS

_SNOMED = "http://snomed.info/sct"
# A name with one of these that the vocabulary does not know may be a hormone, and is said aloud.
_HORMONAL = (
    *("testo", "steron", "andro", "andri", "estra", "estro", "estri", "oestr", "aromatase", "levoth", "thyr"),
    *("anastr", "progest", "norgest", "noreth", "gestr", "relin", "relix", "gonad", "choriogon", "prolactin", "hormon"),
    *("cypion", "enanth", "enantat", "dhea", "hcg", "sarms"),
)
_HORMONAL_WORDS = re.compile(
    r"\b(?:trt|tu|test[\s-]?(?:c|e|cyp|prop)|t[\s-](?:cream|gel|injections?|shots?)|sarm|hgh)\b"
)

Codes = tuple[str, str, str]  # system, code, display


class Named(NamedTuple):
    """What a chart says about a drug: codes as (system, code, display), and words.

    Codes of one thing are alternatives; the `ingredients` of a Medication are each named for itself. `about` are the
    words of its form, strength and dosage.
    """

    codings: list[Codes]
    texts: list[str]
    about: list[str]
    ingredients: tuple[Named, ...] = ()

    @property
    def label(self) -> str:
        """How a report names the drug before it is recognised."""
        return next((f"{system}|{code}" for system, code, _ in self.all_codings), next(iter(self.all_texts), ""))

    @property
    def all_codings(self) -> list[Codes]:
        """Its own codes, then those of its ingredients."""
        return [*self.codings, *(coding for one in self.ingredients for coding in one.codings)]

    @property
    def all_texts(self) -> list[str]:
        """Its own words, then those of its ingredients."""
        return list(dict.fromkeys([*self.texts, *(text for one in self.ingredients for text in one.texts)]))

    @property
    def is_local(self) -> bool:
        """Whether its first code is of a system that only a site's map can know, as NDC or the codes of a pharmacy."""
        return any(system not in CODE_SYSTEMS and system != _SNOMED for system, _, _ in self.all_codings[:1])

    @property
    def may_matter(self) -> bool:
        """Whether an unrecognised drug could be one of ours: it has no readable name, or one that sounds hormonal.

        Other named drugs (an antibiotic, say) are known not to be ours, since the vocabulary recognises by name too;
        they are left out without a word.
        """
        texts = self.all_texts
        return not texts or any(_sounds_hormonal(text) for text in texts)


def _sounds_hormonal(text: str) -> bool:
    lowered = text.lower()
    return any(stem in lowered for stem in _HORMONAL) or _HORMONAL_WORDS.search(lowered) is not None
