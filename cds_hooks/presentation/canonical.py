"""Names under which this project's code systems and schemas are known."""

from __future__ import annotations

import re

from terminology.context_factors import FACTORS
from terminology.organs import INVENTORY

BASE = "https://hormone-cds.example"
CHECKS = f"{BASE}/CodeSystem/hormone-cds-check"  # kinds of cards, one code per check
OVERRIDE_REASONS = f"{BASE}/CodeSystem/hormone-cds-override-reason"
ANALYTES = f"{BASE}/CodeSystem/analyte"
CONDITIONS = f"{BASE}/CodeSystem/condition"
CODE_MAP = f"{BASE}/ConceptMap/local-codes"  # a site's own
LOCAL_UNITS = f"{BASE}/CodeSystem/local-unit"  # units as a site writes them
DRUGS = f"{BASE}/CodeSystem/drug"
ORGANS = INVENTORY
CONTEXT_FACTORS = FACTORS
REPORT_SCHEMA = f"{BASE}/schema/report/1"
MONITORING = f"{BASE}/OperationDefinition/hormone-monitoring"
SOURCE = f"{BASE}/StructureDefinition/source"  # an extension: a citation that a finding rests on
STANDARD_REASONS = "http://terminology.hl7.org/CodeSystem/non-adherence-reason-codes"
LOINC = "http://loinc.org"

_OTHER = re.compile(r"[^A-Za-z0-9]+")


def card_code(check: str) -> str:
    """The code of a kind of card: letters and digits only, at most 100, since some EHRs attach overrides to it."""
    return _OTHER.sub("", check)[:100] or "CARD"


def plan_of(protocol: str, profile: str, version: str) -> str:
    """The canonical URL of a protocol with one profile as a PlanDefinition, with its version."""
    return f"{BASE}/PlanDefinition/{slug(protocol)}.{slug(profile)}|{version}"


def slug(name: str) -> str:
    """A FHIR id made of a name: `total-testosterone`, `estrogen-progestogen`."""
    return _OTHER.sub("-", name).strip("-").lower()


def programmatic(identity: str) -> str:
    """A name for programs made of a FHIR id: `HormoneCdsTestosteroneTotal`."""
    words = _OTHER.split(identity.removeprefix("hormone-cds-"))
    return "HormoneCds" + "".join(word.capitalize() for word in words)
