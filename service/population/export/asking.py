"""Requests that may have to be repeated: a server that is busy or restarting is asked again, when it asks for it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import httpx
from tenacity import RetryCallState, Retrying, retry_if_exception_type, stop_after_attempt, wait_exponential_jitter

from service.population.export.failure import ExportFailed, on_one_line

BUSY = frozenset({408, 425, 429, 500, 502, 503, 504})
ATTEMPTS = 8
SHORTEST, LONGEST = 1.0, 600.0  # seconds between two requests, whatever a server asks for
Wait = Callable[[float], None]


class Again(Exception):
    """Worth another attempt, `after` so many seconds where the server said so; `status` is what it answered."""

    def __init__(self, why: str, after: float | None = None, status: int | None = None) -> None:
        super().__init__(why)
        self.after, self.status = after, status


def patiently(wait: Wait) -> Retrying:
    """Attempts with growing pauses, or those the server asks for. Raises ExportFailed after the last."""
    grown = wait_exponential_jitter(initial=1, max=60)

    def pause(state: RetryCallState) -> float:
        problem = state.outcome.exception() if state.outcome is not None else None
        asked = problem.after if isinstance(problem, Again) else None
        return asked if asked is not None else grown(state)

    def give_up(state: RetryCallState) -> None:
        problem = state.outcome.exception() if state.outcome is not None else None
        # httpx's own words may quote a header, and so our token.
        why, status = (str(problem), problem.status) if isinstance(problem, Again) else (type(problem).__name__, None)
        raise ExportFailed(f"given up after {ATTEMPTS} attempts: {why}", status) from None

    return Retrying(
        sleep=wait,
        wait=pause,
        stop=stop_after_attempt(ATTEMPTS),
        retry=retry_if_exception_type((Again, httpx.TransportError, httpx.DecodingError)),
        retry_error_callback=give_up,
    )


def require(answer: httpx.Response, what: str, *expected: int) -> None:
    """That a server answered as it should.

    Raises:
        Again: it may, when it is asked once more.
        ExportFailed: it will not.
    """
    if answer.status_code in expected:
        return
    if answer.status_code in BUSY:
        raise Again(f"{what}: status {answer.status_code}{_said(answer)}", retry_after(answer), answer.status_code)
    raise ExportFailed(f"{what}: the server answered {answer.status_code}{_said(answer)}", answer.status_code)


def retry_after(answer: httpx.Response) -> float | None:
    """Retry-After in seconds, as a number or a date, within bounds; None where there is none."""
    written = answer.headers.get("Retry-After", "").strip()
    if written.isascii() and written.isdigit():
        return _bounded(float(written[:9]))
    try:
        moment = parsedate_to_datetime(written)
    except (ValueError, TypeError):
        return None
    moment = moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
    return _bounded((moment - datetime.now(UTC)).total_seconds())


def _bounded(seconds: float) -> float:
    return min(max(seconds, SHORTEST), LONGEST)


def _said(answer: httpx.Response) -> str:
    """The first diagnostics of an OperationOutcome: servers explain themselves there."""
    try:
        issue = answer.json()["issue"][0]
        said = issue.get("diagnostics") or issue.get("details", {}).get("text") or issue.get("code", "")
    except (ValueError, KeyError, IndexError, TypeError, AttributeError, httpx.ResponseNotRead):
        return ""
    return f": {on_one_line(str(said))}" if said else ""
