"""Which unit a chart's string means for one analyte, and the exact conversion to its canonical unit; never a guess.

A code declared as UCUM counts when it parses and has the analyte's dimension. Else the string must be one this analyte
is known to be written in: `PG/ML` is a valid UCUM unit (petagauss per megalitre), but for estradiol it is pg/mL.
"""

from __future__ import annotations

import csv
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from copy import copy
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from itertools import product
from typing import NamedTuple

from msgspec import structs

from terminology.analytes import Analyte, Bridge
from terminology.local.code_map import Entry
from terminology.units.conversion import Conversion, UnitProblem
from terminology.units.ucum import ONE, Dimension, Measure, Ucum, UcumError

_LITRE = re.compile(r"(?<![A-Za-z])([mudcp]?)L(?![A-Za-z\]])")
_POWER = re.compile("10([\u2070\u00b9\u00b2\u00b3\u2074-\u2079]+)")
REMEMBERED = 4096  # answers to strings no table holds
_DECIMAL = re.compile(r"\d\.\d(?![^{}]*})")  # UCUM multiplies here: `mL/min/1.73` is 73 mL/min, which nobody means
_RECURS = 256  # characters of unit and code together; longer ones are no units, and remembering them would fill memory
_SHOWN = 24  # characters of a chart's string that a message repeats
_PROPERTIES = {"g/L": "MCnc", "mol/L": "SCnc", "eq/L": "SCnc", "[IU]/L": "ACnc", "U/L": "CCnc", "/L": "NCnc"}


class Alias(NamedTuple):
    """A way of writing a unit, for these analytes (empty: for all); some are another spelling that UCUM allows too."""

    analytes: frozenset[str]
    written: str
    is_ucum: bool


Aliases = Mapping[str, Sequence[Alias]]  # UCUM unit -> how else it is written


class _Way(NamedTuple):
    """From base units of some dimension to the canonical unit."""

    factor: Fraction
    crosses: bool


