"""Every factor is that of the formula, of published tables and of the way back; what must not convert is refused."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from itertools import permutations
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from service.site.site import packaged_files
from terminology.analytes import read_analytes
from terminology.units.ucum import Measure, Ucum
from terminology.units.units import Units, read_aliases
from terminology.vocabulary import Conversion, UnitProblem, Vocabulary

TABLES = packaged_files("terminology.tables")
UCUM = Ucum.read(TABLES["ucum-essence.xml"])
VOCABULARY = Vocabulary.build(TABLES)
ANALYTES = VOCABULARY.analytes
WRITTEN = tomllib.loads(TABLES["analytes.toml"].decode())["analytes"]
PUBLISHED: dict[str, Any] = tomllib.loads(Path(__file__).with_name("published.toml").read_text(encoding="utf-8"))

# What a test can tell of a unit without the kernel: the power of ten of its prefix and of its volume, and its kind.
TENS = {"": 0, "k": 3, "d": -1, "m": -3, "u": -6, "n": -9, "p": -12}
MASS = {f"{prefix}g": TENS[prefix] for prefix in ("", "m", "u", "n", "p")}
MOLES = {f"{prefix}mol": TENS[prefix] for prefix in ("", "m", "u", "n", "p")}
EQUIVALENTS = {f"{prefix}eq": TENS[prefix] for prefix in ("", "m")}
INTERNATIONAL = {f"{prefix}[IU]": TENS[prefix] for prefix in ("", "k", "m", "u")}
VOLUMES = {"L": 0, "dL": -1, "mL": -3}
KINDS = {"mass": MASS, "moles": MOLES, "equivalents": EQUIVALENTS, "international": INTERNATIONAL}
CONCENTRATIONS = {
    f"{amount}/{volume}": (kind, Fraction(10) ** (power - VOLUMES[volume]))
    for kind, amounts in KINDS.items()
    for amount, power in amounts.items()
    for volume in VOLUMES
}
ARBITRARY = {
    node.attrib["Code"]
    for node in ElementTree.fromstring(TABLES["ucum-essence.xml"]).iter()
    if node.get("isArbitrary") == "yes"
}
TYPED = [name for name, analyte in ANALYTES.items() if analyte.unit in CONCENTRATIONS]


def factor(analyte: str, unit: str) -> Fraction | None:
    """How many canonical units one `unit` is, exactly; None where it is refused."""
    found = VOCABULARY.unit(analyte, unit, unit, True)
    return Fraction(found.multiply) / Fraction(found.divide) if isinstance(found, Conversion) else None


def between(analyte: str, source: str, target: str) -> Fraction:
    """How many `target` one `source` is."""
    first, second = factor(analyte, source), factor(analyte, target)
    assert first is not None
    assert second is not None
    return first / second


def units_in(canonical: dict[str, str]) -> Units:
    """The tables with another canonical unit for some analytes."""
    analytes = read_analytes(TABLES["analytes.toml"], UCUM)
    turned = {
        name: replace(analytes[name], unit=unit, units=(unit, *analytes[name].units))
        for name, unit in canonical.items()
    }
    return Units(UCUM, {**analytes, **turned}, read_aliases(TABLES["unit-aliases.csv"]))


def grams_per_mole(analyte: str) -> Fraction | None:
    """From the atoms and weights written beside these tests."""
    if analyte in PUBLISHED["conventions"]:
        return Fraction(PUBLISHED["conventions"][analyte])
    atoms = PUBLISHED["atoms"].get(analyte)
    if atoms is None:
        return None
    return sum((Fraction(PUBLISHED["weights"][element]) * count for element, count in atoms.items()), Fraction(0))


def base_amount(analyte: str, unit: str) -> Fraction | None:
    """Grams in a litre of a unit, by molar mass, charge or standard; None where nothing says how many."""
    kind, size = CONCENTRATIONS[unit]
    mass = grams_per_mole(analyte)
    charge = WRITTEN[analyte].get("charge")
    if kind == "mass":
        return size
    if kind == "moles" and mass is not None:
        return size * mass
    if kind == "equivalents" and charge is not None and mass is not None:
        return size * mass / charge
    standard = PUBLISHED["standards"].get(analyte)
    return size * Fraction(1, 1000) / Fraction(standard) if kind == "international" and standard is not None else None


def test_there_and_back_is_exactly_one() -> None:
    """The way back is built anew, with the other unit as the canonical one."""
    most = max(len(analyte.units) for analyte in ANALYTES.values())
    seen = 0
    for place in range(1, most):
        turned = {name: analyte.units[place] for name, analyte in ANALYTES.items() if place < len(analyte.units)}
        back = units_in(turned)
        for name, unit in turned.items():
            there = factor(name, unit)
            found = back.find(name, ANALYTES[name].unit, ANALYTES[name].unit, True)
            assert isinstance(found, Conversion), (name, unit)
            assert there is not None
            assert there * Fraction(found.multiply) / Fraction(found.divide) == 1, (name, unit)
            seen += 1
    assert seen == sum(len(analyte.units) - 1 for analyte in ANALYTES.values())


@pytest.mark.parametrize("name", TYPED)
def test_every_concentration_converts_as_its_formula_says_or_not_at_all(name: str) -> None:
    """Each prefix and volume of mass, moles, equivalents and international units, against weights typed in the test."""
    own = CONCENTRATIONS[ANALYTES[name].unit]
    for unit, (kind, size) in CONCENTRATIONS.items():
        one, canonical = base_amount(name, unit), base_amount(name, ANALYTES[name].unit)
        expected = size / own[1] if kind == own[0] else one / canonical if one and canonical else None
        assert factor(name, unit) == expected, unit


def test_the_test_weighs_every_analyte_that_the_tables_convert_by_mass() -> None:
    by_mass = {name for name, row in WRITTEN.items() if "formula" in row or "molar" in row}
    assert by_mass == PUBLISHED["atoms"].keys() | PUBLISHED["conventions"].keys()
    assert {name for name, row in WRITTEN.items() if "equals" in row} == PUBLISHED["standards"].keys()
    for name in by_mass:
        mass = ANALYTES[name].molar_mass
        assert mass is not None
        assert Fraction(mass) == grams_per_mole(name)


@pytest.mark.parametrize("row", PUBLISHED["factor"], ids=lambda row: f"{row['analyte']} {row['from']}")
def test_factors_are_the_published_ones(row: dict[str, str]) -> None:
    exact = between(row["analyte"], row["from"], row["to"])
    assert rounds_to(exact, row["factor"])
    assert rounds_to(1 / exact, row.get("inverse", str(float(1 / exact))))
    if "molar" in row:
        assert rounds_to(Fraction(ANALYTES[row["analyte"]].molar_mass or 0), row["molar"])
    if "nlm" in row:
        assert abs(Fraction(row["nlm"]) / Fraction(row["molar"]) - 1) < Fraction(1, 10_000)


def rounds_to(exact: Fraction, written: str) -> bool:
    """Whether a value is what was written, within half of its last digit."""
    return abs(exact - Fraction(written)) <= Fraction(10) ** int(Decimal(written).as_tuple().exponent) / 2


@pytest.mark.parametrize(
    ("analyte", "unit"),
    [
        *(("shbg", unit) for unit in ("ug/dL", "mg/L", "ng/mL")),
        *(("ctx", unit) for unit in ("pmol/L", "nmol/L")),
        *(("psa_total", unit) for unit in ("nmol/L", "pmol/L", "[IU]/L", "m[IU]/mL", "U/L")),
        *(("insulin", unit) for unit in ("pmol/L", "nmol/L", "ng/mL")),
        *((hormone, unit) for hormone in ("tsh", "lh", "fsh", "hcg_quant") for unit in ("ng/mL", "nmol/L", "/L", "1")),
        *(("growth_hormone", unit) for unit in ("m[IU]/L", "u[IU]/mL")),
        *(("osteocalcin", unit) for unit in ("nmol/L", "pmol/L")),
        ("lpa", "nmol/L"),
    ],
)
def test_what_depends_on_the_assay_is_refused(analyte: str, unit: str) -> None:
    found = VOCABULARY.unit(analyte, unit, unit, True)
    assert isinstance(found, UnitProblem)
    assert found.reason in ("unit-not-convertible", "unit-dimension")


def test_an_arbitrary_unit_is_alike_to_nothing_but_itself() -> None:
    """UCUM has 45 of them; two are spellings of one another."""
    units = {code: UCUM.measure(code) for code in sorted(ARBITRARY)}
    plain = [UCUM.measure(unit) for unit in ("1", "%", "10*3", "mol", "g", "eq", "osm", "m3", "kat", "Cel")]
    alike = {(one, other) for one, other in permutations(units, 2) if units[one].dimension == units[other].dimension}
    assert alike == {("[IU]", "[iU]"), ("[iU]", "[IU]")}
    for code, measure in units.items():
        assert all(measure.dimension != other.dimension for other in plain), code
        assert all(per_litre(measure).dimension != per_litre(other).dimension for other in plain), code


def per_litre(measure: Measure) -> Measure:
    return measure / UCUM.measure("L")


def test_no_analyte_takes_an_arbitrary_unit_but_its_own() -> None:
    """Enzymes are counted in U, which laboratories also spell IU: a spelling of theirs, not a conversion."""
    found = {name: VOCABULARY.unit(name, "[IU]/L", "[IU]/L", True) for name in ANALYTES}
    basis = {name: one.basis for name, one in found.items() if isinstance(one, Conversion)}
    own = ["lh", "fsh", "hcg_quant", "tsh", "insulin", "tpo_ab", "tg_ab", "trab", "prolactin", "prolactin_monomeric"]
    enzymes = ["alt", "ast", "alp", "bone_alp", "ggt"]
    assert basis == dict.fromkeys(own, "ucum") | dict.fromkeys(enzymes, "alias")
    for code in ARBITRARY - {"[IU]", "[iU]"}:
        for unit in (code, f"{code}/L", f"{code}/mL"):
            assert not [name for name in ANALYTES if factor(name, unit) is not None], unit


def test_a_mole_is_never_a_number_of_particles() -> None:
    for name, analyte in ANALYTES.items():
        counted = UCUM.measure(analyte.unit).dimension in (UCUM.measure("/L").dimension, UCUM.measure("1").dimension)
        molar = [unit for unit in ("mol", "mol/L", "mmol/L", "nmol/mL", "eq/L", "osm/L") if factor(name, unit)]
        assert not (counted and molar), (name, molar)
        assert factor(name, "/L") is None or not factor(name, "nmol/L"), name
