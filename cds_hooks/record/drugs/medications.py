"""Which drug a resource is about: its own code, a contained or bundled Medication, or the words of the reference.

What only describes it (form, strength, dosage) makes the product precise, but never says which drug it is.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

import msgspec

from cds_hooks.facts import Unmapped
from cds_hooks.record.drugs.amounts import amount_of
from cds_hooks.record.drugs.dosage import dosages_of, texts_in
from cds_hooks.record.drugs.named import Named
from cds_hooks.record.drugs.regimens import Regimen, Regimens, wording_of
from cds_hooks.record.fhir.concepts import codings_of, texts_of
from cds_hooks.record.fhir.datatypes import Quantity, Ratio, Reference
from cds_hooks.record.fhir.dosages import Ingredient
from cds_hooks.record.fhir.elements import Resource
from cds_hooks.record.fhir.resources import Located
from cds_hooks.record.recalled import Recalled
from terminology.vocabulary import DrugMatch, Vocabulary

_MOST_INGREDIENTS = 64  # of one Medication; more are no medicine


class Identified(NamedTuple):
    """The drug of an order: what the chart says of it, which one that is, and the words by which it is known again."""

    named: Named
    match: DrugMatch | None
    wording: bytes | None


# Of the tables in force, and of those they replaced, with which a call may still be read.
@lru_cache(maxsize=2)
def _learned(vocabulary: Vocabulary) -> tuple[Recalled[Identified], Regimens]:
    return Recalled(), Regimens(vocabulary)


class Medications:
    """The drugs of a chart; its Medication resources are found by the references that point at them."""

    def __init__(self, located: Iterable[Located], vocabulary: Vocabulary) -> None:
        self.unmapped: list[Unmapped] = []
        self._vocabulary = vocabulary
        self._known, self._regimens = _learned(vocabulary)
        self._found: dict[str, Resource] = {}
        for item in located:
            if item.resource.resourceType == "Medication":
                self._found.update(dict.fromkeys(filter(None, (item.reference, item.full_url)), item.resource))

    def identified(self, resource: Resource) -> Identified:
        """The drug of a request, statement or administration; orders in the same words are of the same drug."""
        wording = wording_of(resource)
        if wording is None:
            named = self._named(resource)
            return Identified(named, self._match(named), None)
        known = self._known.get((wording,))
        if known is None:
            named = self._named(resource)
            known = self._known.keep((wording,), Identified(named, self._match(named), wording))
        return known

    def _named(self, resource: Resource) -> Named:
        """Everything a request, statement or administration says about its drug."""
        medication = resource.medication
        concepts = [resource.medicationCodeableConcept, medication.concept if medication else None]
        texts: list[str] = []
        about: list[str] = []
        parts: list[Named] = []
        for reference in (resource.medicationReference, medication.reference if medication else None):
            found = self._resolved(reference, resource.contained)
            if found is not None:
                concepts.append(found.code)
                parts.extend(_parts_of(found))
                about.extend(texts_of(found.form))
            texts.extend([reference.display] if reference and reference.display else [])
        codings = [coding for concept in concepts for coding in codings_of(concept)]
        spoken = [text for concept in concepts for text in texts_of(concept)]
        about += texts_in(dosages_of(resource))
        return Named(codings, list(dict.fromkeys(spoken + texts)), about, tuple(parts))

    def is_void(self, resource: Resource) -> bool:
        """Whether the Medication it refers to was entered in error."""
        medication = resource.medication
        references = (resource.medicationReference, medication.reference if medication else None)
        found = (self._resolved(reference, resource.contained) for reference in references)
        return any(one is not None and one.status == "entered-in-error" for one in found)

    def _match(self, named: Named) -> DrugMatch | None:
        """The drug, when the vocabulary knows it; with every ingredient that its Medication lists."""
        if not named.ingredients:
            return self._called(named, named.about)
        strengths = [text for part in named.ingredients for text in part.about]
        found = [self._called(named, [*named.about, *strengths])]
        found += [self._called(part, [*named.about, *part.about]) for part in named.ingredients]
        return self._vocabulary.united([match for match in found if match is not None])

    def _called(self, named: Named, about: Sequence[str]) -> DrugMatch | None:
        """The drug of one concept, with what the chart calls it."""
        if not named.codings and not named.texts:
            return None
        match = self._vocabulary.drug(named.codings, named.texts, about)
        if match is None or match.called is not None or not named.texts:
            return match
        return msgspec.structs.replace(match, called=named.texts[0])

    def regimen(self, resource: Resource, drug: Identified, match: DrugMatch) -> Regimen:
        """How a drug that is recognised is taken."""
        return self._regimens.of(resource, match, drug.named.all_texts, drug.wording)

    def _resolved(self, reference: Reference | None, contained: Sequence[Resource] | None) -> Resource | None:
        url = reference.reference if reference else None
        if not url:
            return None
        if url.startswith("#"):
            return next((one for one in contained or () if one.id == url[1:]), None)
        return self._found.get(url) or _by_id(url, self._found)


def _by_id(url: str, found: Mapping[str, Resource]) -> Resource | None:
    """A Medication by the last parts of an absolute or versioned URL, or by the uuid its id repeats."""
    parts = url.partition("/_history/")[0].replace(":", "/").split("/")
    return found.get(f"Medication/{parts[-1]}")


def _parts_of(medication: Resource) -> list[Named]:
    """The ingredients of a Medication, each with its strength in words: `16.2 mg / 1 g`, and `25 ug / 1` of a piece."""
    parts = []
    for ingredient in (medication.ingredient or ())[:_MOST_INGREDIENTS]:
        concept = ingredient.itemCodeableConcept or (ingredient.item.concept if ingredient.item else None)
        strength = _strength_of(ingredient)
        parts.append(Named(codings_of(concept), texts_of(concept), [strength] if strength else []))
    return parts


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
