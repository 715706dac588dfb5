"""The concept maps published: what each code is read as, and what the site's own codes stand for."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from cds_hooks.presentation.canonical import ANALYTES, CODE_MAP, CONDITIONS, DRUGS, LOCAL_UNITS, LOINC
from cds_hooks.presentation.terminology.definitions import CodeSystem, Concept, ConceptMap, Mapped, Target, is_code
from cds_hooks.presentation.terminology.public import TABLES, UCUM
from cds_hooks.presentation.terminology.value_sets import LABORATORY
from terminology.drugs.drugs import RXNORM
from terminology.local.code_map import Entry
from terminology.local.files import PROPERTY
from terminology.vocabulary import Vocabulary

_LOINC = (
    "`equivalent`: a result under this code is read as the target, whatever method and unit the code names. "
    "`unmatched`: the code is known and not used; the comment says why."
)
_MEANINGS = {
    "drug": "`equivalent`: an order with this code is read as the target, whatever product and strength the code "
    "names. `narrower`: the code is a combination, of which the target is one part.",
    "condition": "`equivalent`: a diagnosis or procedure with this code is read as the target, however precise it is.",
}
_CATEGORIES = "A category stands for every code beneath it that is not listed itself."


def concept_maps(vocabulary: Vocabulary, systems: Mapping[str, CodeSystem]) -> Iterator[ConceptMap]:
    """Every concept map; `systems` are the code systems by url. The site's own stand first: its word is narrower."""
    yield from _local_map(vocabulary, systems)
    yield ConceptMap(
        "loinc-to-analyte",
        "LOINC codes to analytes",
        _LOINC,
        (_of_loinc(systems),),
        source=LABORATORY,
    )
    for kind, target in (("drug", DRUGS), ("condition", CONDITIONS)):
        public = [systems[table.url] for table in TABLES if table.meaning == kind and table.url in systems]
        yield ConceptMap(
            f"codes-to-{kind}",
            f"Codes to {kind}s",
            f"{_MEANINGS[kind]} {_CATEGORIES}",
            tuple(_of_meaning(system, kind, systems[target]) for system in public),
        )


def _of_loinc(systems: Mapping[str, CodeSystem]) -> Mapped:
    loinc, analytes = systems[LOINC], systems[ANALYTES]
    rows = {
        code: (_analyte_of(concept, analytes),)
        for code, concept in loinc.concepts.items()
        if ("kind", "laboratory") in concept.properties
    }
    return Mapped(LOINC, ANALYTES, rows, {code: loinc.concepts[code].display for code in rows})


def _analyte_of(concept: Concept, analytes: CodeSystem) -> Target:
    name = next((str(one.value) for one in concept.properties if one.code == "analyte"), "")
    if concept.unusable is not None:
        return Target("unmatched", None, comment=concept.unusable)
    return Target("equivalent", name, analytes.concepts[name].display)


def _of_meaning(system: CodeSystem, kind: str, ours: CodeSystem) -> Mapped:
    rows = {code: tuple(_targets(concept, kind, ours)) for code, concept in system.concepts.items()}
    displays = {code: concept.display for code, concept in system.concepts.items()}
    return Mapped(system.url, ours.url, rows, displays, system.categories)


def _targets(concept: Concept, kind: str, ours: CodeSystem) -> Iterator[Target]:
    names = [str(one.value) for one in concept.properties if one.code == kind]
    is_combination = kind == "drug" and len(names) > 1
    for name in names:
        display = ours.concepts[name].display
        if is_combination:
            yield Target("narrower", name, display, "One ingredient of a combination.")
        else:
            yield Target("equivalent", name, display)


def _local_map(vocabulary: Vocabulary, systems: Mapping[str, CodeSystem]) -> Iterator[ConceptMap]:
    """The site's own map, as `hormone-cds codes export` writes it: `hormone-cds codes load` reads it back."""
    code_map = vocabulary.local.code_map
    shown = [entry for entry in code_map.entries if _is_fhir(entry)]
    if not shown:
        return
    hidden = len(code_map.entries) - len(shown)
    yield ConceptMap(
        CODE_MAP.rpartition("/")[2],
        "The site's own codes",
        f"Version {code_map.version} of the site's own code map. Only `equal` and `equivalent` are used; other rows "
        "are kept and not used." + (f" Not shown: {hidden} rows that no FHIR code can write." if hidden else ""),
        tuple(_local_groups(shown, systems)),
        version=str(code_map.version),
        publisher=code_map.author or None,
        loaded=code_map.loaded,
    )


def _is_fhir(entry: Entry) -> bool:
    """Whether FHIR can say a row: a unit as written may have blanks that its codes may not."""
    return is_code(entry.code) and (not entry.target or is_code(entry.target)) and not re.search(r"\s", entry.system)


def _local_groups(entries: Iterable[Entry], systems: Mapping[str, CodeSystem]) -> Iterator[Mapped]:
    groups: dict[tuple[str, str], list[Entry]] = {}
    for entry in entries:
        groups.setdefault((LOCAL_UNITS if entry.kind == "unit" else entry.system, _target_system(entry)), []).append(
            entry
        )
    for (source, target), group in groups.items():
        rows: dict[str, tuple[Target, ...]] = {}
        displays: dict[str, str | None] = {}
        for entry in group:
            rows[entry.code] = (*rows.get(entry.code, ()), _local_target(entry, systems.get(target)))
            displays[entry.code] = entry.display or displays.get(entry.code)
        yield Mapped(source, target, rows, displays)


def _target_system(entry: Entry) -> str:
    if entry.kind == "drug":
        return RXNORM if entry.target.isdecimal() else DRUGS
    return LOINC if entry.kind == "laboratory" else UCUM


def _local_target(entry: Entry, target: CodeSystem | None) -> Target:
    known = target.find(entry.target) if target is not None else None
    days = {"valid-from": entry.valid_from, "valid-to": entry.valid_to}
    return Target(
        entry.equivalence,
        entry.target or None,
        known.display if known is not None else None,
        _comment(entry),
        depends=(
            *[(f"{PROPERTY}analyte", name) for name in entry.analytes],
            *([(f"{PROPERTY}local-unit", entry.local_unit)] if entry.local_unit else []),
            *[(PROPERTY + name, day.isoformat()) for name, day in days.items() if day is not None],
        ),
        product=((f"{PROPERTY}unit", entry.unit),) if entry.unit else (),
    )


def _comment(entry: Entry) -> str | None:
    """What a row depends on, in words: an answer of $translate has no element for it."""
    said = [
        f"For results from {entry.valid_from}." if entry.valid_from else "",
        f"For results until {entry.valid_to}." if entry.valid_to else "",
        f"Results written in '{entry.local_unit}' are in {entry.unit}." if entry.unit and entry.local_unit else "",
        f"Results written without a unit are in {entry.unit}." if entry.unit and not entry.local_unit else "",
        f"For {', '.join(entry.analytes)} only." if entry.analytes else "",
        "" if entry.decides else "Kept and not used.",
    ]
    return " ".join(filter(None, said)) or None
