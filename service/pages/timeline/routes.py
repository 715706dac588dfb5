"""The timeline of a chart that somebody sends with Try it's form. Nothing of it is kept, and no address holds any."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from cds_hooks.refusal import Refusal
from service.examples.chart import SAMPLES
from service.http.turns import turns_at
from service.pages.page import FORM_POLICY, page
from service.pages.timeline.shown import shown, view_of
from service.pages.trying.doors import ask
from service.pages.trying.given import Choice
from service.pages.trying.parts import read_parts
from service.pages.trying.routes import NO_STORE, asked_of, chosen, start_page, with_changes
from service.pages.trying.wish import Wish, wish_of
from service.site.site import InForce, Site


def lay_routes(app: FastAPI, in_force: InForce) -> None:
    """The page; it is reached from the answer of Try it, and answers a form only."""

    async def show_start(request: Request) -> Response:
        return start_page(request, in_force.site, Wish())

    async def show_timeline(request: Request) -> Response:
        wish, site = Wish(), in_force.site
        try:
            wish = wish_of(await read_parts(request, site.settings.max_body, site.settings.body_timeout))
            answer = await _drawn(request, site, wish)
        except Refusal as refused:
            answer = start_page(request, site, wish, refused.status, problems=refused.problems)
        answer.headers["Cache-Control"] = NO_STORE
        return answer

    app.add_api_route("/timeline", show_start, methods=["GET"], include_in_schema=False)
    app.add_api_route("/timeline", show_timeline, methods=["POST"], include_in_schema=False)


async def _drawn(request: Request, site: Site, wish: Wish) -> Response:
    found = await run_in_threadpool(chosen, site, wish)
    if isinstance(found, Choice):
        return await run_in_threadpool(lambda: start_page(request, site, wish, patients=found.patients))
    given, asked = await run_in_threadpool(with_changes, found, wish), asked_of(site, wish)
    await turns_at(request.scope).again()
    answer = ask(site, given, asked)
    if answer.judged is None or answer.facts is None:
        told = "Nothing of this chart was judged, so there is nothing to draw; Try it says why."
        raise Refusal(422, "business-rule", told)
    sample = next((name for name in (wish.sample, wish.about) if name in SAMPLES), "")
    content: dict[str, Any] = {
        "wish": wish,
        "action": "timeline",
        "content": given.body.decode(errors="replace"),
        "fields": {
            "origin": given.kind,
            "about": sample,
            "door": answer.door,
            "day": wish.day,
            "had-units": wish.units,
        },
        "sample": sample,
        "back": True,
        "cards": (),
        "person": None,
    }
    judged, facts = answer.judged, answer.facts

    def show() -> Response:
        drawn = shown(site, judged, facts, asked.today, view_of(wish.units, wish.period))
        return page(request, site, "timeline.html", ".", FORM_POLICY, **content, **drawn)

    return await run_in_threadpool(show)
