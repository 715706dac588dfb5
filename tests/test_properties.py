"""What must hold for any chart: order, unit and bystanders change nothing, and nothing makes the engine fail."""

from __future__ import annotations

import json
from collections import defaultdict
from datetime import date, timedelta
from decimal import Decimal
from functools import cache
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cds_hooks.judgement.predicates.single.latest import Latest
from cds_hooks.refusal import Refusal
from service.site.site import packaged_files
from terminology.units.units import read_aliases
from tests.charts import chart
from tests.engine import report_of, report_of_bytes, site
from tests.record.charts import read_json

TODAY = date(2026, 9, 4)
QUICK = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
# For each analyte a range in tenths, and the ways to write it: code, unit, what to multiply the first number with. The
# products are exact. Ranges stay where a number looks mislabeled in none of the units.
WAYS: dict[str, tuple[int, int, list[tuple[str, str, str]]]] = {
    "testosterone_total": (
        *(20, 515),
        [
            *(("14913-8", "nmol/L", "1"), ("14913-8", "pmol/L", "1000"), ("2986-8", "ng/dL", "28.8431")),
            *(("2986-8", "ng/mL", "0.288431"), ("49041-7", "ug/L", "0.288431")),
        ],
    ),
    "estradiol": (
        *(630, 3600),
        [("14715-7", "pmol/L", "1"), ("2243-4", "pg/mL", "0.272388"), ("2243-4", "ng/L", "0.272388")],
    ),
    "hematocrit": (200, 700, [("4544-3", "%", "1"), ("4544-3", "L/L", "0.01"), ("62241-5", "L/L", "0.01")]),
    "hemoglobin": (80, 220, [("718-7", "g/dL", "1"), ("718-7", "g/L", "10")]),
    "psa_total": (0, 120, [("2857-1", "ng/mL", "1"), ("35741-8", "ug/L", "1")]),
    "shbg": (50, 1200, [("13967-5", "nmol/L", "1"), ("13967-5", "pmol/L", "1000")]),
    "lh": (1, 150, [("10501-5", "m[IU]/mL", "1"), ("10501-5", "[IU]/L", "1")]),
    "fsh": (1, 150, [("15067-2", "m[IU]/mL", "1"), ("15067-2", "[IU]/L", "1")]),
    "tsh": (0, 200, [("3016-3", "m[IU]/L", "1"), ("3016-3", "u[IU]/mL", "1"), ("11580-8", "u[IU]/mL", "1")]),
    "ft4": (80, 400, [("14920-3", "pmol/L", "1"), ("3024-7", "ng/dL", "0.077687388")]),
    "ft3": (20, 120, [("14928-6", "pmol/L", "1"), ("3051-0", "pg/mL", "0.65097741")]),
    "cortisol": (600, 6000, [("14675-3", "nmol/L", "1"), ("2143-6", "ug/dL", "0.0362466")]),
    "platelets": (500, 6000, [("777-3", "10*3/uL", "1"), ("777-3", "10*9/L", "1"), ("777-3", "/uL", "1000")]),
    "potassium": (20, 80, [("2823-3", "mmol/L", "1"), ("2823-3", "meq/L", "1")]),
    "albumin": (200, 550, [("1751-7", "g/L", "1"), ("1751-7", "g/dL", "0.1")]),
}
ALIASES = read_aliases(packaged_files("terminology.tables")["unit-aliases.csv"])


def spellings(analyte: str, unit: str) -> list[str]:
    """A UCUM unit, and how people write it for this analyte."""
    return [unit, *(one.written for one in ALIASES.get(unit, ()) if not one.analytes or analyte in one.analytes)]


@st.composite
def results(draw: st.DrawFn) -> list[list[Any]]:
    """A few results of men's panel codes over two years."""
    rows = []
    for analyte in draw(st.lists(st.sampled_from(sorted(WAYS)), max_size=8)):
        low, high, ways = WAYS[analyte]
        tenths = draw(st.integers(low, high))
        day = TODAY - timedelta(days=draw(st.integers(0, 700)))
        rows.append([ways[0][0], tenths / 10, ways[0][1], day])
    return rows


@st.composite
def stories(draw: st.DrawFn) -> dict[str, Any]:
    """A man on testosterone with some results."""
    order: dict[str, Any] = {
        "rxnorm": "835840",
        "text": "testosterone cypionate 100 mg IM",
        "every_days": draw(st.sampled_from([7, 14])),
        "route": "intramuscular",
        "start": TODAY - timedelta(days=draw(st.integers(0, 900))),
    }
    if draw(st.booleans()):
        order["last_dose"] = TODAY - timedelta(days=draw(st.integers(0, 20)))
    return {"today": TODAY, "therapy": [order], "results": draw(results()), "age": draw(st.integers(19, 80))}


@given(stories(), st.randoms(use_true_random=False))
@QUICK
def test_the_order_of_resources_changes_nothing(story: dict[str, Any], random: Any) -> None:
    bundle = chart(story)
    shuffled = {**bundle, "entry": bundle["entry"][:]}
    random.shuffle(shuffled["entry"])
    one, other = report_of(bundle, TODAY), report_of(shuffled, TODAY)
    for field in ("findings", "draws", "derived"):
        assert one[field] == other[field]


