"""The proposed draws: a ServiceRequest for each test that can be ordered, and the CarePlan that holds them together."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime, tzinfo
from typing import NamedTuple

from cds_hooks.findings import Draw, Slot
from cds_hooks.judgement.knowledge.knowledge import LabOrder
from cds_hooks.presentation.canonical import plan_of
from cds_hooks.presentation.cards.layout import asking
from cds_hooks.presentation.markdown import plain
from cds_hooks.presentation.monitoring.detected_issues import KIND as ISSUE
from cds_hooks.presentation.monitoring.detected_issues import raised
from cds_hooks.presentation.monitoring.elements import URI, Concept, Identifier, urn
from cds_hooks.presentation.monitoring.resources import Activity, CarePlan, Detail, Repeat, ServiceRequest, Timing
from cds_hooks.presentation.monitoring.scene import Scene, Seen
from cds_hooks.presentation.orders.orders import OrderPlan, plan_orders
from cds_hooks.presentation.orders.service_request import Drafts, Period, Reference, concept_of
from cds_hooks.presentation.wording import names, when

PLAN = "CarePlan"


class Proposed(NamedTuple):
    """One draw: what is ordered for it, and what of it has no order of its own."""

    draw: Draw
    requests: tuple[ServiceRequest, ...]
    rest: tuple[Detail, ...]


def proposed(scene: Scene, seen: Seen, zone: tzinfo | None) -> list[Proposed]:
    """Every draw, as orders; `zone` is the one that hours are meant in."""
    protocols = {finding.check: finding.protocol for finding in raised(seen)}
    return [_proposed(scene, seen, draw, zone, _askers(scene, draw, protocols)) for draw in seen.judged.draws]


def care_plan(scene: Scene, seen: Seen, draws: Sequence[Proposed]) -> CarePlan | None:
    """The draws together; None when there are none."""
    activities = tuple([activity for one in draws for activity in _activities(one)])
    if not activities:
        return None
    issues = dict.fromkeys([issue for one in draws for request in one.requests for issue in request.supportingInfo])
    return CarePlan(
        id=scene.identify(PLAN),
        instantiatesCanonical=tuple([plan_of(used.id, used.profile, used.version) for used in seen.judged.protocols]),
        status="draft",
        intent="proposal",
        title=scene.words["draw_plan"],
        subject=scene.subject,
        period=_period(min(one.draw.earliest for one in draws), max(one.draw.latest for one in draws)),
        author=scene.author,
        supportingInfo=tuple(issues),
        activity=activities,
    )


def _proposed(scene: Scene, seen: Seen, draw: Draw, zone: tzinfo | None, askers: tuple[Reference, ...]) -> Proposed:
    plan = plan_orders(draw.analytes, seen.knowledge.orders, seen.judged.placed)
    moment, instruction = when(scene.words, draw), plain(draw.instruction)
    note = scene.words["order_note"].format(when=moment, instruction=instruction).strip()
    drafts = Drafts.of(draw, "", note, instruction)
    requests = [_request(scene, draw, drafts, order, zone, askers) for order in plan.orders]
    return Proposed(draw, tuple(requests), tuple(_rest(scene, draw, plan, note)))


def _request(
    scene: Scene, draw: Draw, drafts: Drafts, order: LabOrder, zone: tzinfo | None, askers: tuple[Reference, ...]
) -> ServiceRequest:
    parts = (draw.earliest.isoformat(), draw.latest.isoformat(), *draw.reasons)
    period, timing = _hours(draw.slot, zone)
    is_timed = period is not None or timing is not None
    return ServiceRequest(
        id=scene.identify("ServiceRequest", order.code, *parts),
        requisition=Identifier(URI, urn(scene.identify("draw", *parts))),
        status="draft",
        intent="proposal",
        code=concept_of(order),
        subject=scene.subject,
        occurrenceDateTime=None if is_timed else drafts.day,
        occurrencePeriod=period or (None if is_timed else drafts.window),
        occurrenceTiming=timing,
        requester=scene.author,
        reasonCode=tuple([Concept(text=reason) for reason in draw.reasons]),
        supportingInfo=askers,
        note=drafts.note,
        patientInstruction=drafts.instruction,
    )


def _hours(slot: Slot | None, zone: tzinfo | None) -> tuple[Period | None, Timing | None]:
    """When dosing decides the hour: from it to the last one, or, where no offset is known, the day and the hour."""
    if slot is None:
        return None, None
    if zone is not None:
        return Period(_local(slot.start, zone), _local(slot.end, zone)), None
    if slot.start.date() != slot.end.date():
        return None, None
    day = slot.start.date()
    return None, Timing(Repeat(_period(day, day), (slot.start.time().isoformat("seconds"),)))


def _local(wall_clock: datetime, zone: tzinfo) -> str:
    return wall_clock.replace(tzinfo=zone).isoformat("T", "seconds")


def _rest(scene: Scene, draw: Draw, plan: OrderPlan, note: str) -> Iterator[Detail]:
    """What an open order will answer, and what nothing in the table of orders does."""
    for analytes, said in ((plan.by_hand, "order_by_hand"), (plan.placed, "already_ordered")):
        if analytes:
            named = names(scene.words, analytes)
            yield Detail(
                kind="ServiceRequest",
                code=Concept(text=named),
                status="scheduled" if analytes is plan.placed else "not-started",
                scheduledPeriod=_period(draw.earliest, draw.latest),
                description=f"{scene.words[said].format(analytes=named)} {note}",
            )


def _activities(one: Proposed) -> Iterator[Activity]:
    for request in one.requests:
        yield Activity(reference=Reference(urn(request.id)))
    for detail in one.rest:
        yield Activity(detail=detail)


def _askers(scene: Scene, draw: Draw, protocols: dict[str, str]) -> tuple[Reference, ...]:
    """The detected issues that ask for a draw."""
    checks = dict.fromkeys(asking(draw))
    return tuple([scene.address(ISSUE, protocols[check], check) for check in checks if check in protocols])


def _period(first: date, last: date) -> Period:
    return Period(first.isoformat(), last.isoformat())
