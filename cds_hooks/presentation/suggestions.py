"""Draws as offers: one suggestion for each lab order, with one action each. Never a medication."""

from __future__ import annotations

from cds_hooks.findings import Draw
from cds_hooks.knowledge import LabOrder
from cds_hooks.presentation.markdown import Markdown, fill, plain
from cds_hooks.presentation.occasion import Occasion
from cds_hooks.presentation.orders import plan_orders
from cds_hooks.presentation.service_request import draft_order
from cds_hooks.presentation.wording import Words, names, when
from cds_hooks.wire.response import Action, Suggestion


def suggest(occasion: Occasion, draw: Draw, due: bool) -> tuple[Suggestion, ...]:
    """What to order for a draw, without what is ordered already; recommended when the draw is due."""
    plan = plan_orders(draw.analytes, occasion.offered, occasion.placed)
    return tuple([_suggestion(occasion, draw, order, due) for order in plan.orders])


def draw_lines(occasion: Occasion, draw: Draw) -> tuple[Markdown, ...]:
    """The draw in words, then what of it is ordered already and what has no order code."""
    words = occasion.words
    plan = plan_orders(draw.analytes, occasion.offered, occasion.placed)
    lines = [_draw_line(words, draw)]
    if plan.placed:
        lines.append(fill(words["already_ordered"], analytes=names(words, plan.placed)))
    if plan.by_hand:
        lines.append(fill(words["order_by_hand"], analytes=names(words, plan.by_hand)))
    return tuple(lines)


def _draw_line(words: Words, draw: Draw) -> Markdown:
    return fill(
        words["draw_line" if draw.earliest == draw.latest else "draw_window"],
        when=when(words, draw),
        earliest=draw.earliest.isoformat(),
        latest=draw.latest.isoformat(),
        analytes=names(words, draw.analytes),
        instruction=draw.instruction,
    )


def _suggestion(occasion: Occasion, draw: Draw, order: LabOrder, due: bool) -> Suggestion:
    words = occasion.words
    instruction, moment = plain(draw.instruction), when(words, draw)
    description = words["suggestion_description"].format(
        test=order.display, code=order.code, when=moment, instruction=instruction
    )
    note = words["order_note"].format(when=moment, instruction=instruction)
    resource = draft_order(order, draw, occasion.patient, note.strip(), instruction)
    return Suggestion(
        label=words["suggestion_label"].format(test=order.display),
        uuid=occasion.identify(
            "order", (order.code, draw.earliest.isoformat(), draw.latest.isoformat(), *draw.reasons)
        ),
        isRecommended=True if due else None,
        actions=(Action(type="create", description=description.strip(), resource=resource),),
    )
