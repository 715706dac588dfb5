"""One HTTP connection: uvicorn's, with bounds on a request's head that it lacks, and its refusals in our one shape."""

from __future__ import annotations

import asyncio
from http import HTTPStatus

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from service.http.headers import SAFETY
from service.http.outcome import outcome


class Connection(HttpToolsProtocol):
    """Bounded from the first byte of a request to the end of its headers; its body is bounded where it is read."""

    head_limit = 65_536  # bytes of request line and headers
    head_timeout: float = 10  # seconds until they are complete
    parting: float = 1  # seconds in which a stopping server still takes what is on its way to it

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Start the clock."""
        super().connection_made(transport)
        self._head = 0
        self._clock: asyncio.TimerHandle | None = None
        self._wait_for_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop the clock."""
        self._stop_waiting()
        super().connection_lost(exc)

    def on_message_begin(self) -> None:
        """A request's first bytes."""
        super().on_message_begin()
        self._head_is_open = True

    def on_headers_complete(self) -> None:
        """The head is whole: what follows is body, or the next request."""
        self._head_is_open, self._head = False, 0
        self._stop_waiting()
        super().on_headers_complete()
        if self._is_parting:
            self.cycle.keep_alive = False

    def data_received(self, data: bytes) -> None:
        """Feed the parser; what it still holds of an unfinished head is bounded in size and time."""
        super().data_received(data)
        if not self._head_is_open or self.transport.is_closing():
            return
        self._head += len(data)
        self._wait_for_head()
        if self._head > self.head_limit:
            self._refuse(431, "too-long", f"The request's headers are larger than {self.head_limit} bytes.")

    def shutdown(self) -> None:
        """The server stops. On an idle connection the next call may be on its way: that is answered, as the last."""
        self._is_parting = True
        if self._is_idle():
            self.loop.call_later(self.parting, self._part)
        else:
            super().shutdown()

    def send_400_response(self, msg: str) -> None:
        """What the parser refuses."""
        self._refuse(400, "structure", f"{msg} Send HTTP/1.1.")

    def _unsupported_upgrade_warning(self) -> None:
        """No upgrade is offered: the request is answered as it stands, and its sender cannot fill the log."""

    _head_is_open = _is_parting = False

    def _part(self) -> None:
        if self._is_idle():
            self.transport.close()

    def _is_idle(self) -> bool:
        return self.cycle is None or self.cycle.response_complete

    def _wait_for_head(self) -> None:
        if self._clock is None:
            self._clock = self.loop.call_later(self.head_timeout, self.transport.close)

    def _stop_waiting(self) -> None:
        if self._clock is not None:
            self._clock.cancel()
            self._clock = None

    def _refuse(self, status: int, code: str, diagnostics: str) -> None:
        answer = outcome(status, code, diagnostics, SAFETY | {"Connection": "close"})
        head = [f"HTTP/1.1 {status} {HTTPStatus(status).phrase}", *(f"{k}: {v}" for k, v in answer.headers.items())]
        self.transport.write("\r\n".join([*head, "", ""]).encode("ascii") + bytes(answer.body))
        self.transport.close()
