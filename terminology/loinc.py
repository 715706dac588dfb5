"""The closed registry of LOINC codes the service understands; whatever it lacks is unmapped, never guessed."""

from __future__ import annotations

import csv
from dataclasses import dataclass

SYSTEMS = frozenset(  # what charts write for LOINC
    {"http://loinc.org", "http://loinc.org/", "https://loinc.org", "urn:oid:2.16.840.1.113883.6.1"}
)
ONE_UNIT = "accept_one_unit"  # the role of a code that is read in its example unit only
UNUSABLE = {  # role -> why a result under such a code cannot be judged
    "exclude_specimen": "was not measured in the specimen this analyte is judged in",
    "unverified_specimen": "does not say in which specimen it was measured",
    "deprecated": "is a deprecated LOINC code",
    "accept_no_convert": "is on another scale than the one judged here, or differs by laboratory: never converted",
    "other_component": "measures only a part of what is judged here, or more than it",
}


@dataclass(frozen=True, slots=True)
class LoincCode:
    """One code. `long_name` is LOINC's own text; `analyte` is ours.

    `role`: primary | accept | accept_flag_poc | accept_cycle_day | separate (an analyte beside the one it resembles)
    are read; accept_one_unit in its example unit only, since its others are on another scale;
    accept_no_convert | other_component | exclude_specimen | deprecated | unverified_specimen are known, but never read;
    panel | timing are no results. `kind`: laboratory | context | order.
    `name`: whether `long_name` was seen in a public source (official), is LOINC's component only, or is recalled.
    """

    code: str
    analyte: str
    long_name: str
    property: str
    system: str
    scale: str
    method: str
    role: str
    example_ucum: str
    kind: str
    name: str


def read_loinc(table: bytes) -> dict[str, LoincCode]:
    """From `loinc.csv`; raises when a code's check digit is wrong or a code stands there twice."""
    codes = [LoincCode(**row) for row in csv.DictReader(table.decode().splitlines())]
    wrong = [code.code for code in codes if not has_check_digit(code.code)]
    if wrong or len({code.code for code in codes}) != len(codes):
        raise ValueError(f"loinc.csv: wrong check digit in {wrong}, or a code that stands there twice")
    return {code.code: code for code in codes}


def has_check_digit(code: str) -> bool:
    """Whether `code` ends in its own check digit (Luhn's, as LOINC prescribes)."""
    number, _, digit = code.partition("-")
    return number.isdecimal() and number.isascii() and digit == str(_check_digit(number))


def _check_digit(number: str) -> int:
    doubled = [int(digit) * (2 - place % 2) for place, digit in enumerate(reversed(number))]
    return -sum(value // 10 + value % 10 for value in doubled) % 10
