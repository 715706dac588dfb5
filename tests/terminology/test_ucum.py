"""UCUM units are measured exactly, and a string that is none says so in one way."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.site.site import packaged_files
from terminology.units.ucum import HIGHEST, LONGEST, Ucum, UcumError

UCUM = Ucum.read(packaged_files("terminology.tables")["ucum-essence.xml"])


@pytest.mark.parametrize(
    ("left", "right", "factor"),
    [
        ("m[IU]/mL", "[IU]/L", "1"),
        ("u[IU]/mL", "m[IU]/L", "1"),
        ("[IU]/L", "[iU]/L", "1"),
        ("10*3/uL", "10*9/L", "1"),
        ("10^3/uL", "10*9/L", "1"),
        ("10*-2", "%", "1"),
        ("ng/dL", "pg/mL", "10"),
        ("ug/L", "ng/mL", "1"),
        ("L/L", "%", "100"),
        ("mm[Hg]", "kPa", "0.133322"),
        ("[lb_av]", "kg", "0.45359237"),
        ("[in_i]", "cm", "2.54"),
        ("ukat/L", "U/L", "60"),
        ("ug/(24.h)", "ug/d", "1"),
        ("g/(8.h){shift}", "g/(8.h)", "1"),
        ("mg/dL{creat}", "mg/dL", "1"),
        ("mL/min/{1.73_m2}", "mL/min", "1"),
        ("{ratio}", "1", "1"),
        ("/min", "{beats}/min", "1"),
        ("kg/m2", "kg.m-2", "1"),
    ],
)
def test_alike_units_differ_by_an_exact_factor(left: str, right: str, factor: str) -> None:
    one, other = UCUM.measure(left), UCUM.measure(right)
    assert one.dimension == other.dimension
    assert one.factor / other.factor == Fraction(factor)


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("[IU]", "1"),
        ("[IU]", "[arb'U]"),
        ("[IU]/L", "U/L"),
        ("mmol/L", "/L"),
        ("meq/L", "mmol/L"),
        ("mosm/L", "mmol/L"),
        ("K/uL", "10*3/uL"),
        ("PG/ML", "pg/mL"),
        ("MG/L", "mg/L"),
        ("G/L", "g/L"),
        ("Cel", "K"),
        ("[pH]", "1"),
    ],
)
def test_unlike_units_are_of_different_dimension(left: str, right: str) -> None:
    assert UCUM.measure(left).dimension != UCUM.measure(right).dimension


@pytest.mark.parametrize(
    "text",
    [
        *("", " ", "0", "/0", "10+3/uL", "mcg/dL", "uIU/mL", "ng/dL ", "ng / dL", "m//s", "m.", ".m", "/", "(m", "m)"),
        *("mg{a}2", "{a", "a}", "{a}{b}", "m{µ}", "µg/dL", "m٣", "٣", "cm-999999999", f"m{HIGHEST + 1}", "k" * 65),
        *("kmin", "k[in_i]", "m%", "mg{\x07}", "mg{a{b}", "{{}", "mg{a\nb}"),
        *("(" * LONGEST, "[IU", "IU]", "kk", "dag[IU]]", "()", "1/(", "--1", "10**"),
    ],
)
def test_what_is_no_unit_is_refused(text: str) -> None:
    with pytest.raises(UcumError):
        UCUM.measure(text)


@settings(max_examples=150, deadline=None)
@given(st.text(alphabet="mgLIUdnpu[]{}()./*^+-0123456789'%\u00b5 ", max_size=LONGEST + 2))
def test_hostile_strings_raise_nothing_but_ucum_errors(text: str) -> None:
    try:
        measured = UCUM.measure(text)
    except UcumError:
        return
    assert measured.factor > 0


@pytest.mark.parametrize(
    "text", [f"Ym{HIGHEST}.Ym{HIGHEST}.Ym{HIGHEST}", f"[ly]{HIGHEST}/[ly]-{HIGHEST}", "(" * 31 + "m" + ")" * 31]
)
def test_the_largest_units_stay_small_work(text: str) -> None:
    assert UCUM.measure(text).factor > 0
