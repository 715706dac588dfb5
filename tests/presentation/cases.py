"""Hand-made findings, draws and charts for the tests of cards and the report."""

from __future__ import annotations

import json
import uuid
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from importlib.resources import files
from typing import Any

from cds_hooks.facts import Facts, Patient, Unread, UnreadReason
from cds_hooks.findings import Because, Citation, Draw, Evidence, Finding, ProtocolUsed, Silenced, Slot, Strength
from cds_hooks.judged import Judged
from cds_hooks.judgement.knowledge.building import SHARED, build
from cds_hooks.judgement.knowledge.knowledge import Knowledge
from cds_hooks.presentation.cards.cards import present_cards
from cds_hooks.wire.response import Card, CDSHooksResponse, encode
from service.site.site import packaged_files
from terminology.vocabulary import Vocabulary

PROTOCOL = "testosterone-men"
NAMESPACE = uuid.UUID("6f1d3c1e-4c5e-4a57-9f0a-2f6f5d1e7a10")
GUIDELINE = Citation("es2018", "Endocrine Society 2018", "https://doi.org/10.1210/jc.2018-00229")
SECOND = Citation("aua2018", "American Urological Association 2018", "https://doi.org/10.1016/j.juro.2018.03.115")
SIGNED = Strength("expert", "V1", verified=True)
UNSIGNED = Strength("expert", "E", verified=False)


@cache
def knowledge() -> Knowledge:
    """The real words, orders and sources, without a protocol."""
    folder = files("cds_hooks.protocols")
    vocabulary = Vocabulary.build(packaged_files("terminology.tables"))
    return build({name: (folder / name).read_bytes() for name in SHARED}, vocabulary)


def evidence(analyte: str, value: str, unit: str, canonical: str | None = None, **more: str) -> Evidence:
    """A final result of 3 September 2026."""
    more = {"reference": f"Observation/{analyte}", "effective": "2026-09-03"} | more
    return Evidence(analyte=analyte, value=Decimal(value), unit=unit, canonical=canonical or f"{value} {unit}", **more)


HCT = evidence("hematocrit", "0.545", "L/L", "54.5 %", timing="mid")
TESTOSTERONE = evidence("testosterone_total", "520", "ng/dL")
ESTRADIOL = evidence("estradiol", "28", "pg/mL")
PSA = evidence("psa_total", "1.1", "ng/mL")


def finding(
    check: str, state: str = "raised", urgency: str = "warning", topic: str = "hematocrit", **more: Any
) -> Finding:
    """A finding with what a test does not care about filled in; raised ones advise something."""
    if state == "raised":
        more = {"advice": f"Advice of {check}."} | more
    if state == "clear" and topic not in ("unit", "data-quality", "status", "timing", "schedule"):
        more = {"in_range": bool(more.get("evidence"))} | more
    if state == "unknown":
        more = {"blocked_by": ("conditions absent",)} | more
    more = {"protocol": PROTOCOL, "summary": f"Summary of {check}.", "strength": SIGNED} | more
    return Finding(check=check, state=state, urgency=urgency, topic=topic, **more)  # type: ignore[arg-type]


def unknown(check: str, topic: str, text: str, missing: str | None = None, **more: Any) -> Finding:
    """A check that could not be judged."""
    because = (Because(text, outcome="unknown", missing=missing),)
    return finding(check, "unknown", topic=topic, summary=text.capitalize(), because=because, **more)


def draw(*analytes: str, reasons: tuple[str, ...] = ("3 months visit",), slot: bool = False, **more: Any) -> Draw:
    """A draw in the first half of December 2026."""
    hours = (
        Slot(datetime.fromisoformat("2026-12-03T07:00"), datetime.fromisoformat("2026-12-03T11:00")) if slot else None
    )
    days = {"due": date(2026, 12, 1), "earliest": date(2026, 11, 16), "latest": date(2026, 12, 15)}
    return Draw(analytes=analytes, instruction="Draw mid-interval.", reasons=reasons, slot=hours, **(days | more))


def judged(
    *findings: Finding, draws: tuple[Draw, ...] = (), silenced: tuple[Silenced, ...] = (), **more: Any
) -> Judged:
    """A judgement under the protocol for men, profile es2018."""
    more = {"protocols": (ProtocolUsed(PROTOCOL, "1", "es2018"),), "derive": tuple, "considered": ()} | more
    if "changes" in more:
        changes = more.pop("changes")
        more["compare"] = lambda: changes
    return Judged(telling=findings, explain=lambda: findings, draws=draws, silenced=silenced, **more)


def chart(*unread: Unread, **more: Any) -> Facts:
    """A man's chart."""
    patient = Patient("Patient/1", date(1981, 3, 2), "male", "gender (assumed)")
    return Facts(patient, unread=unread, **more)


def stranger(number: int = 1) -> Unread:
    """A resource of somebody else."""
    return Unread(f"Observation/other-{number}", "hematocrit", UnreadReason.OTHER_PATIENT, "about another patient")


def present(judgement: Judged, facts: Facts | None = None, public_url: str | None = None) -> tuple[Card, ...]:
    """Cards as a door shows them."""
    return present_cards(
        judgement, facts or chart(), knowledge(), public_url=public_url, namespace=NAMESPACE, service_version="0.1.0"
    )


def on_the_wire(cards: tuple[Card, ...]) -> list[dict[str, Any]]:
    """Cards as a client decodes them."""
    answer: list[dict[str, Any]] = json.loads(encode(CDSHooksResponse(cards)))["cards"]
    return answer


def topic_codes(cards: tuple[Card, ...]) -> list[str]:
    """The static code of each card, in the order shown."""
    return [card.source.topic.code for card in cards if card.source.topic is not None]
