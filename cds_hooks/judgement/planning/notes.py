"""What whoever draws has to know of a test: tube, method, fasting, hour; for whom, in the conditions of checks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from msgspec.structs import replace

from cds_hooks.findings import Draw
from cds_hooks.judgement.chart.case import Case
from cds_hooks.judgement.chart.marks import Marks
from cds_hooks.judgement.predicates.predicate import Kinds, Numbers, Predicate, read_predicate
from cds_hooks.judgement.written.strict import Strict


class NoteFile(Strict):
    """A note as written. Without conditions it is for everyone."""

    analytes: tuple[str, ...]
    text: str
    hour: bool = False  # says at what time of day to draw
    all: tuple[dict[str, Any], ...] = ()
    none: tuple[dict[str, Any], ...] = ()
    source: tuple[str, ...]
    confidence: str


@dataclass(frozen=True, slots=True)
class Note:
    """A note ready to be asked for whom it is."""

    analytes: frozenset[str]
    text: str
    all: tuple[Predicate, ...]
    excluding: tuple[tuple[Marks | None, Predicate], ...]  # none of these, each with the marks it needs
    instead_of: str | None  # the instruction that it contradicts
    needs: tuple[Marks, ...]  # sets of marks, without one of each it is for nobody
    file: NoteFile

    def is_for(self, case: Case) -> bool:
        """Whether all of its conditions are known to hold, and none of the others is."""
        marks = case.marks
        for needed in self.needs:
            if marks.isdisjoint(needed):
                return False
        for wanted, one in self.excluding:
            if (wanted is None or not marks.isdisjoint(wanted)) and _holds(one, case):
                return False
        return all(_holds(one, case) for one in self.all)


def _holds(predicate: Predicate, case: Case) -> bool:
    return not case.refutes(predicate) and case.answer(predicate).truth is True


def read_note(file: NoteFile, kinds: Kinds, numbers: Numbers, sources: Mapping[str, Any], any_time: str) -> Note:
    """The note with its predicates; one with an hour stands for `any_time`. Raises ValueError naming what is wrong."""
    unknown = [name for name in file.analytes if name not in numbers.vocabulary.analytes]
    unknown += [name for name in file.source if name not in sources]
    if unknown:
        raise ValueError(f"not known: {', '.join(unknown)}")
    those, others = (
        tuple(read_predicate(condition, kinds, numbers) for condition in group) for group in (file.all, file.none)
    )
    needs = tuple(one.marks for one in those if one.marks is not None)
    excluding = tuple((one.marks, one) for one in others)
    return Note(frozenset(file.analytes), file.text, those, excluding, any_time if file.hour else None, needs, file)


def noted(draw: Draw, notes: Sequence[Note], case: Case) -> Draw:
    """The draw with the notes of what it draws, each once. An hour is the instruction where any would have done."""
    drawn = set(draw.analytes)
    fitting = [note for note in notes if not note.analytes.isdisjoint(drawn) and note.is_for(case)]
    hours = dict.fromkeys([note.text for note in fitting if note.instead_of == draw.instruction])
    texts = tuple(dict.fromkeys([note.text for note in fitting if note.text not in hours]))
    if hours:
        return replace(draw, notes=texts, instruction=" ".join(hours))
    return replace(draw, notes=texts) if texts else draw
