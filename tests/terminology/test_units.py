"""For each analyte the unit a chart wrote is understood exactly, or refused with a reason a colleague can use."""

from __future__ import annotations

import csv
from decimal import Decimal
from time import process_time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.site.site import packaged_files
from terminology.analytes import molar_mass
from terminology.units.ucum import Ucum, UcumError
from terminology.units.units import read_aliases
from terminology.vocabulary import Conversion, UnitProblem, Vocabulary

TABLES = packaged_files("terminology.tables")
UCUM = Ucum.read(TABLES["ucum-essence.xml"])
VOCABULARY = Vocabulary.build(TABLES)
ALIASES = [
    pytest.param(row, id=f"{row['analytes'].partition('|')[0]} {row['written']}")
    for row in csv.DictReader(TABLES["unit-aliases.csv"].decode().splitlines())
]

TEXT = st.text(max_size=70)


def conversion(analyte: str, unit: str | None, code: str | None = None, is_ucum: bool = False) -> Conversion:
    found = VOCABULARY.unit(analyte, unit, code, is_ucum)
    assert isinstance(found, Conversion), found
    return found


def problem(analyte: str, unit: str | None, code: str | None = None, is_ucum: bool = False) -> UnitProblem:
    found = VOCABULARY.unit(analyte, unit, code, is_ucum)
    assert isinstance(found, UnitProblem), found
    return found


@pytest.mark.parametrize(
    ("analyte", "code", "value", "canonical"),
    [
        ("testosterone_total", "nmol/L", "1", "28.8431"),
        ("testosterone_total", "ng/mL", "5.2", "520"),
        ("testosterone_free", "pmol/L", "1", "0.288431"),
        ("estradiol", "pmol/L", "1", "0.272388"),
        ("hematocrit", "L/L", "0.545", "54.5"),
        ("hematocrit", "1", "0.54", "54"),
        ("hematocrit", "{ratio}", "0.54", "54"),
        ("hematocrit", "%{vol}", "54", "54"),
        ("hemoglobin", "g/L", "145", "14.5"),
        ("hemoglobin", "mmol/L", "10", "16.114"),
        ("lh", "[IU]/L", "4.2", "4.2"),
        ("tsh", "u[IU]/mL", "2.1", "2.1"),
        ("psa_total", "ug/L", "4.2", "4.2"),
        ("rt3", "nmol/L", "1", "65.097741"),
        ("ft4", "pmol/L", "1", "0.077687388"),
        ("ft3", "pmol/L", "1", "0.65097741"),
        ("cortisol", "nmol/L", "1", "0.0362466"),
        ("albumin", "g/dL", "4.3", "43"),
        ("potassium", "meq/L", "4.5", "4.5"),
        ("calcium", "meq/L", "2", "4.0078"),
        ("prolactin", "m[IU]/L", "212", "10"),
        ("creatinine", "umol/L", "1000", "11.312"),
        ("alt", "ukat/L", "1", "60"),
    ],
)
def test_a_declared_unit_converts_by_molar_mass_or_size(analyte: str, code: str, value: str, canonical: str) -> None:
    assert conversion(analyte, code, code, True).apply(Decimal(value)) == Decimal(canonical)


def test_moles_convert_by_the_formula_and_the_weights_alone() -> None:
    weights = {"C": Decimal("12.011"), "H": Decimal("1.008"), "O": Decimal("15.999")}
    assert molar_mass("C19H28O2", weights) == Decimal("288.431")
    assert VOCABULARY.analytes["testosterone_total"].molar_mass == Decimal("288.431")
    found = conversion("testosterone_total", "nmol/L", "nmol/L", True)
    assert (found.multiply, found.divide, found.crosses, found.basis) == (Decimal("28.8431"), Decimal(1), True, "ucum")


@pytest.mark.parametrize("formula", ["c19", "C19 H28", "19C", "C-1"])
def test_a_wrong_formula_stops_the_start(formula: str) -> None:
    with pytest.raises(ValueError, match="not a chemical formula"):
        molar_mass(formula, {"C": Decimal(12), "H": Decimal(1)})


