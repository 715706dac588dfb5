"""Predicates over the schedule: a set of draws is due, or overdue."""

from __future__ import annotations

from typing import ClassVar, Literal

from cds_hooks.judgement.chart.case import Case
from cds_hooks.judgement.predicates.outcome import Outcome, step
from cds_hooks.judgement.predicates.predicate import Plain
from cds_hooks.judgement.timing.forms import Days

NAMED = 4  # a sentence that names more is not read


def listed(names: list[str]) -> str:
    """A few names, and how many more."""
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return ", ".join(names[:NAMED]) + more


class RepeatMissed(Plain):
    """A repeat that another check asked for was not made in time."""

    keyword: ClassVar[str] = "repeat_missed"

    repeat_missed: Literal[True]

    def judge(self, case: Case) -> Outcome:
        """Never unknown: a repeat that may stand in a part of the history not supplied is not called missed."""
        if not case.missed:
            return Outcome(False, (step(self.keyword, False, "no repeat that was asked for is overdue here"),))
        because = tuple(
            step(self.keyword, True, f"{case.named(repeat.of)}: {repeat.check} asked to repeat it by {repeat.asked_by}")
            for repeat in case.missed
        )
        first = case.missed[0]
        names = ", ".join(dict.fromkeys(case.label(repeat.of.analyte) for repeat in case.missed))
        values = {**case.sentence(first.of), "names": names, "by": first.asked_by.isoformat(), "asked": first.check}
        return Outcome(True, because, tuple(repeat.of for repeat in case.missed), values=values)


class VisitIs(Plain):
    """The next set of draws is `due` within a time, or `overdue`."""

    keyword: ClassVar[str] = "visit"

    visit: Literal["due", "overdue"]
    within: Days = 30
    any_of: tuple[str, ...] = ()  # only when one of these items is among them

    def surely_false(self, case: Case) -> bool:
        """Whether treatment has a start, and nothing is due in this time."""
        if case.course is None or case.course.start is None:
            return False
        if case.due is None:
            return True
        if self.visit == "overdue":
            return not case.due.overdue
        return (case.due.due - case.today.day).days > self.within

    def judge(self, case: Case) -> Outcome:
        """Unknown without a recorded start of treatment."""
        if case.course is None or case.course.start is None:
            text = "when treatment began is not recorded, so no visit can be placed"
            because = step(self.keyword, None, text, missing="MedicationRequest.authoredOn")
            return Outcome(None, (because,), blocked=("start of treatment",))
        due = case.due
        if due is None:
            return Outcome(False, (step(self.keyword, False, "nothing is left to draw, or treatment has stopped"),))
        items = due.overdue if self.visit == "overdue" and due.overdue else due.items
        values = {
            "visit": due.visit,
            "missed": due.missed,
            "due": due.due.isoformat(),
            "items": listed([case.panels[i].title if i in case.panels else case.label(i) for i in items]),
            "days": f"{due.days_over} day{'' if due.days_over == 1 else 's'}",
        }
        text = f"{due.visit} visit due {due.due.isoformat()}: {values['items']}"
        if self.visit == "overdue":
            if due.overdue and "labs" in case.facts.incomplete:
                text += "; only part of the laboratory history was supplied"
                because = step(self.keyword, None, text, missing="Bundle.link")
                return Outcome(None, (because,), blocked=("labs incomplete",), values=values)
            truth = bool(due.overdue) and (not self.any_of or not set(self.any_of).isdisjoint(due.overdue))
            text += f", {values['days']} past its window" if truth else ", not overdue"
            over = f"{due.days_over} d" if truth else None
            return Outcome(truth, (step(self.keyword, truth, text, value=over),), values=values)
        truth = (due.due - case.today.day).days <= self.within
        return Outcome(truth, (step(self.keyword, truth, text),), values=values)
