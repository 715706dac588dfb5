"""Every limit and every band edge of every profile: exactly at it, and one step to either side, in every unit."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

import pytest

from cds_hooks.facts import Reading
from cds_hooks.judgement.predicates.predicate import AllOf, Predicate
from cds_hooks.judgement.predicates.single.latest import Latest
from cds_hooks.judgement.protocol.check import Check
from cds_hooks.judgement.written.threshold import ABOVE, AT_LEAST, AT_MOST, BELOW, Threshold, edge_as_reported
from terminology.units.conversion import EXACT, Conversion, UnitProblem
from tests.asking import case, on, vocabulary
from tests.engine import site

DAY = "2026-09-03"
TRUE_AT = {
    ABOVE: (False, False, True),
    AT_LEAST: (False, True, True),
    BELOW: (True, False, False),
    AT_MOST: (True, True, False),
}


def asked_by(check: Check) -> Iterator[Predicate]:
    """Every predicate of a check."""
    groups = (check.all, check.any, check.none, check.unless, *(branch.all for branch in check.branches))
    yield from parts_of(predicate for group in groups for predicate in group)
    if check.in_range is not None:
        yield from parts_of(check.in_range.none)


def parts_of(predicates: Iterable[Predicate]) -> Iterator[Predicate]:
    for predicate in predicates:
        yield from parts_of(predicate.parts) if isinstance(predicate, AllOf) else (predicate,)


def is_plain(predicate: Latest) -> bool:
    """Whether one result decides by its value alone."""
    return not predicate.timing and predicate.times == 1 and predicate.factor is None


def asked(named: str) -> dict[str, Latest]:
    """The predicates on a limit, or on a band, by what they ask; each once."""
    found = [
        predicate
        for variant in site().knowledge.variants.values()
        for check in variant.checks
        for predicate in asked_by(check)
        if isinstance(predicate, Latest) and getattr(predicate, named) is not None
    ]
    return {
        f"{one.analyte} {words_of(one)} {' '.join(one.codes)}".strip(): one
        for one in found
        if named == "band" or is_plain(one)
    }


def words_of(predicate: Latest) -> str:
    if predicate.threshold is not None:
        return predicate.threshold.words
    assert predicate.band is not None
    return f"{predicate.side} {predicate.band.text}"


LIMITS, BANDS = asked("threshold"), {name: one for name, one in asked("band").items() if one.side != "inside"}


def conversions(analyte: str) -> list[tuple[str, Conversion]]:
    """Every unit the analyte is written in, the canonical one first."""
    found = {unit: vocabulary().unit(analyte, unit, unit, True) for unit in vocabulary().analytes[analyte].units}
    assert found
    return [(unit, one) for unit, one in found.items() if not isinstance(one, UnitProblem)]


def reading(predicate: Latest, reported: Decimal, unit: str, conversion: Conversion) -> Reading:
    """A final result as a laboratory reports it, by a method the limit is for."""
    known, moment = vocabulary().analytes[predicate.analyte], on(DAY)
    assert moment is not None
    code = predicate.codes[0] if predicate.codes else ""
    value = conversion.apply(reported)
    return Reading(
        predicate.analyte, value, known.unit, reported, unit, conversion, moment, "Observation/1", "final", code
    )


def answers(predicate: Latest, readings: Iterable[Reading]) -> list[bool | None]:
    """What the predicate says of each result by itself."""
    return [predicate.judge(case(readings=(one,))).truth for one in readings]


def step_below(value: Decimal) -> Decimal:
    """A step finer than the last digit written: what tells a limit from a value rounded to it."""
    exponent = value.as_tuple().exponent
    assert isinstance(exponent, int)
    return Decimal(1).scaleb(min(exponent, 0) - 1)


@pytest.mark.parametrize("predicate", LIMITS.values(), ids=LIMITS.keys())
def test_a_limit_holds_exactly_at_its_number_and_a_step_to_either_side(predicate: Latest) -> None:
    threshold = predicate.threshold
    assert threshold is not None
    unit, conversion = conversions(predicate.analyte)[0]
    step = step_below(threshold.value)
    values = [threshold.value - step, threshold.value, threshold.value + step]
    readings = [reading(predicate, value, unit, conversion) for value in values if value >= 0 or threshold.value < 0]
    assert answers(predicate, readings) == list(TRUE_AT[threshold.operator][-len(readings) :])


@pytest.mark.parametrize("predicate", LIMITS.values(), ids=LIMITS.keys())
def test_a_limit_is_not_rounded_in_any_unit_of_its_analyte(predicate: Latest) -> None:
    threshold = predicate.threshold
    assert threshold is not None
    for unit, conversion in conversions(predicate.analyte):
        edge = conversion.undo(threshold.value)
        readings = [reading(predicate, value, unit, conversion) for value in around(edge, threshold, conversion)]
        assert answers(predicate, readings) == [truth(threshold, one) for one in readings], unit


def around(edge: Decimal, threshold: Threshold, conversion: Conversion) -> list[Decimal]:
    """A number close to the edge on either side of it, and the edge itself where its digits end."""
    step = Decimal(1).scaleb(edge.adjusted() - 6)
    low, high = (edge.quantize(step, rounding=way, context=EXACT) for way in (ROUND_FLOOR, ROUND_CEILING))
    exact = [edge] if conversion.apply(edge) == threshold.value else []
    return [value for value in (low - step, *exact, high + step) if value >= 0]


def truth(threshold: Threshold, one: Reading) -> bool:
    """By comparing fractions, without the engine: value × multiply / divide against the limit."""
    left = EXACT.multiply(one.reported, one.conversion.multiply)
    right = EXACT.multiply(threshold.value, one.conversion.divide)
    place = 0 if left < right else 1 if left == right else 2
    return TRUE_AT[threshold.operator][place]


@pytest.mark.parametrize("predicate", BANDS.values(), ids=BANDS.keys())
def test_the_edge_of_a_band_is_inside_it_in_every_unit(predicate: Latest) -> None:
    band = predicate.band
    assert band is not None
    for unit, conversion in conversions(predicate.analyte):
        canonical = band.low if predicate.side == "below" else band.high
        written = reading(predicate, conversion.undo(canonical).quantize(Decimal("0.001")), unit, conversion)
        edge = edge_as_reported(canonical, written) if conversion.crosses else conversion.undo(canonical)
        exponent = edge.as_tuple().exponent
        assert isinstance(exponent, int)
        step = Decimal(1).scaleb(min(exponent, 0))
        beyond = edge - step if predicate.side == "below" else edge + step
        inside, outside = (reading(predicate, value, unit, conversion) for value in (edge, beyond))
        side = band.below if predicate.side == "below" else band.above
        assert (side(inside), side(outside)) == (False, True), unit


def test_there_are_limits_and_bands_to_ask() -> None:
    assert len(LIMITS) > 15
    assert len(BANDS) >= 6