@pytest.mark.parametrize(
    ("analyte", "unit", "code", "is_ucum", "ucum"),
    [
        ("tsh", "mcU/mL", "mcU/mL", True, "u[IU]/mL"),
        ("tsh", "mU/L", "mU/L", True, "m[IU]/L"),
        ("tsh", "uIU/mL", None, False, "u[IU]/mL"),
        ("tsh", "mcUI/mL", "mcUI/mL", True, "u[IU]/mL"),
        ("prolactin_monomeric", "mU/L", "mU/L", True, "m[IU]/L"),
        ("lh", "[iU]/L", None, False, "[IU]/L"),
        ("fsh", "m[iU]/mL", "m[iU]/mL", False, "m[IU]/mL"),
        ("alt", "[iU]/L", "[iU]/L", True, "U/L"),
        ("estradiol", "PG/ML", "PG/ML", True, "pg/mL"),
        ("wbc", "K/uL", "K/uL", True, "10*3/uL"),
        ("alt", "IU/L", "[IU]/L", True, "U/L"),
        ("lh", "mlU/mL", None, False, "m[IU]/mL"),
        ("estradiol", "  PG/ML ", None, False, "pg/mL"),
        ("testosterone_total", "ng/dL", "nanogram", False, "ng/dL"),
    ],
)
def test_a_human_string_is_understood_for_the_analyte_it_belongs_to(
    analyte: str, unit: str, code: str | None, is_ucum: bool, ucum: str
) -> None:
    assert conversion(analyte, unit, code, is_ucum).ucum == ucum


@pytest.mark.parametrize(
    ("unit", "code"),
    [
        ("mL/min/1.73", "mL/min/1.73"),
        (None, "mL/min/1.73"),
        ("mL/min/1.73 m2", "mL/min/1.73"),
        ("ml/min/1.73", None),
        ("mL/min/{1.73m2}", "mL/min/{1.73m2}"),
    ],
)
def test_a_body_surface_without_its_unit_is_no_factor(unit: str | None, code: str | None) -> None:
    """UCUM reads `1.73` as one times 73, which would make an eGFR of 25 one of 1825; nobody means that."""
    assert conversion("egfr", unit, code, code is not None).apply(Decimal(25)) == 25


@pytest.mark.parametrize("code", ["mL/min/1.73{m2}", "mL/min/1.74", "1.5.mL/min"])
def test_a_unit_with_a_decimal_point_in_it_is_not_computed(code: str) -> None:
    assert problem("egfr", code, code, True).reason == "unit-unknown"


@pytest.mark.parametrize("micro", ["\u00b5", "\u03bc", "u"])
def test_both_micro_signs_are_one(micro: str) -> None:
    assert conversion("dhea_s", f"{micro}g/dL").apply(Decimal(250)) == 250
    assert conversion("tsh", f"{micro}IU/mL").ucum == "u[IU]/mL"


def test_a_reading_says_whether_its_unit_was_proper_or_a_habit() -> None:
    assert conversion("estradiol", "pg/ml", "pg/ml", True).basis == "ucum"
    assert conversion("estradiol", "PG/ML", "PG/ML", True).basis == "alias"


@pytest.mark.parametrize(
    ("analyte", "unit", "code", "is_ucum", "reason"),
    [
        ("hematocrit", None, None, False, "unit-missing"),
        ("hematocrit", " ", "", True, "unit-missing"),
        ("hematocrit", "g/dL", "g/dL", True, "unit-dimension"),
        ("potassium", "K/uL", "K/uL", True, "unit-dimension"),
        ("testosterone_total", "m[IU]/L", "%", True, "unit-dimension"),
        ("pregnancy_status", "1", "1", True, "unit-dimension"),
        ("testosterone_total", "furlongs", None, False, "unit-unknown"),
        ("testosterone_total", "Mg/dL", None, False, "unit-unknown"),
        ("testosterone_total", "ng", "nng//dL", True, "unit-unknown"),
        ("shbg", "ug/dL", "ug/dL", True, "unit-not-convertible"),
        ("psa_total", "[IU]/L", "[IU]/L", True, "unit-not-convertible"),
        ("psa_total", "umol/L", "umol/L", True, "unit-not-convertible"),
        ("insulin", "pmol/L", "pmol/L", True, "unit-not-convertible"),
        ("testosterone_total", "[IU]/L", "[IU]/L", True, "unit-not-convertible"),
        ("hba1c", "mg/g", "mg/g", True, "unit-not-convertible"),
        ("ctx", "pmol/L", "pmol/L", True, "unit-not-convertible"),
        ("dietary_fibre", "g/L", "g/L", True, "unit-dimension"),
        ("igf1_zscore", "%", "%", True, "unit-not-convertible"),
    ],
)
def test_what_cannot_be_used_is_refused_with_its_reason(
    analyte: str, unit: str | None, code: str | None, is_ucum: bool, reason: str
) -> None:
    assert problem(analyte, unit, code, is_ucum).reason == reason


