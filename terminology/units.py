"""Which unit a chart's string means for one analyte, and the exact conversion to its canonical unit; never a guess.

A code declared as UCUM counts when it parses and has the analyte's dimension. Else the string must be one this analyte
is known to be written in: `PG/ML` is a valid UCUM unit (petagauss per megalitre), but for estradiol it is pg/mL.
"""

from __future__ import annotations

import csv
import unicodedata
from collections.abc import Iterable, Mapping
from fractions import Fraction
from functools import lru_cache
from itertools import combinations

from terminology.analytes import Analyte, Bridge
from terminology.conversion import Conversion, UnitProblem
from terminology.ucum import Dimension, Measure, Ucum, UcumError

REMEMBERED = 4096  # answers to strings no table holds
_SHOWN = 24  # characters of a chart's string that a message repeats
Aliases = Mapping[str, tuple[tuple[frozenset[str], str], ...]]  # string -> (analytes, empty for all; UCUM), in order
_PROPERTIES = {"g/L": "MCnc", "mol/L": "SCnc", "eq/L": "SCnc", "[IU]/L": "ACnc", "U/L": "CCnc", "/L": "NCnc"}


class Units:
    """The unit tables, computed once; a look-up of a usual string is one dictionary access."""

    def __init__(self, ucum: Ucum, analytes: Mapping[str, Analyte], aliases: Aliases) -> None:
        self._ucum, self._analytes, self._aliases = ucum, analytes, aliases
        self._canonical = {name: ucum.measure(analyte.unit) for name, analyte in analytes.items()}
        self._properties = {ucum.measure(unit).dimension: kind for unit, kind in _PROPERTIES.items()}
        self._usual = _usual(analytes.values(), aliases, ucum)
        self._table = dict(self._tabled())
        self._read = lru_cache(REMEMBERED)(self._understood)
        self.property_of = lru_cache(REMEMBERED)(self._property_of)

    def find(self, analyte: str, unit: str | None, code: str | None, is_ucum: bool) -> Conversion | UnitProblem:
        """The conversion of a Quantity's `unit` and `code` to the analyte's canonical unit, or why there is none."""
        known = self._table.get((analyte, code or unit or ""))
        return known if known is not None else self._read(analyte, unit or "", code or "", is_ucum)

    def _property_of(self, unit: str) -> str | None:
        """The LOINC property a UCUM unit is the unit of, of those that can be told apart: MCnc, SCnc, ACnc …"""
        return self._properties.get(self._ucum.measure(unit).dimension)

    def _understood(self, name: str, unit: str, code: str, is_ucum: bool) -> Conversion | UnitProblem:
        analyte = self._analytes.get(name)
        if analyte is None:
            return UnitProblem("unit-dimension", f"{name} is not a quantity with a unit")
        code, unit = normal(code), normal(unit)
        if not code and not unit:
            return UnitProblem("unit-missing", f"{analyte.label} came without a unit; known: {_known(analyte)}")
        declared = self._measured(code) if is_ucum and code else None
        found = self._of_measure(analyte, code, declared, "ucum") if declared is not None else None
        if found is None and code:
            found = self._named(analyte, code)
        # A code that is UCUM for something else contradicts whatever stands beside it.
        if found is None and unit and (declared is None or not declared.dimension):
            found = self._named(analyte, unit)
        return found if found is not None else self._problem(analyte, code or unit)

    def _named(self, analyte: Analyte, text: str) -> Conversion | None:
        """The conversion of a string that this analyte is known to be written in."""
        return self._table.get((analyte.name, text))

    def _tabled(self) -> Iterable[tuple[tuple[str, str], Conversion]]:
        for analyte in self._analytes.values():
            for text, measure in self._usual.items():
                found = self._of_measure(analyte, text, measure, "ucum")
                if found is not None:
                    yield (analyte.name, text), found
            for text in self._aliases:
                found = self._of_alias(analyte, text)
                if found is not None:
                    yield (analyte.name, text), found

    def _of_alias(self, analyte: Analyte, text: str) -> Conversion | None:
        for scope, ucum in self._aliases[text]:
            if not scope or analyte.name in scope:
                basis = "ucum" if ucum == text else "alias"
                found = self._of_measure(analyte, ucum, self._usual[ucum], basis)
                if found is not None:
                    return found
        return None

    def _of_measure(self, analyte: Analyte, ucum: str, measure: Measure, basis: str) -> Conversion | None:
        canonical = self._canonical[analyte.name]
        # Being a plain number proves nothing: 48 mmol/mol of HbA1c is not 4.8 %.
        if not canonical.dimension and not _is_listed(analyte, ucum):
            return None
        bridged = _bridged(measure, canonical.dimension, analyte.bridges)
        if bridged is None:
            return None
        factor, crosses = bridged
        return _conversion(factor / canonical.factor, ucum, basis, crosses)

    def _measured(self, text: str) -> Measure | None:
        try:
            return self._ucum.measure(text)
        except UcumError:
            return None

    def _problem(self, analyte: Analyte, text: str) -> UnitProblem:
        measure = self._measured(text)
        known, shown = _known(analyte), _shown(text)
        if measure is None:
            return UnitProblem("unit-unknown", f"'{shown}' is not a unit known for {analyte.label}; known: {known}")
        canonical = self._canonical[analyte.name].dimension
        kinds = self._properties.get(measure.dimension), self._properties.get(canonical)
        if measure.dimension == canonical or (None not in kinds and {*kinds} <= {"MCnc", "SCnc", "ACnc"}):
            detail = f"{analyte.label} in '{shown}' cannot be converted to {analyte.unit}; known: {known}"
            return UnitProblem("unit-not-convertible", detail)
        return UnitProblem("unit-dimension", f"{analyte.label} is not measured in '{shown}'; known: {known}")


