"""Bulk Data Access: kick-off, the wait, and the manifest of files.

https://hl7.org/fhir/uv/bulkdata/export.html
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

import httpx
from msgspec.structs import replace

from service.population.export.addresses import Places
from service.population.export.asking import Again, Wait, patiently, require, retry_after
from service.population.export.authorisation import Authorisation, Client
from service.population.export.download import bring
from service.population.export.failure import ExportFailed, Over, on_one_line
from service.population.export.manifest import files_in, next_page, object_in
from service.population.export.progress import Asked, File, Progress, keep, recall
from service.population.kept import Refused, alone

JSON = "application/json"
PAUSE = 5.0  # seconds between two questions how far the server is, where it does not say
MOST_PAGES = 1_000
GONE = frozenset({404, 410})
GIVEN_UP = GONE | {500}  # answers of a status that the export does not come back from
Tell = Callable[[str], None]


class Export:
    """One export into one folder. `tell` is told how it goes; `wait` waits so many seconds."""

    def __init__(
        self,
        folder: Path,
        asked: Asked,
        http: httpx.Client,
        client: Client | None = None,
        token_url: str | None = None,
        files_at: Sequence[str] = (),
        tell: Tell = lambda text: None,
        wait: Wait = time.sleep,
    ) -> None:
        self.folder, self._asked, self._http = folder, asked, http
        self._client, self._token_url = client, token_url
        self._tell, self._wait = tell, wait
        self._places = Places(asked.server, files_at)
        self._auth: httpx.Auth | None = None

    def run(self) -> Progress:
        """From wherever it stands to the last file.

        Raises:
            ExportFailed: it cannot go on now. What was brought is kept.
        """
        recall(self.folder, self._asked)
        try:
            with alone(self.folder):
                return self._run()
        except Refused as refused:
            raise ExportFailed(str(refused)) from None

    def _run(self) -> Progress:
        progress = recall(self.folder, self._asked)
        self._auth = self._authorised()
        if not progress.told:
            progress = self._listed(progress)
        for file in progress.missing:
            self._tell(f"{file.name}: {file.type}, {_counted(file.count)}")
            lines = self._brought(file, self._auth if progress.needs_token else None)
            files = tuple(replace(one, lines=lines) if one.name == file.name else one for one in progress.files)
            progress = self._keep(replace(progress, files=files))
        return self._finished(progress)

    def _listed(self, progress: Progress) -> Progress:
        if not progress.status_url:
            progress = self._keep(replace(progress, status_url=self._kicked_off()))
        try:
            return self._keep(self._told(progress))
        except ExportFailed as failed:
            if failed.status not in GIVEN_UP:
                raise
            self._keep(Progress(self._asked))
            raise ExportFailed(f"{failed}. The server has given this export up; the next is begun anew") from None

    def _brought(self, file: File, auth: httpx.Auth | None) -> int:
        try:
            return bring(file, self.folder, self._http, auth, self._wait)
        except ExportFailed as failed:
            # Where no token is wanted the address is signed, for a time.
            if failed.status in GONE or (auth is None and failed.status == httpx.codes.FORBIDDEN):
                raise Over(f"{failed}. The server has let its files go: export again, into another folder") from None
            raise

    def _keep(self, progress: Progress) -> Progress:
        keep(self.folder, progress)
        return progress

    def _authorised(self) -> httpx.Auth | None:
        if self._client is None:
            return None
        return Authorisation(self._client, self._token_url or self._discovered(), self._places)

    def _discovered(self) -> str:
        """The token endpoint, from the server's SMART configuration."""
        url = f"{self._asked.server}/.well-known/smart-configuration"
        answer = self._ask("GET", url, "the SMART configuration", 200, headers={"Accept": JSON}, auth=None)
        found = object_in(answer).get("token_endpoint")
        if not isinstance(found, str):
            raise ExportFailed("the server's SMART configuration names no token endpoint; give --token-url")
        return self._places.settled(url, found)

    def _kicked_off(self) -> str:
        parameters = {"_outputFormat": "application/fhir+ndjson"}
        if self._asked.since is not None:
            parameters["_since"] = self._asked.since
        if self._asked.types:
            parameters["_type"] = ",".join(self._asked.types)
        headers = {"Accept": "application/fhir+json", "Prefer": "respond-async"}
        url = f"{self._asked.server}/{self._asked.level}"
        answer = self._ask("GET", url, "kick-off", 202, params=parameters, headers=headers)
        place = answer.headers.get("Content-Location")
        if not place:
            raise ExportFailed("kick-off: the server names no Content-Location to ask for the files")
        return self._places.settled(answer.url, place)

    def _told(self, progress: Progress) -> Progress:
        """The manifest, once the server has it, with every further page of it."""
        pages: dict[str, dict[str, Any]] = {}
        url: str | None = progress.status_url
        while url is not None:
            if url in pages or len(pages) == MOST_PAGES:
                raise ExportFailed("the server's list of files has no end")
            pages[url] = self._manifest(url)
            following = next_page(pages[url])
            url = self._places.settled(url, following) if following is not None else None
        first = pages[progress.status_url]
        return replace(
            progress,
            transaction_time=str(first.get("transactionTime", "")),
            needs_token=first.get("requiresAccessToken") is not False,
            files=tuple(files_in(pages.values(), partial(self._places.settled, progress.status_url))),
            told=True,
        )

    def _manifest(self, url: str) -> dict[str, Any]:
        while True:
            answer = self._ask("GET", url, "the export's status", 200, 202, headers={"Accept": JSON})
            if answer.status_code == httpx.codes.OK:
                return object_in(answer)
            said = on_one_line(answer.headers.get("X-Progress", "it does not say how far"))
            self._tell(f"the server is at work: {said[:100]}")
            pause = retry_after(answer)
            self._wait(PAUSE if pause is None else pause)

    def _finished(self, progress: Progress) -> Progress:
        """The server may let its files go. One that does not know how is none of our troubles."""
        if progress.status_url:
            with suppress(httpx.HTTPError, ExportFailed, Again):
                self._http.request("DELETE", progress.status_url, auth=self._auth)
            progress = self._keep(replace(progress, status_url=""))
        return progress

    def _ask(self, method: str, url: str, what: str, *expected: int, **options: Any) -> httpx.Response:
        for attempt in patiently(self._wait):
            with attempt:
                answer = self._http.request(method, url, **{"auth": self._auth, **options})
                require(answer, what, *expected)
        return answer


def _counted(count: int | None) -> str:
    return "number of resources not said" if count is None else f"{count:,} resources"
