"""One patient's chart to the rows of a run, by the very path of `POST /evaluate`: bytes, facts, findings."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

from cds_hooks.facts import Facts, Moment
from cds_hooks.findings import Because, Draw, Finding
from cds_hooks.judged import Judged
from cds_hooks.judgement.evaluate import evaluate
from cds_hooks.judgement.predicates.visits import VisitIs
from cds_hooks.judgement.timing.age import age
from cds_hooks.presentation.orders.orders import plan_orders
from cds_hooks.presentation.report import left_out
from cds_hooks.refusal import Refusal
from service.evaluation import facts_of
from service.http.watch import describe_fault
from service.population.grouping.charts import Chart
from service.population.rows import DrawRow, FindingRow, PatientRow, Rows, Shown, UnreadRow
from service.population.sites import site_of
from service.site.site import Site

log = logging.getLogger("hormone_cds")


@dataclass(frozen=True)
class Judging:
    """By what a run judges: site, day and profiles. An engine calls it on whole charts, wherever it runs."""

    site: Site
    today: Moment
    profiles: tuple[str, ...]

    @cached_property
    def overdue(self) -> frozenset[tuple[str, str]]:
        """The checks, each with its protocol, that tell of overdue draws."""
        return frozenset(name for file in self.site.knowledge.protocols for name in file.overdue)

    @cached_property
    def _overdue_ids(self) -> frozenset[str]:
        return frozenset(check for _, check in self.overdue)

    def rows(self, charts: Iterable[Chart]) -> Iterator[Rows]:
        """The rows of each chart. A chart that cannot be judged gets a row that says so, and stops nothing."""
        for chart in charts:
            yield self._rows(chart)

    def _rows(self, chart: Chart) -> Rows:
        try:
            facts = facts_of(self.site, chart.bundle, self.today)
            judged = evaluate(facts, self.site.knowledge, self.today, self.profiles)
            return self._written(chart, facts, judged)
        except Refusal as refusal:
            return _unjudged(chart, refusal.diagnostics)
        except Exception as error:
            log.error("fault %s", describe_fault(error))
            return _unjudged(chart, f"the service failed: {describe_fault(error)}")

    def _written(self, chart: Chart, facts: Facts, judged: Judged) -> Rows:
        profiles = {used.id: used.profile for used in judged.protocols}
        told = tuple(
            sorted(
                (self._finding(chart, one, profiles[one.protocol]) for one in judged.not_clear),
                key=lambda row: (row.protocol, row.check),
            )
        )
        draws = tuple(self._draw(chart, draw) for draw in judged.draws)
        left = [(one.reference, str(one.reason), one.code or "", one.detail) for one in left_out(judged, facts)]
        unread = tuple(UnreadRow(chart.patient, *one) for one in sorted(left))
        unmapped = frozenset((one.kind, one.system, one.code) for one in facts.unmapped)
        clear = judged.checks - len(told)
        patient = self._patient(chart, facts, told, draws, len(unread), clear, tuple(profiles))
        return Rows(patient, told, draws, unread, unmapped)

    def _finding(self, chart: Chart, found: Finding, profile: str) -> FindingRow:
        is_overdue = found.state == "raised" and (found.protocol, found.check) in self.overdue
        return FindingRow(
            chart.patient,
            found.protocol,
            found.check,
            found.state,
            found.urgency,
            profile,
            is_overdue,
            found.state == "raised" and found.urgency != "info" and any(map(_finds_nothing, found.because)),
            found.summary,
            tuple([Shown(one.reference, one.analyte, one.canonical, one.effective) for one in found.evidence]),
            tuple(dict.fromkeys(one.missing for one in found.because if one.missing)),
            next(filter(None, map(_days_over, found.because)), None) if is_overdue else None,
        )

    def _draw(self, chart: Chart, draw: Draw) -> DrawRow:
        slot = draw.slot
        return DrawRow(
            chart.patient,
            draw.due,
            draw.earliest,
            draw.latest,
            not self._overdue_ids.isdisjoint(draw.reasons),
            draw.visit,
            draw.analytes,
            tuple(order.code for order in plan_orders(draw.analytes, self.site.knowledge.orders).orders),
            draw.reasons,
            slot.start if slot is not None else None,
            slot.end if slot is not None else None,
            draw.instruction,
        )

    def _patient(
        self,
        chart: Chart,
        facts: Facts,
        told: tuple[FindingRow, ...],
        draws: tuple[DrawRow, ...],
        unread: int,
        clear: int,
        protocols: tuple[str, ...],
    ) -> PatientRow:
        raised = [row.urgency for row in told if row.state == "raised"]
        born = facts.patient.birth_date
        return PatientRow(
            chart.patient,
            site_of(chart),
            age(born, self.today.day) if born is not None and born <= self.today.day else None,
            facts.patient.sex,
            protocols,
            raised.count("critical"),
            raised.count("warning"),
            raised.count("info"),
            len(told) - len(raised),
            clear,
            any(row.overdue for row in told),
            min((draw.due for draw in draws), default=None),
            unread,
            None,
        )


def _days_over(step: Because) -> int | None:
    """For how long a set of draws is overdue, as the step tells that finds it so ("56 d")."""
    is_told = step.predicate == VisitIs.keyword and step.outcome == "true"
    return int(step.value.partition(" ")[0]) if is_told and step.value else None


def _finds_nothing(step: Because) -> bool:
    return step.predicate == "no_result" and step.outcome == "true"


def _unjudged(chart: Chart, problem: str) -> Rows:
    return Rows(PatientRow(chart.patient, site_of(chart), None, None, (), 0, 0, 0, 0, 0, False, None, 0, problem))
