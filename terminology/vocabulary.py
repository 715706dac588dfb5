"""Everything the service knows about words: codes, analytes, units, drugs and conditions; it knows no patient."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation
from types import MappingProxyType

from terminology.analytes import Analyte, read_analytes
from terminology.conditions import Conditions, Diagnosis
from terminology.drugs.drugs import DrugMatch, Drugs
from terminology.drugs.formulary import Drug
from terminology.listing import Listing, read_listings
from terminology.local.code_map import CodeMap, LocalCodes, MappedCode
from terminology.loinc import LoincCode, read_loinc
from terminology.names import Names
from terminology.required_codes import RequiredCodes, read_required_codes
from terminology.units.conversion import Conversion, UnitProblem
from terminology.units.ucum import Ucum, UcumError
from terminology.units.units import Units, read_aliases

__all__ = [
    "Analyte",
    "CodeMap",
    "Conversion",
    "Diagnosis",
    "DrugMatch",
    "LoincCode",
    "MappedCode",
    "UnitProblem",
    "Vocabulary",
]


NO_MAP = CodeMap()
_MOST_EXPONENT = 30  # no number of medicine is larger, or smaller, by more powers of ten


class Vocabulary:
    """The tables in force together, built once from their bytes; `local` are the site's own codes laid over them."""

    def __init__(
        self,
        loinc: Mapping[str, LoincCode],
        analytes: Mapping[str, Analyte],
        names: Names,
        ucum: Ucum,
        units: Units,
        drugs: Drugs,
        conditions: Conditions,
        listed: Mapping[str, Listing],
        code_map: CodeMap = NO_MAP,
        required_codes: RequiredCodes = MappingProxyType({}),
    ) -> None:
        self.loinc: Mapping[str, LoincCode] = MappingProxyType(dict(loinc))
        self.analytes: Mapping[str, Analyte] = MappingProxyType(dict(analytes))
        self.laboratory_codes = tuple(code.code for code in loinc.values() if code.kind == "laboratory")
        self.context_codes = tuple(code.code for code in loinc.values() if code.kind == "context")
        self.names = names
        self.listed = MappingProxyType(dict(listed))  # by code system
        self.required_codes = required_codes
        self.local = LocalCodes(code_map, self.loinc)
        self._ucum, self._units, self._drugs, self._conditions = ucum, units, drugs, conditions

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
            Names.read(files["analyte-names.csv"], analytes),
            ucum,
            Units(ucum, analytes, read_aliases(files["unit-aliases.csv"])),
            Drugs.read(files["drugs.toml"], files["rxnorm.csv"], files.get("atc.csv")),
            Conditions.read(files["icd-10.csv"], files.get("snomed.csv"), files["operation-names.csv"]),
            read_listings(files),
            required_codes=read_required_codes(files["required-codes.csv"]),
        )

    def with_map(self, code_map: CodeMap) -> Vocabulary:
        """The same tables with a site's codes laid over them, in place of any map laid before.

        A row never changes what a table says; one whose target is not known here is not used.
        """
        return Vocabulary(
            self.loinc,
            self.analytes,
            self.names,
            self._ucum,
            self._units.with_local(code_map.of("unit")),
            self._drugs.with_local(code_map.of("drug"), code_map.version),
            self._conditions,
            self.listed,
            code_map,
            self.required_codes,
        )

    @property
    def ingredients(self) -> Mapping[str, Drug]:
        """The drugs known by name."""
        return self._drugs.ingredients

    def is_ucum(self, text: str) -> bool:
        """Whether a string is a UCUM unit."""
        try:
            return self._ucum.measure(text).factor > 0
        except UcumError:
            return False

    def is_drug(self, target: str) -> bool:
        """Whether the target of a drug's row is known here: a drug by name, or an RxNorm code."""
        return self._drugs.knows(target)

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
        if not value.is_finite() or abs(value.adjusted()) > _MOST_EXPONENT:
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

    def route(self, match: DrugMatch, stated: str) -> str | None:
        """The route stated for a drug, or its own where product or form exclude that one."""
        return self._drugs.route(match, stated)

    def united(self, matches: Sequence[DrugMatch]) -> DrugMatch | None:
        """The ingredients of one product as one drug: the first leads, all of them are in it."""
        return self._drugs.united(matches)

    def systemic(self, match: DrugMatch, route: str | None) -> bool | None:
        """Whether a drug acts in the whole body when given by this route; None when that is not known."""
        return self._drugs.systemic(match, route)

    def conditions(self, codings: Sequence[tuple[str, str]]) -> tuple[str, ...]:
        """The concepts that diagnosis or procedure codings (system, code) mean: "prostate-cancer", "vte" …"""
        return self._conditions.concepts(codings)

    def operation(self, texts: Sequence[str]) -> tuple[str, ...]:
        """The concepts of an operation that takes a whole organ, by its whole name, where no code tells them."""
        return self._conditions.operation(texts)

    def diagnosis_named(self, text: str) -> tuple[str, ...]:
        """The concepts of a diagnosis that is written in these very words."""
        return self._conditions.named(text)

    def diagnosis_anywhere(self, code: str) -> tuple[str, ...]:
        """The concepts of a diagnosis code of which nobody says what system it is from."""
        return self._conditions.anywhere(code)

    def diagnosis(self, system: str, code: str) -> Diagnosis:
        """What one diagnosis or procedure code means, and how sure it says it is."""
        return self._conditions.diagnosis(system, code)


_PROPERTIES = frozenset({"MCnc", "SCnc", "ACnc", "CCnc", "NCnc"})