def test_a_code_that_is_a_unit_of_something_else_is_not_overruled_by_the_text_beside_it() -> None:
    """Rules are silent on a valid UCUM code contradicting `unit`; we refuse, since either may be the mistake."""
    assert problem("hematocrit", "%", "g/dL", True).reason == "unit-dimension"
    assert conversion("testosterone_total", "ng/dL", "1", True).ucum == "ng/dL"


@pytest.mark.parametrize(
    ("analyte", "unit", "code", "is_ucum"),
    [
        ("estradiol", "pmol/L", "pg/mL", True),
        ("estradiol", "pmol/L", "pg/mL", False),
        ("estradiol", "PMOL/L", "pg/ml", True),
        ("hematocrit", "%", "L/L", True),
        ("hematocrit", "%", "1", True),
        ("hematocrit", "ratio", "%", True),
        ("testosterone_total", "nmol/L", "ng/dL", True),
        ("testosterone_total", "ng/dL", "nmol/dL", True),
        ("testosterone_total", "mIU/L", "ng/dL", True),
        ("testosterone_total", "g/mL", "ng/dL", True),
        ("hematocrit", "mmol/L", "%", True),
        ("hemoglobin", "%", "g/dL", True),
        ("shbg", "ug/mL", "nmol/L", True),
        ("psa_total", "nmol/L", "ng/mL", True),
        ("hba1c", "mmol/mol", "%", True),
        ("tsh", "ng/mL", "m[IU]/L", True),
    ],
)
def test_a_unit_and_a_code_that_mean_different_amounts_contradict_each_other(
    analyte: str, unit: str, code: str, is_ucum: bool
) -> None:
    found = problem(analyte, unit, code, is_ucum)
    assert found.reason == "unit-not-convertible"
    assert found.detail == f"unit says '{unit}', code says '{code}': they contradict each other"


@pytest.mark.parametrize(
    ("analyte", "unit", "code"),
    [
        ("psa_total", "ng/mL", "ug/L"),
        ("hematocrit", "%", "%"),
        ("hematocrit", "Vol %", "%"),
        ("tsh", "mIU/L", "m[IU]/L"),
        ("tsh", "uIU/mL", "m[IU]/L"),
        ("prolactin", "ug/L", "ng/mL"),
        ("wbc", "K/uL", "10*9/L"),
        ("estradiol", "picograms", "pg/mL"),
        ("estradiol", "g/dL of urine", "pg/mL"),
        ("egfr", "mL/min/1.73_m2", "mL/min/{1.73_m2}"),
        ("audit_c_total", "{points}", "{score}"),
        ("inr", "INR", "{INR}"),
        ("tsi", "%", "%{basal_activity}"),
    ],
)
def test_a_unit_that_means_the_same_as_the_code_or_nothing_known_does_no_harm(
    analyte: str, unit: str, code: str
) -> None:
    assert conversion(analyte, unit, code, True) == conversion(analyte, code, code, True)


@pytest.mark.parametrize(
    ("analyte", "written", "ucum"),
    [
        ("tsh", "mU/l", "m[IU]/L"),
        ("insulin", "mU/l", "m[IU]/L"),
        ("lh", "U/l", "[IU]/L"),
        ("alt", "U/l", "U/L"),
        ("tpo_ab", "kU/l", "k[IU]/L"),
        ("wbc", "10^9/l", "10*9/L"),
        ("wbc", "10*9/l", "10*9/L"),
        ("wbc", "10³/µL", "10*3/uL"),
        ("rbc", "10¹²/l", "10*12/L"),
        ("egfr", "ml/min/1.73 m2", "mL/min/{1.73_m2}"),
        ("bmi", "kg/m²", "kg/m2"),
        ("inr", "INR", "{INR}"),
    ],
)
def test_small_litres_and_raised_powers_are_spellings(analyte: str, written: str, ucum: str) -> None:
    assert conversion(analyte, written).ucum == ucum


