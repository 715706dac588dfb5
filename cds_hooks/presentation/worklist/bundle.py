"""The worklist as FHIR R4: a Group of the patients on a page of it, and a Task for each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Literal
from uuid import NAMESPACE_URL

import msgspec

from cds_hooks.findings import Urgency
from cds_hooks.presentation import canonical
from cds_hooks.presentation.cards.occasion import name_based_uuid
from cds_hooks.presentation.markdown import plain
from cds_hooks.presentation.monitoring.elements import Concept, pointing, urn
from cds_hooks.presentation.monitoring.resources import Resource
from cds_hooks.presentation.orders.service_request import Period, Reference
from cds_hooks.presentation.wording import Words, names, when
from cds_hooks.presentation.worklist.listed import Listed, Reason
from cds_hooks.wire.response import Coding

Priority = Literal["routine", "urgent"]
Mode = Literal["match", "include"]
PRIORITIES: Mapping[Urgency | None, Priority] = {"critical": "urgent"}  # of the others: routine


class Link(msgspec.Struct, frozen=True, gc=False):
    """Another page."""

    relation: Literal["self", "next", "previous"]
    url: str


class Restriction(msgspec.Struct, frozen=True, gc=False):
    """When it is to be done."""

    period: Period


class Task(Resource, frozen=True, gc=False, omit_defaults=True, kw_only=True, tag="Task"):
    """What is proposed for one patient."""

    status: Literal["requested"]
    intent: Literal["proposal"]
    priority: Priority
    code: Concept
    description: str
    subject: Reference = msgspec.field(name="for")
    authoredOn: str
    reasonCode: Concept | None = None
    restriction: Restriction | None = None


class Member(msgspec.Struct, frozen=True, gc=False):
    """One of a group."""

    entity: Reference


class Group(Resource, frozen=True, gc=False, omit_defaults=True, kw_only=True, tag="Group"):
    """The patients of a page."""

    active: bool
    type: Literal["person"]
    actual: bool
    code: Concept
    name: str
    quantity: int
    member: tuple[Member, ...]


class Search(msgspec.Struct, frozen=True, gc=False):
    """Whether it was asked for, or comes beside."""

    mode: Mode


class Entry(msgspec.Struct, frozen=True, gc=False):
    """A resource and its address."""

    fullUrl: str
    resource: Task | Group
    search: Search


class Bundle(
    msgspec.Struct, frozen=True, gc=False, omit_defaults=True, kw_only=True, tag_field="resourceType", tag=True
):
    """One page; `total` counts the tasks of all pages."""

    type: Literal["searchset"]
    total: int
    link: tuple[Link, ...]
    entry: tuple[Entry, ...] = ()


def bundle(words: Words, run: str, day: str, page: Sequence[Listed], total: int, links: tuple[Link, ...]) -> Bundle:
    """A page of the worklist of a run; the same run gives the same ids."""
    tasks = tuple(_entry(_task(words, run, day, one), "match") for one in page)
    return Bundle(type="searchset", total=total, link=links, entry=(*_group(words, run, day, page), *tasks))


def subject_of(patient: str) -> Reference:
    """The patient, by the id that the run's input has; one that cannot be an id is named only."""
    found = pointing(f"Patient/{patient}")
    return found if found.reference is not None else pointing(patient)


def _group(words: Words, run: str, day: str, page: Sequence[Listed]) -> Iterator[Entry]:
    members = tuple(Member(subject_of(one.patient)) for one in page)
    if members:
        group = Group(
            id=_identify(run, "Group", *(one.patient for one in page)),
            active=True,
            type="person",
            actual=True,
            code=Concept(text=words["worklist"]),
            name=words["worklist_of"].format(day=day),
            quantity=len(members),
            member=members,
        )
        yield _entry(group, "include")


def _task(words: Words, run: str, day: str, one: Listed) -> Task:
    draw = next(iter(one.draws), None)
    return Task(
        id=_identify(run, "Task", one.patient),
        status="requested",
        intent="proposal",
        priority=PRIORITIES.get(one.urgency, "routine"),
        code=Concept(text=words["worklist_task"]),
        description="\n".join(_lines(words, one)),
        subject=subject_of(one.patient),
        authoredOn=day,
        reasonCode=_coded(one.reasons[0]) if one.reasons else None,
        restriction=Restriction(Period(draw.earliest.isoformat(), draw.latest.isoformat())) if draw else None,
    )


def _lines(words: Words, one: Listed) -> Iterator[str]:
    """Each reason, then each draw; at least that there is something to look at."""
    yield from (f"{reason.check}: {plain(reason.summary)}" for reason in one.reasons)
    if one.problem is not None:
        yield words["worklist_unjudged"].format(problem=plain(one.problem))
    for draw in one.draws:
        yield words["next_draw_only"].format(when=when(words, draw), analytes=names(words, draw.analytes))
    if not (one.reasons or one.draws or one.problem):
        yield words["worklist_task"]


def _coded(reason: Reason) -> Concept:
    return Concept((Coding(canonical.CHECKS, canonical.card_code(reason.check)),), reason.check)


def _entry(resource: Task | Group, mode: Mode) -> Entry:
    return Entry(urn(resource.id), resource, Search(mode))


def _identify(*parts: str) -> str:
    return name_based_uuid(NAMESPACE_URL, "|".join((canonical.BASE, *parts)))
