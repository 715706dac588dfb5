"""The app as it runs: the EHRs that may open it, the ways to them, and what signs and seals."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from time import monotonic

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from service.choices.written import secret_of
from service.ehr.ehr import Ehr
from service.operating.counts.counting import Counting
from service.outside.outside import Outside
from service.pages.page import FORM_POLICY
from service.site.settings import Settings
from service.smart.asking import Asked, address_of, code_in, cookie_of, start, token_request
from service.smart.issuers import MOST_BYTES, PATIENCE, Endpoints, Issuer, NotOpened, ask_token, endpoints_of
from service.smart.reading import Launched, launched
from service.smart.seal import Seal

CALLBACK = "/smart/callback"
_STATE = 100  # characters
FRESH = 300.0  # seconds for which what an EHR said of itself counts


class App:
    """Opened by EHRs. Close what it keeps at the end: connections alone."""

    def __init__(self, settings: Settings, issuers: Mapping[str, Issuer], counting: Counting) -> None:
        self.issuers = issuers
        self.url = str(settings.public_url)
        self._key, self._private = secret_of(settings.session_key), settings.fhir_private
        self.seal = Seal(self._key, settings.session_minutes * 60)
        self.policy = _policy(settings.smart_frames)
        places = tuple(issuers)
        # A person who waits for a page has more patience than an EHR that waits for cards.
        own = {"fhir_servers": places, "fhir_timeout": max(settings.fhir_timeout, PATIENCE)}
        self.ehr = Ehr(settings.model_copy(update=own), counting)
        self._known: dict[str, tuple[Endpoints, float]] = {}
        self._outside = Outside(places, private=self._private, most_bytes=MOST_BYTES)

    @asynccontextmanager
    async def keeping(self) -> AsyncIterator[None]:
        """As long as the application runs."""
        try:
            yield
        finally:
            await self.ehr.close()
            await self._outside.close()

    async def send_there(self, iss: str, launch: str) -> Response:
        """The redirect to the EHR's authorization server. Raises NotOpened."""
        issuer = self.issuers.get(iss.rstrip("/"))
        if issuer is None:
            raise NotOpened("an issuer that is not listed")
        asked, endpoints = start(issuer), await self._endpoints(issuer)
        answer = RedirectResponse(address_of(issuer, asked, endpoints, launch, self._callback), 303)
        cookie_of(asked.state, self._key, self.url).write(answer, asked._asdict())
        return answer

    async def come_back(self, request: Request) -> Launched:
        """What the EHR gave for the question that this browser was sent with. Raises NotOpened."""
        asked = self._asked(request)
        issuer = self.issuers[asked.iss]
        code = code_in(str(request.url), asked.state)
        endpoints = await self._endpoints(issuer)
        # RFC 9207: another authorization server's answer must not pass for this one's.
        said = request.query_params.get("iss", "")
        if (said or endpoints.says_issuer) and endpoints.issuer not in ("", said):
            raise NotOpened("another authorization server answered")
        body, headers = token_request(issuer, asked, code, self._callback)
        return launched(await ask_token(endpoints, body, headers, self._private), issuer.url)

    async def _endpoints(self, issuer: Issuer) -> Endpoints:
        """As the EHR said of itself lately: anyone may ask to be sent there, and the EHR is not asked for each."""
        known, at = self._known.get(issuer.url, (None, 0.0))
        if known is None or monotonic() - at > FRESH:
            known = await endpoints_of(issuer, self._outside)
            self._known[issuer.url] = (known, monotonic())
        return known

    def forget(self, request: Request, answer: Response) -> None:
        """Have the browser drop what it was sent there with."""
        if state := _state(request):
            cookie_of(state, self._key, self.url).forget(answer)

    def _asked(self, request: Request) -> Asked:
        state = _state(request)
        told = cookie_of(state, self._key, self.url).read(request.cookies) if state else None
        if told is None or told["state"] != state or told["iss"] not in self.issuers:
            raise NotOpened("the browser did not bring what it was sent with")
        return Asked(**told)

    @property
    def _callback(self) -> str:
        return f"{self.url}{CALLBACK}"


def _state(request: Request) -> str:
    state = request.query_params.get("state", "")
    return state if state.isascii() and state.isalnum() and len(state) <= _STATE else ""


def _policy(frames: tuple[str, ...]) -> str:
    """The policy of the app's pages: shown in frames of the listed origins alone."""
    if not frames:
        return FORM_POLICY
    return FORM_POLICY.replace("frame-ancestors 'none'", f"frame-ancestors {' '.join(frames)}")
