"""What Observations tell that is no quantity: organs, the last period, smoking, circumstances, what was examined."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

from msgspec.structs import replace

from cds_hooks.facts import Condition, Moment, Reading, Unread, UnreadReason
from cds_hooks.record.fhir.concepts import LOINC, codings_of, label_of
from cds_hooks.record.fhir.elements import Component, Resource
from cds_hooks.record.moments import Calendar, effective_of
from cds_hooks.record.results import answers
from cds_hooks.record.results.answers import EXAMINED, PERIOD, PREGNANCY, SMOKING, STRESS, TEST
from cds_hooks.record.results.meanings import Meanings
from terminology.context_factors import FLAGGED, HIGH, LOW, STATES
from terminology.loinc import SYSTEMS
from terminology.organs import ABSENT, ORGANS, PRESENT
from terminology.vocabulary import Vocabulary

_MEANT: Mapping[str, str] = {
    SMOKING: "smoking",
    PREGNANCY: "pregnancy",
    TEST: "pregnancy-test-positive",
    STRESS: "stress-high",
    **{state: state for state in STATES},
}
_SCANNED = "bmd_tscore_"  # begins the name of what only a bone scan measures
_NAMED = frozenset({PERIOD, *ORGANS, *STATES})  # where what cannot be used is said
_MAY_BE = frozenset({PREGNANCY, TEST})  # and where what was meant stays in doubt
_COUNTS = frozenset({"final", "amended", "corrected", "unknown", None})  # no status is judged as final
_MAY_COUNT = _COUNTS | {"preliminary"}
_PRESENCE = "'present' nor 'absent'"
_EITHER: Mapping[str, str] = {PREGNANCY: "'pregnant' nor 'not pregnant'", TEST: "'positive' nor 'negative'"}
_SMOKERS = frozenset({"LA18976-3", "LA18977-1", "LA18981-3", "LA18982-1"})  # LOINC's answers of who smokes now


class Told(NamedTuple):
    """One answer of a chart: what was asked, what was answered, and when."""

    asked: str  # an organ or a context factor, or what the registry calls a code
    answer: str  # present | absent, of a flag high | low | normal | measured
    at: Moment
    reference: str
    code: str


class Listener:
    """Hears the Observations of one chart that the laboratory does not read."""

    def __init__(self, vocabulary: Vocabulary, calendar: Calendar, meanings: Meanings) -> None:
        self._vocabulary, self._calendar, self._meanings = vocabulary, calendar, meanings
        self._told: list[Told] = []
        self._unclear: list[tuple[str, Unread]] = []

    def hear(self, reference: str, resource: Resource) -> Iterable[Unread]:
        """Keep what a final Observation, or a component of it, tells.

        What cannot be used of an organ's answer or of a last period is named; of a pregnancy, later (`unclear`).
        """
        unread = []
        for part in (resource, *(resource.component or ())):
            asked = self._meanings.of(part.code).question
            if asked is None:
                continue
            answer, at = self._answer(asked, part), self._at(asked, resource, part)
            label = label_of(part.code)
            if answer is not None and isinstance(at, Moment) and resource.status in _COUNTS:
                self._told.append(Told(asked, answer, at, reference, label))
            elif asked in _NAMED:
                unread.append(_unheard(asked, reference, label, resource.status, at))
            elif asked in _MAY_BE:
                may_be = answer != ABSENT and answers.is_given(part) and resource.status in _MAY_COUNT
                unheard = _unheard(asked, reference, label, resource.status, at)
                self._unclear.append((asked, replace(unheard, concepts=_doubted(asked)) if may_be else unheard))
        return unread

    def disputed(self) -> list[Unread]:
        """The newest answers about an organ or a pregnancy where they contradict each other: neither counts."""
        groups = {asked: group for asked, group in self._by_question().items() if asked in ORGANS or asked in _MAY_BE}
        last = {asked: max(map(_time, group)) for asked, group in groups.items()}
        newest = self.newest()
        detail = "another answer of the same moment contradicts it"
        reason = UnreadReason.VERSION_CONFLICT
        return [
            Unread(one.reference, one.code, reason, detail, effective=one.at, concepts=_doubted(one.asked))
            for one in self._told
            if one.asked in last and one.asked not in newest and _time(one) == last[one.asked]
        ]

    def unclear(self, told: Mapping[str, Told]) -> list[Unread]:
        """Answers about a pregnancy that cannot be used; a later answer that can be ends the doubt."""
        return [
            replace(one, concepts=()) if asked in told and _is_older(one, told[asked]) else one
            for asked, one in self._unclear
        ]

    def newest(self) -> dict[str, Told]:
        """The newest answer to each question; where the newest contradict each other there is none."""
        newest = {asked: _newest(group) for asked, group in self._by_question().items()}
        return {asked: one for asked, one in newest.items() if one is not None}

    def _by_question(self) -> dict[str, list[Told]]:
        groups: dict[str, list[Told]] = {}
        for one in self._told:
            groups.setdefault(one.asked, []).append(one)
        return groups

    def last_period(self, told: Mapping[str, Told]) -> Moment | None:
        """The first day of the last period."""
        return told[PERIOD].at if PERIOD in told else None

    def conditions(self, told: Mapping[str, Told]) -> list[Condition]:
        """What the newest answers say is so, and each examination on the day it was done."""
        found = [(_MEANT[asked], one) for asked, one in told.items() if asked in _MEANT and one.answer == PRESENT]
        found += [(concept, one) for asked, one in told.items() if asked in FLAGGED for concept in _flagged(one)]
        found += [(EXAMINED[one.asked], one) for one in self._told if one.asked in EXAMINED]
        return [Condition(concept, one.reference, one.code, one.at) for concept, one in found]

    def not_pregnant(self, told: Mapping[str, Told]) -> Moment | None:
        """When the newest answer was that the person is not pregnant."""
        one = told.get(PREGNANCY)
        return one.at if one is not None and one.answer == ABSENT else None

    def _at(self, asked: str, resource: Resource, part: Resource | Component) -> Moment | UnreadReason:
        """When it was so; of a period the day that is told, which is never one to come."""
        if asked != PERIOD:
            return effective_of(resource, self._calendar)
        day = self._calendar.known(part.valueDateTime)
        return day if day is not None and not self._calendar.is_future(day) else UnreadReason.EFFECTIVE_INVALID

    def _answer(self, asked: str, part: Resource | Component) -> str | None:
        """What is answered; None when nothing is, or neither of the two."""
        if part.dataAbsentReason is not None:
            return None
        if asked == SMOKING:
            return PRESENT if self._smokes(part) else ABSENT
        answer = _ANSWERS.get(asked)
        return answer(part) if answer is not None else PRESENT

    def _smokes(self, part: Resource | Component) -> bool:
        codes = [(system, code) for system, code, _ in codings_of(part.valueCodeableConcept)]
        by_loinc = any(system in SYSTEMS and code in _SMOKERS for system, code in codes)
        return by_loinc or "smoking" in self._vocabulary.conditions(codes)


def scans(readings: Iterable[Reading]) -> list[Condition]:
    """The bone scans that readings were taken from."""
    return [
        Condition("dxa", one.reference, f"{LOINC}|{one.code}", one.effective)
        for one in readings
        if one.analyte.startswith(_SCANNED)
    ]


def _flagged(told: Told) -> list[str]:
    """That it was measured, and whether it is flagged: `zonulin-measured`, `stool-bglucuronidase-high`."""
    flags = [told.answer] if told.answer in (HIGH, LOW) else []
    return [f"{told.asked}-{said}" for said in (answers.MEASURED, *flags)]


def _unheard(asked: str, reference: str, label: str, status: str | None, at: Moment | UnreadReason) -> Unread:
    day = at if isinstance(at, Moment) else None
    if status not in _COUNTS:
        detail = f"status is {status}: only a final answer counts"
        return Unread(reference, label, UnreadReason.STATUS, detail, effective=day)
    if asked == PERIOD:
        detail = "the first day of the last period is not a whole date in the past"
        return Unread(reference, label, UnreadReason.EFFECTIVE_INVALID, detail)
    if isinstance(at, Moment):
        detail = f"the answer is neither {_EITHER.get(asked, _PRESENCE)}"
        return Unread(reference, label, UnreadReason.VALUE_MISSING, detail, effective=day)
    return Unread(reference, label, at, "it does not say on which past day this was so")


def _doubted(asked: str) -> tuple[str, ...]:
    return (_MEANT[asked],) if asked in _MAY_BE else ()


def _is_older(unread: Unread, told: Told) -> bool:
    return unread.effective is not None and unread.effective.day < told.at.day


def _newest(group: Sequence[Told]) -> Told | None:
    last = max(group, key=_time)
    rivals = {one.answer for one in group if _time(one) == _time(last)}
    return last if len(rivals) == 1 else None


def _time(told: Told) -> tuple[str, str]:
    return told.at.day.isoformat(), told.at.clock.isoformat() if told.at.clock is not None else ""


_ANSWERS: Mapping[str, Callable[[Resource | Component], str | None]] = {
    **dict.fromkeys((*ORGANS, *STATES), answers.presence),
    **dict.fromkeys(FLAGGED, answers.flag),
    PREGNANCY: answers.pregnancy,
    TEST: answers.tested,
    STRESS: answers.strain,
}
