"""Gates: what happened before the draw makes a result one-sided, or suspends advice on a dose; never a danger."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from msgspec.structs import replace

from cds_hooks.facts import Reading
from cds_hooks.findings import Held
from cds_hooks.judgement.predicates.outcome import step
from cds_hooks.judgement.protocol.protocol import Verdict

_BOUND = {"low": ">=", "high": "<="}  # a falsely low result says "at least this much"
_CONTRADICTS = {"low": ("<", "<="), "high": (">", ">=")}
Readings = Mapping[str, tuple[Reading, ...]]


def one_sided(gates: Sequence[Verdict], readings: Readings) -> tuple[Readings, dict[tuple[str, str], Held]]:
    """The readings with those that a raised gate biases as bounds; a bound that points the other way is held back."""
    biases = {
        (reading.reference, reading.analyte): (verdict.id, verdict.check.file.biases[reading.analyte])
        for verdict in reversed(gates)
        if verdict.raised
        for reading in verdict.outcome.readings
        if reading.analyte in verdict.check.file.biases
    }
    if not biases:
        return readings, {}
    held = {
        place: Held(*place, gate, f"it reads falsely {bias} ({gate}), and was reported as a bound of the other side")
        for place, (gate, bias) in biases.items()
        if any(
            reading.reference == place[0] and reading.comparator in _CONTRADICTS[bias]
            for reading in readings.get(place[1], ())
        )
    }
    touched = {analyte for _, analyte in biases}
    changed = {
        analyte: tuple(_biased(reading, biases) for reading in found) if analyte in touched else found
        for analyte, found in readings.items()
    }
    return changed, held


def _biased(reading: Reading, biases: Mapping[tuple[str, str], tuple[str, str]]) -> Reading:
    found = biases.get((reading.reference, reading.analyte))
    if found is None or reading.comparator is not None:
        return reading
    gate, bias = found
    return replace(reading, comparator=_BOUND[bias], biased=gate)


def suspended(verdicts: Sequence[Verdict], gates: Sequence[Verdict]) -> list[Verdict]:
    """Raised advice on a dose or a target that a raised gate suspends is not known; dangers stand."""
    raised = [gate for gate in gates if gate.raised and gate.check.file.suspends]
    if not raised:
        return list(verdicts)
    return [_unless_suspended(verdict, raised) for verdict in verdicts]


def _unless_suspended(verdict: Verdict, gates: Sequence[Verdict]) -> Verdict:
    gate = next((gate for gate in gates if _suspends(gate, verdict)), None)
    if gate is None:
        return verdict
    because = step("gate", None, f"{gate.id} is raised: no dose is changed on this result")
    outcome = replace(verdict.outcome, truth=None, because=(because, *verdict.outcome.because), blocked=(gate.id,))
    return replace(verdict, outcome=outcome)


def _suspends(gate: Verdict, verdict: Verdict) -> bool:
    if not verdict.raised or not verdict.check.file.optimises:
        return False
    named = {verdict.check.file.topic, *verdict.causal}
    if named.isdisjoint(gate.check.file.suspends):
        return False
    places = {(reading.reference, reading.analyte) for reading in gate.outcome.readings}
    return gate.check.file.any_reading or any(
        (reading.reference, reading.analyte) in places for reading in verdict.outcome.readings
    )
