"""One page of the list as JSON."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import msgspec
from msgspec import Meta

from cds_hooks.presentation.worklist.listed import Listed, State
from service.worklist.listing import Listing
from service.worklist.wish import Wish


class RunTold(msgspec.Struct, frozen=True):
    """The run that is listed: as of which day and by what it was judged, and when it was finished."""

    id: str
    today: str
    ended: datetime
    profiles: tuple[str, ...]
    knowledge: str
    version: str


class Worklist(msgspec.Struct, frozen=True, omit_defaults=True):
    """A page of the last population run's list, the most urgent first, then who is overdue for longest."""

    run: RunTold
    counts: Annotated[dict[State, int], Meta(description="Patients listed, by state, whatever is asked for.")]
    total: Annotated[int, Meta(description="Patients listed that are asked for, on all pages.")]
    page: int
    pages: int
    patients: tuple[Listed, ...]


def told(listing: Listing) -> RunTold:
    """The run, as it is told."""
    found, about = listing.found, listing.found.about
    return RunTold(found.id, about.today, found.ended, about.profiles, about.knowledge, about.version)


def worklist(listing: Listing, wish: Wish) -> Worklist:
    """The page that is asked for.

    Raises:
        Unusable: the results cannot be read.
    """
    total = listing.count(wish.criteria)
    patients = listing.page(wish.criteria, wish.first, wish.count) if wish.first < total else []
    pages = max(1, -(-total // wish.count))
    return Worklist(told(listing), listing.counts, total, wish.page, pages, tuple(patients))
