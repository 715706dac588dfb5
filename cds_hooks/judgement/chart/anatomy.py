"""Which organs a patient has, and which anatomy the chart tells: by organs recorded, else removed, else by sex."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import msgspec

from cds_hooks.facts import Patient

Kind = Literal["male", "female"]
Organ = Literal["prostate", "testes", "uterus", "ovaries"]
MALE_ORGANS = ("prostate", "testes")
FEMALE_ORGANS = ("uterus", "ovaries")
ANATOMICAL = frozenset({"organ", "anatomy", "assumed_anatomy"})  # the predicates whose steps say what is told here
_ASSUMED = "gender (assumed)"
_NOT, _FROM = " not assumed: ", " assumed: "
_BY_SEX = "by recorded sex"


class Anatomy(msgspec.Struct, frozen=True, gc=False):
    """`recorded` says that organs tell it, present or removed; `assumed` that only Patient.gender does."""

    kind: Kind | None
    recorded: bool
    assumed: bool
    text: str


def anatomy_of(patient: Patient) -> Anatomy:
    """The anatomy by organs recorded as present, else by those removed, else by the recorded sex."""
    told = _by_organs(patient.organs, "recorded as present") or _by_organs(patient.organs_removed, "removed")
    if told is not None:
        return told
    if patient.sex not in ("male", "female"):
        return Anatomy(
            None, recorded=False, assumed=False, text="neither organs nor a sex that tells them are recorded"
        )
    assumed = patient.sex_basis == _ASSUMED
    kind: Kind = "male" if patient.sex == "male" else "female"
    how = "assumed from Patient.gender" if assumed else f"by recorded sex ({patient.sex_basis})"
    return Anatomy(kind, recorded=False, assumed=assumed, text=f"{kind} anatomy {how}")


def _by_organs(organs: Sequence[str], how: str) -> Anatomy | None:
    named = [organ for organ in organs if organ in (*MALE_ORGANS, *FEMALE_ORGANS)]
    if not named:
        return None
    male, female = (not kind.isdisjoint(named) for kind in (set(MALE_ORGANS), set(FEMALE_ORGANS)))
    text = f"{' and '.join(named)} {how}"
    if male and female:
        return Anatomy(None, recorded=True, assumed=False, text=f"{text}: no single anatomy")
    return Anatomy("male" if male else "female", recorded=True, assumed=False, text=text)


def has_organ(patient: Patient, anatomy: Anatomy, organ: str) -> tuple[bool | None, str]:
    """Whether an organ is present, and how that is known; `anatomy` is what the chart tells of it as a whole."""
    if organ in patient.organs_absent:
        return False, f"{organ} recorded as absent"
    if organ in patient.organs:
        return True, f"{organ} recorded as present"
    if anatomy.kind is None:
        return None, f"whether the patient has {organ} is not recorded"
    truth = organ in (MALE_ORGANS if anatomy.kind == "male" else FEMALE_ORGANS)
    return truth, f"{organ}{_FROM if truth else _NOT}{anatomy.text}"


def assumption(text: str) -> str | None:
    """What a step rests on without a record of organs: `uterus, female anatomy by recorded sex (birthsex)`."""
    if _NOT in text:
        organ, _, source = text.partition(_NOT)
        return None if _is_recorded(source) else f"no {organ}, {source}"
    organ, assumed, source = text.partition(_FROM)
    if assumed:
        return None if _is_recorded(source) else f"{organ}, {source}"
    return None if _is_recorded(text) else text


def _is_recorded(text: str) -> bool:
    return _BY_SEX not in text and "assumed from" not in text and "was measured" not in text
