"""The blood tests that protocols draw, as ActivityDefinitions: one for each lab order, with how to draw it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial

from cds_hooks.judgement.knowledge.knowledge import Knowledge, LabOrder
from cds_hooks.judgement.planning.notes import Note
from cds_hooks.judgement.planning.panels import members
from cds_hooks.judgement.protocol.protocol import Protocol
from cds_hooks.presentation.artifacts.artifact import Artifact, Shape, url_of
from cds_hooks.presentation.artifacts.evidence import citations, depends_on
from cds_hooks.presentation.artifacts.topics import analyte_topics
from cds_hooks.presentation.canonical import ANALYTES, LOINC, slug
from cds_hooks.presentation.orders.orders import plan_orders
from cds_hooks.presentation.terminology import notices
from cds_hooks.presentation.told.conditions import told
from cds_hooks.presentation.told.terms import Terms, listed
from cds_hooks.presentation.wording import name

_ANYONE = "for everyone"


def activities(knowledge: Knowledge, version: str) -> Iterator[Artifact]:
    """Every lab order, and every test that a protocol draws and no order is for. `version` is the service's."""
    for order in knowledge.orders:
        head = {"topic": analyte_topics(order.analytes, knowledge.words), "copyright": notices.LOINC}
        yield _activity(_order_id(order), version, order.display, order.analytes, _order_code(order), head, knowledge)
    for analyte in _without_order(knowledge):
        title = name(knowledge.words, analyte)
        head = {"topic": analyte_topics([analyte], knowledge.words)}
        code = {"coding": [{"system": ANALYTES, "code": analyte, "display": title}], "text": title}
        yield _activity(_test_id(analyte), version, title, [analyte], code, head, knowledge)


def definitions_of(item: str, knowledge: Knowledge) -> list[str]:
    """The canonical URLs of what answers an item of a draw, an analyte or a panel: the fewest orders."""
    plan = plan_orders(members((item,), knowledge.panels), knowledge.orders)
    return [*(order_url(order.code) for order in plan.orders), *map(test_url, plan.by_hand)]


def order_url(code: str) -> str:
    """The canonical URL of a lab order."""
    return url_of("ActivityDefinition", f"order-{code}")


def test_url(analyte: str) -> str:
    """The canonical URL of a test that no order is for."""
    return url_of("ActivityDefinition", _test_id(analyte))


def draws_of(variant: Protocol) -> Iterator[str]:
    """Every analyte and panel that a protocol may ask to draw."""
    wishes = [wish for check in variant.file.check for wish in (check.next, *(way.next for way in check.branch))]
    yield from (item for visit in variant.schedule.visits for item in visit.analytes)
    yield from (item for wish in wishes if wish is not None for item in wish.analytes)


def _order_id(order: LabOrder) -> str:
    return f"order-{order.code}"


def _test_id(analyte: str) -> str:
    return f"test-{slug(analyte)}"


def _without_order(knowledge: Knowledge) -> list[str]:
    items = dict.fromkeys(item for variant in knowledge.variants.values() for item in draws_of(variant))
    plans = (plan_orders(members((item,), knowledge.panels), knowledge.orders) for item in items)
    return list(dict.fromkeys(analyte for plan in plans for analyte in plan.by_hand))


def _order_code(order: LabOrder) -> Shape:
    codings = [(LOINC, order.code, order.display), *order.local]
    return {
        "coding": [
            {"system": system, "code": code} | ({"display": display} if display else {})
            for system, code, display in codings
        ],
        "text": order.display,
    }


def _activity(
    identity: str,
    version: str,
    title: str,
    analytes: Sequence[str],
    code: Shape,
    head: Shape,
    knowledge: Knowledge,
) -> Artifact:
    answered = listed([name(knowledge.words, analyte) for analyte in analytes], "and")
    described = f"A blood test whose result answers {answered}. Where its usage says nothing else: {knowledge.any_time}"
    make = partial(_rest, code, analytes, knowledge)
    return Artifact("ActivityDefinition", identity, version, title, described, make, head)


def _rest(code: Shape, analytes: Sequence[str], knowledge: Knowledge) -> Shape:
    notes = [note for note in knowledge.notes if not note.analytes.isdisjoint(analytes)]
    sources = [knowledge.sources[source] for note in notes for source in note.file.source]
    libraries = [url_of("Library", "orders"), url_of("Library", "panels")]
    usage = {"usage": "\n".join(_told(note, knowledge) for note in notes)} if notes else {}
    return usage | {
        "relatedArtifact": [*citations(sources), *depends_on(*libraries)],
        "library": libraries,
        "kind": "ServiceRequest",
        "intent": "proposal",
        "code": code,
    }


def _told(note: Note, knowledge: Knowledge) -> str:
    """A note, whom it is for, what it rests on."""
    terms = Terms(knowledge, next(iter(knowledge.variants.values())))
    those = [told(condition, terms) for condition in note.file.all]
    others = [f"not where {told(condition, terms)}" for condition in note.file.none]
    whom = "; ".join([*those, *others]) or _ANYONE
    cited = ", ".join(note.file.source)
    return f"- {note.text} Whom it is for: {whom}. Evidence: {note.file.confidence}; source: {cited}."
