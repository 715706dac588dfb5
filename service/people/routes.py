"""The addresses where people sign in and out. Their pages tell no detail of what went wrong."""

from __future__ import annotations

import logging
import re

import msgspec
from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from cds_hooks.refusal import Refusal
from service.pages.page import FORM_POLICY, page
from service.people.allowed import is_allowed
from service.people.gate import NO_STORE
from service.people.people import CALLBACK, SIGN_IN, SIGN_OUT, SIGNED_IN, Session
from service.people.provider import NotSignedIn, Provider, person_of
from service.site.site import Site

log = logging.getLogger("hormone_cds")
# A path of this service: neither another host (//…) nor another scheme.
_OURS = re.compile(r"/(?!/)[\w.~!$&'()*+,;=:@?%/-]*", re.ASCII)


def lay_routes(app: FastAPI, site: Site, session: Session | None) -> None:
    """Signing in and out, where it is set up."""
    if session is None:
        return
    provider, public_url = Provider(site.settings), str(site.settings.public_url)

    async def sign_in(request: Request) -> Response:
        request.scope["session"] = {}
        wanted = _wanted(request)
        try:
            answer = await provider.send_there(request, anew=session.left.read(request.cookies) is not None)
        except NotSignedIn as failed:
            return _failure(request, site, failed)
        session.under_way.write(answer, {"next": wanted, "asked": request.session})
        return _private(answer)

    async def come_back(request: Request) -> Response:
        started = session.under_way.read(request.cookies) or {"next": SIGNED_IN, "asked": {}}
        request.scope["session"] = started["asked"]
        try:
            claims = await provider.claims(request)
        except NotSignedIn as failed:
            return _failure(request, site, failed)
        if not is_allowed(claims, site.settings.oidc_allow):
            return _shown(request, site, 403, "not_allowed")
        answer = RedirectResponse(f"{public_url}{started['next']}", 303)
        session.cookie.write(answer, msgspec.to_builtins(person_of(claims)))
        session.under_way.forget(answer)
        session.left.forget(answer)
        return _private(answer)

    async def show_person(request: Request) -> Response:
        person = session.person(request.scope)
        if person is None:
            return _shown(request, site, 200, "nobody")
        return _shown(request, site, 200, "", person=person)

    async def sign_out(request: Request) -> Response:
        answer = _shown(request, site, 200, "signed_out")
        # A form on another site brings no cookie, and so cannot sign anyone out.
        if session.person(request.scope) is not None:
            session.cookie.forget(answer)
            # The provider may go on knowing them: without this, whoever comes next to this browser would be them.
            session.left.write(answer, {})
        return answer

    app.add_api_route(SIGN_IN, sign_in, methods=["GET"], include_in_schema=False)
    app.add_api_route(CALLBACK, come_back, methods=["GET"], include_in_schema=False)
    app.add_api_route(SIGNED_IN, show_person, methods=["GET"], include_in_schema=False)
    app.add_api_route(SIGN_OUT, sign_out, methods=["POST"], include_in_schema=False)


def _wanted(request: Request) -> str:
    """Where to go afterwards."""
    wanted = request.query_params.get("next", SIGNED_IN)
    if not _OURS.fullmatch(wanted):
        raise Refusal(400, "value", "next is a path of this service, as in /stats.", "next")
    return wanted


def _failure(request: Request, site: Site, failed: NotSignedIn) -> Response:
    log.warning("sign-in failed: %s", failed)
    return _shown(request, site, 503, "away") if failed.is_away else _shown(request, site, 400, "failed")


def _shown(request: Request, site: Site, status: int, said: str, **content: object) -> Response:
    """The page, saying what the catalogue has under a name."""
    root = str(site.settings.public_url)
    shown = {"said": said, "person": None} | content
    return _private(page(request, site, "sign-in.html", root, FORM_POLICY, status, **shown))


def _private(answer: Response) -> Response:
    answer.headers["Cache-Control"] = NO_STORE
    return answer
