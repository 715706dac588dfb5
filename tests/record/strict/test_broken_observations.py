"""What real senders get wrong in a result is told, each at its place, and nothing else beside it."""

from __future__ import annotations

import json

import httpx
import pytest

from cds_hooks.record.strict.check import check
from tests.asking import vocabulary
from tests.record.strict.cases import BROKEN, SOUND, Json, bytes_of

FHIR = {"Content-Type": "application/fhir+json"}


def bundle(resource: Json) -> Json:
    """A chart with this result."""
    patient = {"resourceType": "Patient", "id": "1", "gender": "female", "birthDate": "1980-01-01"}
    entries = [
        {"fullUrl": "urn:uuid:0c3151bd-1cbf-4d64-b04d-cd9187a4c6e0", "resource": patient},
        {"resource": resource},
    ]
    return {"resourceType": "Bundle", "type": "collection", "entry": entries}


def test_nothing_is_wrong_with_what_they_are_made_of() -> None:
    assert check(bytes_of(SOUND), vocabulary()) == ()
    assert check(bytes_of(bundle(SOUND)), vocabulary()) == ()


def test_there_are_24() -> None:
    assert len(BROKEN) == 24


@pytest.mark.parametrize("name", BROKEN)
def test_each_is_told_once_at_its_place_with_the_remedy(name: str) -> None:
    broken = BROKEN[name]
    (told,) = check(bytes_of(broken.resource), vocabulary())
    assert (told.expression, told.severity) == (broken.expression, broken.severity)
    assert broken.says in told.said


@pytest.mark.parametrize("name", BROKEN)
def test_the_line_is_that_of_the_mistake(name: str) -> None:
    broken = BROKEN[name]
    text = bytes_of(broken.resource)
    (told,) = check(text, vocabulary())
    line = text.decode().splitlines()[told.line - 1]
    last = broken.expression.rpartition(".")[2].partition("[")[0]
    is_seen = f'"{last}":' in line
    # What is not there, or has no name here, is shown by what it is lacking in.
    assert is_seen or line.strip() in ("{", '"valueString": "2.1"', '"valueQuantities": 1', '"valueQuantity": {')


@pytest.mark.parametrize("name", BROKEN)
def test_both_doors_tell_it(client: httpx.Client, name: str) -> None:
    broken = BROKEN[name]
    alone = client.post("/fhir/Observation/$validate", content=bytes_of(broken.resource), headers=FHIR)
    assert alone.status_code == 200
    (issue,) = alone.json()["issue"]
    assert (issue["severity"], issue["expression"]) == (broken.severity, [broken.expression])
    strict = client.post("/evaluate?strict=true", json=bundle(broken.resource))
    assert strict.status_code == (422 if broken.severity == "error" else 200)
    if strict.status_code == 422:
        (issue,) = strict.json()["issue"]
        assert issue["expression"] == [broken.expression.replace("Observation", "Bundle.entry[1].resource", 1)]
    assert client.post("/evaluate", json=bundle(broken.resource)).status_code == 200


@pytest.mark.parametrize("name", BROKEN)
def test_nothing_of_it_is_repeated(name: str) -> None:
    """A value may be a person's: none stands in the answer, whatever is wrong with it."""
    secret = "zq-secret-zq"
    marked = json.loads(json.dumps(BROKEN[name].resource).replace("finished", secret).replace("=<", secret))
    marked |= {"id": f"{secret} ", "note": [{"text": 7, secret: secret}]}
    told = check(bytes_of(marked), vocabulary())
    assert len(told) >= 3
    assert secret not in repr(told)
