"""The numbers of a run, as its summary has them: no person, and none so small that it could tell of one."""

from __future__ import annotations

from datetime import date

from service.population.kept import Refused
from service.population.results import recalled
from service.population.run import Run
from service.population.summing.counts import Counts
from service.population.summing.summary import Summary, summarise
from service.worklist.listing import Unusable
from service.worklist.runs import Found


def numbers_of(found: Found, threshold: int) -> Summary:
    """Its summary, made again from its counts: the threshold is that of now.

    Raises:
        Unusable: the counts are damaged or gone.
    """
    try:
        totals = recalled(Run(found.place))
    except (Refused, OSError):
        raise Unusable("its counts are damaged: judge the population again, into a new folder") from None
    counts = Counts(date.fromisoformat(found.about.today[:10]), totals.counts)
    return summarise(counts, totals.grouped, found.about, threshold)
