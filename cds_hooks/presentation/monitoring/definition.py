"""The operation `$hormone-monitoring` defined for machines: what it takes, and what it answers."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

Shape = dict[str, Any]
NAME = "hormone-monitoring"
MOST_PROFILES = 8


@dataclass(frozen=True, slots=True)
class OperationParameter:
    """One parameter, with FHIR's words for how often it is sent."""

    name: str
    use: Literal["in", "out"]
    min: int
    max: str
    type: str
    documentation: str


@dataclass(frozen=True, slots=True, eq=False)
class OperationDefinition:
    """An operation on nothing in particular, and on the resources of a type."""

    id: str
    title: str
    description: str
    comment: str
    resource: str
    parameters: tuple[OperationParameter, ...]


BUNDLE = OperationParameter(
    "bundle",
    "in",
    1,
    "1",
    "Bundle",
    "One patient's resources, R4, R4B or R5; nothing in it is stored. A Bundle may also be the whole body, with the "
    "other parameters in the query.",
)
TODAY = OperationParameter(
    "today",
    "in",
    0,
    "1",
    "dateTime",
    "Judge as of this date or dateTime, so that a call can be replayed. Default: the site's clock.",
)
PROFILE = OperationParameter(
    "profile",
    "in",
    0,
    str(MOST_PROFILES),
    "code",
    "A variant of the numbers. May repeat, once for each protocol; each name applies to the protocols that define it, "
    "and two of one protocol are refused.",
)
STRICT = OperationParameter(
    "strict",
    "in",
    0,
    "1",
    "boolean",
    "Check the Bundle first as $validate does, and refuse (422) one with an error, each problem named. Default: false.",
)
RETURN = OperationParameter(
    "return",
    "out",
    1,
    "1",
    "Bundle",
    "A GuidanceResponse, a DetectedIssue for each raised finding, the proposed draws as a CarePlan of ServiceRequests, "
    "Provenance and Device.",
)


def monitoring_definition(profiles: Iterable[str]) -> OperationDefinition:
    """The operation, with the profiles that may be named."""
    named = f"{PROFILE.documentation} Known: {', '.join(profiles)}."
    profile = OperationParameter(PROFILE.name, PROFILE.use, PROFILE.min, PROFILE.max, PROFILE.type, named)
    return OperationDefinition(
        NAME,
        "Hormone monitoring",
        "Judges one patient's results by the monitoring rules of the therapy the patient is on: what crosses a limit, "
        "what could not be judged and why, and when to draw blood next.",
        "On a Patient, the Bundle must be about that patient. As application/fhir+ndjson, without an id, each line of "
        "the body is one patient's Bundle and each line of the answer its result. Prefer: return=minimal leaves out "
        "the plan and the origin, return=OperationOutcome says the same in words. The same call gets the same ids; "
        "only Provenance.recorded differs.",
        "Patient",
        (BUNDLE, TODAY, profile, STRICT, RETURN),
    )


def definition_shape(one: OperationDefinition) -> Shape:
    """What FHIR says of an operation beside what every published resource says of itself."""
    return {
        "kind": "operation",
        "affectsState": False,
        "code": one.id,
        "comment": one.comment,
        "resource": [one.resource],
        "system": True,
        "type": False,
        "instance": True,
        "parameter": [_parameter(parameter) for parameter in one.parameters],
    }


def _parameter(one: OperationParameter) -> Shape:
    return {name: getattr(one, name) for name in ("name", "use", "min", "max", "documentation", "type")}
