"""Two FHIR servers to fetch from: Medplum in a process of its own, and one of ours that can be told to fail.

Both hold the same charts, answer three resources a page whatever `_count` says, and want the token.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit

import httpx

from service.examples.chart import Chart
from service.examples.ehr import answer_query
from tests.elsewhere import Answer, Asked, Elsewhere, Write, elsewhere, said
from tests.tools import node_server

TOKEN = "t0k3n-of-the-call"
PAGE = 3
Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Server:
    """A running server's base URL, and what it was asked so far as (method, path and query, Authorization)."""

    address: str
    asked: Callable[[], list[tuple[str, str, str]]]


@contextmanager
def medplum(charts: Iterable[Chart], page: int = PAGE) -> Iterator[Server]:
    """Medplum's router and memory repository, loaded over its own REST interface."""
    with (
        node_server("server.mjs", "medplum", "@medplum/fhir-router", TOKEN, str(page)) as address,
        httpx.Client(headers={"Authorization": f"Bearer {TOKEN}"}, trust_env=False) as client,
    ):
        for resource in (resource for chart in charts for resource in chart.resources):
            url = f"{address}/{resource['resourceType']}/{resource['id']}"
            client.put(url, json=resource).raise_for_status()
        before = len(client.get(address.replace("/fhir", "/log")).json())
        yield Server(address, lambda: _log(client, address)[before:])


def _log(client: httpx.Client, address: str) -> list[tuple[str, str, str]]:
    log = client.get(address.replace("/fhir", "/log")).json()
    return [(one["method"], one["url"], one["authorization"]) for one in log]


@contextmanager
def loopback(charts: Iterable[Chart], page: int = PAGE) -> Iterator[tuple[Server, Elsewhere]]:
    """Ours."""
    with elsewhere(answering({chart.patient_id: chart for chart in charts}, page)) as told:
        yield Server(f"{told.address}/fhir", lambda: list(map(_entry, told.asked))), told


def _entry(asked: Asked) -> tuple[str, str, str]:
    return asked.method, asked.target, asked.headers.get("authorization", "")


def answering(charts: Mapping[str, Chart], page: int = PAGE) -> Answer:
    """Reads and searches as a FHIR server answers them."""

    async def give(asked: Asked, write: Write) -> None:
        if asked.headers.get("authorization") != f"Bearer {TOKEN}":
            await write(said(b"", "401 Unauthorized"))
            return
        found = answer_to(asked, charts, page)
        status = "200 OK" if found is not None else "404 Not Found"
        await write(said(json.dumps(found).encode(), status, Content_Type="application/fhir+json"))

    return give


def answer_to(asked: Asked, charts: Mapping[str, Chart], page: int) -> Json | None:
    """The resource or the page of a search."""
    url = urlsplit(asked.target)
    path = url.path.removeprefix("/fhir/").removesuffix("/_search")
    query = dict(parse_qsl(url.query or asked.body.decode()))
    chart = charts.get(query.get("patient", path.partition("/")[2]))
    if not query:
        return answer_query(chart, path) if chart is not None else None
    whole: Json = {"resourceType": "Bundle", "type": "searchset", "total": 0}
    if chart is not None:
        whole = answer_query(chart, f"{path}?{unquote(urlencode(query))}")
    start, entries = int(query.pop("_offset", "0")), whole.pop("entry", [])
    if start + page < len(entries):
        again = f"http://{asked.headers['host']}{url.path.removesuffix('/_search')}"
        whole["link"] = [{"relation": "next", "url": f"{again}?{urlencode(query | {'_offset': start + page})}"}]
    return whole | {"entry": entries[start : start + page]}
