"""A FHIR server with Bulk Data Access and SMART Backend Services, as far as the standards say, and its bad days."""

from __future__ import annotations

import asyncio
import gzip
import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import jwt
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

FILES = {
    "patient-1": ("Patient", ['{"resourceType":"Patient","id":"a"}', '{"resourceType":"Patient","id":"b"}']),
    "labs-1": ("Observation", [f'{{"resourceType":"Observation","id":"o{n}"}}' for n in range(2_000)]),
    "labs-2": ("Observation", ['{"resourceType":"Observation","id":"last"}']),
}


@dataclass
class BulkServer:
    """What it does is set beforehand; what it was asked is looked at afterwards."""

    public_key: Any = None  # of the client; None: nobody proves who asks
    pending: int = 2  # times the status says that it is at work
    busy: int = 0  # times each request is answered with 503 first
    cut: int = 0  # times a file's transfer breaks off in its middle
    ranges: bool = True  # whether it sends a part that is asked for
    tag: str = '"v1"'
    lie: int = 0  # added to the counts it lists
    pages: int = 1
    lifetime: int = 300
    problems: tuple[str, ...] = ()  # lines of an error file
    token_for_files: bool = True
    files_at: str = ""  # another server that has the files
    leads_to: str = ""  # another server that files are redirected to
    pack: Callable[[bytes], bytes] = gzip.compress
    coding: str = "gzip"  # what it calls that
    most: int = 0  # bytes of a part that it sends at once; 0: all that is asked for
    stalls: bool = False  # in the middle of a file, for as long as this is set
    gone: int = 0  # its answer to whoever wants a file, if it has none any more
    forgets: bool = False  # tokens, whenever a transfer broke off
    says: list[tuple[int, dict[str, str], Any]] = field(default_factory=list)  # of its state, before the truth
    token_says: list[tuple[int, Any]] = field(default_factory=list)  # before it gives one
    kick_off: tuple[int, dict[str, Any]] = (202, {})
    asked: list[tuple[str, str, str]] = field(default_factory=list)  # method, path, Range
    tokens: set[str] = field(default_factory=set)
    used: set[str] = field(default_factory=set)  # ids of assertions
    turned_away: dict[str, int] = field(default_factory=dict)
    kicked_with: dict[str, str] = field(default_factory=dict)
    deleted: bool = False

    @property
    def app(self) -> Starlette:
        """The server's routes under /fhir."""
        return Starlette(
            routes=[
                Route("/fhir/.well-known/smart-configuration", self._configuration),
                Route("/fhir/token", self._token, methods=["POST"]),
                Route("/fhir/{level:path}$export", self._kick_off),
                Route("/fhir/status/{page:int}", self._status, methods=["GET", "DELETE"]),
                Route("/files/{name}", self._file),
            ]
        )

    def forget_tokens(self) -> None:
        """As when it restarts: whoever had a token must ask again."""
        self.tokens.clear()

    async def _configuration(self, request: Request) -> Response:
        return JSONResponse({"token_endpoint": str(request.url_for("_token")), "capabilities": ["client-confidential"]})

    async def _token(self, request: Request) -> Response:
        form = dict(httpx_form((await request.body()).decode()))
        claims = jwt.decode(
            form["client_assertion"], self.public_key, algorithms=["RS384", "ES384"], audience=str(request.url)
        )
        fits = form["client_assertion_type"] == "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
        fits = fits and form["grant_type"] == "client_credentials" and claims["iss"] == claims["sub"] == "our-id"
        if not fits or claims["jti"] in self.used or claims["exp"] > time.time() + 300:
            return JSONResponse({"error": "invalid_client"}, 400)
        self.used.add(claims["jti"])
        if self.token_says:
            status, content = self.token_says.pop(0)
            return JSONResponse(content, status)
        token = uuid4().hex
        self.tokens.add(token)
        return JSONResponse({"access_token": token, "expires_in": self.lifetime, "token_type": "bearer"})

    def _refusal(self, request: Request, needs_token: bool = True) -> Response | None:
        self.asked.append((request.method, request.url.path, request.headers.get("range", "")))
        turned = self.turned_away.get(request.url.path, 0)
        if turned < self.busy:
            self.turned_away[request.url.path] = turned + 1
            return Response(status_code=503, headers={"Retry-After": "7"})
        sent = request.headers.get("authorization", "").removeprefix("Bearer ")
        if self.public_key is not None and needs_token and sent not in self.tokens:
            return Response(status_code=401)
        if not needs_token and sent:
            return Response(status_code=400)  # as object stores do with a signed address
        return None

    async def _kick_off(self, request: Request) -> Response:
        refusal = self._refusal(request)
        if refusal is not None:
            return refusal
        self.kicked_with = {**request.query_params, "prefer": request.headers.get("prefer", "")}
        status, content = self.kick_off
        return JSONResponse(content, status, headers={"Content-Location": "/fhir/status/0"} if status == 202 else {})

    async def _status(self, request: Request) -> Response:
        refusal = self._refusal(request)
        if refusal is not None:
            return refusal
        if request.method == "DELETE":
            self.deleted = True
            return Response(status_code=202)
        if self.says:
            status, headers, content = self.says.pop(0)
            return JSONResponse(content, status, headers)
        if self.pending:
            self.pending -= 1
            return Response(status_code=202, headers={"X-Progress": "50 %", "Retry-After": "3"})
        return JSONResponse(self._manifest(request.path_params["page"]))

    def _manifest(self, page: int) -> dict[str, Any]:
        listed = [
            {"type": kind, "url": f"{self.files_at}/files/{name}", "count": len(lines) + self.lie}
            for name, (kind, lines) in FILES.items()
        ]
        size = -(-len(listed) // self.pages)
        found: dict[str, Any] = {
            "transactionTime": "2026-09-04T00:00:00Z",
            "request": "as asked",
            "requiresAccessToken": self.token_for_files,
            "output": listed[page * size : (page + 1) * size],
            "error": [{"type": "OperationOutcome", "url": "/files/problems"}] if self.problems and page == 0 else [],
        }
        if page + 1 < self.pages:
            found["link"] = [{"relation": "next", "url": f"/fhir/status/{page + 1}"}]
        return found

    async def _file(self, request: Request) -> Response:
        refusal = self._refusal(request, self.token_for_files)
        if refusal is not None:
            return refusal
        name = request.path_params["name"]
        if self.gone:
            return Response(status_code=self.gone)
        if self.leads_to:
            return Response(status_code=302, headers={"Location": f"{self.leads_to}/files/{name}"})
        lines = list(self.problems) if name == "problems" else FILES[name][1]
        content = "\n".join([*lines, ""]).encode()
        headers = {"Content-Type": "application/fhir+ndjson", "ETag": self.tag}
        begin, wanted = 0, request.headers.get("range")
        if wanted and self.ranges and request.headers.get("if-range") == self.tag:
            begin = int(wanted.removeprefix("bytes=").partition("-")[0])
            end = min(begin + (self.most or len(content)), len(content))
            headers["Content-Range"] = f"bytes {begin}-{end - 1}/{len(content)}"
            content = content[:end]
        elif "gzip" in request.headers.get("accept-encoding", "") and not (self.cut or self.stalls):
            content, headers["Content-Encoding"] = self.pack(content), self.coding
        rest = content[begin:]
        if self.stalls and name == "labs-1":
            return StreamingResponse(self._stalled(rest), 200, headers | {"Content-Length": str(len(rest))})
        if self.cut and name == "labs-1":
            self.cut -= 1
            if self.forgets:
                self.forget_tokens()
            headers["Content-Length"] = str(len(rest))
            return StreamingResponse(_broken(rest), 206 if begin else 200, headers)
        return Response(rest, 206 if begin else 200, headers)

    async def _stalled(self, content: bytes) -> Any:
        yield content[: len(content) // 2]
        while self.stalls:
            await asyncio.sleep(0.01)


async def _broken(content: bytes) -> Any:
    yield content[: len(content) // 2]
    raise ConnectionResetError


def httpx_form(body: str) -> list[tuple[str, str]]:
    """A form's fields."""
    from urllib.parse import parse_qsl

    return parse_qsl(body)


def lines_of(kind: str) -> list[Any]:
    """Every resource of a type that the server holds."""
    return [json.loads(line) for of_kind, lines in FILES.values() if of_kind == kind for line in lines]
