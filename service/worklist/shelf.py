"""Where the lists come from: the folder of runs, and the newest of them kept open until there is a newer one."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from threading import Lock

from cds_hooks.judgement.knowledge.knowledge import Knowledge
from cds_hooks.refusal import Refusal
from service.population.parquet import Missing
from service.site.environment import variable_of
from service.site.settings import Settings, StartRefused
from service.worklist.listing import Listing, Unusable
from service.worklist.runs import newest
from service.worklist.wish import Wish

READERS = variable_of("population_issuers")
FOLDER = variable_of("population_dir")
COMMAND = "hormone-cds population INPUT --out DIR"
HOW = f"{COMMAND}, with DIR in the folder that {FOLDER} names"


def require_readable(settings: Settings) -> None:
    """Refuse to start where runs are to be listed and the library that reads them is not installed, or where readers
    are named whose tokens count for nothing here."""
    if settings.population_dir is not None and find_spec("duckdb") is None:
        raise StartRefused(f"{FOLDER}: reading runs needs pip install 'hormone-cds[population]'")
    for issuer in settings.population_issuers:
        if issuer not in settings.jwt_issuers:
            raise StartRefused(f"{READERS}: {issuer} is not in {variable_of('jwt_issuers')}")


class Worklists:
    """Holds the list of the newest run in a folder: made by the first call for it, and again for a newer run."""

    def __init__(self, folder: Path | None) -> None:
        self._folder, self._turn = folder, Lock()
        self._open: Listing | None = None

    def newest(self) -> Listing | None:
        """The list; None where there is no finished run.

        Raises:
            Refusal: 503, the folder or the run cannot be read.
        """
        if self._folder is None:
            return None
        try:
            with self._turn:
                found = newest(self._folder)
                if found is None:
                    self._open = None
                elif self._open is None or self._open.found != found:
                    self._open = None  # before the next is made: memory is for one
                    self._open = Listing(found)
                return self._open
        except (Unusable, Missing) as wrong:
            raise unlisted(wrong) from None
        except OSError as wrong:
            said = f"The folder of population runs cannot be read ({type(wrong).__name__})"
            raise Refusal(503, "exception", f"{said}: run the service as whoever owns the results.") from None


def unlisted(wrong: Exception) -> Refusal:
    """That the run cannot be read, and what to do."""
    return Refusal(503, "exception", f"The last population run cannot be listed: {wrong}.")


def required(listing: Listing | None, wish: Wish, knowledge: Knowledge) -> Listing:
    """The list, if it is of the run that is asked for, and has what is asked for: a list that is empty for a misspelt
    name would say that nobody is unsafe.

    Raises:
        Refusal: 404 without such a run, 400 for a protocol, check or site that neither it nor the knowledge has.
    """
    if listing is None:
        raise Refusal(404, "not-found", f"There is no finished population run to list. Make one: {HOW}.")
    if wish.run not in (None, listing.found.id):
        said = "A newer population run took the place of this one: ask for its first page, without run and page."
        raise Refusal(404, "not-found", said, "run")
    asked = wish.criteria
    checks = {*listing.checks, *((file.id, check.id) for file in knowledge.protocols for check in file.check)}
    known = [check for protocol, check in checks if asked.protocol in (None, protocol)]
    if not known:
        raise Refusal(400, "value", "protocol is the id of one that is in force, or was for the run.", "protocol")
    if asked.check is not None and asked.check not in known:
        raise Refusal(400, "value", "check is the id of one, and of the protocol where that is named.", "check")
    if asked.site is not None and asked.site not in listing.sites:
        raise Refusal(400, "value", "site is one of the run, as its patients have it.", "site")
    return listing
