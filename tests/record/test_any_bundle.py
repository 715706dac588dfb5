"""Whatever a bundle holds: reading answers with facts or a refusal, and order changes nothing."""

from __future__ import annotations

import copy
import json
import random
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from cds_hooks.facts import Facts
from cds_hooks.record.fhir.resources import READ_TYPES
from cds_hooks.refusal import Refusal
from tests.record.charts import CYPIONATE, LOINC, Json, bundle, observation, patient, read_json, request, resource

CHART: Json = bundle(
    patient(extension=[{"url": "urn:x", "valueCode": "M"}]),
    observation(meta={"versionId": "1", "lastUpdated": "2026-09-03T21:00:00Z"}),
    observation("2986-8", 500, "ng/dL", id="o2", effectivePeriod={"start": "2026-09-01", "end": "2026-09-02"}),
    observation(
        "85354-9",
        id="o3",
        valueQuantity=None,
        component=[
            {
                "code": {"coding": [{"system": LOINC, "code": "8480-6"}]},
                "valueQuantity": {"value": 120, "unit": "mm[Hg]"},
            },
            {"code": {"coding": [{"system": LOINC, "code": "29742-4"}]}, "valueDateTime": "2026-08-31"},
        ],
    ),
    request(dosageInstruction=[{"timing": {"repeat": {"frequency": 1, "period": 1, "periodUnit": "wk"}}}]),
    request(id="m2", medicationCodeableConcept=None, medicationReference={"reference": "Medication/x1"}),
    resource("Medication", code=CYPIONATE, subject=None),
    resource(
        "MedicationAdministration",
        status="completed",
        medicationCodeableConcept=CYPIONATE,
        effectiveDateTime="2026-08-31",
    ),
    resource(
        "MedicationStatement", status="active", medicationCodeableConcept=CYPIONATE, effectiveDateTime="2026-08-30"
    ),
    resource("Condition", code={"coding": [{"system": "http://hl7.org/fhir/sid/icd-10-cm", "code": "C61"}]}),
    resource("Procedure", status="completed", code={"text": "x"}, performedDateTime="2020"),
    resource("ServiceRequest", status="active", code={"coding": [{"system": LOINC, "code": "2986-8"}]}),
)
ODD: list[Any] = [
    *(None, True, 0, -1, 1e300, 10**40, "", " ", "\u200b", "x" * 600, "#", "Patient/", "urn:", "/"),
    *("2026-02-30", "9999-12-31T23:59:59-14:00", "0001-01-01", "0001-01-01T00:00:00+14:00"),
    *([], {}, [[]], [None], {"reference": "#"}, {"coding": [{}]}, {"value": "1"}),
]


def paths(node: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    items = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    return [path, *(deeper for key, child in items for deeper in paths(child, (*path, key)))]


PATHS = [path for path in paths(CHART) if path]


def replaced(chart: Json, path: tuple[Any, ...], value: Any) -> None:
    node: Any = chart
    for key in path[:-1]:
        if not isinstance(node, dict | list) or (isinstance(node, dict) and key not in node):
            return
        if isinstance(node, list) and not (isinstance(key, int) and key < len(node)):
            return
        node = node[key]
    if isinstance(node, dict) or (isinstance(node, list) and isinstance(path[-1], int) and path[-1] < len(node)):
        node[path[-1]] = copy.deepcopy(value)


def outcome(chart: Any) -> Facts | None:
    try:
        return read_json(chart)
    except Refusal:
        return None


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(PATHS), st.sampled_from(ODD)), min_size=1, max_size=4))
def test_a_deformed_chart_is_read_or_refused(changes: list[tuple[tuple[Any, ...], Any]]) -> None:
    chart = copy.deepcopy(CHART)
    for path, value in changes:
        replaced(chart, path, value)
    outcome(chart)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=12), inner, max_size=3),
    max_leaves=8,
)
ELEMENTS = sorted({key for entry in CHART["entry"] for key in entry["resource"]} - {"resourceType"})


@settings(max_examples=100, deadline=None)
@given(
    st.lists(
        st.builds(
            lambda kind, elements: {**elements, "resourceType": kind},
            st.sampled_from(sorted(READ_TYPES)),
            st.dictionaries(st.sampled_from(ELEMENTS), JSON, max_size=5),
        ),
        max_size=4,
    )
)
def test_any_json_in_the_place_of_elements_is_read_or_refused(resources: list[Json]) -> None:
    outcome(bundle(*resources))


@settings(max_examples=40, deadline=None)
@given(st.randoms(use_true_random=False))
def test_the_order_of_resources_changes_nothing_but_the_order(shuffle: random.Random) -> None:
    entries = CHART["entry"][:]
    shuffle.shuffle(entries)
    one, other = read_json(CHART), read_json({**CHART, "entry": entries})
    assert one.patient == other.patient
    for kind in ("readings", "therapies", "doses", "conditions", "orders", "unread"):
        assert sorted(map(repr, getattr(one, kind))) == sorted(map(repr, getattr(other, kind)))


def test_the_chart_these_tests_deform_is_read_whole() -> None:
    facts = read_json(CHART)
    assert facts.unread == ()
    assert len(facts.therapies) == 3
    assert facts.doses
    assert json.dumps(CHART)