def read_aliases(table: bytes) -> Aliases:
    """From `unit-aliases.csv`. Rows of named analytes come before rows for all."""
    found: dict[str, list[tuple[frozenset[str], str]]] = {}
    for row in csv.DictReader(table.decode().splitlines()):
        scope = frozenset() if row["analytes"] == "*" else frozenset(row["analytes"].split("|"))
        for text in dict.fromkeys((row["written"], normal(row["written"]))):
            found.setdefault(text, []).append((scope, row["ucum"]))
    return {text: tuple(sorted(rows, key=lambda row: not row[0])) for text, rows in found.items()}


def normal(text: str) -> str:
    """Compatibility characters folded, both micro signs as `u`, no outer or doubled space."""
    if text.isascii():
        return " ".join(text.split())
    return " ".join(unicodedata.normalize("NFKC", text).replace("\u03bc", "u").split())


@lru_cache(REMEMBERED)
def _conversion(factor: Fraction, ucum: str, basis: str, crosses: bool) -> Conversion:
    return Conversion.by(factor, ucum, basis, crosses)


def _usual(analytes: Iterable[Analyte], aliases: Aliases, ucum: Ucum) -> dict[str, Measure]:
    """The UCUM units that any analyte is written in."""
    listed = (unit for analyte in analytes for unit in analyte.units)
    named = (unit for rows in aliases.values() for _, unit in rows)
    return {unit: ucum.measure(unit) for unit in dict.fromkeys([*listed, *named])}


def _bridged(measure: Measure, wanted: Dimension, bridges: tuple[Bridge, ...]) -> tuple[Fraction, bool] | None:
    """The size of `measure` in base units of the wanted dimension, crossing as few bridges as possible."""
    if measure.dimension == wanted:
        return measure.factor, False
    for count in range(1, len(bridges) + 1):
        for crossed in combinations(bridges, count):
            found = _across(measure, wanted, crossed)
            if found is not None:
                return found, any(bridge.crosses for bridge in crossed)
    return None


def _across(measure: Measure, wanted: Dimension, bridges: tuple[Bridge, ...]) -> Fraction | None:
    if not bridges:
        return measure.factor if measure.dimension == wanted else None
    first, rest = bridges[0], bridges[1:]
    there = _across(measure * first.ratio, wanted, rest)
    return there if there is not None else _across(measure / first.ratio, wanted, rest)


def _is_listed(analyte: Analyte, unit: str) -> bool:
    bare = unit.partition("{")[0]
    return unit in analyte.units or (bare != "" and bare in analyte.units)


def _known(analyte: Analyte) -> str:
    return ", ".join(analyte.units)


def _shown(text: str) -> str:
    """What a message may repeat of a chart's string."""
    printable = "".join(letter if letter.isprintable() else "?" for letter in text)
    return printable if len(printable) <= _SHOWN else printable[: _SHOWN - 1] + "…"
