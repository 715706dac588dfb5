"""Which drug a resource is about: its own code, a contained or bundled Medication, or the words of the reference.

What only describes it (form, strength, dosage) makes the product precise, but never says which drug it is.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import msgspec

from cds_hooks.facts import Unmapped
from cds_hooks.record.amounts import amount_of
from cds_hooks.record.concepts import codings_of, texts_of
from cds_hooks.record.dosage import dosages_of, texts_in
from cds_hooks.record.elements import CodeableConcept, Ingredient, Quantity, Ratio, Reference, Resource
from cds_hooks.record.resources import Located
from terminology.vocabulary import DrugMatch, Vocabulary

# A name with one of these that the vocabulary does not know may be a hormone, and is said aloud.
_HORMONAL = (
    *("testost", "sterone", "andro", "andri", "estra", "estro", "estri", "oestr", "aromatase"),
    *(
        "levoth",
        "anastr",
        "progest",
        "norgest",
        "noreth",
        "gestr",
        "relin",
        "relix",
        "gonad",
        "choriogon",
        "thyr",
        "prolactin",
        "hormon",
    ),
)


class Named(NamedTuple):
    """What a chart says about a drug: codes as (system, code, display), and words.

    `about` are the words of its form, strength and dosage.
    """

    codings: list[tuple[str, str, str]]
    texts: list[str]
    about: list[str]

    @property
    def label(self) -> str:
        """How a report names the drug before it is recognised."""
        return next((f"{system}|{code}" for system, code, _ in self.codings), next(iter(self.texts), ""))

    @property
    def may_matter(self) -> bool:
        """Whether an unrecognised drug could be one of ours: it has no readable name, or one that sounds hormonal.

        Other named drugs (an antibiotic, say) are known not to be ours, since the vocabulary recognises by name too;
        they are left out without a word.
        """
        return not self.texts or any(_sounds_hormonal(text) for text in self.texts)


class Medications:
    """The Medication resources of a chart, found by the references that point at them."""

    def __init__(self, located: Iterable[Located], vocabulary: Vocabulary) -> None:
        self.unmapped: list[Unmapped] = []
        self._vocabulary = vocabulary
        self._found: dict[str, Resource] = {}
        for item in located:
            if item.resource.resourceType == "Medication":
                self._found.update(dict.fromkeys(filter(None, (item.reference, item.full_url)), item.resource))

    def named(self, resource: Resource) -> Named:
        """Everything a request, statement or administration says about its drug."""
        medication = resource.medication
        concepts = [resource.medicationCodeableConcept, medication.concept if medication else None]
        texts: list[str] = []
        about: list[str] = []
        for reference in (resource.medicationReference, medication.reference if medication else None):
            found = self._resolved(reference, resource.contained)
            if found is not None:
                concepts.extend(_concepts_of(found))
                about.extend([*texts_of(found.form), *_strengths_of(found)])
            texts.extend([reference.display] if reference and reference.display else [])
        codings = [coding for concept in concepts for coding in codings_of(concept)]
        spoken = [text for concept in concepts for text in texts_of(concept)]
        return Named(codings, list(dict.fromkeys(spoken + texts)), about + texts_in(dosages_of(resource)))

    def match(self, named: Named) -> DrugMatch | None:
        """The drug, when the vocabulary knows it."""
        if not named.codings and not named.texts:
            return None
        return self._vocabulary.drug(named.codings, named.texts, named.about)

    def systemic(self, match: DrugMatch, route: str | None) -> bool | None:
        """Whether the drug acts in the whole body when given by this route; None when that is not known."""
        return self._vocabulary.systemic(match, route)

    def _resolved(self, reference: Reference | None, contained: Sequence[Resource] | None) -> Resource | None:
        url = reference.reference if reference else None
        if not url:
            return None
        if url.startswith("#"):
            return next((one for one in contained or () if one.id == url[1:]), None)
        return self._found.get(url) or _by_id(url, self._found)


def _sounds_hormonal(text: str) -> bool:
    lowered = text.lower()
    return any(stem in lowered for stem in _HORMONAL)


def _by_id(url: str, found: Mapping[str, Resource]) -> Resource | None:
    """A Medication by the last parts of an absolute or versioned URL, or by the uuid its id repeats."""
    parts = url.partition("/_history/")[0].replace(":", "/").split("/")
    return found.get(f"Medication/{parts[-1]}")


def _concepts_of(medication: Resource) -> list[CodeableConcept | None]:
    """The code of a Medication and its ingredients."""
    parts = medication.ingredient or ()
    return [
        medication.code,
        *(part.itemCodeableConcept or (part.item.concept if part.item else None) for part in parts),
    ]


def _strengths_of(medication: Resource) -> list[str]:
    """The strengths of the ingredients in words: `16.2 mg / 1 g`, and `25 ug / 1` of a piece."""
    strengths = (_strength_of(ingredient) for ingredient in medication.ingredient or ())
    return [strength for strength in strengths if strength]


def _strength_of(ingredient: Ingredient) -> str:
    try:
        ratio = _RATIO.decode(ingredient.strength) if bytes(ingredient.strength) else None
        ratio = ratio or (_RATIO.decode(ingredient.strengthRatio) if bytes(ingredient.strengthRatio) else None)
        plain = _QUANTITY.decode(ingredient.strengthQuantity) if bytes(ingredient.strengthQuantity) else None
    except msgspec.ValidationError:
        return ""
    amounts = (amount_of(one) for one in ((ratio.numerator, ratio.denominator) if ratio else (plain,)))
    written = [amount.text for amount in amounts if amount is not None]
    return " / ".join(written if ratio or not written or written[0].endswith("%") else [*written, "1"])


_RATIO = msgspec.json.Decoder(Ratio | None)
_QUANTITY = msgspec.json.Decoder(Quantity | None)