@given(stories())
@QUICK
def test_unrelated_resources_change_nothing(story: dict[str, Any]) -> None:
    bundle = chart(story)
    bystanders = [
        {"resourceType": "Practitioner", "id": "p", "name": [{"family": "X"}]},
        {"resourceType": "Questionnaire", "id": "q", "status": "active", "code": [{"code": "x"}]},
        {
            "resourceType": "Observation",
            "id": "glucose",
            "status": "final",
            "code": {"coding": [{"system": "http://loinc.org", "code": "35789-7"}]},
            "subject": {"reference": "Patient/story"},
            "valueString": "cloudy",
        },
    ]
    more = {**bundle, "entry": [*({"resource": r} for r in bystanders), *bundle["entry"]]}
    one, other = report_of(bundle, TODAY), report_of(more, TODAY)
    assert one["findings"] == other["findings"]
    assert one["draws"] == other["draws"]


@given(stories(), st.data())
@settings(QUICK, max_examples=120)
def test_another_unit_or_spelling_changes_nothing_that_is_decided(story: dict[str, Any], data: st.DataObject) -> None:
    usual = [row for row in story["results"] if not near_a_band_edge(row)]
    twins = [rewritten(row, data) for row in usual]
    charts = [chart({**story, "results": rows}) for rows in (usual, twins)]
    assert values(charts[0]) == values(charts[1])
    one, other = (report_of(bundle, TODAY) for bundle in charts)
    for decided in (verdicts, lambda report: report["draws"], lambda report: report["derived"]):
        assert decided(one) == decided(other)


# They say that results of two codes are of two methods, so another code is not nothing to them.
OF_METHODS = {"PRE-METHOD", "BV-01"}


def rewritten(row: list[Any], data: st.DataObject) -> list[Any]:
    """The same amount under another code, in another unit or spelling."""
    _, value, _, day = row
    analyte = analyte_of(row)
    other, other_unit, factor = data.draw(st.sampled_from(WAYS[analyte][2]))
    spelled = data.draw(st.sampled_from(spellings(analyte, other_unit)))
    return [other, float(Decimal(str(value)) * Decimal(factor)), spelled, day]


def analyte_of(row: list[Any]) -> str:
    return site().knowledge.vocabulary.loinc[row[0]].analyte


def near_a_band_edge(row: list[Any]) -> bool:
    """Within one reporting step, where a band is rounded across mass and moles (its own table: test_thresholds)."""
    crossing = {"nmol/L": Decimal("0.1"), "pmol/L": Decimal(1)}.get(row[2])
    if crossing is None:
        return False
    analyte = analyte_of(row)
    quantity = site().knowledge.vocabulary.quantity
    value, step = quantity(analyte, f"{row[1]} {row[2]}"), quantity(analyte, f"{crossing} {row[2]}")
    return any(abs(value - edge) <= step for edge in band_edges()[analyte])


@cache
def band_edges() -> dict[str, set[Decimal]]:
    """Both ends of every target band of every profile, by analyte, in its canonical unit."""
    edges: dict[str, set[Decimal]] = defaultdict(set)
    for protocol in site().knowledge.variants.values():
        for check in protocol.checks:
            branches = (predicate for branch in check.branches for predicate in branch.all)
            for predicate in (*check.all, *check.any, *check.none, *check.unless, *branches):
                if isinstance(predicate, Latest) and predicate.band is not None:
                    edges[predicate.analyte] |= {predicate.band.low, predicate.band.high}
    return edges


def verdicts(report: dict[str, Any]) -> list[dict[str, Any]]:
    """What each check decided, and on which results, whatever method they were measured by."""
    decided = ("protocol", "check", "state", "urgency", "blocked_by")
    return [
        {**{key: finding.get(key) for key in decided}, "on": [e["reference"] for e in finding.get("evidence", ())]}
        for finding in report["findings"]
        if finding["check"] not in OF_METHODS
    ]


def values(bundle: dict[str, Any]) -> dict[str, Decimal]:
    """Every reading in its canonical unit, exactly."""
    return {reading.reference: reading.value for reading in read_json(bundle).readings}


EXTREMES = st.sampled_from(
    [
        *("9999-12-31", "0001-01-01", "1900-01-01", "2199-12-31", "2026-02-30", "2026-09", "2026-09-04T24:00:00Z"),
        *("2026-09-04T12:00:00+14:00", "2026-09-03T23:59:59.999999-12:00", "9999-12-31T23:59:59-14:00", "", "\u0000"),
        *(0, -1, 1e30, -1e30, 1e-30, 1e308, 5e29, 2**70, 54, 0.54, 1e-300),
    ]
)
ODD = st.recursive(
    EXTREMES | st.none() | st.booleans() | st.integers(-5, 5) | st.text(max_size=6) | st.floats(allow_nan=False),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=6,
)


@given(stories(), st.data(), st.sampled_from([date(1900, 1, 1), TODAY, TODAY, TODAY, date(2200, 12, 31)]))
@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_no_chart_makes_the_engine_fail(story: dict[str, Any], data: st.DataObject, today: date) -> None:
    bundle = chart(story)
    for _ in range(data.draw(st.integers(1, 3))):
        target: Any = data.draw(st.sampled_from(bundle["entry"]))["resource"]
        if not isinstance(target, dict) or not target:
            continue
        key = data.draw(st.sampled_from(sorted(target)))
        while isinstance(target[key], (dict, list)) and target[key] and data.draw(st.integers(0, 3)):
            target = target[key]
            key = data.draw(st.sampled_from(sorted(target) if isinstance(target, dict) else range(len(target))))
        target[key] = data.draw(ODD)
    try:
        report = report_of_bytes(json.dumps(bundle).encode(), today)
    except Refusal as refusal:
        assert 400 <= refusal.status < 500  # noqa: PT017
        return
    checks = [(f["protocol"], f["check"]) for f in report["findings"]]
    assert len(checks) == len(set(checks))


def test_the_packaged_knowledge_is_the_same_for_every_call() -> None:
    assert site().knowledge is site().knowledge
