"""The differential ready to judge: its conditions as predicates, what no knowledge answers left out or refused."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from cds_hooks.findings import Citation
from cds_hooks.judgement.differential.needs import Named, needs_of
from cds_hooks.judgement.differential.written import (
    DOSE_REVIEW,
    AskFile,
    DifferentialFile,
    DiscordanceFile,
    FactorExample,
    FactorFile,
    FactorsFile,
    WayFile,
)
from cds_hooks.judgement.predicates.predicate import Kinds, Numbers, Predicate, read_predicate

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Way:
    """One way in which something is there."""

    file: WayFile
    all: tuple[Predicate, ...]
    none: tuple[Predicate, ...]
    needs: tuple[Named, ...]  # of each, one must be in the chart


@dataclass(frozen=True, slots=True)
class Discordance:
    """A kind of not working as expected."""

    file: DiscordanceFile
    ways: tuple[Way, ...]


@dataclass(frozen=True, slots=True)
class Factor:
    """Something that may explain a discordance."""

    file: FactorFile
    ways: tuple[Way, ...]
    sources: tuple[Citation, ...]


@dataclass(frozen=True, slots=True)
class Question:
    """Something to ask for."""

    file: AskFile
    all: tuple[Predicate, ...]
    none: tuple[Predicate, ...]


@dataclass(frozen=True, slots=True)
class Differential:
    """All of it, and the stories that prove it."""

    file: DifferentialFile
    discordances: tuple[Discordance, ...]
    factors: tuple[Factor, ...]
    questions: tuple[Question, ...]
    examples: tuple[FactorExample, ...]
    starting: frozenset[str]  # checks that may start it; none of them raised, nothing is asked
    explaining: Mapping[str, frozenset[int]]  # by discordance: places of the factors that may explain it
    displayed: frozenset[int]  # places of those that are only told

    def speaking_of(self, discordances: Iterable[str]) -> list[Factor]:
        """The factors that may be shown where these are found, in the order of the file."""
        places = self.displayed.union(*(self.explaining[name] for name in discordances))
        return [self.factors[place] for place in sorted(places)]


@dataclass(frozen=True, slots=True)
class Names:
    """What is known by name: checks, protocols, sources, the kinds of conditions and how their numbers are read."""

    checks: Collection[str]
    protocols: Collection[str]
    sources: Mapping[str, Citation]
    kinds: Kinds
    numbers: Numbers
    strict: bool = True  # refuse what is named and does not exist


def ready(file: DifferentialFile, factors: FactorsFile, names: Names) -> Differential:
    """Everything read. Raises ValueError naming what is not known; where the file is not strict that is left out."""
    names = replace(names, strict=file.strict)
    discordances = tuple(Discordance(one, _ways(one.way, names)) for one in file.discordance)
    classes = {one.file.id for one in discordances}
    read = tuple(_factor(one, classes, names) for one in factors.factor)
    questions = [_tried(_question, one, names) for one in file.ask]
    examples = tuple(_example(one, factors.base) for one in factors.example)
    starting = frozenset(name for one in discordances for way in one.ways for name in way.file.raised)
    _refuse_stray(
        examples, {DOSE_REVIEW, *names.checks, *(one.id for one in factors.factor), *(one.id for one in file.ask)}
    )
    if file.strict:
        _refuse_unproven(read, examples)
        _refuse_unknown(file, names)
    shown = [(place, one.file) for place, one in enumerate(read) if one.ways and one.file.grade in file.grades]
    explaining = {name: frozenset(place for place, one in shown if name in one.expl) for name in classes}
    displayed = frozenset(place for place, one in shown if one.display)
    asked = tuple(one for one in questions if one)
    return Differential(file, discordances, read, asked, examples, starting, explaining, displayed)


def _factor(file: FactorFile, classes: Collection[str], names: Names) -> Factor:
    unknown = [name for name in file.expl if name not in classes]
    unknown += [name for name in file.source if name not in names.sources]
    if names.strict:
        unknown += [name for name in file.protocols if name not in names.protocols]
    if unknown:
        raise ValueError(f"factor {file.id}: not known: {', '.join(unknown)}")
    ways = _ways(file.way, names)
    return Factor(file, ways, tuple(names.sources[name] for name in file.source))


def _ways(written: Sequence[WayFile], names: Names) -> tuple[Way, ...]:
    found = [_tried(_way, one, names) for one in written]
    return tuple(way for way in found if way is not None)


def _way(file: WayFile, names: Names) -> Way:
    unknown = [name for name in file.raised if name not in names.checks]
    if unknown and (names.strict or len(unknown) == len(file.raised)):
        raise ValueError(f"no check named {', '.join(unknown)}")
    asked = _predicates(file.all, names)
    needs = tuple(need for need in map(needs_of, asked) if need)
    return Way(file, asked, _predicates(file.none, names), needs)


def _question(file: AskFile, names: Names) -> Question:
    return Question(file, _predicates(file.all, names), _predicates(file.none, names))


def _predicates(written: Sequence[Mapping[str, Any]], names: Names) -> tuple[Predicate, ...]:
    return tuple(read_predicate(condition, names.kinds, names.numbers) for condition in written)


def _tried(reader: Callable[[Any, Names], T], written: Any, names: Names) -> T | None:
    """What is read; None where it names something that this knowledge does not have and need not."""
    try:
        return reader(written, names)
    except (ValueError, KeyError):
        if names.strict:
            raise
        return None


def _example(written: Mapping[str, Any], bases: Mapping[str, Mapping[str, Any]]) -> FactorExample:
    """An example with what its base tells before it: lists are joined, anything else is the example's own."""
    base = bases[written["base"]] if "base" in written else {}
    joined = {name: [*base[name], *written.get(name, [])] for name in base if isinstance(base[name], list)}
    return FactorExample.read({**base, **written, **joined})


def _refuse_stray(examples: Sequence[FactorExample], known: Collection[str]) -> None:
    named = {name for example in examples for name in (*example.shows, *example.hides, *example.order)}
    stray = sorted(named.difference(known))
    if stray:
        raise ValueError(f"examples speak of what does not exist: {', '.join(stray)}")


def _refuse_unknown(file: DifferentialFile, names: Names) -> None:
    steps = (*file.safety.checks, *file.data.checks, *file.pre_analytic.checks, file.change.check)
    named = {*steps, *(name for one in file.discordance for name in one.never_with)}
    unknown = sorted(named.difference(names.checks))
    if unknown:
        raise ValueError(f"no check named {', '.join(unknown)}")


def _refuse_unproven(factors: Sequence[Factor], examples: Sequence[FactorExample]) -> None:
    shown = {name for example in examples for name in example.shows}
    hidden = {name for example in examples for name in example.hides}
    unproven = [
        factor.file.id
        for factor in factors
        if factor.file.id not in hidden or (not factor.file.never and factor.file.id not in shown)
    ]
    if unproven:
        raise ValueError(f"no example where it is shown, or none where it is not: {', '.join(unproven)}")