class Units:
    """The unit tables, computed once; a look-up of a usual string is one dictionary access."""

    def __init__(self, ucum: Ucum, analytes: Mapping[str, Analyte], aliases: Aliases) -> None:
        self._ucum, self._analytes, self._aliases = ucum, analytes, aliases
        self._canonical = {name: ucum.measure(analyte.unit) for name, analyte in analytes.items()}
        self._ways = {name: _ways(self._canonical[name], analyte.bridges) for name, analyte in analytes.items()}
        self._properties = {ucum.measure(unit).dimension: kind for unit, kind in _PROPERTIES.items()}
        self._usual = _usual(analytes.values(), aliases, ucum)
        self._table = dict(self._tabled())
        self._written = frozenset(text for _, text in self._table)
        self._read = lru_cache(REMEMBERED)(self._understood)
        self.property_of = lru_cache(REMEMBERED)(self._property_of)

    def find(self, analyte: str, unit: str | None, code: str | None, is_ucum: bool) -> Conversion | UnitProblem:
        """The conversion of a Quantity's `unit` and `code` to the analyte's canonical unit, or why there is none."""
        known = self._table.get((analyte, code or unit or "")) if not code or not unit or code == unit else None
        if known is not None:
            return known
        unit, code = unit or "", code or ""
        answer = self._read if len(unit) + len(code) <= _RECURS else self._understood
        return answer(analyte, unit, code, is_ucum)

    def with_local(self, rows: Iterable[Entry]) -> Units:
        """These tables with a site's own spellings; none of them changes a spelling known already."""
        other = copy(self)
        other._table = dict(self._spelled(rows)) | self._table
        other._read = lru_cache(REMEMBERED)(other._understood)
        return other

    def _spelled(self, rows: Iterable[Entry]) -> Iterable[tuple[tuple[str, str], Conversion]]:
        for row in sorted(
            rows, key=lambda row: bool(row.analytes)
        ):  # what names its analytes goes before what does not
            measure = self._measured(row.target) if row.decides else None
            for name in (row.analytes or self._analytes) if measure is not None else ():
                analyte = self._analytes.get(name)
                found = analyte and measure and self._of_measure(analyte, row.target, measure)
                if analyte and found and not self._is_unit_of(analyte, row.code):
                    conversion = structs.replace(found, basis="map")
                    yield from (((name, text), conversion) for text in {row.code, normal(row.code)})

    def _is_unit_of(self, analyte: Analyte, text: str) -> bool:
        """Whether a string is itself a UCUM unit of the analyte."""
        measure = self._measured(text)
        return measure is not None and self._of_measure(analyte, text, measure) is not None

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
        found = self._of_measure(analyte, code, declared) if declared is not None else None
        if found is None and code:
            found = self._named(analyte, code)
        beside = self._named(analyte, unit) if unit else None
        if found is not None and beside is not None and _size(beside) != _size(found):
            return _contradiction(unit, code)
        if found is not None and beside is None and unit != code and self._is_another(analyte, unit, found):
            return _contradiction(unit, code)
        # A code that is UCUM for something else contradicts whatever stands beside it.
        if found is None and (declared is None or not declared.dimension):
            found = beside
        return found if found is not None else self._problem(analyte, code or unit)

    def _is_another(self, analyte: Analyte, text: str, found: Conversion) -> bool:
        """Whether a string that this analyte is not usually written in is surely a unit, and not the one found."""
        measure = self._measured(text)
        if measure is None:
            return text in self._written
        own = self._of_measure(analyte, text, measure)
        if own is not None:
            return _size(own) != _size(found)
        counts = not measure.dimension and (text.startswith("{") or measure == self._ucum.measure(found.ucum))
        return not counts

    def _named(self, analyte: Analyte, text: str) -> Conversion | None:
        """The conversion of a string that this analyte is known to be written in."""
        return self._table.get((analyte.name, text))

    def _tabled(self) -> Iterable[tuple[tuple[str, str], Conversion]]:
        for analyte in self._analytes.values():
            fitting = self._fitting(analyte)
            for ucum, conversion in fitting.items():
                yield from (((analyte.name, text), conversion) for text in (*_other_ucum(ucum), ucum))
            for ucum, conversion in fitting.items():
                for alias in self._aliases.get(ucum, ()):
                    if alias.written not in fitting and (not alias.analytes or analyte.name in alias.analytes):
                        yield (analyte.name, alias.written), conversion if alias.is_ucum else _as_alias(conversion)

    def _fitting(self, analyte: Analyte) -> dict[str, Conversion]:
        found = ((ucum, self._of_measure(analyte, ucum, measure)) for ucum, measure in self._usual.items())
        return {ucum: conversion for ucum, conversion in found if conversion is not None}

    def _of_measure(self, analyte: Analyte, ucum: str, measure: Measure) -> Conversion | None:
        line = analyte.equation
        if line is not None and ucum == line.unit:
            return Conversion(line.times, Decimal(1), ucum, "ucum", crosses=False, plus=line.plus)
        way = self._ways[analyte.name].get(measure.dimension)
        # Being a plain number proves nothing: 48 mmol/mol of HbA1c is not 4.8 %.
        if way is None or (not self._canonical[analyte.name].dimension and not _is_listed(analyte, ucum)):
            return None
        return _conversion(measure.factor * way.factor, ucum, way.crosses)

    def _measured(self, text: str) -> Measure | None:
        try:
            measure = self._ucum.measure(text)  # refuses what is too long to search
        except UcumError:
            return None
        return None if _DECIMAL.search(text) else measure

    def _problem(self, analyte: Analyte, text: str) -> UnitProblem:
        measure = self._measured(text)
        known, shown = _known(analyte), _shown(text)
        if measure is None or self._of_measure(analyte, text, measure) is not None:
            return UnitProblem("unit-unknown", f"'{shown}' is not a unit known for {analyte.label}; known: {known}")
        canonical = self._canonical[analyte.name].dimension
        kinds = self._properties.get(measure.dimension), self._properties.get(canonical)
        if measure.dimension == canonical or (None not in kinds and {*kinds} <= {"MCnc", "SCnc", "ACnc"}):
            detail = f"{analyte.label} in '{shown}' cannot be converted to {analyte.unit}; known: {known}"
            return UnitProblem("unit-not-convertible", detail)
        return UnitProblem("unit-dimension", f"{analyte.label} is not measured in '{shown}'; known: {known}")


