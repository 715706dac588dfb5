"""Requests that may have to be repeated: a server that is busy or restarting is asked again, when it asks for it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import httpx
from tenacity import RetryCallState, Retrying, retry_if_exception_type, stop_after_attempt, wait_exponential_jitter

from service.population.export.failure import ExportFailed

BUSY = frozenset({408, 425, 429, 500, 502, 503, 504})
ATTEMPTS = 8
LONGEST = 600.0  # seconds between two requests, whatever a server asks for
Wait = Callable[[float], None]


class Again(Exception):
    """Worth another attempt, `after` so many seconds where the server said so."""

    def __init__(self, why: str, after: float | None = None) -> None:
        super().__init__(why)
        self.after = after


def patiently(wait: Wait) -> Retrying:
    """Attempts with growing pauses, or those the server asks for. Raises ExportFailed after the last."""
    grown = wait_exponential_jitter(initial=1, max=60)

    def pause(state: RetryCallState) -> float:
        problem = state.outcome.exception() if state.outcome is not None else None
        asked = problem.after if isinstance(problem, Again) else None
        return asked if asked is not None else grown(state)

    def give_up(state: RetryCallState) -> None:
        raise ExportFailed(f"given up after {ATTEMPTS} attempts: {state.outcome.exception() if state.outcome else ''}")

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
        raise Again(f"{what}: status {answer.status_code}", retry_after(answer))
    raise ExportFailed(f"{what}: the server answered {answer.status_code}{_said(answer)}")


def retry_after(answer: httpx.Response) -> float | None:
    """Retry-After in seconds, as a number or a date, within bounds; None where there is none."""
    written = answer.headers.get("Retry-After", "").strip()
    if written.isdigit():
        return min(float(written[:9]), LONGEST)
    try:
        moment = parsedate_to_datetime(written)
    except (ValueError, TypeError):
        return None
    moment = moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
    return min(max((moment - datetime.now(UTC)).total_seconds(), 0.0), LONGEST)


def _said(answer: httpx.Response) -> str:
    """The first diagnostics of an OperationOutcome: servers explain themselves there."""
    try:
        issue = answer.json()["issue"][0]
        said = issue.get("diagnostics") or issue.get("details", {}).get("text") or issue.get("code", "")
    except (ValueError, KeyError, IndexError, TypeError, AttributeError, httpx.ResponseNotRead):
        return ""
    return f": {str(said)[:300]}" if said else ""
