"""The tables an invented population is made from: scenario cards, regimens, and how laboratories write results."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from importlib.resources import files
from itertools import accumulate
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

HERE = "service.population.synthetic"
Days = tuple[int, int]


class Row(BaseModel):
    """A row of a table: nothing in it is unknown."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Way(Row):
    """One way to print a result; `often` is its share among the ways. Without `code` the unit is a mere text."""

    loinc: str
    unit: str
    code: str = ""
    factor: Decimal = Decimal(1)
    decimals: int
    often: int = 1


class Habit(Row):
    """How an analyte is written; `filler` is the range of one that no card speaks of, which may be `spoilt`."""

    name: str
    unit: str
    ways: tuple[Way, ...]
    filler: tuple[Decimal, Decimal] | None = None
    spoilt: bool = False


class Regimen(Row):
    """How a therapy is ordered, and every how many days its doses are `given`."""

    orders: tuple[str, ...]
    dosage: tuple[str, ...]
    rxnorm: str = ""
    route: str = ""
    every_days: int = 0
    given: bool = False
    statement: bool = False


class Result(Row):
    """A result to plant: what, in which range (unit of the habit), and when it was drawn. See the cards."""

    of: str
    is_: tuple[Decimal, Decimal]
    ago: Days = (1, 25)
    before: Days | None = None
    phase: Days | None = None
    clock: Days | None = None
    way: int | None = None
    decimals: int | None = None
    unit: str | None = None
    loinc: str | None = None
    status: Literal["final", "unknown", "preliminary"] = "final"

    model_config = ConfigDict(frozen=True, extra="forbid", alias_generator=lambda name: name.removesuffix("_"))


class Diagnosis(Row):
    """A diagnosis (ICD-10-CM) and how many days ago it began."""

    code: str
    text: str
    ago: Days


class Card(Row):
    """A scenario: what is planted, and what must (`raises`) and must not (`quiet`) be raised then."""

    name: str
    share: int = 1
    sex: Literal["male", "female"] = "male"
    age: Days = (30, 70)
    take: tuple[tuple[str, int, int], ...] = ()
    results: tuple[Result, ...] = ()
    conditions: tuple[Diagnosis, ...] = ()
    organs: dict[str, str] = {}
    pregnant: Days | None = None
    raises: tuple[str, ...] = ()
    quiet: tuple[str, ...] = ()
    overdue: tuple[str, ...] | None = None
    unread: str = ""


@dataclass(frozen=True)
class Tables:
    """Everything a population is made from."""

    cards: tuple[Card, ...]
    habits: Mapping[str, Habit]
    regimens: Mapping[str, Regimen]

    @cached_property
    def shares(self) -> tuple[int, ...]:
        """The sums of the cards' shares, in order: where a draw among all of them falls."""
        return tuple(accumulate(card.share for card in self.cards))

    @cached_property
    def fillers(self) -> tuple[str, ...]:
        """What fills a chart."""
        return tuple(name for name, habit in self.habits.items() if habit.filler is not None)


def read_tables() -> Tables:
    """The tables of the package.

    Raises:
        ValueError: a card names a result or a regimen that its table does not have.
    """
    folder = files(HERE)
    habits = {name: Habit(**row) for name, row in _toml(folder / "habits.toml").items()}
    regimens = {name: Regimen(**row) for name, row in _toml(folder / "regimens.toml").items()}
    written = sorted(((one.name, one) for one in (folder / "cards").iterdir()), key=lambda named: named[0])
    cards = tuple(Card(**row) for name, file in written if name.endswith(".toml") for row in _toml(file)["card"])
    for card in cards:
        unknown = {one.of for one in card.results} - habits.keys() | {one[0] for one in card.take} - regimens.keys()
        if unknown:
            raise ValueError(f"card '{card.name}': not in its table: {', '.join(sorted(unknown))}")
    return Tables(cards, habits, regimens)


def _toml(file: Any) -> dict[str, Any]:
    return tomllib.loads(file.read_text(encoding="utf-8"), parse_float=Decimal)
