"""Asks the doors that systems use, without remembering or counting anything: there is no second way of judging."""

from __future__ import annotations

from typing import NamedTuple
from urllib.parse import urlencode

import msgspec

from cds_hooks.facts import Facts, Moment
from cds_hooks.judged import Judged
from cds_hooks.presentation.report import Report, encode_report, report
from cds_hooks.record.hl7v2.bundle import NOT_TOLD
from cds_hooks.refusal import Refusal
from cds_hooks.wire.discovery import PATIENT_VIEW, Service, discover
from cds_hooks.wire.request import decode_call
from cds_hooks.wire.response import Card, CDSHooksResponse, encode
from service import __version__
from service.evaluation import EVALUATE, answer_on, facts_of, namespace_of, reported
from service.examples.chart import Chart
from service.examples.ehr import hook_call
from service.fhir.monitoring.judging import OPERATION, Asking, judged_in_fhir
from service.hooks import answer_to, asking_of, checked, presenter
from service.memory.distil import Answer
from service.pages.trying.given import Given, bundle_with, resources_of
from service.pages.trying.readings import write
from service.site.site import Site

IN_FHIR = "fhir"
FROM_A_LABORATORY = ("patient", "labs")  # the prefetch that its message can fill


class Asked(NamedTuple):
    """Which door is asked, by which profiles, as of when."""

    door: str
    profiles: tuple[str, ...]
    today: Moment


class Answered(NamedTuple):
    """What went to a door and what came back. Without `report`, `facts` and `judged` nothing was judged."""

    door: str
    path: str
    media: str
    request: bytes
    response: bytes
    cards: tuple[Card, ...]
    report: Report | None
    facts: Facts | None = None
    judged: Judged | None = None


def doors_of(site: Site) -> tuple[str, ...]:
    """The names of all doors, those of CDS services by their ids."""
    return (*(service.id for service in _services(site)), EVALUATE, IN_FHIR)


def ask(site: Site, given: Given, asked: Asked) -> Answered:
    """The answer of one door to a chart.

    Raises:
        Refusal: as the door refuses it.
    """
    door = asked.door or _own_door(site, given)
    if door == EVALUATE:
        return _evaluated(site, given, asked)
    if door == IN_FHIR:
        return _in_fhir(site, given, asked)
    service = next((one for one in _services(site) if one.id == door), None)
    if service is None:
        raise Refusal(400, "value", f"There is no such door. Known: {', '.join(doors_of(site))}.", "door")
    return _hooked(site, given, asked, service)


def _own_door(site: Site, given: Given) -> str:
    """Where a request wants to go by itself; a chart is opened, a laboratory's message or no JSON evaluated."""
    if given.kind == "laboratory" or given.node is None:
        return EVALUATE
    hook = given.node.get("hook") if given.kind == "hook" else None
    return next((service.id for service in _services(site) if service.hook == hook), PATIENT_VIEW)


def _services(site: Site) -> tuple[Service, ...]:
    return discover(site.knowledge.vocabulary, asking_of(site.settings)).services


def _evaluated(site: Site, given: Given, asked: Asked) -> Answered:
    body = _bundle(given)
    absent = NOT_TOLD if given.kind == "laboratory" else frozenset[str]()
    facts = facts_of(site, body, asked.today, absent)
    namespace = namespace_of(body, asked.today.text, *asked.profiles)
    answer = answer_on(site, facts, asked.today, asked.profiles, namespace)
    found, path = reported(site, answer, facts, asked.today), f"/evaluate?{_query(asked)}"
    said = encode_report(found)
    return Answered(EVALUATE, path, "application/json", body, said, found.cards, found, facts, answer.judged)


def _in_fhir(site: Site, given: Given, asked: Asked) -> Answered:
    body = _bundle(given)
    said, answer, _ = judged_in_fhir(body, Asking(site, asked.today, asked.profiles, "representation"))
    path = f"/fhir/{OPERATION}?{_query(asked)}"
    found = _report(site, answer, asked.today)
    return Answered(IN_FHIR, path, "application/fhir+json", body, said, (), found, answer.facts, answer.judged)


def _hooked(site: Site, given: Given, asked: Asked, service: Service) -> Answered:
    as_sent = given.kind == "hook" and given.node.get("hook") == service.hook
    body = given.body if as_sent else write(_call(given, service))
    settings = site.settings.model_copy(update={"profile": asked.profiles})
    by = Site(settings, site.knowledge, site.orders)
    call = checked(settings, decode_call(body, service), service)
    answer = answer_to(by, call, presenter(service, settings), today=asked.today)
    said, path = encode(CDSHooksResponse(answer.cards)), f"/cds-services/{service.id}"
    found = _report(site, answer, asked.today)
    return Answered(service.id, path, "application/json", body, said, answer.cards, found, answer.facts, answer.judged)


def _report(site: Site, answer: Answer, today: Moment) -> Report | None:
    facts: Facts | None = answer.facts
    if answer.judged is None or facts is None:
        return None
    return report(answer.judged, facts, site.knowledge, today, answer.cards, __version__)


def _bundle(given: Given) -> bytes:
    return write(bundle_with(resources_of(given.node))) if given.kind == "hook" else given.body


def _call(given: Given, service: Service) -> dict[str, object]:
    """What an EHR would send of this chart: its resources as they answer the service's queries."""
    resources = resources_of(given.node)
    if not any(one["resourceType"] == "Patient" and isinstance(one.get("id"), str) for one in resources):
        said = (
            "A CDS Hooks call is about a patient: send a FHIR Bundle with a Patient that has an id, or ask /evaluate."
        )
        raise Refusal(400, "required", said, "Bundle.entry.resource.ofType(Patient)")
    named = [one if "id" in one else one | {"id": f"unnamed-{place}"} for place, one in enumerate(resources)]
    call = hook_call(msgspec.to_builtins(service), Chart("", "", tuple(named)))
    if given.kind == "laboratory":
        call["prefetch"] = {key: call["prefetch"][key] for key in FROM_A_LABORATORY}
    return call


def _query(asked: Asked) -> str:
    return urlencode([("today", asked.today.text), *(("profile", profile) for profile in asked.profiles)])