def read_aliases(table: bytes) -> Aliases:
    """From `unit-aliases.csv`."""
    found: dict[str, list[Alias]] = {}
    for row in csv.DictReader(table.decode().splitlines()):
        analytes: frozenset[str] = frozenset() if row["analytes"] == "*" else frozenset(row["analytes"].split("|"))
        plain = normal(row["written"])
        for text in dict.fromkeys((row["written"], plain, small_litre(plain))):
            found.setdefault(row["ucum"], []).append(Alias(analytes, text, row["collision"] == "same factor"))
    return found


def small_litre(text: str) -> str:
    """The string as those write it who write litres small: `mU/l` for `mU/L`."""
    return _LITRE.sub(r"\1l", text)


def _other_ucum(ucum: str) -> tuple[str, ...]:
    """What UCUM itself allows beside: litres written small, and `[iU]` for `[IU]`."""
    both = (ucum, ucum.replace("[IU]", "[iU]"))
    return (*both, *map(small_litre, both))


def normal(text: str) -> str:
    """Compatibility characters folded, both micro signs as `u`, `10³` as `10^3`, no outer or doubled space."""
    if text.isascii():
        return " ".join(text.split())
    text = _POWER.sub(lambda found: "10^" + unicodedata.normalize("NFKC", found[1]), text)
    return " ".join(unicodedata.normalize("NFKC", text).replace("\u03bc", "u").split())


def _size(conversion: Conversion) -> tuple[Decimal, ...]:
    return conversion.multiply, conversion.divide, conversion.plus


def _contradiction(unit: str, code: str) -> UnitProblem:
    detail = f"unit says '{_shown(unit)}', code says '{_shown(code)}': they contradict each other"
    return UnitProblem("unit-not-convertible", detail)


@lru_cache(REMEMBERED)
def _conversion(factor: Fraction, ucum: str, crosses: bool) -> Conversion:
    return Conversion.by(factor, ucum, "ucum", crosses)


@lru_cache(REMEMBERED)
def _as_alias(conversion: Conversion) -> Conversion:
    return structs.replace(conversion, basis="alias")


def _usual(analytes: Iterable[Analyte], aliases: Aliases, ucum: Ucum) -> dict[str, Measure]:
    """The UCUM units that any analyte is written in."""
    listed = (unit for analyte in analytes for unit in analyte.written)
    return {unit: ucum.measure(unit) for unit in dict.fromkeys([*listed, *aliases])}


def _ways(canonical: Measure, bridges: Sequence[Bridge]) -> dict[Dimension, _Way]:
    """Every dimension from which the canonical unit can be reached, crossing as few bridges as possible."""
    ways: dict[Dimension, _Way] = {}
    for powers in sorted(product((0, 1, -1), repeat=len(bridges)), key=lambda powers: sum(map(abs, powers))):
        crossed = ONE
        for bridge, power in zip(bridges, powers, strict=True):
            crossed = crossed * bridge.ratio.to_the(power)
        crosses = any(bridge.crosses and power for bridge, power in zip(bridges, powers, strict=True))
        ways.setdefault((canonical / crossed).dimension, _Way(crossed.factor / canonical.factor, crosses))
    return ways


def _is_listed(analyte: Analyte, unit: str) -> bool:
    bare = unit.partition("{")[0]
    return unit in analyte.units or (bare != "" and bare in analyte.units)


def _known(analyte: Analyte) -> str:
    """The units a message offers: without the spellings of a plain number, unless there is nothing else."""
    telling = [unit for unit in analyte.written if unit != "1" and not unit.startswith("{")]
    return ", ".join(telling or analyte.units)


def _shown(text: str) -> str:
    """What a message may repeat of a chart's string."""
    printable = "".join(letter if letter.isprintable() else "?" for letter in text[: _SHOWN + 1])
    return printable if len(printable) <= _SHOWN else printable[: _SHOWN - 1] + "…"
