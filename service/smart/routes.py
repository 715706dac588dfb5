"""The addresses of the SMART app. Its pages tell no detail of what went wrong, and logs none of what was answered."""

from __future__ import annotations

import logging
from typing import Any, NamedTuple

from fastapi import FastAPI
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from cds_hooks.facts import Moment
from cds_hooks.refusal import Refusal
from cds_hooks.wire.app_context import Opened
from service.memory.distil import Answer
from service.pages.page import page
from service.pages.timeline.shown import about, shown, view_of
from service.pages.trying.parts import read_parts
from service.pages.trying.shown import markdown
from service.pages.trying.wish import Wish, wish_of
from service.people.gate import NO_STORE
from service.site.site import InForce, Site
from service.smart.app import CALLBACK, App
from service.smart.issuers import NotOpened
from service.smart.reading import judged, read_chart

log = logging.getLogger("hormone_cds")
AGAIN = "smart/timeline"


class Read(NamedTuple):
    """A chart as it was read, its seal, and when: shown again it is not judged for a later moment, nor lives longer."""

    chart: bytes
    seal: str
    at: Moment


def lay_routes(app: FastAPI, in_force: InForce, smart: App | None) -> None:
    """Where it is set up."""
    if smart is None:
        return

    async def launch(request: Request) -> Response:
        query = request.query_params
        return await _sent(request, in_force.site, smart, query.get("iss", ""), query.get("launch", ""))

    async def stand_alone(request: Request) -> Response:
        iss = request.query_params.get("iss", "")
        if not iss:
            return _told(request, in_force.site, smart, 200, "choose")
        return await _sent(request, in_force.site, smart, iss, "")

    async def come_back(request: Request) -> Response:
        return await _come_back(request, in_force.site, smart)

    async def show_again(request: Request) -> Response:
        return _private(await _show_again(request, in_force.site, smart))

    async def show_over(request: Request) -> Response:
        return _private(_told(request, in_force.site, smart, 200, "over"))

    app.add_api_route(f"/{AGAIN}", show_over, methods=["GET"], include_in_schema=False)
    app.add_api_route("/launch", launch, methods=["GET"], include_in_schema=False)
    app.add_api_route("/smart", stand_alone, methods=["GET"], include_in_schema=False)
    app.add_api_route(CALLBACK, come_back, methods=["GET"], include_in_schema=False)
    app.add_api_route(f"/{AGAIN}", show_again, methods=["POST"], include_in_schema=False)


async def _come_back(request: Request, site: Site, smart: App) -> Response:
    """The chart that somebody opened, read from their EHR and drawn."""
    try:
        opened = await smart.come_back(request)
        chart = await read_chart(site, smart.ehr, opened)
        read = Read(chart, smart.seal.of(chart), site.now())
        answer = await _drawn(request, site, smart, read, Wish(), opened.opened)
    except NotOpened as failed:
        answer = _failure(request, site, smart, failed)
    except Refusal as refused:
        answer = _told(request, site, smart, refused.status, "unread", problems=refused.problems)
    smart.forget(request, answer)
    return _private(answer)


async def _show_again(request: Request, site: Site, smart: App) -> Response:
    """The same chart in other units, numbers or words."""
    parts = await read_parts(request, site.settings.max_body, site.settings.body_timeout)
    wish, seal = wish_of(parts), parts.get("seal", b"").decode("ascii", "replace")
    read_at = smart.seal.set_at(seal, wish.content)
    if read_at is None:
        return _told(request, site, smart, 403, "over")
    about = Opened(analytes=tuple(parts.get("first", b"").decode("ascii", "replace").split()))
    read = Read(wish.content, seal, site.at(read_at))
    try:
        return await _drawn(request, site, smart, read, wish, about)
    except Refusal as refused:
        return _told(request, site, smart, refused.status, "unread", problems=refused.problems)


async def _sent(request: Request, site: Site, smart: App, iss: str, launch: str) -> Response:
    try:
        return _private(await smart.send_there(iss, launch))
    except NotOpened as failed:
        return _private(_failure(request, site, smart, failed))


async def _drawn(request: Request, site: Site, smart: App, read: Read, wish: Wish, opened: Opened) -> Response:
    """The page. Charts are judged here like everywhere; what is done for the page alone keeps nobody else waiting."""
    by = Site(site.settings.model_copy(update={"profile": _profiles(site, wish)}), site.knowledge, site.orders)
    answer = judged(by, read.chart, read.at)
    return await run_in_threadpool(_page, request, by, smart, read, wish, opened, answer)


def _page(request: Request, site: Site, smart: App, read: Read, wish: Wish, opened: Opened, answer: Answer) -> Response:
    assert answer.judged is not None  # noqa: S101 - judged says so
    assert answer.facts is not None  # noqa: S101
    fields = {"seal": read.seal, "first": " ".join(opened.analytes), "had-units": wish.units}
    content: dict[str, Any] = {
        "wish": wish,
        "action": AGAIN,
        "content": read.chart.decode(),
        "fields": fields,
        "sample": "",
        "back": False,
        "cards": [(card, markdown(card.detail or "")) for card in answer.cards],
        "person": about(answer.facts),
    }
    view = view_of(wish.units, wish.period)
    content |= shown(site, answer.judged, answer.facts, read.at, view, opened.analytes)
    return page(request, site, "timeline.html", smart.url, smart.policy, **content)


def _profiles(site: Site, wish: Wish) -> tuple[str, ...]:
    return site.profiles([wish.profile] if wish.profile else [])


def _failure(request: Request, site: Site, smart: App, failed: NotOpened) -> Response:
    log.warning("SMART app not opened: %s", failed)
    return _told(request, site, smart, 503 if failed.is_away else 400, "away" if failed.is_away else "failed")


def _told(request: Request, site: Site, smart: App, status: int, said: str, **more: Any) -> Response:
    content = {"said": said, "issuers": tuple(smart.issuers), "problems": ()} | more
    return page(request, site, "smart.html", smart.url, smart.policy, status, **content)


def _private(answer: Response) -> Response:
    answer.headers["Cache-Control"] = NO_STORE
    return answer
