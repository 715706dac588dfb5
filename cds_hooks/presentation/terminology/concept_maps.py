"""The concept maps published: what each code is read as, and what the site's own codes stand for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby

from cds_hooks.presentation.canonical import ANALYTES, BASE, CONDITIONS, DRUGS, LOINC, slug
from cds_hooks.presentation.terminology.definitions import CodeSystem, Concept, ConceptMap, Mapped, Target
from cds_hooks.presentation.terminology.public import TABLES, UCUM
from cds_hooks.presentation.terminology.value_sets import LABORATORY, is_category
from terminology.code_map import Entry
from terminology.drugs import RXNORM
from terminology.vocabulary import Vocabulary

WRITTEN_UNITS = f"{BASE}/CodeSystem/site-unit"  # units as charts write them have no code system of their own
_READ = (
    "`equivalent`: a result or order with this code is read as the target, whatever method, unit or strength the code "
    "names. `narrower`: the code is a combination, of which the target is one part. "
)


def concept_maps(vocabulary: Vocabulary, systems: Mapping[str, CodeSystem]) -> Iterator[ConceptMap]:
    """Every concept map; `systems` are the code systems by url. The site's own stand first: its word is narrower."""
    yield from _site_maps(vocabulary, systems)
    yield ConceptMap(
        "loinc-to-analyte",
        "LOINC codes to analytes",
        _READ + "`unmatched`: the code is known and not used; the comment says why.",
        (_of_loinc(systems),),
        source=LABORATORY,
    )
    for kind, target in (("drug", DRUGS), ("condition", CONDITIONS)):
        public = [systems[table.url] for table in TABLES if table.meaning == kind and table.url in systems]
        yield ConceptMap(
            f"codes-to-{kind}",
            f"Codes to {kind}s",
            _READ + "A category stands for every code beneath it that is not listed itself.",
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
    categories = tuple(code for code, concept in system.concepts.items() if is_category(concept))
    return Mapped(system.url, ours.url, rows, displays, categories)


def _targets(concept: Concept, kind: str, ours: CodeSystem) -> Iterator[Target]:
    names = [str(one.value) for one in concept.properties if one.code == kind]
    is_combination = kind == "drug" and len(names) > 1
    for name in names:
        display = ours.concepts[name].display
        if is_combination:
            yield Target("narrower", name, display, "One ingredient of a combination.")
        else:
            yield Target("equivalent", name, display)


def _site_maps(vocabulary: Vocabulary, systems: Mapping[str, CodeSystem]) -> Iterator[ConceptMap]:
    code_map = vocabulary.local.code_map
    if not code_map.entries:
        return
    loaded = f", loaded {code_map.loaded}" if code_map.loaded is not None else ""
    for kind, title in (("laboratory", "laboratory codes"), ("unit", "units"), ("drug", "drug codes")):
        rows = [entry for entry in code_map.entries if entry.kind == kind]
        if rows:
            yield ConceptMap(
                f"site-{kind}",
                f"The site's own {title}",
                f"Version {code_map.version} of the site's own code map, by {code_map.author or 'unknown'}{loaded}. "
                "Only `equal` and `equivalent` are used; other rows are kept and not used.",
                tuple(_site_groups(rows, systems)),
                version=str(code_map.version),
            )


def _site_groups(entries: Iterable[Entry], systems: Mapping[str, CodeSystem]) -> Iterator[Mapped]:
    def route(entry: Entry) -> tuple[str, str]:
        return entry.system or WRITTEN_UNITS, _target_system(entry, systems)

    for (source, target), group in groupby(sorted(entries, key=route), key=route):
        rows: dict[str, tuple[Target, ...]] = {}
        displays: dict[str, str | None] = {}
        for entry in group:
            rows[entry.code] = (*rows.get(entry.code, ()), _site_target(entry, systems.get(target)))
            displays[entry.code] = entry.display or displays.get(entry.code)
        yield Mapped(source, target, rows, displays)


def _target_system(entry: Entry, systems: Mapping[str, CodeSystem]) -> str:
    if entry.kind == "drug":
        return RXNORM if entry.target in systems[RXNORM].concepts else DRUGS
    return LOINC if entry.kind == "laboratory" else UCUM


def _site_target(entry: Entry, target: CodeSystem | None) -> Target:
    code = slug(entry.target) if target is not None and target.url == DRUGS else entry.target
    known = target.find(code) if target is not None else None
    return Target(entry.equivalence, code, known.display if known else None, _comment(entry))


def _comment(entry: Entry) -> str | None:
    """What FHIR R4 has no element for: the days, the unit and the analytes a row is for."""
    said = [
        f"For results from {entry.valid_from}." if entry.valid_from else "",
        f"For results until {entry.valid_to}." if entry.valid_to else "",
        f"Results written in '{entry.local_unit}' are in {entry.unit}." if entry.unit and entry.local_unit else "",
        f"Results written without a unit are in {entry.unit}." if entry.unit and not entry.local_unit else "",
        f"For {', '.join(slug(name) for name in entry.analytes)} only." if entry.analytes else "",
        "" if entry.decides else "Kept and not used.",
    ]
    return " ".join(filter(None, said)) or None
