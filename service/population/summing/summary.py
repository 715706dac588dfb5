"""What a run says of a population in numbers: no person, and no number so small that it could tell of one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from service.population.about import About
from service.population.grouping.charts import Grouped
from service.population.sites import ALL
from service.population.summing.counts import Counts

# What is counted for each site and protocol; the last is not of one protocol.
MEASURES = ("judged", "unsafe", "warned", "overdue", "a needed result not found", "something unknown", "due in 30 days")
Number = int | None  # rounded up; None: fewer than the threshold, or it would tell of another that is
STEP = 5  # to a multiple of this: a sum or a whole of exact numbers would tell a hidden one by subtraction


class Line(msgspec.Struct, frozen=True):
    """The patients of a site (all: `*`) under a protocol (all: `*`), by measure; null where suppressed."""

    site: str
    protocol: str
    counts: dict[str, Number]


class CheckLine(msgspec.Struct, frozen=True):
    """In how many patients a check was raised with this urgency."""

    protocol: str
    check: str
    urgency: str
    patients: Number


class CodeLine(msgspec.Struct, frozen=True):
    """A code, unit or drug that nobody understood, and in how many charts."""

    kind: str
    system: str
    code: str
    patients: int


class Quality(msgspec.Struct, frozen=True):
    """What is wrong with the data. `unread` and `unmapped` count patients; rare codes are counted together only."""

    unread: dict[str, Number]
    unmapped: tuple[CodeLine, ...]
    rareCodes: int
    aside: dict[str, int]  # lines and entries that nothing could be made of, by fault
    notJudged: dict[str, Number]  # charts, by problem


class Summary(msgspec.Struct, frozen=True):
    """A run in numbers; those of patients are rounded up to a multiple of `roundedUpTo` (1: they are exact)."""

    schemaVersion: str
    run: About
    threshold: int
    roundedUpTo: int
    patients: Number
    resources: int
    lines: tuple[Line, ...]
    checks: tuple[CheckLine, ...]
    quality: Quality


def summarise(counts: Counts, grouped: Grouped, about: About, threshold: int) -> Summary:
    """All numbers from `threshold` patients up, rounded; smaller ones, but for 0, are suppressed."""
    counter = counts.counter
    hidden = Hidden(threshold)
    codes = {(key[1], key[2], key[3]): hidden.number(n) for key, n in counter.items() if key[0] == "unmapped"}
    return Summary(
        schemaVersion="1",
        run=about,
        threshold=threshold,
        roundedUpTo=hidden.step,
        patients=hidden.number(counter["patients",]),
        resources=grouped.resources,
        lines=_lines(counts, hidden),
        checks=tuple(
            CheckLine(key[1], key[2], key[3], hidden.number(number))
            for key, number in sorted(counter.items())
            if key[0] == "check"
        ),
        quality=Quality(
            unread={reason: hidden.number(number) for reason, number in _named(counts, "unread").items()},
            unmapped=tuple(
                CodeLine(*code, number)
                for number, code in sorted(
                    ((n, code) for code, n in codes.items() if n), key=lambda it: (-it[0], it[1])
                )
            ),
            rareCodes=sum(number is None for number in codes.values()),
            aside=grouped.aside,
            notJudged=hidden.parts(_named(counts, "not judged")),
        ),
    )


class Hidden:
    """Which numbers of patients may be shown, and how exactly. With a threshold of 1 nothing is hidden."""

    def __init__(self, threshold: int) -> None:
        self._threshold = threshold
        self.step = STEP if threshold > 1 else 1

    def number(self, patients: int) -> Number:
        """The number, as one that stands for at least `step` others; None when it is small."""
        if patients == 0:
            return 0
        return self._up(max(patients, self._threshold + self.step - 1)) if patients >= self._threshold else None

    def _up(self, patients: int) -> int:
        return -(-patients // self.step) * self.step

    def parts(self, numbers: Mapping[str, int]) -> dict[str, Number]:
        """Numbers whose sum is known too: the next larger is hidden beside small ones, which it would narrow down."""
        shown = {name: self.number(number) for name, number in numbers.items()}
        small = [name for name, number in shown.items() if number is None]
        rest = sorted((number, name) for name, number in numbers.items() if shown[name] is not None and number)
        while small and (len(small) == 1 or sum(numbers[one] for one in small) < self._threshold) and rest:
            _, name = rest.pop(0)
            shown[name] = None
            small.append(name)
        return shown


def _named(counts: Counts, what: str) -> dict[str, int]:
    return {key[1]: number for key, number in sorted(counts.counter.items()) if key[0] == what}


def _lines(counts: Counts, hidden: Hidden) -> tuple[Line, ...]:
    found = [key for key in counts.counter if key[0] in MEASURES]
    sites = _all_first({key[1] for key in found})
    protocols = _all_first({key[2] for key in found})
    shown = {
        (measure, site, protocol): number
        for measure in MEASURES
        for protocol in protocols
        for site, number in _by_site(counts, hidden, measure, protocol, sites).items()
    }
    lines = (
        Line(site, protocol, {measure: shown[measure, site, protocol] for measure in _measures_of(protocol)})
        for site in sites
        for protocol in protocols
    )
    return tuple(line for line in lines if line.counts["judged"] != 0)


def _measures_of(protocol: str) -> Sequence[str]:
    return MEASURES if protocol == ALL else MEASURES[:-1]


def _by_site(counts: Counts, hidden: Hidden, measure: str, protocol: str, sites: Sequence[str]) -> dict[str, Number]:
    numbers = {site: counts.counter[measure, site, protocol] for site in sites if site != ALL}
    return hidden.parts(numbers) | {ALL: hidden.number(counts.counter[measure, ALL, protocol])}


def _all_first(names: set[str]) -> list[str]:
    return sorted(names, key=lambda name: (name != ALL, name))
