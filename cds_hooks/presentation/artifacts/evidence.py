"""What a number or a sentence rests on: the sources it cites, and how well they bear it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from cds_hooks.findings import Citation, Strength
from cds_hooks.judgement.written.strict import Strict
from cds_hooks.presentation.artifacts.artifact import Shape, url_of
from cds_hooks.presentation.told.terms import Terms

_LOOKED_UP = {
    "target": "targets",
    "sds": "igf1",
    "age_table": "dhea-s",
    "true_change": "variation",
    **dict.fromkeys(("form", "mistimed", "drawn", "timing"), "forms"),
}
_NAMING = ("limit", "band", "in_range")
STRENGTH = url_of("StructureDefinition", "evidence-strength")
MEANING = (
    "Each action says how well it is supported, in its extension evidence-strength and at the end of its text: the "
    "grade of the guideline, and a confidence tag. V, V1 and V2: the number was seen in a source (V1 in the source "
    "itself, V2 in one that quotes it). R: recalled, its source was not seen. E: local policy that no guideline "
    "states. Several tags are of its several parts. What carries R or E is unverified until a clinician has signed it."
)


def citations(sources: Iterable[Citation]) -> list[Shape]:
    """Sources as related artifacts, each once."""
    return [_citation(source) for source in {source.id: source for source in sources}.values()]


def _citation(source: Citation) -> Shape:
    shape: Shape = {"type": "citation", "label": source.id, "citation": source.title}
    return shape | ({"url": source.url} if source.url else {})


def depends_on(*canonicals: str) -> list[Shape]:
    """Other resources that one cannot be understood without."""
    return [{"type": "depends-on", "resource": canonical} for canonical in canonicals]


def strength_extension(strength: Strength) -> Shape:
    """Grade, confidence tag, and whether it counts as verified."""
    parts: list[Shape] = [
        {"url": name, "valueString": text}
        for name, text in (("grade", strength.grade), ("confidence", strength.confidence))
        if text
    ]
    return {"url": STRENGTH, "extension": [*parts, {"url": "verified", "valueBoolean": strength.verified}]}


def strength_in_words(strength: Strength) -> str:
    """As the last words of an action's text."""
    signed = "" if strength.verified else "; unverified: needs a clinician's sign-off"
    return f"Evidence: {strength.grade} ({strength.confidence}){signed}."


def numbers_named(written: Any) -> Iterator[str]:
    """The limits and bands that a check names, however deep."""
    for table in tables_in(written):
        yield from (table[key] for key in _NAMING if isinstance(table.get(key), str))


def files_looked_into(written: Any) -> tuple[str, ...]:
    """The libraries of the files that conditions take numbers from: targets by age, draw times, noise."""
    found = (
        _LOOKED_UP[key] for table in tables_in(written) for key, value in table.items() if key in _LOOKED_UP and value
    )
    return tuple(dict.fromkeys(found))


def tables_in(written: Any) -> Iterator[Mapping[str, Any]]:
    """Every table of what is written, outer ones first."""
    content = written.as_written() if isinstance(written, Strict) else written
    if isinstance(content, Mapping):
        yield content
    for inner in content.values() if isinstance(content, Mapping) else content:
        if isinstance(inner, (Strict, Mapping, list, tuple)):
            yield from tables_in(inner)


def behind_numbers(names: Iterable[str], terms: Terms) -> tuple[Citation, ...]:
    """What the named limits and bands of the profile cite."""
    return tuple(
        terms.knowledge.sources[source]
        for name in dict.fromkeys(names)
        for number in (terms.variant.limits.get(name), terms.variant.bands.get(name))
        if number is not None
        for source in number.source
    )


def notes_on_numbers(names: Iterable[str], terms: Terms) -> list[str]:
    """What the file remarks on the named limits and bands of the profile."""
    found = (
        number.note
        for name in dict.fromkeys(names)
        for number in (terms.variant.limits.get(name), terms.variant.bands.get(name))
        if number is not None
    )
    return [note for note in found if note]
