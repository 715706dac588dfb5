"""The organ inventory: codes for the organs a person has, which no public code system asks for one by one."""

from __future__ import annotations

from collections.abc import Mapping

INVENTORY = "https://hormone-cds.example/CodeSystem/organ-inventory"
ORGANS = ("prostate", "testes", "uterus", "ovaries")
PRESENT, ABSENT = "present", "absent"
KINDS: Mapping[str, str] = {**dict.fromkeys(ORGANS, "organ"), PRESENT: "answer", ABSENT: "answer"}  # all its codes
# Answers by system and code; SNOMED CT's and LOINC's are what charts write for any finding.
_ANSWERS: Mapping[tuple[str, str], str] = {
    (INVENTORY, PRESENT): PRESENT,
    (INVENTORY, ABSENT): ABSENT,
    ("http://snomed.info/sct", "52101004"): PRESENT,
    ("http://snomed.info/sct", "2667000"): ABSENT,
    ("http://loinc.org", "LA9633-4"): PRESENT,
    ("http://loinc.org", "LA9634-2"): ABSENT,
}


def organ_of(system: str, code: str) -> str | None:
    """The organ that a code of the inventory asks about."""
    return code if system == INVENTORY and code in ORGANS else None


def presence_of(system: str, code: str) -> str | None:
    """Whether a coded answer says `present` or `absent`; None for any other."""
    return _ANSWERS.get((system, code))
