"""The addresses of probes and numbers, described for machines."""

from __future__ import annotations

from service.openapi.components import error
from service.openapi.openapi import OPERATION, answers, operation

LIVE = operation(
    "live",
    "Whether the process answers",
    OPERATION,
    description="For liveness probes: says nothing of what the service stands on, so that a database that is away "
    "makes nobody restart it.",
    responses=answers("Alive", "It answers.", 500),
)
READY = operation(
    "ready",
    "Whether calls would be answered",
    OPERATION,
    description="For readiness probes and load balancers: answered at once from what is known already, with its age in "
    "seconds. 503 names each part that is not ready (`expression`: `storage`, `keys`).",
    responses=answers("Ready", "Calls are answered.", 500, 503),
)
METRICS = operation(
    "metrics",
    "Numbers for Prometheus",
    OPERATION,
    description="Requests, findings, unread reasons, cards, calls of the EHR's server, tokens, memory, versions. No "
    "patient data. On the service's own machine, or for who sends METRICS_TOKEN; see the README.",
    responses={
        "200": {
            "description": "In the text format of Prometheus, or OpenMetrics where that is accepted.",
            "content": {
                kind: {"schema": {"type": "string"}} for kind in ("text/plain", "application/openmetrics-text")
            },
        },
        **{str(status): error(status) for status in (401, 403, 500)},
    },
)
