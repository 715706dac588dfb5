"""A resource written again is read as the same resource, and holds nothing that nobody reads."""

from __future__ import annotations

import msgspec
import pytest

from cds_hooks.record.fhir.resources import Resource
from cds_hooks.record.fhir.written import written
from service.examples.chart import SAMPLES, chart_json


@pytest.mark.parametrize("sample", SAMPLES)
def test_a_chart_is_the_same_after_being_written(sample: str) -> None:
    read = msgspec.json.decode(chart_json(sample), type=Resource)
    once = msgspec.json.encode(written(read))
    assert msgspec.json.encode(written(msgspec.json.decode(once, type=Resource))) == once
    again = msgspec.json.decode(once, type=Resource)
    assert [entry.resource and entry.resource.id for entry in again.entry or ()] == [
        entry.resource and entry.resource.id for entry in read.entry or ()
    ]


def test_digits_stay_and_names_go() -> None:
    patient = '{"resourceType":"Patient","id":"a","name":[{"family":"Doe"}],"gender":"male"}'
    told = msgspec.json.encode(written(msgspec.json.decode(patient, type=Resource)))
    assert msgspec.json.decode(told) == {"resourceType": "Patient", "id": "a", "gender": "male"}
    result = '{"resourceType":"Observation","valueQuantity":{"value":47.0}}'
    assert msgspec.json.encode(written(msgspec.json.decode(result, type=Resource))) == result.encode()
