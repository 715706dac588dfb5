"""Where a committee sees what another threshold would do, as a page or JSON. Nothing of a chart is kept."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from itertools import groupby
from typing import Any

import msgspec
from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response

from cds_hooks.judgement.knowledge.knowledge import Knowledge
from cds_hooks.judgement.supposed.number import Named, numbers_of, profile_in_force
from cds_hooks.refusal import Refusal
from service.evaluation import moment_of
from service.http.outcome import JSON
from service.http.turns import turns_at
from service.pages.page import FORM_POLICY, page
from service.pages.trying.parts import read_parts
from service.people.gate import NO_STORE
from service.site.site import InForce, Site
from service.whatif.again import MOST, sample_of
from service.whatif.answer import numbers, what_if
from service.whatif.judging import Chart, both, charts_in, judged
from service.whatif.shown import Shown
from service.whatif.wish import Wish, wish_of
from service.worklist.runs import Found, newest

PATH = "/stats/threshold"


def lay_routes(app: FastAPI, in_force: InForce) -> None:
    """The page. It is for people: whoever puts the application together guards this address."""

    async def show_form(request: Request) -> Response:
        if _wants_json(request):
            return _json(numbers(numbers_of(in_force.site.knowledge)))
        return await asyncio.to_thread(_page, request, in_force.site, Wish())

    async def judge_both(request: Request) -> Response:
        wish, site = Wish(), in_force.site
        try:
            wish = wish_of(await read_parts(request, site.settings.max_body, site.settings.body_timeout))
            shown = await _difference(request, site, wish)
        except Refusal as refused:
            if _wants_json(request):
                raise
            problems = refused.problems
            return await asyncio.to_thread(_page, request, site, wish, refused.status, problems=problems)
        if _wants_json(request):
            return _json(what_if(shown))
        return await asyncio.to_thread(_page, request, site, wish, shown=shown)

    app.add_api_route(PATH, show_form, methods=["GET"], include_in_schema=False)
    app.add_api_route(PATH, judge_both, methods=["POST"], include_in_schema=False)


async def _difference(request: Request, site: Site, wish: Wish) -> Shown:
    number, texts = wish.named(), wish.texts()
    run = await asyncio.to_thread(_required_run, site) if wish.of == "run" else None
    profiles, day = (run.about.profiles, run.about.today) if run else (site.settings.profile, wish.day)
    sites = await asyncio.to_thread(both, site, number, texts, profiles)
    charts, patients = await asyncio.to_thread(_charts, site, wish, run)
    outcome = await judged(sites, charts, moment_of(site, [day] if day else []), profiles, turns_at(request.scope).line)
    in_force, least = profile_in_force(site.knowledge, number, profiles), site.settings.suppress_below
    return Shown(_named(site.knowledge, wish), texts, in_force, outcome, least, day[:10] if run else "", patients)


def _required_run(site: Site) -> Found:
    found = _run(site)
    if found is None:
        raise Refusal(404, "not-found", "There is no finished population run to read again.", "of")
    return found


def _charts(site: Site, wish: Wish, run: Found | None) -> tuple[list[Chart], int]:
    """Those to judge, and of how many patients."""
    if run is None:
        charts = charts_in(wish.content, site.settings.max_resources)
        return charts, len(charts)
    sample = sample_of(run)
    return [Chart(one) for one in sample.charts], sample.patients


def _wants_json(request: Request) -> bool:
    accepted = request.headers.get("accept", "")
    return "application/json" in accepted and "text/html" not in accepted


def _json(found: msgspec.Struct) -> Response:
    return Response(msgspec.json.encode(found), media_type=JSON, headers={"Cache-Control": NO_STORE})


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
