"""Whether a site's code map may decide: every row is held against the registry, the units, the drugs and other rows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal, NamedTuple

from terminology.drugs.drugs import CODE_SYSTEMS
from terminology.local.code_map import DECIDING, EQUIVALENCES, Entry
from terminology.local.files import Row
from terminology.loinc import SYSTEMS, has_check_digit
from terminology.units.units import normal
from terminology.vocabulary import Conversion, UnitProblem, Vocabulary

ORDERED = ("panel", "survey")
LONGEST = 100  # characters of a local code
NEVER = {
    "exclude_specimen": "is measured in another specimen than the one judged",
    "unverified_specimen": "does not say in which specimen it is measured",
    "deprecated": "is a deprecated code",
    "accept_no_convert": "is reported in a way that cannot be converted",
    "other_component": "measures only a part of what is judged here, or more than it",
}


Severity = Literal["error", "warning", "information"]
Found = Iterator[tuple[Severity, str]]


class Remark(NamedTuple):
    """What a check found in one row. A map with an error is not loaded."""

    place: str
    severity: Severity
    text: str


def check(rows: Sequence[Row], vocabulary: Vocabulary) -> list[Remark]:
    """Everything that is wrong or noteworthy, in the order of the rows."""
    remarks = [remark for row in rows for remark in _row(row, vocabulary)]
    remarks.extend(_rivals(rows))
    order = {row.place: at for at, row in enumerate(rows)}
    return sorted(remarks, key=lambda remark: order[remark.place])


def _row(row: Row, vocabulary: Vocabulary) -> Iterator[Remark]:
    entry = row.entry
    for text in _form(entry):
        yield Remark(row.place, "error", text)
    if not entry.equivalence:
        yield Remark(row.place, "warning", "equivalence is empty: nobody decided yet, and the row is not used")
        return
    if entry.equivalence in EQUIVALENCES and not entry.decides:
        yield Remark(row.place, "information", f"'{entry.equivalence}' is kept and decides nothing")
        return
    if not entry.target:
        yield Remark(row.place, "error", "target is empty: name it, or write 'unmatched' as the equivalence")
        return
    for severity, text in _KINDS[entry.kind](entry, vocabulary):
        yield Remark(row.place, severity, text)


def _form(entry: Entry) -> Iterator[str]:
    """What is wrong with the row as such."""
    if not entry.code or len(entry.code) > LONGEST or not entry.code.isprintable():
        yield f"local_code has 1 to {LONGEST} printable characters"
    if any(letter.isspace() for letter in entry.system) or (entry.kind == "drug" and not entry.system):
        yield "local_system is the URI that charts write before the code, without spaces"
    if entry.equivalence not in (*EQUIVALENCES, ""):
        yield f"equivalence is one of {', '.join(EQUIVALENCES)}; only {' and '.join(DECIDING)} decide"
    if entry.kind != "unit" and entry.analytes:
        yield "analytes are named for units only"
    if entry.kind != "laboratory" and (entry.unit or entry.local_unit or entry.is_dated):
        yield "local_unit, unit, valid_from and valid_to are for laboratory codes only"
    if entry.valid_from and entry.valid_to and entry.valid_to < entry.valid_from:
        yield "valid_to lies before valid_from"


def _laboratory(entry: Entry, vocabulary: Vocabulary) -> Found:
    target = vocabulary.loinc.get(entry.target)
    if entry.system in SYSTEMS and entry.code in vocabulary.loinc:
        yield "error", "the local code is a LOINC code this service knows: a map cannot change what it means"
    elif entry.system in SYSTEMS:
        yield "warning", "the local code is a LOINC code this service does not know: make sure that nothing differs"
    if not entry.system:
        yield "warning", "without local_system the row is for codes whose system is not named, whoever wrote them"
    elif not entry.system.startswith(("http://", "https://", "urn:")):
        yield "warning", "local_system is not a URI: it counts only where charts write exactly this"
    if target is None:
        wrong = "has a wrong check digit" if not has_check_digit(entry.target) else "is not in this service's registry"
        yield "error", f"LOINC {entry.target[:20]} {wrong}"
        return
    if target.role in NEVER:
        yield "error", f"LOINC {target.code} ({target.long_name}) {NEVER[target.role]}"
        return
    if target.role in ORDERED:
        yield "warning", f"LOINC {target.code} is a panel: it is read in orders, and no result is read by it"
        return
    if target.analyte not in vocabulary.analytes:
        yield "error", f"LOINC {target.code} ({target.long_name}) is nothing that is read as a number here"
        return
    named = vocabulary.names.exact(entry.display)
    if named is not None and named != target.analyte:
        said, measured = vocabulary.analytes[named].label, target.analyte.replace("_", " ")
        yield "warning", f"the display is a name of {said}, the target measures {measured}"
    yield from _unit_of_results(entry, vocabulary)


def _unit_of_results(entry: Entry, vocabulary: Vocabulary) -> Found:
    """The unit that a laboratory row states for its results."""
    if not entry.unit:
        if entry.local_unit:
            yield "error", "local_unit needs unit: the UCUM unit that is meant by it"
        return
    target = vocabulary.loinc[entry.target]
    if not vocabulary.is_ucum(entry.unit):
        yield "error", "unit is not a UCUM unit"
        return
    found = vocabulary.unit(target.analyte, entry.unit, entry.unit, True)
    if isinstance(found, UnitProblem):
        yield "error", found.detail
        return
    if vocabulary.property_mismatch(target.code, found):
        yield "warning", f"unit is of another kind than LOINC {target.code} ({target.long_name}) says"
    known = _known(target.analyte, entry.local_unit, vocabulary) if entry.local_unit else None
    if known is not None and _differ(known, found):
        yield "error", f"local_unit is known to mean {known.ucum}: a map cannot change it"


def _unit(entry: Entry, vocabulary: Vocabulary) -> Found:
    if not vocabulary.is_ucum(entry.target):
        yield "error", "target is not a UCUM unit"
        return
    unknown = [name for name in entry.analytes if name not in vocabulary.analytes]
    if unknown:
        yield "error", f"not an analyte of this service: {', '.join(unknown)}"
    meant = {name: vocabulary.unit(name, entry.target, entry.target, True) for name in vocabulary.analytes}
    fits = {name: found for name, found in meant.items() if isinstance(found, Conversion)}
    for name in entry.analytes:
        found = meant.get(name)
        if isinstance(found, UnitProblem):
            yield "error", found.detail
    if not fits:
        yield "error", "no analyte is measured in this unit"
    if not entry.analytes and fits:
        yield "warning", f"no analytes are named: it will be read so for all {len(fits)} that the unit fits"
    for name in entry.analytes or fits:
        known = _known(name, entry.code, vocabulary)
        if name in fits and known is not None and _differ(known, fits[name]):
            label = vocabulary.analytes[name].label
            yield "error", f"it is known to mean {known.ucum} of {label}: a map cannot change it"


def _known(analyte: str, text: str, vocabulary: Vocabulary) -> Conversion | None:
    """What a unit means for an analyte without the map, as a spelling or declared as UCUM."""
    for is_ucum in (False, True):
        found = vocabulary.unit(analyte, text, text if is_ucum else None, is_ucum)
        if isinstance(found, Conversion):
            return found
    return None


def _drug(entry: Entry, vocabulary: Vocabulary) -> Found:
    if not vocabulary.is_drug(entry.target):
        yield "error", "target is not a drug this service knows: name its ingredient, or its RxNorm code"
    if entry.system in CODE_SYSTEMS and vocabulary.drug([(entry.system, entry.code, "")], []) is not None:
        yield "error", "the local code is one this service knows: a map cannot change what it means"


_KINDS = {"laboratory": _laboratory, "unit": _unit, "drug": _drug}


def _rivals(rows: Sequence[Row]) -> Iterator[Remark]:
    """Rows for one code on one day: which is meant would depend on their order."""
    seen: dict[tuple[str, ...], list[Row]] = {}
    for row in rows:
        entry = row.entry
        if not entry.decides:
            continue
        code = normal(entry.code) if entry.kind == "unit" else entry.code
        rivals = seen.setdefault((entry.kind, entry.system, code), [])
        other = next((other for other in rivals if _is_rival(entry, other.entry)), None)
        if other is None:
            rivals.append(row)
        else:
            which = "two targets" if entry.target != other.entry.target else "it is already mapped"
            yield Remark(row.place, "error", f"{which}: see {other.place}")


def _is_rival(one: Entry, other: Entry) -> bool:
    shared = not one.analytes or not other.analytes or not set(one.analytes).isdisjoint(other.analytes)
    return shared and one.overlaps(other)


def _differ(one: Conversion, other: Conversion) -> bool:
    return (one.multiply, one.divide, one.plus) != (other.multiply, other.divide, other.plus)
