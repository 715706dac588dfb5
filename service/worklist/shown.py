"""What the pages of a population run show: the list with its filters, and its numbers."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from functools import cached_property

from cds_hooks.findings import URGENCIES, Draw
from cds_hooks.judgement.knowledge.knowledge import Knowledge
from cds_hooks.presentation.wording import hours, names
from cds_hooks.presentation.worklist.listed import STATES, Listed, Reason, State
from service import __version__
from service.population.sites import ALL, NOWHERE
from service.population.summing.summary import Line, Number, Summary
from service.worklist.answer import Worklist
from service.worklist.listing import Listing
from service.worklist.wish import USUAL, Wish

FEW = 3  # reasons that are read before one asks for more
MOST_CODES = 20


class WorklistPage:
    """The list as a page tells it, on the day that it is looked at."""

    def __init__(self, found: Worklist, listing: Listing, wish: Wish, knowledge: Knowledge, day: date) -> None:
        self.wish, self.asked, self._found, self._listing, self._knowledge = (
            wish, wish.criteria, found, listing, knowledge
        )  # fmt: skip
        self.days = (day - listing.today).days  # since the day that it was judged for
        about = listing.found.about
        self.is_judged_otherwise = (about.knowledge, about.version) != (knowledge.digest, __version__)  # than now
        self.urgencies, self.nowhere, self.usual = tuple(reversed(URGENCIES)), NOWHERE, USUAL
        self.sites = listing.sites
        self._in_force = {(file.id, check.id) for file in knowledge.protocols for check in file.check}

    @cached_property
    def protocols(self) -> Sequence[str]:
        """The protocols of which a check is raised in somebody."""
        return list(dict.fromkeys(protocol for protocol, _ in self._listing.checks))

    @cached_property
    def checks(self) -> Sequence[str]:
        """The checks that are raised in somebody: of the protocol that is asked for, else of all."""
        asked = self.asked.protocol
        return sorted({check for protocol, check in self._listing.checks if asked in (None, protocol)})

    @property
    def ended(self) -> str:
        """When the run was finished."""
        return f"{self._found.run.ended:%Y-%m-%d %H:%M} UTC"

    @property
    def is_narrowed(self) -> bool:
        """Whether more than a state is asked for."""
        return self.wish.but(state=None).query() not in ("", f"_count={self.wish.count}")

    def states(self) -> list[tuple[State, int | None]]:
        """Each state, and how many are listed for it where nothing else is asked for."""
        return [(state, None if self.is_narrowed else self._found.counts[state]) for state in STATES]

    def query(self, **criteria: str | None) -> str:
        """The list by other criteria, as in an address."""
        return self.wish.but(**criteria).query()

    def page(self, number: int) -> str:
        """Another page of this list."""
        return self.wish.on(number, self._found.run.id).query()

    def export(self, name: str) -> str:
        """This list in another format."""
        return self.wish.but().query(("_format", name))

    def is_known(self, reason: Reason) -> bool:
        """Whether the check of a reason has its place on a page of now."""
        return (reason.protocol, reason.check) in self._in_force

    def first(self, one: Listed) -> Sequence[Reason]:
        """The reasons that are read first: what is critical is among them, however much that is."""
        return one.reasons[: max(FEW, sum(reason.urgency == "critical" for reason in one.reasons))]

    def tests(self, draw: Draw) -> str:
        """What is to be drawn."""
        return names(self._knowledge.words, draw.analytes)

    def hours(self, draw: Draw) -> str:
        """On which day and in which hours, where dosing decides them."""
        return f"{draw.slot.start.date()} {hours(draw.slot)}" if draw.slot is not None else ""


class SummaryPage:
    """The numbers as a page tells them."""

    def __init__(self, summary: Summary) -> None:
        everywhere = [line for line in summary.lines if line.site == ALL]
        self.summary = summary
        self.total = next((line for line in everywhere if line.protocol == ALL), None)
        self.protocols = [line for line in everywhere if line.protocol != ALL]
        self.sites = [line for line in summary.lines if line.protocol == ALL and line.site != ALL]
        self.codes = summary.quality.unmapped[:MOST_CODES]
        self.more_codes = max(len(summary.quality.unmapped) - MOST_CODES, 0) + summary.quality.rareCodes

    def counts(self, line: Line) -> list[tuple[str, Number]]:
        """The numbers of a line by the names that words have for them."""
        return [(name.replace(" ", "_"), number) for name, number in line.counts.items()]
