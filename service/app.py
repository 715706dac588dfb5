"""Puts the web application together: routes, errors, CORS and logging around one site."""

from __future__ import annotations

import gc
import logging
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING, Protocol

from fastapi import FastAPI
from sqlalchemy import Engine
from starlette.exceptions import HTTPException

from cds_hooks.refusal import Refusal
from service import evaluation, health, hooks
from service.codes import routes as codes
from service.codes.tally import Tally
from service.ehr.ehr import Ehr
from service.fhir import doors
from service.fhir.monitoring import door as monitoring
from service.http.headers import Headed
from service.http.origins import METHODS, Origins
from service.http.outcome import on_http_error, on_refusal
from service.http.pace import Pace, Paced
from service.http.routes import RawRoute
from service.http.turns import Turns
from service.http.watch import Watch
from service.keeper import Keeper
from service.memory import feedback
from service.memory import routes as numbers
from service.memory.memory import Memory
from service.openapi.document import ABOUT, Documented
from service.operating.counts.counting import Counting
from service.operating.readiness import Readiness
from service.operating.reload import Reloader, settle
from service.operating.routes import lay_metrics, lay_probes, require_meant
from service.operating.tracing.tracing import Tracing
from service.pages import pages
from service.pages.docs import routes as docs
from service.pages.timeline import routes as timeline
from service.pages.trying import routes as trying
from service.people import routes as people
from service.people.gate import Gate, is_launched, sees_what_is_for_people, way_in
from service.people.people import Session, open_session
from service.site.settings import Settings, read_settings
from service.site.site import InForce, open_site
from service.smart import routes as launching
from service.smart.app import App
from service.smart.issuers import issuers_of
from service.storage.database import open_database
from service.whatif import routes as whatif
from service.worklist import routes as worklist
from service.worklist.shelf import require_readable

if TYPE_CHECKING:
    from service.trust.door import Door

log = logging.getLogger("hormone_cds")
OPEN_DOOR = "JWT=off: callers prove nothing. Anyone who reaches this service may call it; see HORMONE_CDS_JWT."


def create_app(settings: Settings | None = None) -> FastAPI:
    """The application; settings come from the environment unless given.

    Raises:
        StartRefused, KnowledgeError: settings or knowledge are broken, and nothing may be served.
    """
    gc.disable()  # hardly anything built here is ever garbage: looking for it takes a fifth of the start
    try:
        return _create_app(settings or read_settings())
    finally:
        gc.enable()


def _create_app(settings: Settings) -> FastAPI:
    site = open_site(settings)
    require_readable(site.settings)
    session, issuers = open_session(site.settings), issuers_of(site.settings)
    engine, tally = open_database(site.settings.database_url), Tally(site.settings.unmapped_patients)
    counting = _counting(site.settings)
    in_force = InForce(site, tally.add, Memory(site.settings, engine), counting)
    keeper = Keeper(engine, in_force, tally)
    door = _door(site.settings, engine)
    if door is not None:
        in_force.stores.append(door.ledger)
    keeper.start()
    ehr = Ehr(site.settings, counting)
    smart = App(site.settings, issuers, counting) if issuers else None
    reloader = Reloader(in_force, counting, lambda knowledge: app.renew(knowledge.profiles))
    tracing = Tracing()
    kept: list[Kept] = [tracing, keeper, in_force.memory, counting, *([] if door is None else [door]), reloader]
    kept += [] if smart is None else [smart]
    app = Documented(
        **ABOUT,
        lifespan=_lifespan(kept, ehr),
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
    )
    app.router.route_class = RawRoute
    app.add_exception_handler(Refusal, on_refusal)
    app.add_exception_handler(HTTPException, on_http_error)
    _lay_routes(app, in_force, engine, ehr)
    lay_probes(app, Readiness(in_force, reloader, None if door is None else door.verifier.sources))
    lay_metrics(app, in_force)
    people.lay_routes(app, site, session)
    launching.lay_routes(app, in_force, smart)
    app.state.sees_what_is_for_people = sees_what_is_for_people(session, door is not None)
    _lay_middlewares(app, site.settings, session, door, counting, tracing)
    return app


def _lay_routes(app: FastAPI, in_force: InForce, engine: Engine, ehr: Ehr) -> None:
    hooks.lay_routes(app, in_force, ehr)
    feedback.lay_routes(app, in_force)
    numbers.lay_routes(app, in_force, engine)
    evaluation.lay_routes(app, in_force)
    codes.lay_routes(app, in_force, engine)
    worklist.lay_routes(app, in_force)
    whatif.lay_routes(app, in_force)
    monitoring.lay_routes(app, in_force)
    doors.lay_routes(app, in_force)
    trying.lay_routes(app, in_force)
    timeline.lay_routes(app, in_force)
    pages.lay_routes(app, in_force)
    docs.lay_routes(app, in_force)
    health.lay_routes(app, in_force)


def _lay_middlewares(
    app: FastAPI, settings: Settings, session: Session | None, door: Door | None, counting: Counting, tracing: Tracing
) -> None:
    """What every call passes, from the inside out."""
    app.add_middleware(Gate, session=session, asks_all=door is not None, readers=settings.population_issuers)
    pace = Pace(settings.rate_limit) if settings.rate_limit is not None else None
    if pace is not None:
        app.add_middleware(Paced, pace=pace)
    if door is not None:
        door.hang(app, [is_launched, *([] if session is None else [way_in(session)])], pace, counting=counting)
    app.add_middleware(Watch, most=settings.max_concurrent, turns=Turns(settings.max_wait), counting=counting)
    tracing.hang(app)
    # Added after all that answers, so that browsers can read every answer, a 500 too.
    app.add_middleware(
        Origins,
        allow_origins=settings.cors_origins,
        allow_methods=METHODS,
        allow_headers=["*"],
        expose_headers=["Allow", "ETag", "Preference-Applied", "Retry-After", "WWW-Authenticate", "X-Request-Id"],
    )
    app.add_middleware(Headed)


def _door(settings: Settings, engine: Engine) -> Door | None:
    """Who may come in; None: anyone."""
    if settings.jwt == "off":
        log.warning(OPEN_DOOR)
        return None
    from service.trust.door import open_door  # where it is off, its libraries need not be loaded

    return open_door(settings, engine)


def _counting(settings: Settings) -> Counting:
    """What counts; with METRICS=off nothing does, and its library is not loaded."""
    require_meant(settings)
    if settings.metrics == "off":
        return Counting()
    from service.operating.counts.metrics import Metrics

    return Metrics()


class Kept(Protocol):
    """What runs beside the application."""

    def keeping(self) -> AbstractAsyncContextManager[None]:
        """As long as the application runs."""


def _lifespan(kept: Sequence[Kept], ehr: Ehr) -> Callable[[FastAPI], AbstractAsyncContextManager[None]]:
    """What is first ends last: the keeper closes the database, and a collector of traces that is away costs seconds."""

    @asynccontextmanager
    async def live(app: FastAPI) -> AsyncIterator[None]:
        settle()
        async with AsyncExitStack() as stack:
            for one in kept:
                await stack.enter_async_context(one.keeping())
            yield
            await ehr.close()

    return live
