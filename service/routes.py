"""A route that hands the raw request to its function, and is documented beside it.

FastAPI's own parsing builds a Python object for every value of a chart; reading the bytes ourselves is several times
faster, and its validation answers would quote the input.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

from fastapi.routing import APIRoute
from starlette.requests import Request
from starlette.responses import Response

Endpoint = Callable[[Request], Coroutine[Any, Any, Response]]


class RawRoute(APIRoute):
    """Calls `endpoint(request)` and sends the Response it returns."""

    def get_route_handler(self) -> Endpoint:
        endpoint: Endpoint = self.endpoint
        return endpoint
