"""Everything the service knows about words: codes, analytes, units, drugs and conditions; it knows no patient."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation
from types import MappingProxyType

from terminology.analytes import Analyte, read_analytes
from terminology.conditions import Conditions
from terminology.conversion import Conversion, UnitProblem
from terminology.drugs import DrugMatch, Drugs
from terminology.loinc import LoincCode, read_loinc
from terminology.ucum import Ucum
from terminology.units import Units, read_aliases

__all__ = ["Analyte", "Conversion", "DrugMatch", "LoincCode", "UnitProblem", "Vocabulary"]


class Vocabulary:
    """The tables in force together, built once from their bytes."""

    def __init__(
        self,
        loinc: Mapping[str, LoincCode],
        analytes: Mapping[str, Analyte],
        units: Units,
        drugs: Drugs,
        conditions: Conditions,
    ) -> None:
        self.loinc: Mapping[str, LoincCode] = MappingProxyType(dict(loinc))
        self.analytes: Mapping[str, Analyte] = MappingProxyType(dict(analytes))
        self.laboratory_codes = tuple(code.code for code in loinc.values() if code.kind == "laboratory")
        self.context_codes = tuple(code.code for code in loinc.values() if code.kind == "context")
        self._units, self._drugs, self._conditions = units, drugs, conditions

    @classmethod
    def build(cls, files: Mapping[str, bytes]) -> Vocabulary:
        """From the files of `terminology/tables` by name; `atc.csv` and `snomed.csv` may be missing.

        Raises ValueError or KeyError when a table contradicts itself or another: the service must not start with it.
        """
        ucum = Ucum.read(files["ucum-essence.xml"])
        analytes = read_analytes(files["analytes.toml"], ucum)
        return cls(
            read_loinc(files["loinc.csv"]),
            analytes,
            Units(ucum, analytes, read_aliases(files["unit-aliases.csv"])),
            Drugs.read(files["drugs.toml"], files["rxnorm.csv"], files.get("atc.csv")),
            Conditions.read(files["icd-10.csv"], files.get("snomed.csv")),
        )

    def unit(self, analyte: str, unit: str | None, code: str | None, is_ucum: bool) -> Conversion | UnitProblem:
        """How a Quantity (`unit`, `code`, whether its system is UCUM) becomes the analyte's canonical unit."""
        return self._units.find(analyte, unit, code, is_ucum)

    def property_mismatch(self, code: str, conversion: Conversion) -> bool:
        """Whether the unit is of another kind (mass, moles, units) than the LOINC code says."""
        known, kind = self.loinc.get(code), self._units.property_of(conversion.ucum)
        return known is not None and kind is not None and known.property in _PROPERTIES and known.property != kind

    def quantity(self, analyte: str, text: str) -> Decimal:
        """A number with unit as protocol files write it ("54 %", "12 nmol/L"), in the canonical unit."""
        number, _, unit = text.strip().partition(" ")
        try:
            value = Decimal(number)
        except InvalidOperation:
            value = Decimal("NaN")
        if not value.is_finite():
            raise ValueError(f"'{text}': write a number, a space and a unit, for example '54 %'")
        found = self.unit(analyte, unit, unit, True)
        if isinstance(found, UnitProblem):
            raise ValueError(f"'{text}': {found.detail}")
        return found.apply(value)

    def drug(
        self, codings: Sequence[tuple[str, str, str]], texts: Sequence[str], about: Sequence[str] = ()
    ) -> DrugMatch | None:
        """The drug that codings (system, code, display) and free texts mean, or None.

        `about` (form, strength, dosage) may make its product and route precise, but never says which drug it is.
        """
        return self._drugs.match(codings, texts, about)

    def systemic(self, match: DrugMatch, route: str | None) -> bool | None:
        """Whether a drug acts in the whole body when given by this route; None when that is not known."""
        return self._drugs.systemic(match, route)

    def conditions(self, codings: Sequence[tuple[str, str]]) -> tuple[str, ...]:
        """The concepts that diagnosis or procedure codings (system, code) mean: "prostate-cancer", "vte" …"""
        return self._conditions.concepts(codings)


_PROPERTIES = frozenset({"MCnc", "SCnc", "ACnc", "CCnc", "NCnc"})
