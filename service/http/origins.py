"""Which browser pages may call: CORS on every route, with a refusal that says what would have worked."""

from __future__ import annotations

from starlette.datastructures import Headers
from starlette.middleware.cors import CORSMiddleware
from starlette.responses import Response

from service.http.outcome import outcome

METHODS = ("GET", "HEAD", "POST", "OPTIONS")


class Origins(CORSMiddleware):
    """Starlette's CORS, whose refused preflight is an OperationOutcome as every other refusal."""

    def preflight_response(self, request_headers: Headers) -> Response:
        """The answer to a browser's question whether it may call."""
        answer = super().preflight_response(request_headers)
        if answer.status_code < 400:
            return answer
        refused = outcome(answer.status_code, "forbidden", _REFUSED)
        kept = {name: value for name, value in answer.headers.items() if not name.startswith("content-")}
        refused.headers.update(kept)
        return refused


_REFUSED = (
    f"A page of this origin may not make this call. Pages may call with {', '.join(METHODS)}, from the origins that "
    "the operator lists in HORMONE_CDS_CORS_ORIGINS."
)
