"""A check as an action of a PlanDefinition: what it says, when, how urgently, and what it rests on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from cds_hooks.findings import Urgency
from cds_hooks.judgement.planning.draws import Next
from cds_hooks.judgement.protocol.check import Check
from cds_hooks.judgement.written.written import BranchFile, CheckFile
from cds_hooks.presentation.applied.care_plan import Priority
from cds_hooks.presentation.artifacts.activities import definitions_of
from cds_hooks.presentation.artifacts.artifact import Shape, url_of
from cds_hooks.presentation.artifacts.evidence import (
    behind_numbers,
    citations,
    depends_on,
    files_looked_into,
    notes_on_numbers,
    numbers_named,
    strength_extension,
    strength_in_words,
)
from cds_hooks.presentation.artifacts.laboratory import (
    imprecision,
    measured_here,
    site_files_behind,
    sources_behind,
)
from cds_hooks.presentation.artifacts.libraries import site_library_id
from cds_hooks.presentation.artifacts.protocols.applicability import conditions_of, reasons_of
from cds_hooks.presentation.artifacts.quantities import days_range
from cds_hooks.presentation.canonical import CHECKS, card_code, slug
from cds_hooks.presentation.told.planned import next_draw
from cds_hooks.presentation.told.ranges import called_in_range
from cds_hooks.presentation.told.terms import Terms
from cds_hooks.presentation.wording import card_title

PRIORITY: dict[Urgency, Priority] = {"info": "routine", "warning": "urgent", "critical": "stat"}


def check_action(check: Check, terms: Terms) -> Shape:
    """The action of one check. Its ways, if it has several, are actions in it: the first that holds speaks."""
    file = check.file
    title = card_title(terms.knowledge.words, file.id, file.topic)
    named = list(dict.fromkeys(numbers_named(file)))
    measured = measured_here(file, terms.knowledge)
    own = [site_library_id(path, terms.knowledge) for path in site_files_behind(measured, terms.knowledge)]
    shape: Shape = {
        "id": file.id,
        "extension": [strength_extension(check.strength)],
        "title": title,
        "description": file.says,
        "textEquivalent": "\n".join(_text(check, named, terms)),
        "priority": PRIORITY[file.urgency],
        "code": [{"coding": [{"system": CHECKS, "code": card_code(file.id), "display": title}]}, {"text": file.action}],
        "documentation": [
            *citations((*check.sources, *behind_numbers(named, terms), *sources_behind(measured, terms.knowledge))),
            *depends_on(*(url_of("Library", name) for name in (*files_looked_into(file), *own))),
        ],
    }
    goals = [name for name in named if name in terms.variant.bands]
    inputs = [_results(analyte) for analyte in check.asks_about if analyte in terms.knowledge.vocabulary.analytes]
    more = {"goalId": goals, "condition": conditions_of(file, terms), "input": inputs}
    return shape | {name: values for name, values in more.items() if values} | _inner(file, terms)


def _results(analyte: str) -> Shape:
    """The results a check looks at."""
    codes = url_of("ValueSet", slug(analyte))
    return {"type": "Observation", "codeFilter": [{"path": "code", "valueSet": codes}]}


def _inner(file: CheckFile, terms: Terms) -> Shape:
    if file.branch:
        ways = [_way(branch, f"{file.id}-{place}", file, terms) for place, branch in enumerate(file.branch, 1)]
        return {"groupingBehavior": "logical-group", "selectionBehavior": "at-most-one", "action": ways}
    draw = _draw(file.next, file.id, terms)
    return {"action": [draw]} if draw else {}


def _way(branch: BranchFile, identity: str, file: CheckFile, terms: Terms) -> Shape:
    """One of several ways a check is raised; what it leaves out is the check's own."""
    advice = branch.advice or file.advice
    draw = _draw(branch.next or file.next, identity, terms)
    return {
        "id": identity,
        "description": branch.says or file.says,
        "textEquivalent": "\n".join([branch.says or file.says, *([advice] if advice else [])]),
        "priority": PRIORITY[branch.urgency or file.urgency],
        "code": [{"text": branch.action or file.action}],
        "condition": conditions_of(branch, terms),
    } | ({"action": [draw]} if draw else {})


def _draw(wish: Next | None, asking: str, terms: Terms) -> Shape | None:
    """The draw a raised check asks for, counted in days from then."""
    if wish is None or not (wish.analytes or wish.of_evidence):
        return None
    days = {"actionId": asking, "relationship": "after-start", "offsetRange": days_range(wish.after, wish.before)}
    shape: Shape = {
        "id": f"{asking}-draw",
        "title": "Next draw",
        "description": next_draw(wish, terms),
        "relatedAction": [days],
    }
    return shape | (drawn(wish.analytes, f"{asking}-draw", terms) if wish.analytes else {})


def drawn(items: Sequence[str], asking: str, terms: Terms) -> Shape:
    """The tests of a draw, each an action."""
    tests = [
        {"id": f"{asking}-{slug(item)}", "title": terms.label(item)} | _definition(item, asking, terms)
        for item in items
    ]
    return {"groupingBehavior": "logical-group", "selectionBehavior": "all", "action": tests}


def _definition(item: str, asking: str, terms: Terms) -> Shape:
    """What to order for an item: one order, or several that answer it together."""
    one, *more = definitions_of(item, terms.knowledge)
    if not more:
        return {"definitionCanonical": one}
    parts = [
        {"id": f"{asking}-{slug(item)}-{place}", "title": terms.label(item), "definitionCanonical": canonical}
        for place, canonical in enumerate((one, *more), 1)
    ]
    return {"groupingBehavior": "logical-group", "selectionBehavior": "all", "action": parts}


def _text(check: Check, named: Sequence[str], terms: Terms) -> Iterator[str]:
    """The whole of a check in words, as its page has it."""
    file = check.file
    yield file.says
    if file.says_if_critical:
        yield f"If every plausible reading is critical: {file.says_if_critical}"
    yield from (said for said in (file.advice, file.note, *notes_on_numbers(named, terms)) if said)
    yield from reasons_of(file, terms)
    yield from imprecision(measured_here(file, terms.knowledge), terms)
    if file.next is not None:
        yield f"Next draw: {next_draw(file.next, terms)}."
    if file.yields_to:
        yield f"Left to {', '.join(file.yields_to)} where that is raised."
    if check.in_range is not None:
        yield f"Called in range: {called_in_range(check, terms)}."
    yield strength_in_words(check.strength)
