"""The addresses of the last population run: its list, in the format that is asked for, and its numbers."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import msgspec
from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from cds_hooks.presentation.worklist.bundle import Link, bundle
from cds_hooks.refusal import Problem, Refusal
from service.http.outcome import FHIR_JSON, JSON
from service.pages.page import FORM_POLICY, POLICY, page
from service.people.gate import NO_STORE
from service.site.site import InForce, Site
from service.worklist.answer import Worklist, worklist
from service.worklist.documents import LATEST, SUMMARY
from service.worklist.listing import Listing, Unusable
from service.worklist.numbers import numbers_of
from service.worklist.shelf import COMMAND, FOLDER, HOW, Worklists, required, unlisted
from service.worklist.shown import SummaryPage, WorklistPage
from service.worklist.spreadsheet import lines
from service.worklist.wish import Wish, format_of, wish_of

PATH = "/population/latest"


def lay_routes(app: FastAPI, in_force: InForce) -> None:
    """The list. It is for people who may see patients: whoever puts the application together guards this address."""
    worklists = Worklists(in_force.site.settings.population_dir)
    threads = ThreadPoolExecutor(2, "worklist")  # large runs take seconds: EHRs wait for the usual threads

    async def answered(answer: Callable[[], Response]) -> Response:
        return await asyncio.get_running_loop().run_in_executor(threads, _private, answer)

    async def show_latest(request: Request) -> Response:
        return await answered(lambda: _latest(request, in_force.site, worklists))

    async def show_summary(request: Request) -> Response:
        return await answered(lambda: _summary(request, in_force.site, worklists))

    app.add_api_route(PATH, show_latest, methods=["GET"], **LATEST)
    app.add_api_route(f"{PATH}/summary", show_summary, methods=["GET"], **SUMMARY)


def _private(answer: Callable[[], Response]) -> Response:
    """An answer that no cache keeps, or the refusal where results went away while they were read."""
    try:
        found = answer()
    except Unusable as wrong:
        raise unlisted(wrong) from None
    found.headers["Cache-Control"] = NO_STORE
    return found


def _latest(request: Request, site: Site, worklists: Worklists) -> Response:
    wish = wish_of(request.query_params.multi_items(), request.headers.get("accept", ""))
    listing = worklists.newest()
    if wish.format == "html" and listing is None:
        is_set = site.settings.population_dir is not None
        return page(request, site, "population/none.html", "..", how=COMMAND, setting=FOLDER, is_set=is_set)
    if wish.format == "html" and listing is not None:
        is_newer = wish.run not in (None, listing.found.id)
        return _page(request, site, listing, wish.but() if is_newer else wish, is_newer)
    listing = required(listing, wish, site.knowledge)
    if wish.format == "csv":
        return _spreadsheet(site, listing, wish)
    found = worklist(listing, wish)
    if wish.format == "json":
        return Response(msgspec.json.encode(found), media_type=JSON)
    links = _links(request, site, found, wish)
    told = bundle(site.knowledge.words, found.run.id, found.run.today[:10], found.patients, found.total, links)
    return Response(msgspec.json.encode(told), media_type=FHIR_JSON)


def _page(request: Request, site: Site, listing: Listing, wish: Wish, is_newer: bool) -> Response:
    """The last page where one beyond is asked for. What cannot be asked is told beside the form, without a list."""
    status, problems = 200, tuple[Problem, ...]()
    try:
        required(listing, wish, site.knowledge)
    except Refusal as refused:
        status, problems = refused.status, refused.problems
    found = worklist(listing, wish)
    if found.page > found.pages:
        wish = wish.at_most(found.pages)
        found = worklist(listing, wish)
    shown = WorklistPage(found, listing, wish, site.knowledge, site.now().day)
    told = {"list": found, "shown": shown, "is_newer": is_newer, "problems": problems, "kept": wish.query()}
    return page(request, site, "population/latest.html", "..", FORM_POLICY, status, **told)


def _spreadsheet(site: Site, listing: Listing, wish: Wish) -> Response:
    """Everybody who is asked for, whatever the page: a part of a file cannot be told from a whole one."""
    name = f"worklist-{listing.found.about.today[:10]}.csv"
    told = lines(site.knowledge.words, listing.all(wish.criteria))
    return StreamingResponse(
        told, media_type="text/csv; charset=utf-8", headers={"Content-Disposition": f'attachment; filename="{name}"'}
    )


def _links(request: Request, site: Site, found: Worklist, wish: Wish) -> tuple[Link, ...]:
    base = f"{(site.settings.public_url or str(request.base_url)).rstrip('/')}{PATH}"

    def link(relation: str, number: int) -> Link:
        return Link(relation, f"{base}?{wish.on(number, found.run.id).query(('_format', 'fhir'))}")  # type: ignore[arg-type]

    around = (("self", wish.page), ("previous", min(wish.page - 1, found.pages)), ("next", wish.page + 1))
    return tuple(link(name, number) for name, number in around if name == "self" or 1 <= number <= found.pages)


def _summary(request: Request, site: Site, worklists: Worklists) -> Response:
    wanted = format_of(request.query_params.multi_items(), request.headers.get("accept", ""))
    listing = worklists.newest()
    if listing is None:
        raise Refusal(404, "not-found", f"There is no finished population run. Make one: {HOW}.")
    found = numbers_of(listing.found, site.settings.suppress_below)
    if wanted == "html":
        return page(request, site, "population/numbers.html", "../..", POLICY, shown=SummaryPage(found))
    return Response(msgspec.json.encode(found), media_type=JSON)
