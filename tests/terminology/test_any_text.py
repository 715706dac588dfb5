"""Whatever a chart writes as a unit: one kind of error, one kind of answer, and no more work than its length allows."""

from __future__ import annotations

import sys
from fractions import Fraction
from types import FrameType
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.site.site import packaged_files
from terminology.units.ucum import HIGHEST, LONGEST, Ucum, UcumError
from terminology.vocabulary import Conversion, UnitProblem, Vocabulary

TABLES = packaged_files("terminology.tables")
UCUM = Ucum.read(TABLES["ucum-essence.xml"])
VOCABULARY = Vocabulary.build(TABLES)
CALLS_A_LETTER = 20  # function calls for each character of a unit, at most
LARGEST = 2**18  # bits of a factor, at most: sixteen times `Ym99`
REASONS = {"unit-missing", "unit-unknown", "unit-dimension", "unit-not-convertible"}

_CODES = [node.attrib["Code"] for node in ElementTree.fromstring(TABLES["ucum-essence.xml"]).iter() if node.get("Code")]
for _code in _CODES:  # what an atom stands for is worked out once; the tests count what is left
    try:
        UCUM.measure(_code)
    except UcumError:  # a prefix
        assert len(_code) <= 2, _code

ODD = [
    "\u00b5",
    "\u03bc",
    "\u2212",
    "\u00b2",
    "\u0663",
    "\u200b",
    "\u00a0",
    "\x00",
    "\n",
    "\ud800",
    "İ",
    "ß",
    "＜",
    " ",
]
WRITTEN = sorted({text for _, text in VOCABULARY._units._table})
# The grammar's own pieces in any order: nearly units, and now and then one.
PIECE = st.sampled_from(
    [
        *_CODES,
        *WRITTEN,
        *("/", ".", "(", ")", "{", "}", "[", "]", "{a}", "//", "..", "()", "*", "^", "+", "-", "10*", "10^", "%"),
        *("0", "1", "2", "-1", "+3", "99", "-99", "100", "-999999999", "00012", "1e400", "NaN"),
        *ODD,
    ]
)
NEARLY = st.lists(PIECE, max_size=24).map("".join)
# A unit as somebody may spell it: other case, doubled, cut short, with a stranger inside.
SPOILED = st.builds(
    lambda text, change, other, place: change(text, other, place % (len(text) + 1)),
    st.sampled_from(WRITTEN),
    st.sampled_from(
        [
            lambda text, other, at: text.swapcase(),
            lambda text, other, at: text + text,
            lambda text, other, at: text[:at] + other + text[at:],
            lambda text, other, at: text[:at] + text[at + 1 :],
            lambda text, other, at: text.translate(str.maketrans("IluU", "lIUu")),
        ]
    ),
    st.text(max_size=2) | PIECE,
    st.integers(0, 80),
)
ANY = st.text(max_size=LONGEST + 6) | NEARLY | SPOILED
WORST = [
    *("(" * 31 + "m" + ")" * 31, "(" * LONGEST, ")" * LONGEST, "m" * LONGEST, "." * LONGEST, "/" * LONGEST),
    *("m." * 31 + "m", "/m" * 32, "{}" * 32, "{" * LONGEST, "[" * LONGEST, "[" + "m" * 62 + "]", "9" * LONGEST),
    *("10*" * 21, "m" + "-" * 63, "m" + "9" * 63, "da" * 32, "a+" * 32, "a1" * 32, "m" + "1" * 60 + "+99"),
    *(f"Ym{HIGHEST}." * 12 + "Ym99", "/".join(["[ly]-99"] * 8), "/".join(["(Ym99)"] * 9), "%" * LONGEST),
]


@pytest.fixture
def counted() -> Any:
    """Counts the calls of Python functions that a piece of work takes."""

    def count(work: Any) -> int:
        calls = 0

        def note(frame: FrameType, event: str, argument: object) -> None:
            nonlocal calls
            calls += event == "call"

        before = sys.getprofile()
        sys.setprofile(note)
        try:
            work()
        finally:
            sys.setprofile(before)
        return calls

    return count


def measured(text: str) -> Fraction | None:
    """The factor, or None when it is no unit; anything else that is raised fails the test."""
    try:
        return UCUM.measure(text).factor
    except UcumError:
        return None


def bounded(factor: Fraction | None) -> bool:
    """No unit, or one whose factor is a positive number of moderate size."""
    if factor is None:
        return True
    return factor > 0 and factor.numerator.bit_length() + factor.denominator.bit_length() < LARGEST


@settings(max_examples=600, deadline=None)
@given(ANY)
def test_any_text_is_a_unit_of_bounded_size_or_one_kind_of_error(text: str) -> None:
    assert bounded(measured(text))


@settings(max_examples=600, deadline=None)
@given(st.sampled_from(sorted(VOCABULARY.analytes)), ANY | st.none(), ANY | st.none(), st.booleans())
def test_any_text_is_a_conversion_or_a_problem_with_a_reason(
    analyte: str, unit: str | None, code: str | None, is_ucum: bool
) -> None:
    found = VOCABULARY.unit(analyte, unit, code, is_ucum)
    if isinstance(found, Conversion):
        assert found.multiply > 0
        assert found.divide > 0
        assert measured(found.ucum) is not None
    else:
        assert isinstance(found, UnitProblem)
        assert found.reason in REASONS
        assert found.detail.isprintable()
        assert len(found.detail) < 250


@pytest.mark.parametrize("text", WORST, ids=lambda text: f"{text[:12]} {len(text)}")
def test_the_worst_strings_take_work_in_proportion_to_their_length(text: str, counted: Any) -> None:
    assert bounded(measured(text))
    assert counted(lambda: measured(text)) <= CALLS_A_LETTER * len(text)


def test_a_string_too_long_is_refused_unread(counted: Any) -> None:
    for text in ("m." * 5_000_000, "(" * 10_000_000, "µ" * 10_000_000):
        assert counted(lambda text=text: measured(text)) < 10
        assert measured(text) is None


def test_unlike_strings_without_end_fill_no_memory() -> None:
    """What no table holds is remembered, but not for ever."""
    for number in range(6000):
        VOCABULARY.unit("estradiol", f"pg/mL{{{number}}}", None, False)
    remembered = VOCABULARY._units._read.cache_info()
    assert remembered.currsize <= remembered.maxsize == 4096


def test_strings_longer_than_any_unit_are_not_remembered() -> None:
    """Thousands of remembered megabytes would end the process."""
    fresh = Vocabulary.build(TABLES)
    for long in ("x" * 300, "ng/dL" + " " * 300, "\u00b5" * 100_000):
        for unit, code in ((long, None), (None, long), ("ng/dL", long), (long, "ng/dL")):
            fresh.unit("testosterone_total", unit, code, True)
    assert fresh._units._read.cache_info().currsize == 0
    assert isinstance(fresh.unit("testosterone_total", "ng/dL" + " " * 300, None, False), Conversion)


def test_the_answer_does_not_depend_on_what_was_asked_before() -> None:
    """Neither the order of questions nor what was remembered changes an answer."""
    fresh = Vocabulary.build(TABLES)
    asked = [(name, text) for name in sorted(fresh.analytes)[::7] for text in WRITTEN[::5]]
    first = {pair: fresh.unit(*pair, None, False) for pair in asked}
    assert {pair: VOCABULARY.unit(*pair, None, False) for pair in reversed(asked)} == first
