"""Reads a server's list of an export's files, which may have several pages."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import httpx

from service.population.export.failure import ExportFailed
from service.population.export.progress import File

_TYPE = re.compile(r"[A-Za-z]{1,64}")


def object_in(answer: httpx.Response) -> dict[str, Any]:
    """The JSON object that a server answered.

    Raises:
        ExportFailed: it is something else.
    """
    try:
        found = answer.json()
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise ExportFailed("the server's answer is no JSON object")
    return found


def next_page(page: dict[str, Any]) -> str | None:
    """Where the list goes on, if it does."""
    links = _list(page, "link")
    found = [one.get("url") for one in links if isinstance(one, dict) and one.get("relation") == "next"]
    return found[0] if found and isinstance(found[0], str) else None


def files_in(pages: Iterable[dict[str, Any]], settled: Callable[[str], str]) -> Iterator[File]:
    """Every listed file once, with a name of our own: a server's name could lead out of the folder.

    Raises:
        ExportFailed: it is no list of files.
    """
    numbers: dict[str, int] = {}
    seen: set[str] = set()
    for page in pages:
        if "output" not in page:
            raise ExportFailed("the server's list of files has no output")
        for kind in ("output", "deleted", "error"):
            for entry in _list(page, kind):
                url, resource = _entry(entry, settled)
                if url in seen:
                    continue
                seen.add(url)
                name = resource if kind == "output" else f"{kind}.{resource}"
                numbers[name] = numbers.get(name, 0) + 1
                count = entry.get("count")
                counted = count if isinstance(count, int) and not isinstance(count, bool) else None
                yield File(f"{name}.{numbers[name]}.ndjson", resource, url, kind, counted)


def _list(page: dict[str, Any], name: str) -> list[Any]:
    found = page.get(name) or []
    if not isinstance(found, list):
        raise ExportFailed(f"the server's list of files has a {name} that is no list")
    return found


def _entry(entry: object, settled: Callable[[str], str]) -> tuple[str, str]:
    if isinstance(entry, dict):
        url, resource = entry.get("url"), entry.get("type")
        if isinstance(url, str) and isinstance(resource, str) and _TYPE.fullmatch(resource):
            return settled(url), resource
    raise ExportFailed("the server's list of files has one without type or url")
