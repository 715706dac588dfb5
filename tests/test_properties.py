"""What must hold for any chart: order, unit and bystanders change nothing, and nothing makes the engine fail."""

from __future__ import annotations

import json
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cds_hooks.refusal import Refusal
from tests.charts import chart
from tests.engine import report_of, report_of_bytes, site, states

TODAY = date(2026, 9, 4)
QUICK = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
CODES = {
    "2986-8": ("ng/dL", 50, 1800),  # below, a number may look mislabelled in one unit and not in another
    "4544-3": ("%", 20, 70),
    "718-7": ("g/dL", 8, 22),
    "2857-1": ("ng/mL", 0, 12),
    "2243-4": ("pg/mL", 5, 120),
    "13967-5": ("nmol/L", 5, 120),
    "10501-5": ("m[IU]/mL", 0, 15),
}
# The same quantity in another unit, exactly: code, unit, and what to multiply the number with.
TWINS = {
    "4544-3": ("62241-5", "L/L", Decimal("0.01")),
    "718-7": ("718-7", "g/L", Decimal(10)),
    "2857-1": ("35741-8", "ug/L", Decimal(1)),
    "2243-4": ("2243-4", "ng/L", Decimal(1)),
    "10501-5": ("10501-5", "[IU]/L", Decimal(1)),
    "2986-8": ("2986-8", "ng/mL", Decimal("0.01")),
}


@st.composite
def results(draw: st.DrawFn) -> list[list[Any]]:
    """A few results of men's panel codes over two years."""
    rows = []
    for code in draw(st.lists(st.sampled_from(sorted(CODES)), max_size=8)):
        unit, low, high = CODES[code]
        tenths = draw(st.integers(low * 10, high * 10))
        day = TODAY - timedelta(days=draw(st.integers(0, 700)))
        rows.append([code, tenths / 10, unit, day])
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


@given(stories())
@QUICK
def test_another_unit_changes_no_finding(story: dict[str, Any]) -> None:
    twin = {**story, "results": [_twin(row) for row in story["results"]]}
    one, other = report_of(chart(story), TODAY), report_of(chart(twin), TODAY)
    assert states(one) == states(other)


def _twin(row: list[Any]) -> list[Any]:
    code, value, _, day = row
    if code not in TWINS:
        return row
    other, other_unit, factor = TWINS[code]
    return [other, float(Decimal(str(value)) * factor), other_unit, day]


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
