"""Marks a stretch of work for traces. Where they are off, that costs a look at one name, and nothing is loaded."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from opentelemetry.trace import Tracer

_NOTHING: AbstractContextManager[object] = nullcontext()
_tracer: Tracer | None = None  # one for a process, as its log is


def span(name: str) -> AbstractContextManager[object]:
    """A span of this name. An exception that passes through it is not written down: its message may quote a chart."""
    if _tracer is None:
        return _NOTHING
    return _tracer.start_as_current_span(name, record_exception=False, set_status_on_exception=False)


def tracer() -> Tracer | None:
    """What takes spans now."""
    return _tracer


def trace_by(tracer: Tracer | None) -> None:
    """Have spans taken by this tracer, or by none."""
    global _tracer
    _tracer = tracer
