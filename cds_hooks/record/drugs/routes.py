"""How a drug enters the body, as far as judgement tells routes apart."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from cds_hooks.record.fhir.concepts import clean, codings_of, texts_of
from cds_hooks.record.fhir.dosages import Dosage

_LONGEST_TEXT = 500
_GERMAN_IM = re.compile(r"\bim (?=[A-ZÄÖÜ][a-zäöü])")  # "im Beutel": in the, not intramuscular

# SNOMED CT route codes, and words, for what judgement tells apart.
_ROUTE_CODES: Mapping[str, str] = {
    "78421000": "injection",  # intramuscular
    "34206005": "injection",  # subcutaneous
    "6064005": "topical",
    "45890007": "topical",  # transdermal
    "26643006": "oral",
    "37839007": "sublingual",
    "46713006": "nasal",
    "54471007": "buccal",
    "16857009": "vaginal",
    "37161004": "rectal",
    "12130007": "intra-articular",
    "447694001": "inhaled",  # respiratory tract
    "54485002": "eye",
    "10547007": "ear",
}
_ROUTE_WORDS: Sequence[tuple[re.Pattern[str], str]] = (
    (re.compile(r"\bpatch(es)?\b"), "patch"),
    (re.compile(r"\b(inhal(ed|ation|e)|nebuli[sz]ed|respiratory( tract)?)\b"), "inhaled"),
    (re.compile(r"\bintra-?(articular|bursal|lesional)(ly)?\b"), "intra-articular"),
    (re.compile(r"\b(ophthalmic|in(to)? (the|both|left|right) eyes?)\b"), "eye"),
    (re.compile(r"\b(otic|in(to)? (the|both|left|right) ears?)\b"), "ear"),
    (re.compile(r"\b(pellets?|implant(s|ation)?)\b"), "implant"),
    (re.compile(r"\bintrauterine\b|\biud\b|\bius\b"), "intrauterine"),
    (
        re.compile(
            r"\b(im|i\.m\.|sc|s\.c\.|subq|sq|subcut|intramuscular(ly)?|subcutaneous(ly)?|inject(ion|ed)?)(?!\w)"
        ),
        "injection",
    ),
    (re.compile(r"\b(sublingual(ly)?|sl)\b"), "sublingual"),
    (re.compile(r"\b(intra)?nasal(ly)?\b|\bnostrils?\b"), "nasal"),
    (re.compile(r"\bbuccal(ly)?\b"), "buccal"),
    (re.compile(r"\brectal(ly)?\b|\bper rectum\b"), "rectal"),
    (re.compile(r"\b(intra)?vaginal(ly)?\b|\bper vagina\b|\bpv\b"), "vaginal"),
    (re.compile(r"\b(topical(ly)?|transdermal(ly)?|cutaneous|gel|cream)\b"), "topical"),
    (re.compile(r"\b(po|p\.o\.|oral(ly)?|by mouth)(?!\w)"), "oral"),
)
# A route often leaves the form open; the product then says more.
_REFINED = {"topical": ("patch",), "injection": ("implant",)}


def stated_route(dosages: Iterable[Dosage]) -> str | None:
    """The route of the dosage by its code or the words of its route; what its free text says is read with the drug."""
    for dosage in dosages:
        for _, code, _ in codings_of(dosage.route):
            if code in _ROUTE_CODES:
                return _ROUTE_CODES[code]
        route = _route_in(texts_of(dosage.route))
        if route is not None:
            return route
    return None


def refined(stated: str, own: str | None) -> str:
    """A stated route as precise as the drug's own: a patch is transdermal, an implant is put under the skin."""
    return own if own is not None and own in _REFINED.get(stated, ()) else stated


def _route_in(texts: Iterable[str]) -> str | None:
    for text in texts:
        written = _GERMAN_IM.sub("", clean(text[:_LONGEST_TEXT])).lower()
        for pattern, route in _ROUTE_WORDS:
            if pattern.search(written):
                return route
    return None
