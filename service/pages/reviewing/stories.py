"""The examples of a protocol in words: what each tells about its patient."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from cds_hooks.judgement.written.examples import Example
from cds_hooks.presentation.told.terms import plain


def story_of(example: Example, label: Callable[[str], str]) -> list[str]:
    """Its profile, person, drugs, results and diagnoses; `label` names a test or panel."""
    therapies = [_therapy(therapy.as_written()) for therapy in example.therapies]
    readings = [f"{label(str(row[0]))} {row[1]}, {', '.join(map(_moment, row[2:]))}" for row in example.readings]
    unread = [f"{label(str(row[0]))} {row[2]}, unread ({plain([str(row[1])])[0]})" for row in example.unread]
    profile = [f"profile {', '.join(example.profile)}"] if example.profile else []
    organs = [*example.organs, *(f"no {organ}" for organ in example.organs_absent)]
    person = [example.sex, *([f"born {example.born}"] if example.born is not None else []), *organs]
    ordered = [f"ordered: {', '.join(map(label, example.ordered))}"] if example.ordered else []
    conditions = [said if isinstance(said, str) else f"{said[0]} on {said[1]}" for said in example.conditions]
    recorded = [f"recorded: {', '.join(plain(conditions))}"] if conditions else []
    recorded += [f"goal: {label(name)} {low} to {high}" for name, low, high in example.goals]
    recorded += [f"last period {example.last_period}"] if example.last_period is not None else []
    return [*profile, *person, *therapies, *readings, *unread, *recorded, *ordered]


def _moment(value: Any) -> str:
    return str(value).removesuffix(":00")


def _therapy(order: Mapping[str, Any]) -> str:
    told_as = {
        "route": "{}",
        "interval": "every {}",
        "start": "since {}",
        "last_dose": "last dose {}",
        "ended": "ended {}",
    }
    known = [words.format(_moment(order[name])) for name, words in told_as.items() if order[name] is not None]
    return ", ".join([str(order["text"]), *known])
