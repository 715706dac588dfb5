"""What a CodeableConcept says: its codes, its words, and how a report names it."""

from __future__ import annotations

import re

from cds_hooks.record.fhir.datatypes import CodeableConcept

LOINC = "http://loinc.org"
_INVISIBLE = re.compile("[\u200b-\u200f\u2060\ufeff\u00ad]")


def clean(text: str) -> str:
    """Text without the invisible characters some charts carry."""
    return _INVISIBLE.sub("", text).strip() if not text.isascii() else text.strip()


def texts_of(concept: CodeableConcept | None) -> list[str]:
    """What a person would read: the text, then the displays."""
    if concept is None:
        return []
    written = [concept.text, *(coding.display for coding in concept.coding or ())]
    return [cleaned for text in written if text and (cleaned := clean(text))]


def codes_of(concept: CodeableConcept | None) -> list[str]:
    """The codes of a concept that only one code system can be meant for, whatever it says of the system."""
    return [coding.code.strip() for coding in (concept.coding if concept else None) or () if coding.code]


def codings_of(concept: CodeableConcept | None) -> list[tuple[str, str, str]]:
    """The codes as (system, code, display); those without system or code are left out."""
    return [
        (coding.system, coding.code.strip(), clean(coding.display or ""))
        for coding in (concept.coding if concept else None) or ()
        if coding.system and coding.code
    ]


def label_of(concept: CodeableConcept | None) -> str:
    """How a report names the codes: `http://loinc.org|4544-3`, else the text."""
    for coding in (concept.coding if concept else None) or ():
        if coding.system and coding.code:
            return f"{coding.system}|{coding.code.strip()}"
    return next(iter(texts_of(concept)), "")
