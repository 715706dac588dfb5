"""The start page, where anyone may try the service, and the page of what was judged. Nothing of a chart is kept."""

from __future__ import annotations

import re
import shlex
from typing import Any

from fastapi import FastAPI
from fastapi.routing import APIRoute
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from cds_hooks.refusal import Refusal
from service.evaluation import moment_of
from service.examples.chart import SAMPLES, chart_json
from service.http.turns import turns_at
from service.pages.page import FORM_POLICY, POLICY, headers, page
from service.pages.trying import shown
from service.pages.trying.difference import differences
from service.pages.trying.doors import Answered, Asked, ask, doors_of
from service.pages.trying.given import Choice, Given, given_in
from service.pages.trying.parts import read_parts
from service.pages.trying.readings import changed, parse, rows_of
from service.pages.trying.wish import Wish, wish_of
from service.site.site import InForce, Site

NO_STORE = "no-store"
_SERVICE = re.compile(r"/cds-services/[^/]+")


def lay_routes(app: FastAPI, in_force: InForce) -> None:
    """The page, and what its form is sent to."""

    async def show_start(request: Request) -> Response:
        return start_page(request, in_force.site, Wish())

    async def judge_it(request: Request) -> Response:
        wish, settings = Wish(), in_force.site.settings
        try:
            wish = wish_of(await read_parts(request, settings.max_body, settings.body_timeout))
            answer = await _judged(request, in_force.site, wish)
        except Refusal as refused:
            answer = start_page(request, in_force.site, wish, refused.status, problems=refused.problems)
        answer.headers["Cache-Control"] = NO_STORE
        return answer

    app.add_api_route("/", show_start, methods=["GET"], include_in_schema=False)
    app.add_api_route("/try", show_start, methods=["GET"], include_in_schema=False)
    app.add_api_route("/try", judge_it, methods=["POST"], include_in_schema=False)


def start_page(request: Request, site: Site, wish: Wish, status: int = 200, **more: Any) -> Response:
    """The start page, with what was filled in, and what was wrong with it."""
    content = {
        "wish": wish,
        "content": wish.content.decode(errors="replace"),
        "samples": SAMPLES,
        "doors": doors_of(site),
        "profiles": site.knowledge.profiles,
    }
    beside = {"services": services_of(request.app), "trust": site.settings.jwt, "problems": (), "patients": ()}
    return page(request, site, "try.html", ".", FORM_POLICY, status, **content, **(beside | more))


def services_of(app: FastAPI) -> list[APIRoute]:
    """The CDS services, as the API's document has them."""
    return [route for route in app.routes if isinstance(route, APIRoute) and _SERVICE.fullmatch(route.path)]


def chosen(site: Site, wish: Wish) -> Given | Choice:
    """The chart that was sent, or the patients there are to choose from."""
    content = chart_json(wish.sample, site.now().day).encode() if wish.sample in SAMPLES else wish.content
    return given_in(content, wish.patient, site.settings.max_resources, wish.is_laboratory)


def with_changes(given: Given, wish: Wish) -> Given:
    """The same chart with the values that were changed; itself where none was."""
    if given.node is None or not wish.changes:
        return given
    body = changed(given.body, wish.changes)
    return given if body is given.body else Given(given.kind, body, parse(body))


async def _judged(request: Request, site: Site, wish: Wish) -> Response:
    """The page of an answer, or of the patients there are to choose from.

    Charts are judged here like everywhere; what is done for the page alone keeps nobody else waiting.
    """
    given = await run_in_threadpool(chosen, site, wish)
    if isinstance(given, Choice):
        return await run_in_threadpool(lambda: start_page(request, site, wish, patients=given.patients))
    asked = asked_of(site, wish)
    altered = await run_in_threadpool(with_changes, given, wish)
    await turns_at(request.scope).again()
    after = ask(site, altered, asked)
    if wish.show in ("request", "response"):
        sent = after.request if wish.show == "request" else after.response
        return Response(sent, headers=headers(POLICY), media_type=after.media)
    before = None if altered is given else ask(site, given, asked)

    def show() -> Response:
        content = _shown(request, site, wish, given, asked, after, before)
        return page(request, site, "tried.html", ".", FORM_POLICY, **content)

    return await run_in_threadpool(show)


def asked_of(site: Site, wish: Wish) -> Asked:
    """Which door, by which numbers, as of when."""
    door = wish.door or SAMPLES.get(wish.sample, "")
    profiles = site.profiles([wish.profile] if wish.profile else [])
    return Asked(door, profiles, moment_of(site, [wish.day] if wish.day else []))


def _shown(
    request: Request, site: Site, wish: Wish, given: Given, asked: Asked, after: Answered, before: Answered | None
) -> dict[str, Any]:
    report, knowledge = after.report, site.knowledge
    draws = report.draws if report is not None else ()
    return {
        "wish": wish,
        "sample": next((name for name in (wish.sample, wish.about) if name in SAMPLES), ""),
        "kind_of": given.kind,
        "content": given.body.decode(errors="replace"),
        "asked": asked,
        "answer": after,
        "report": report,
        "used": {one.id: one.profile for one in report.protocols} if report is not None else {},
        "cards": [(card, shown.markdown(card.detail or "")) for card in after.cards],
        "groups": shown.groups_of(report),
        "told": lambda finding: shown.told(knowledge, finding),
        "line": shown.line_of(knowledge, draws, asked.today.day),
        "rows": rows_of(given.body, wish.changes) if given.node is not None else (),
        "is_changed": before is not None,
        "differences": differences(before.report, report) if before is not None else (),
        "sent": shown.shown_json(after.request),
        "said": shown.shown_json(after.response),
        "curl": _curl(request, site, after),
        "as_of_now": not wish.day and not wish.profile,
    }


def _curl(request: Request, site: Site, after: Answered) -> str:
    """The call as it is typed into a terminal."""
    base = site.settings.public_url or str(request.base_url).rstrip("/")
    token = ["-H 'Authorization: Bearer '\"$TOKEN\""] if site.settings.jwt == "required" else []
    parts = [f"-H 'Content-Type: {after.media}'", *token, "--data-binary @request.json"]
    return " \\\n  ".join([f"curl -s {shlex.quote(base + after.path)}", *parts])
