"""Which drug a resource is about: its own code, a contained or bundled Medication, or the words of the reference."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from cds_hooks.record.codes import codings_of, texts_of
from cds_hooks.record.elements import CodeableConcept, Reference, Resource
from cds_hooks.record.resources import Located
from terminology.vocabulary import DrugMatch, Vocabulary

# A name with one of these that the vocabulary does not know may be a hormone, and is said aloud.
_HORMONAL = (
    *("testost", "sterone", "andro", "andri", "estra", "estro", "estri", "oestr", "aromatase"),
    *("progest", "norgest", "noreth", "gestr", "relin", "relix", "gonad", "choriogon", "thyr", "prolactin", "hormon"),
)


class Named(NamedTuple):
    """What a chart says about a drug: codes as (system, code, display), and words."""

    codings: list[tuple[str, str, str]]
    texts: list[str]

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
        for reference in (resource.medicationReference, medication.reference if medication else None):
            concepts.extend(_concepts_of(self._resolved(reference, resource.contained)))
            texts.extend([reference.display] if reference and reference.display else [])
        codings = [coding for concept in concepts for coding in codings_of(concept)]
        spoken = [text for concept in concepts for text in texts_of(concept)]
        return Named(codings, list(dict.fromkeys(spoken + texts)))

    def match(self, named: Named) -> DrugMatch | None:
        """The drug, when the vocabulary knows it."""
        return self._vocabulary.drug(named.codings, named.texts) if named.codings or named.texts else None

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


def _concepts_of(medication: Resource | None) -> list[CodeableConcept | None]:
    """The code of a Medication, its ingredients, and its form last, since that names no drug."""
    if medication is None:
        return []
    parts = medication.ingredient or ()
    inner = [part.itemCodeableConcept or (part.item.concept if part.item else None) for part in parts]
    return [medication.code, *inner, medication.form]
