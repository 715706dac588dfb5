"""The analytes: what they are called, the unit they are judged in, and what bridges moles, equivalents and mass."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

from terminology.units.ucum import Measure, Ucum

_ATOM = re.compile(r"([A-Z][a-z]?)(\d*)")


@dataclass(frozen=True, slots=True)
class Bridge:
    """How much of one dimension there is in another, for one analyte: grams per mole, equivalents per mole …"""

    ratio: Measure
    crosses: bool  # between mass and moles, or international units and mass


@dataclass(frozen=True, slots=True)
class Equation:
    """A line between two scales of one analyte: canonical = times * reported in `unit` + plus."""

    unit: str
    times: Decimal
    plus: Decimal


@dataclass(frozen=True, slots=True)
class Analyte:
    """Something measured. `units` are the UCUM units laboratories write, the canonical `unit` first."""

    name: str
    label: str  # as clinicians say it: "total testosterone"
    unit: str
    decimals: int  # usually printed, in the canonical unit
    units: tuple[str, ...]
    molar_mass: Decimal | None  # g/mol, where moles may be converted
    bridges: tuple[Bridge, ...]
    equation: Equation | None = None

    @property
    def written(self) -> tuple[str, ...]:
        """Every unit laboratories write: also that of another scale, which an equation turns into this one."""
        return self.units if self.equation is None else (*self.units, self.equation.unit)

    @property
    def si(self) -> str:
        """The unit of laboratories that report per litre: that of the other scale, else the first one per litre."""
        if self.equation is not None:
            return self.equation.unit
        return next((unit for unit in self.units if unit.endswith("/L")), self.unit)


def read_analytes(table: bytes, ucum: Ucum) -> dict[str, Analyte]:
    """From `analytes.toml`; raises when a unit or a formula there is wrong."""
    content = tomllib.loads(table.decode(), parse_float=Decimal)
    return {name: _analyte(name, row, content["weights"], ucum) for name, row in content["analytes"].items()}


def molar_mass(formula: str, weights: Mapping[str, Decimal]) -> Decimal:
    """Grams per mole of a formula such as `C19H28O2`."""
    atoms = _ATOM.findall(formula)
    if "".join(element + count for element, count in atoms) != formula:
        raise ValueError(f"'{formula}' is not a chemical formula")
    return sum((weights[element] * int(count or 1) for element, count in atoms), Decimal(0))


def _analyte(name: str, row: Mapping[str, Any], weights: Mapping[str, Decimal], ucum: Ucum) -> Analyte:
    mass = molar_mass(row["formula"], weights) if "formula" in row else _number(row.get("molar"))
    return Analyte(
        name=name,
        label=row["label"],
        unit=row["unit"],
        decimals=row["decimals"],
        units=(row["unit"], *row["units"]),
        molar_mass=mass,
        bridges=tuple(_bridges(row, mass, ucum)),
        equation=Equation(**row["equation"]) if "equation" in row else None,
    )


def _bridges(row: Mapping[str, Any], mass: Decimal | None, ucum: Ucum) -> list[Bridge]:
    bridges = []
    if mass is not None:
        bridges.append(Bridge(_amount(mass, "g/mol", ucum), crosses=True))
    if "charge" in row:
        bridges.append(Bridge(_amount(row["charge"], "eq/mol", ucum), crosses=False))
    if "equals" in row:
        bridges.append(
            Bridge(_quantity(row["equals"]["is"], ucum) / _quantity(row["equals"]["of"], ucum), crosses=True)
        )
    return bridges


def _quantity(text: str, ucum: Ucum) -> Measure:
    number, unit = text.split()
    return _amount(Decimal(number), unit, ucum)


def _amount(number: Decimal | int, unit: str, ucum: Ucum) -> Measure:
    return Measure(Fraction(number)) * ucum.measure(unit)


def _number(value: int | Decimal | None) -> Decimal | None:
    return Decimal(value) if value is not None else None
