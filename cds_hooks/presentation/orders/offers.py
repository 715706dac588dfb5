"""Draws as offers: one suggestion for each lab order, with one action each. Never a medication."""

from __future__ import annotations

import msgspec

from cds_hooks.findings import Draw
from cds_hooks.judgement.knowledge.knowledge import LabOrder
from cds_hooks.presentation.cards.occasion import Occasion
from cds_hooks.presentation.markdown import Markdown, escape, fill, line, plain
from cds_hooks.presentation.orders.orders import OrderPlan, plan_orders
from cds_hooks.presentation.orders.service_request import Drafts
from cds_hooks.presentation.wording import Words, names, when
from cds_hooks.wire.response import Action, Suggestion


class Offer(msgspec.Struct, frozen=True, gc=False):
    """A draw in words, and as draft orders."""

    lines: tuple[Markdown, ...]
    suggestions: tuple[Suggestion, ...]


def offer(occasion: Occasion, draw: Draw, due: bool) -> Offer:
    """What to draw and what to order for it, without what is ordered already; recommended when the draw is due."""
    plan = plan_orders(draw.analytes, occasion.offered, occasion.placed)
    moment = when(occasion.words, draw)
    return Offer(_lines(occasion.words, draw, plan, moment), _suggestions(occasion, draw, plan, moment, due))


def _lines(words: Words, draw: Draw, plan: OrderPlan, moment: str) -> tuple[Markdown, ...]:
    lines = [line(words["label_draw"], _draw_line(words, draw, moment))]
    if plan.placed:
        lines.append(fill(words["already_ordered"], analytes=names(words, plan.placed)))
    if plan.by_hand:
        lines.append(fill(words["order_by_hand"], analytes=names(words, plan.by_hand)))
    return tuple(lines)


def _draw_line(words: Words, draw: Draw, moment: str) -> Markdown:
    said = fill(
        words["draw_line" if draw.earliest == draw.latest else "draw_window"],
        when=Markdown(moment),
        earliest=Markdown(draw.earliest.isoformat()),
        latest=Markdown(draw.latest.isoformat()),
        analytes=names(words, draw.analytes),
        instruction=draw.instruction,
    )
    return Markdown(" ".join([said, *map(escape, draw.notes)]))


def _suggestions(occasion: Occasion, draw: Draw, plan: OrderPlan, moment: str, due: bool) -> tuple[Suggestion, ...]:
    words, instruction = occasion.words, plain(draw.instruction)
    note = words["order_note"].format(when=moment, instruction=instruction).strip()
    drafts = Drafts.of(draw, occasion.patient, note, instruction)
    return tuple([_suggestion(occasion, draw, order, drafts, moment, due) for order in plan.orders])


def _suggestion(occasion: Occasion, draw: Draw, order: LabOrder, drafts: Drafts, moment: str, due: bool) -> Suggestion:
    words = occasion.words
    description = words["suggestion_description"].format(
        test=order.display, code=order.code, when=moment, instruction=drafts.instruction or ""
    )
    parts = (order.code, draw.earliest.isoformat(), draw.latest.isoformat(), *draw.reasons)
    return Suggestion(
        label=words["suggestion_label"].format(test=order.display),
        uuid=occasion.identify("order", parts),
        isRecommended=due,
        actions=(Action(type="create", description=description.strip(), resource=drafts.draft(order)),),
    )
