"""Puts the answer of `$hormone-monitoring` together and encodes it, whole or as short as the caller prefers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, tzinfo
from typing import Literal
from uuid import UUID

import msgspec

from cds_hooks.facts import Moment
from cds_hooks.presentation.markdown import plain
from cds_hooks.presentation.monitoring.detected_issues import coded, detected_issues, raised
from cds_hooks.presentation.monitoring.draw_plan import care_plan, proposed
from cds_hooks.presentation.monitoring.elements import Concept, date_time, instant, urn
from cds_hooks.presentation.monitoring.evaluation_messages import messages
from cds_hooks.presentation.monitoring.guidance import guidance
from cds_hooks.presentation.monitoring.origin import device, provenance
from cds_hooks.presentation.monitoring.resources import (
    Bundle,
    Entry,
    Issue,
    OperationOutcome,
    Resource,
    ServiceRequest,
)
from cds_hooks.presentation.monitoring.scene import NOBODY, Scene, Seen
from cds_hooks.presentation.orders.service_request import Reference

Return = Literal["representation", "minimal", "OperationOutcome"]
_ENCODER = msgspec.json.Encoder(decimal_format="number")


class Call(msgspec.Struct, frozen=True, gc=False):
    """What an answer takes from its call: the seed of its ids, for when it was judged, and when and by what version.

    `places` says by which address the caller's Bundle knows a resource, where that is not type and id. `zone` is the
    one that proposed hours are meant in.
    """

    namespace: UUID
    today: Moment
    recorded: datetime
    service_version: str
    zone: tzinfo | None = None
    places: Mapping[str, str] = {}


def encode_answer(seen: Seen, call: Call, wanted: Return = "representation") -> bytes:
    """What is judged of a chart, as FHIR JSON.

    `minimal` leaves out the plan and where the answer comes from, never a finding or what was not judged.
    """
    return _ENCODER.encode(_MAKERS[wanted](_scene(seen, call), seen, call))


def _scene(seen: Seen, call: Call) -> Scene:
    known = seen.facts.patient.reference
    scene = Scene(
        seen.knowledge.words,
        call.namespace,
        NOBODY,
        Reference(urn(device(seen.knowledge, call.service_version).id), "hormone-cds"),
        date_time(call.today),
        call.places,
    )
    return msgspec.structs.replace(scene, subject=scene.pointing(known)) if known else scene


def _whole(scene: Scene, seen: Seen, call: Call) -> Bundle:
    draws = proposed(scene, seen, call.zone)
    plan = care_plan(scene, seen, draws)
    result = Reference(urn(plan.id)) if plan is not None else None
    made: list[Resource | ServiceRequest] = [
        guidance(scene, seen, result, call.service_version),
        *detected_issues(scene, seen),
        *([plan] if plan is not None else []),
        *[request for one in draws for request in one.requests],
    ]
    entries = [_entry(one) for one in made]
    made_by = device(seen.knowledge, call.service_version)
    trail = provenance(scene, seen, [entry.fullUrl for entry in entries], instant(call.recorded))
    return _bundle(scene, (*entries, _entry(trail), _entry(made_by)))


def _short(scene: Scene, seen: Seen, call: Call) -> Bundle:
    made = (guidance(scene, seen, None, call.service_version), *detected_issues(scene, seen))
    return _bundle(scene, tuple([_entry(one) for one in made]))


def _outcome(scene: Scene, seen: Seen, call: Call) -> OperationOutcome:
    """Raised findings, then what was not judged; when there is neither, that is said."""
    said = (*_findings(seen), *messages(seen)) or (_all_clear(seen),)
    return OperationOutcome(id=scene.identify("OperationOutcome"), issue=said)


def _findings(seen: Seen) -> Iterator[Issue]:
    for finding in raised(seen):
        severity: Literal["warning", "information"] = "information" if finding.urgency == "info" else "warning"
        said = plain(f"{finding.urgency}: {finding.summary}")
        yield Issue(severity, "informational", coded(seen.knowledge.words, finding), said)


def _all_clear(seen: Seen) -> Issue:
    return Issue("information", "informational", Concept(text="clear"), seen.knowledge.words["nothing_raised"])


def _bundle(scene: Scene, entries: tuple[Entry, ...]) -> Bundle:
    return Bundle(id=scene.identify("Bundle"), type="collection", entry=entries)


def _entry(resource: Resource | ServiceRequest) -> Entry:
    return Entry(urn(resource.id), resource)


_MAKERS: Mapping[Return, Callable[[Scene, Seen, Call], msgspec.Struct]] = {
    "representation": _whole,
    "minimal": _short,
    "OperationOutcome": _outcome,
}