@pytest.mark.parametrize("text", ["Vol %", "vol %", "VOL %", "Vol%", "vol%", "VOL%"])
def test_hematocrit_in_volume_percent_is_percent(text: str) -> None:
    assert conversion("hematocrit", text).ucum == "%"


def test_a_refusal_names_what_would_have_worked() -> None:
    assert problem("hematocrit", "g/dL").detail == "hematocrit is not measured in 'g/dL'; known: %, L/L"


def test_a_refusal_repeats_little_of_the_chart() -> None:
    detail = problem("hematocrit", "<script>\n" + "x" * 500).detail
    assert len(detail) < 120
    assert "\n" not in detail


def test_no_alias_means_two_things_for_one_analyte() -> None:
    for analyte in VOCABULARY.analytes:
        sizes: dict[str, set[Decimal]] = {}
        for ucum, aliases in read_aliases(TABLES["unit-aliases.csv"]).items():
            found = VOCABULARY.unit(analyte, ucum, ucum, True)
            for alias in aliases:
                if isinstance(found, Conversion) and (not alias.analytes or analyte in alias.analytes):
                    sizes.setdefault(alias.written, set()).add(found.multiply / found.divide)
        assert not {text for text, size in sizes.items() if len(size) > 1}


@pytest.mark.parametrize("row", ALIASES)
def test_every_alias_is_understood_by_the_analytes_it_is_for(row: dict[str, str]) -> None:
    names = list(VOCABULARY.analytes) if row["analytes"] == "*" else row["analytes"].split("|")
    understood = {name: VOCABULARY.unit(name, row["written"], None, False) for name in names}
    as_meant = {name: VOCABULARY.unit(name, row["ucum"], row["ucum"], True) for name in names}
    usable = {name for name, found in as_meant.items() if isinstance(found, Conversion)}
    assert usable or row["analytes"] == "*"
    assert {name for name in names if isinstance(understood[name], Conversion)} == usable
    for name in usable:
        one, other = understood[name], as_meant[name]
        assert isinstance(one, Conversion)
        assert isinstance(other, Conversion)
        assert (one.multiply, one.divide) == (other.multiply, other.divide)


@pytest.mark.parametrize("row", ALIASES)
def test_the_alias_table_says_truly_how_ucum_reads_each_string(row: dict[str, str]) -> None:
    meant = UCUM.measure(row["ucum"])
    try:
        read = UCUM.measure(row["written"])
    except UcumError:
        assert row["collision"] == ""
        return
    differing = "FACTOR" if read.dimension == meant.dimension else "DIMENSION"
    collides = "same factor" if read == meant else f"DIFFERENT {differing} AS UCUM"
    assert row["collision"] in ("", collides)
    assert differing == "DIMENSION" or read == meant or row["analytes"] == "egfr"


# Human spellings that parse as UCUM, in another dimension: what they are meant as, and for which analyte.
COLLISIONS = [
    ("PG/ML", "pg/mL", "estradiol"),  # petagauss per megalitre
    ("MG/L", "mg/L", "crp"),  # megagauss
    ("PG", "pg", "mch"),
    ("K/uL", "10*3/uL", "platelets"),  # kelvin
    ("m/uL", "10*6/uL", "rbc"),  # metre
    ("G/L", "10*9/L", "wbc"),  # gauss
    ("T/L", "10*12/L", "rbc"),  # tesla
    ("mU/L", "m[IU]/L", "tsh"),  # enzyme units, here and below
    ("mU/mL", "m[IU]/mL", "lh"),
    ("uU/mL", "u[IU]/mL", "insulin"),
    ("uU/ML", "u[IU]/mL", "tsh"),
    ("U/L", "[IU]/L", "fsh"),
    ("U/mL", "[IU]/mL", "tpo_ab"),
    ("U/L", "[IU]/L", "trab"),
    ("kU/L", "k[IU]/L", "tg_ab"),
    ("T/L", "10*12/L", "rbc"),
]


