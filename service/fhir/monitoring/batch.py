"""Many patients in one call: each line of the body is one patient's Bundle, and each line of the answer its result."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import contextmanager

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from cds_hooks.refusal import Refusal
from service.fhir.monitoring.judging import Asking, answer_in_fhir
from service.fhir.monitoring.lines import Line, inflated, lines_of, patient
from service.fhir.monitoring.spool import Spool
from service.http.outcome import outcome, refuse
from service.http.turns import turns_at
from service.http.watch import describe_fault
from service.site.site import InForce
from service.strict import refuse_flawed, release_of

log = logging.getLogger("hormone_cds")
FAULT = "The service failed on this line. Its log names the place."


class Room:
    """For so many batches at a time: the other places of a process are for single calls."""

    def __init__(self, most: int) -> None:
        self._most, self._taken = most, 0

    def require(self) -> None:
        """Raise Refusal (503) when there is none."""
        if self._taken >= self._most:
            raise Refusal(503, "throttled", "Too many batches at once. Nothing was evaluated. Try again.")

    @contextmanager
    def taken(self) -> Iterator[None]:
        """While a batch runs."""
        self._taken += 1
        try:
            yield
        finally:
            self._taken -= 1


class Batch(Response):
    """Judges line by line while the body arrives, and sends what is judged while the next line is.

    It reads the body itself, unlike Starlette's StreamingResponse, which while it sends waits for the caller to go away
    and would take the body for that.
    """

    def __init__(
        self,
        in_force: InForce,
        request: Request,
        asking: Asking,
        headers: Mapping[str, str],
        *,
        strict: bool = False,
        room: Room | None = None,
    ) -> None:
        self.status_code, self.background = 200, None
        self.init_headers(headers)
        self._in_force, self._asking, self._request = in_force, asking, request
        self._settings = asking.site.settings
        self._release = release_of(request) if strict else None
        self._room = room or Room(1)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send."""
        with self._room.taken():
            await self._run(send)

    async def _run(self, send: Send) -> None:
        spool = Spool()
        judging = asyncio.create_task(self._judge(spool))
        try:
            await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
            while content := await spool.take():
                await self._send(send, content, judging)
            await judging
            await send({"type": "http.response.body", "body": b"", "more_body": False})
        finally:
            judging.cancel()
            spool.close()

    async def _send(self, send: Send, content: bytes, judging: asyncio.Task[None]) -> None:
        """Send some of the answer. Who takes nothing, though nothing of the body is left to send, went away."""
        sending = asyncio.ensure_future(send({"type": "http.response.body", "body": content, "more_body": True}))
        while not sending.done():
            before = judging.done()
            await asyncio.wait({sending}, timeout=self._settings.body_timeout)
            if before and not sending.done():
                sending.cancel()
                raise ClientDisconnect
        await sending

    async def _judge(self, spool: Spool) -> None:
        number = 0
        settings, turns = self._settings, turns_at(self._request.scope)
        try:
            async for line in patient(lines_of(self._body(), settings.max_body), settings.body_timeout):
                number = line.number
                await turns.line()  # calls are answered meanwhile, and what is judged is sent
                spool.put((await self._flawed(line) or self._answer(line)) + b"\n")
                if spool.is_full and not await spool.has_room(settings.body_timeout):
                    raise Refusal(408, "timeout", "Its answers are not read. The lines before were judged.")
        except Refusal as refusal:  # the body ends here: what was judged of it stays
            spool.put(_refused(number + 1, refusal) + b"\n")
        finally:
            spool.end()

    def _body(self) -> AsyncIterator[bytes]:
        pieces = self._request.stream()
        is_gzip = self._request.headers.get("content-encoding", "").strip().lower() == "gzip"
        return inflated(pieces) if is_gzip else pieces

    async def _flawed(self, line: Line) -> bytes | None:
        """What a strict caller is told of a line with an error, instead of its result."""
        if self._release is None or not line.content:
            return None
        try:
            vocabulary = self._asking.site.knowledge.vocabulary
            refused = await refuse_flawed(line.content, vocabulary, release=self._release)
        except Refusal as refusal:
            return _refused(line.number, refusal)
        except Exception as error:
            return _fault(line.number, error)
        return bytes(refused.body) if refused is not None else None

    def _answer(self, line: Line) -> bytes:
        try:
            return answer_in_fhir(self._in_force, self._content(line), self._asking)
        except Refusal as refusal:
            return _refused(line.number, refusal)
        except Exception as error:
            return _fault(line.number, error)

    def _content(self, line: Line) -> bytes:
        if line.content is None:
            limit = self._settings.max_body
            raise Refusal(413, "too-long", f"It is longer than {limit} bytes, and was left out.")
        if not line.content.strip():
            raise Refusal(400, "structure", "It is empty: send one patient's Bundle on each line.")
        return line.content


def require_readable(request: Request) -> None:
    """Refuse (415) an encoding that cannot be undone line by line."""
    if request.headers.get("content-encoding", "").strip().lower() not in ("", "identity", "gzip"):
        raise Refusal(415, "not-supported", "Send the body plain or with Content-Encoding: gzip.")


def _fault(number: int, error: Exception) -> bytes:
    """A fault of ours in one chart, which must not lose the others."""
    log.error("fault %s", describe_fault(error))
    return bytes(outcome(500, "exception", f"Line {number}: {FAULT}").body)


def _refused(number: int, refusal: Refusal) -> bytes:
    """What is wrong with a line, as an OperationOutcome that names it."""
    first, *further = refusal.problems
    said = first._replace(diagnostics=f"Line {number}: {first.diagnostics}")
    named = Refusal(refusal.status, *said, tuple(further))
    return bytes(refuse(named).body)
