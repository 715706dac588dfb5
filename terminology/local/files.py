"""Reads and writes a site's code map as CSV or as a FHIR ConceptMap (R4, or R5's words for it); judges nothing.

A ConceptMap says with `dependsOn` and `product` what CSV says in columns: a unit's analytes, and of a laboratory code
the unit its results are written in and the UCUM unit that is meant.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from typing import Any, NamedTuple, cast

import msgspec

from terminology.local.code_map import KINDS, CodeMap, Entry, Kind

COLUMNS = (
    *("kind", "local_system", "local_code", "local_display", "target", "equivalence"),
    *("analytes", "local_unit", "unit", "valid_from", "valid_to"),
)
REQUIRED = ("kind", "local_code", "target", "equivalence")
TARGETS: Mapping[str, Kind] = {
    "http://loinc.org": "laboratory",
    "http://unitsofmeasure.org": "unit",
    "http://www.nlm.nih.gov/research/umls/rxnorm": "drug",
}
PROPERTY = "urn:hormone-cds:"  # before the names of what dependsOn and product say
CONDITIONS = ("analyte", "local-unit", "valid-from", "valid-to")
PRODUCTS = ("unit",)
# R5 names the relationship instead of the equivalence, and in the other direction.
_RELATIONSHIPS = {
    "related-to": "relatedto",
    "equivalent": "equivalent",
    "source-is-narrower-than-target": "wider",
    "source-is-broader-than-target": "narrower",
    "not-related-to": "unmatched",
}


class Row(NamedTuple):
    """An entry and where it stands: `line 12`, or `group[0].element[3].target[0]`."""

    place: str
    entry: Entry


class Lines(list[str]):
    """What a CSV writer writes."""

    write = list.append


class CodeMapError(ValueError):
    """The file cannot be read as a code map; the message says where and what would have worked."""


def read_code_map(content: bytes) -> list[Row]:
    """The rows of a CSV file or a FHIR ConceptMap in JSON, in UTF-8.

    Raises:
        CodeMapError: it is neither, or a row of it cannot be read.
    """
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise CodeMapError("the file is not UTF-8: save it as CSV UTF-8, or as JSON") from None
    return _concept_map(text) if text.lstrip().startswith("{") else _csv(text)


def write_csv(entries: Iterable[Entry]) -> str:
    """The entries as CSV, in the form `read_code_map` reads."""
    lines = Lines()
    writer = csv.writer(lines, lineterminator="\n")
    writer.writerow(COLUMNS)
    for entry in entries:
        days = (day.isoformat() if day else "" for day in (entry.valid_from, entry.valid_to))
        names = (entry.kind, entry.system, entry.code, entry.display, entry.target, entry.equivalence)
        writer.writerow([*names, " ".join(entry.analytes), entry.local_unit, entry.unit, *days])
    return "".join(lines)


def _csv(text: str) -> list[Row]:
    lines = [line + "\n" for line in text.split("\n")]
    # Spreadsheets of many countries write semicolons, because their commas are in numbers.
    delimiter = max(",;\t", key=lines[0].count)
    reader = csv.DictReader(lines, strict=True, delimiter=delimiter)
    try:
        columns = [name.strip().lower() for name in reader.fieldnames or ()]
        unknown, missing = set(columns) - set(COLUMNS), set(REQUIRED) - set(columns)
        if unknown or missing or len(columns) != len(set(columns)):
            raise CodeMapError(f"line 1: the columns are {', '.join(COLUMNS)}; needed: {', '.join(REQUIRED)}")
        reader.fieldnames = columns
        return [Row(f"line {reader.line_num}", _row(reader.line_num, cells)) for cells in reader if any(cells.values())]
    except csv.Error as error:
        raise CodeMapError(f"line {reader.line_num}: not CSV with commas and double quotes ({error})") from None


def _row(line: int, cells: Mapping[str | None, Any]) -> Entry:
    if None in cells or None in cells.values():
        raise CodeMapError(f"line {line}: it has more or fewer cells than line 1 has columns")
    given = {name: cells[name].strip() for name in cells if name}
    kind = given["kind"]
    if kind not in KINDS:
        raise CodeMapError(f"line {line}: kind is one of {', '.join(KINDS)}")
    return Entry(
        kind=cast("Kind", kind),
        system=given.get("local_system", ""),
        code=given["local_code"],
        display=given.get("local_display", ""),
        target=given["target"],
        equivalence=given["equivalence"],
        analytes=tuple(given.get("analytes", "").replace("|", " ").split()),
        local_unit=given.get("local_unit", ""),
        unit=given.get("unit", ""),
        valid_from=_day(f"line {line}", given.get("valid_from", "")),
        valid_to=_day(f"line {line}", given.get("valid_to", "")),
    )


def _day(place: str, text: str) -> date | None:
    try:
        return datetime.strptime(text, "%Y-%m-%d").date() if text else None  # noqa: DTZ007 - a day has no zone
    except ValueError:
        raise CodeMapError(f"{place}: valid_from and valid_to are days such as 2026-09-04") from None


class _Depends(msgspec.Struct):
    property: str = ""
    attribute: str = ""  # R5
    value: str = ""
    valueCode: str = ""  # R5
    valueString: str = ""  # R5


class _Target(msgspec.Struct):
    code: str = ""
    equivalence: str = ""
    relationship: str = ""  # R5
    dependsOn: list[_Depends] = []
    product: list[_Depends] = []


class _Element(msgspec.Struct):
    code: str = ""
    display: str = ""
    target: list[_Target] = []


class _Group(msgspec.Struct):
    source: str = ""
    target: str = ""
    element: list[_Element] = []


class _ConceptMap(msgspec.Struct):
    resourceType: str
    group: list[_Group] = []


def _concept_map(text: str) -> list[Row]:
    try:
        resource = msgspec.json.decode(text, type=_ConceptMap)
    except msgspec.DecodeError as error:
        raise CodeMapError(f"not a FHIR ConceptMap in JSON ({error})") from None
    if resource.resourceType != "ConceptMap":
        raise CodeMapError("the JSON is not a FHIR ConceptMap: resourceType is another")
    return list(_rows(resource))


def _rows(resource: _ConceptMap) -> Iterator[Row]:
    for at, group in enumerate(resource.group):
        kind = _kind(group.target, f"group[{at}]")
        for nth, element in enumerate(group.element):
            place = f"group[{at}].element[{nth}]"
            for number, target in enumerate(element.target or [_Target(equivalence="unmatched")]):
                yield Row(f"{place}.target[{number}]", _entry(kind, group, element, target, place))


def _said(items: Iterable[_Depends], known: tuple[str, ...], place: str) -> list[tuple[str, str]]:
    """Properties and values; a condition that is not understood would make the row true where it is not."""
    said: list[tuple[str, str]] = []
    for item in items:
        name = (item.property or item.attribute).removeprefix(PROPERTY)
        value = (item.value or item.valueCode or item.valueString).strip()
        if name not in known or not value or (name != "analyte" and name in dict(said)):
            ours = ", ".join(PROPERTY + one for one in known)
            raise CodeMapError(f"{place}: each of dependsOn or product is once one of {ours}, with a value as text")
        said.append((name, value))
    return said


def _kind(target: str, place: str) -> Kind:
    uri = target.partition("|")[0]
    if uri.endswith("/CodeSystem/drug"):
        return "drug"
    if uri not in TARGETS:
        raise CodeMapError(f"{place}.target: known targets are {', '.join(TARGETS)} and this service's drugs")
    return TARGETS[uri]


def _entry(kind: Kind, group: _Group, element: _Element, target: _Target, place: str) -> Entry:
    said = [*_said(target.dependsOn, CONDITIONS, place), *_said(target.product, PRODUCTS, place)]
    of = dict(said)
    return Entry(
        kind=kind,
        system="" if kind == "unit" else group.source.partition("|")[0],
        code=element.code.strip(),
        display=element.display,
        target=target.code.strip(),
        equivalence=target.equivalence or _RELATIONSHIPS.get(target.relationship, target.relationship),
        analytes=tuple(value for name, value in said if name == "analyte"),
        local_unit=of.get("local-unit", ""),
        unit=of.get("unit", ""),
        valid_from=_day(place, of.get("valid-from", "")),
        valid_to=_day(place, of.get("valid-to", "")),
    )


def write_concept_map(code_map: CodeMap, url: str, drugs: str, units: str) -> str:
    """The map as a FHIR R4 ConceptMap; `drugs` and `units` are the systems of drug names and of local unit strings."""
    groups: dict[tuple[str, str], list[Entry]] = {}
    uris = {kind: uri for uri, kind in TARGETS.items()}
    for entry in code_map.entries:
        is_named_drug = entry.kind == "drug" and not entry.target.isdecimal()
        target = drugs if is_named_drug else uris[entry.kind]
        groups.setdefault((units if entry.kind == "unit" else entry.system, target), []).append(entry)
    resource = {
        "resourceType": "ConceptMap",
        "url": url,
        "version": str(code_map.version),
        "status": "active",
        "date": code_map.loaded.isoformat() if code_map.loaded else None,
        "publisher": code_map.author or None,
        "group": [_group(source, target, entries) for (source, target), entries in groups.items()] or None,
    }
    return json.dumps(
        {key: value for key, value in resource.items() if value is not None}, indent=2, ensure_ascii=False
    )


def _group(source: str, target: str, entries: Iterable[Entry]) -> dict[str, Any]:
    elements: dict[str, dict[str, Any]] = {}
    for entry in entries:
        element = elements.setdefault(entry.code, {"code": entry.code, "target": []})
        if entry.display:
            element["display"] = entry.display
        element["target"].append(_written(entry))
    return {"source": source, "target": target, "element": list(elements.values())}


def _written(entry: Entry) -> dict[str, Any]:
    days = {"valid-from": entry.valid_from, "valid-to": entry.valid_to}
    depends = [
        *(("analyte", name) for name in entry.analytes),
        *([("local-unit", entry.local_unit)] if entry.local_unit else []),
        *((name, day.isoformat()) for name, day in days.items() if day),
    ]
    target: dict[str, Any] = {"code": entry.target} if entry.target else {}
    target["equivalence"] = entry.equivalence
    if depends:
        target["dependsOn"] = [{"property": PROPERTY + name, "value": value} for name, value in depends]
    if entry.unit:
        target["product"] = [{"property": PROPERTY + "unit", "value": entry.unit}]
    return target
