"""A plan applied to one chart: what its protocol says and draws next, as a CarePlan."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import count

import msgspec

from cds_hooks.facts import Facts, Moment
from cds_hooks.findings import Draw, Finding
from cds_hooks.judged import Judged
from cds_hooks.judgement.knowledge.knowledge import Knowledge
from cds_hooks.presentation.applied.care_plan import (
    Action,
    Activity,
    CarePlan,
    Payload,
    Priority,
    ProposedMessage,
    ProposedTest,
    Reason,
    RelatedArtifact,
    RequestGroup,
)
from cds_hooks.presentation.applied.outcomes import notes_on
from cds_hooks.presentation.artifacts.activities import order_url, test_url
from cds_hooks.presentation.artifacts.artifact import Artifact
from cds_hooks.presentation.artifacts.evidence import strength_in_words
from cds_hooks.presentation.artifacts.protocols.checks import PRIORITY
from cds_hooks.presentation.canonical import ANALYTES, CHECKS, LOINC, card_code
from cds_hooks.presentation.cards.topics import by_severity, raised
from cds_hooks.presentation.orders.orders import plan_orders
from cds_hooks.presentation.orders.service_request import Annotation, CodeableConcept, Drafts, Reference
from cds_hooks.presentation.wording import card_title, name, names, when
from cds_hooks.wire.response import Coding

STEPS = "steps"
_REFERENCE = re.compile(r"[A-Z][A-Za-z]+/[A-Za-z0-9\-.]{1,64}$|urn:|https?:")  # not the place in a Bundle
_RANKS: tuple[Priority, ...] = ("routine", "urgent", "stat")
Step = tuple[Action, tuple[ProposedTest | ProposedMessage, ...]]


class Applied(msgspec.Struct, frozen=True, gc=False):
    """A plan, the protocol behind it, and what was judged of one chart by it."""

    plan: Artifact
    protocol: str
    judged: Judged
    facts: Facts
    knowledge: Knowledge
    today: Moment
    subject: str

    @property
    def canonical(self) -> str:
        """The plan with its version."""
        return f"{self.plan.url}|{self.plan.version}"

    @property
    def findings(self) -> tuple[Finding, ...]:
        """Those raised by its protocol that may speak, the most urgent first."""
        return by_severity([finding for finding in raised(self.judged) if finding.protocol == self.protocol])


def encode_applied(applied: Applied) -> bytes:
    """The CarePlan as JSON."""
    return msgspec.json.encode(care_plan(applied))


def care_plan(applied: Applied) -> CarePlan:
    """What the plan asks. Every step is one resource that it holds, or a draw with its lab orders."""
    steps = list(_steps(applied))
    subject, day = Reference(applied.subject), applied.today.day.isoformat()
    group = RequestGroup(
        id=STEPS,
        instantiatesCanonical=(applied.canonical,),
        status="draft",
        intent="proposal",
        subject=subject,
        authoredOn=day,
        action=tuple(action for action, _ in steps),
    )
    return CarePlan(
        contained=(group, *(held for _, each in steps for held in each)) if steps else (),
        instantiatesCanonical=(applied.canonical,),
        status="draft",
        intent="proposal",
        title=applied.plan.title,
        description=applied.plan.description,
        subject=subject,
        created=day,
        activity=(Activity(reference=Reference(f"#{STEPS}")),) if steps else (),
        note=tuple(map(Annotation, notes_on(applied.judged, applied.facts, applied.protocol, applied.today))),
    )


def _steps(applied: Applied) -> Iterator[Step]:
    for place, finding in enumerate(applied.findings, 1):
        yield _message(finding, f"finding-{place}", applied)
    number = count(1)
    yield from filter(None, (_draw(draw, number, applied) for draw in applied.judged.draws))


def _message(finding: Finding, identity: str, applied: Applied) -> Step:
    title = card_title(applied.knowledge.words, finding.check, finding.topic)
    about = dict.fromkeys(item.reference for item in finding.evidence if _REFERENCE.match(item.reference))
    said = [finding.summary, *([finding.advice] if finding.advice else [])]
    message = ProposedMessage(
        id=identity,
        status="draft",
        priority=_priority(finding),
        subject=Reference(applied.subject),
        about=tuple(map(Reference, about)),
        payload=tuple(Payload(contentString=sentence) for sentence in said),
        authoredOn=applied.today.day.isoformat(),
        reasonCode=(Reason(coding=(Coding(CHECKS, card_code(finding.check), title),)),),
        note=(Annotation(strength_in_words(finding.strength)),),
    )
    cited = tuple(
        RelatedArtifact(type="citation", label=source.id, citation=source.title, url=source.url)
        for source in finding.sources
    )
    action = Action(
        prefix=finding.check,
        title=title,
        description=finding.summary,
        priority=_priority(finding),
        documentation=cited,
        resource=Reference(f"#{identity}"),
    )
    return action, (message,)


def _draw(draw: Draw, number: Iterator[int], applied: Applied) -> Step | None:
    """One draw: a step for each lab order, all on one day; None where all of it is ordered."""
    words = applied.knowledge.words
    moment = when(words, draw)
    note = words["order_note"].format(when=moment, instruction=draw.instruction).strip()
    drafts = Drafts.of(draw, applied.subject, note, draw.instruction)
    priority = max((_priority(one) for one in applied.findings if one.check in draw.reasons), key=_rank, default=None)
    tests = [_test(code, url, f"test-{next(number)}", drafts, priority) for code, url in _codes(draw, applied)]
    if not tests:
        return None
    orders = tuple(Action(title=test.code.text, resource=Reference(f"#{test.id}")) for test in tests)
    action = Action(
        title=f"Draw {names(words, draw.analytes)}",
        description=" ".join([f"{moment}. Asked for by: {', '.join(draw.reasons)}.", draw.instruction, *draw.notes]),
        priority=priority,
        timingDateTime=drafts.day,
        timingPeriod=drafts.window,
        groupingBehavior="logical-group",
        selectionBehavior="all",
        action=orders,
    )
    return action, tuple(tests)


def _codes(draw: Draw, applied: Applied) -> Iterator[tuple[CodeableConcept, str]]:
    """What is ordered, with the definition it follows; a test without an order under our own name."""
    orders = plan_orders(draw.analytes, applied.knowledge.orders, applied.judged.placed)
    for order in orders.orders:
        known = Coding(LOINC, order.code, order.display), *(Coding(*local) for local in order.local)
        yield CodeableConcept(known, order.display), order_url(order.code)
    for analyte in orders.by_hand:
        label = name(applied.knowledge.words, analyte)
        yield CodeableConcept((Coding(ANALYTES, analyte, label),), label), test_url(analyte)


def _test(code: CodeableConcept, url: str, identity: str, drafts: Drafts, priority: Priority | None) -> ProposedTest:
    return ProposedTest(
        id=identity,
        status="draft",
        intent="proposal",
        instantiatesCanonical=(url,),
        priority=priority,
        code=code,
        subject=drafts.subject,
        occurrenceDateTime=drafts.day,
        occurrencePeriod=drafts.window,
        note=drafts.note,
        patientInstruction=drafts.instruction,
    )


def _priority(finding: Finding) -> Priority:
    return PRIORITY[finding.urgency]


def _rank(priority: Priority) -> int:
    return _RANKS.index(priority)
