"""The page where a committee sees what another threshold would do. Nothing of a chart is kept."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from itertools import groupby
from typing import Any

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response

from cds_hooks.judgement.knowledge import Knowledge
from cds_hooks.judgement.supposed.number import Named, numbers_of
from cds_hooks.refusal import Refusal
from service.evaluation import moment_of
from service.pages.page import FORM_POLICY, page
from service.pages.trying.parts import read_parts
from service.people.gate import NO_STORE
from service.site import InForce, Site
from service.turns import turns_at
from service.whatif.again import MOST, sample_of
from service.whatif.judging import changed_site, charts_in, judged, profiles_with
from service.whatif.shown import Shown
from service.whatif.wish import Wish, wish_of
from service.worklist.runs import Found, newest

PATH = "/stats/threshold"


def lay_routes(app: FastAPI, in_force: InForce) -> None:
    """The page. It is for people: whoever puts the application together guards this address."""

    async def show_form(request: Request) -> Response:
        return await asyncio.to_thread(_page, request, in_force.site, Wish())

    async def judge_both(request: Request) -> Response:
        wish, site = Wish(), in_force.site
        try:
            wish = wish_of(await read_parts(request, site.settings.max_body, site.settings.body_timeout))
            shown = await _difference(request, site, wish)
        except Refusal as refused:
            problems = refused.problems
            return await asyncio.to_thread(_page, request, site, wish, refused.status, problems=problems)
        return await asyncio.to_thread(_page, request, site, wish, shown=shown)

    app.add_api_route(PATH, show_form, methods=["GET"], include_in_schema=False)
    app.add_api_route(PATH, judge_both, methods=["POST"], include_in_schema=False)


async def _difference(request: Request, site: Site, wish: Wish) -> Shown:
    number, texts, turns = wish.named(), wish.texts(), turns_at(request.scope)
    other = await asyncio.to_thread(changed_site, site, number, texts)
    named, value = _named(site.knowledge, wish), " – ".join(texts)
    least = site.settings.suppress_below
    if wish.of == "charts":
        charts = await asyncio.to_thread(charts_in, wish.content, site.settings.max_resources)
        today = moment_of(site, [wish.day] if wish.day else [])
        profiles = profiles_with(site, number, site.settings.profile)
        return Shown(named, value, await judged(site, other, charts, today, profiles, turns.line), least)
    run = await asyncio.to_thread(_run, site)
    if run is None:
        raise Refusal(404, "not-found", "There is no finished population run to read again.", "of")
    sample = await asyncio.to_thread(sample_of, run)
    today, profiles = moment_of(site, [run.about.today]), profiles_with(site, number, run.about.profiles)
    outcome = await judged(site, other, sample.charts, today, profiles, turns.line)
    return Shown(named, value, outcome, least, run.about.today[:10], sample.patients)


def _page(request: Request, site: Site, wish: Wish, status: int = 200, **more: Any) -> Response:
    content = {"problems": (), "shown": None, "groups": _groups(site.knowledge), "has_run": _run(site) is not None}
    answer = page(request, site, "threshold.html", "..", FORM_POLICY, status, wish=wish, most=MOST, **(content | more))
    answer.headers["Cache-Control"] = NO_STORE
    return answer


def _run(site: Site) -> Found | None:
    try:
        return newest(site.settings.population_dir) if site.settings.population_dir is not None else None
    except OSError:
        return None


def _named(knowledge: Knowledge, wish: Wish) -> Named:
    return next(one for one in numbers_of(knowledge) if one.number.key == wish.number)


def _groups(knowledge: Knowledge) -> list[tuple[str, Sequence[Named]]]:
    """The numbers there are to choose from, by protocol."""
    grouped = groupby(sorted(numbers_of(knowledge), key=_protocol_of), key=_protocol_of)
    return [(protocol, list(some)) for protocol, some in grouped]


def _protocol_of(named: Named) -> str:
    return named.number.protocol