@pytest.mark.parametrize(("written", "meant", "analyte"), COLLISIONS)
def test_a_spelling_that_ucum_reads_as_something_else_is_read_as_meant_or_refused(
    written: str, meant: str, analyte: str
) -> None:
    """By every analyte: as it is meant, in its own right where UCUM's reading fits (enzymes in U/L), or not at all."""
    for is_ucum in (True, False):
        assert conversion(analyte, written, written, is_ucum).ucum == meant
        for name, one in VOCABULARY.analytes.items():
            found = VOCABULARY.unit(name, written, written, is_ucum)
            if isinstance(found, UnitProblem):
                assert f"'{written}'" in found.detail
            elif found.basis == "ucum":
                assert UCUM.measure(written).dimension == UCUM.measure(one.unit).dimension
            else:
                as_meant = conversion(name, meant, meant, True)
                assert (found.multiply, found.divide) == (as_meant.multiply, as_meant.divide)


@pytest.mark.parametrize("name", VOCABULARY.analytes)
def test_every_unit_an_analyte_lists_converts_there_and_back(name: str) -> None:
    analyte = VOCABULARY.analytes[name]
    assert conversion(name, analyte.unit, analyte.unit, True).apply(Decimal("12.345")) == Decimal("12.345")
    for unit in analyte.units:
        found = conversion(name, unit, unit, True)
        assert found.undo(found.apply(Decimal("12.345"))) == Decimal("12.345")
        assert conversion(name, unit) == found


@pytest.mark.parametrize(
    ("left", "right"),
    [(("nmol/L", "18.03"), ("ng/mL", "5.2004109300")), (("ng/dL", "520"), ("ug/L", "5.2"))],
)
def test_one_amount_in_two_units_is_one_value(left: tuple[str, str], right: tuple[str, str]) -> None:
    values = {conversion("testosterone_total", unit).apply(Decimal(value)) for unit, value in (left, right)}
    assert len(values) == 1


@pytest.mark.parametrize(
    ("code", "unit", "mismatch"),
    [
        ("2986-8", "ng/dL", False),
        ("2986-8", "nmol/L", True),
        ("14913-8", "nmol/L", False),
        ("14913-8", "ng/dL", True),
        ("4544-3", "L/L", False),
        ("no code of ours", "ng/dL", False),
    ],
)
def test_a_unit_of_another_kind_than_the_code_says_is_noticed(code: str, unit: str, mismatch: bool) -> None:
    analyte = "hematocrit" if code == "4544-3" else "testosterone_total"
    assert VOCABULARY.property_mismatch(code, conversion(analyte, unit)) is mismatch


def test_prolactin_in_units_under_a_mass_code_is_noticed() -> None:
    assert VOCABULARY.property_mismatch("15081-3", conversion("prolactin", "ng/mL"))


@pytest.mark.parametrize(
    ("analyte", "text", "canonical"),
    [("hematocrit", "54 %", "54"), ("testosterone_total", "12 nmol/L", "346.1172"), ("hematocrit", "0.54 L/L", "54")],
)
def test_protocol_files_write_numbers_with_units(analyte: str, text: str, canonical: str) -> None:
    assert VOCABULARY.quantity(analyte, text) == Decimal(canonical)


@pytest.mark.parametrize("text", ["", "54", "54 g/dL", "% 54", "NaN %", "Infinity %", "5O %", "54%"])
def test_a_number_without_its_unit_stops_the_start(text: str) -> None:
    with pytest.raises(ValueError, match=r"known|write a number"):
        VOCABULARY.quantity("hematocrit", text)


@settings(max_examples=100, deadline=None)
@given(
    st.sampled_from(sorted(VOCABULARY.analytes)), st.text(max_size=70), st.none() | st.text(max_size=70), st.booleans()
)
def test_any_string_is_a_conversion_or_a_problem(analyte: str, unit: str, code: str | None, is_ucum: bool) -> None:
    assert isinstance(VOCABULARY.unit(analyte, unit, code, is_ucum), Conversion | UnitProblem)


def test_a_long_string_is_refused_before_it_is_searched() -> None:
    began = process_time()
    assert problem("hematocrit", "1.1" * 20_000 + "}", "1.1" * 20_000 + "}", True).reason == "unit-unknown"
    assert process_time() - began < 0.5
