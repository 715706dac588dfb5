"""Where an answer comes from: the service as a Device, and the Provenance of what it answered."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Literal
from uuid import NAMESPACE_URL

import msgspec

from cds_hooks.judgement.knowledge.knowledge import Knowledge
from cds_hooks.presentation.canonical import BASE, plan_of
from cds_hooks.presentation.cards.occasion import name_based_uuid
from cds_hooks.presentation.monitoring.elements import URI, Concept, Identifier, urn
from cds_hooks.presentation.monitoring.resources import Resource
from cds_hooks.presentation.monitoring.scene import Scene, Seen
from cds_hooks.presentation.orders.service_request import Reference
from cds_hooks.wire.response import Coding

NAME = "hormone-cds"
_ROLES = "http://terminology.hl7.org/CodeSystem/provenance-participant-type"


class Agent(msgspec.Struct, frozen=True, gc=False):
    """Who made it."""

    type: Concept
    who: Reference


class Named(msgspec.Struct, frozen=True, gc=False):
    """Something that stands elsewhere, by its identifier."""

    identifier: Identifier
    display: str


class Entity(msgspec.Struct, frozen=True, gc=False):
    """What it was made from."""

    role: Literal["source"]
    what: Named


class Provenance(Resource, frozen=True, gc=False, omit_defaults=True, kw_only=True, tag="Provenance"):
    """Who made the answer, when, from what."""

    target: tuple[Reference, ...]
    recorded: str
    policy: tuple[str, ...] = ()
    agent: tuple[Agent, ...]
    entity: tuple[Entity, ...]


class DeviceName(msgspec.Struct, frozen=True, gc=False):
    """What a device is called."""

    name: str
    type: Literal["user-friendly-name"]


class DeviceVersion(msgspec.Struct, frozen=True, gc=False):
    """The version of one part of the device."""

    type: Concept
    value: str


class Device(Resource, frozen=True, gc=False, omit_defaults=True, kw_only=True, tag="Device"):
    """The service, with the versions of all that decides."""

    status: Literal["active"]
    manufacturer: str
    deviceName: tuple[DeviceName, ...]
    type: Concept
    version: tuple[DeviceVersion, ...]


def device(knowledge: Knowledge, service_version: str) -> Device:
    """The service. The same version with the same knowledge and code map is the same device, in every answer."""
    release, code_map = knowledge.words["terminology_release"], str(knowledge.vocabulary.local.version)
    return _device(service_version, knowledge.digest, release, code_map)


@lru_cache(maxsize=4)
def _device(service: str, knowledge: str, terminology: str, code_map: str) -> Device:
    versions = {"service": service, "knowledge": knowledge, "terminology": terminology, "code map": code_map}
    return Device(
        id=name_based_uuid(NAMESPACE_URL, "|".join((f"{BASE}/Device/{NAME}", *versions.values()))),
        status="active",
        manufacturer=NAME,
        deviceName=(DeviceName(NAME, "user-friendly-name"),),
        type=Concept(text="decision support software"),
        version=tuple([DeviceVersion(Concept(text=part), version) for part, version in versions.items()]),
    )


def provenance(scene: Scene, seen: Seen, targets: Sequence[str], recorded: str) -> Provenance:
    """Who made the resources at the `targets`, and from what: the caller's Bundle and the protocols."""
    used = seen.judged.protocols
    return Provenance(
        id=scene.identify("Provenance"),
        target=tuple([Reference(target) for target in targets]),
        recorded=recorded,
        policy=tuple([plan_of(one.id, one.profile, one.version) for one in used]),
        agent=(Agent(Concept((Coding(_ROLES, "assembler", "Assembler"),)), scene.author),),
        entity=tuple(_sources(scene, seen)),
    )


def _sources(scene: Scene, seen: Seen) -> Iterator[Entity]:
    yield Entity("source", Named(Identifier(URI, urn(str(scene.namespace))), "the posted Bundle"))
    for used in seen.judged.protocols:
        said = f"{used.id} {used.version}, profile {used.profile}"
        yield Entity("source", Named(Identifier(URI, plan_of(used.id, used.profile, used.version)), said))
