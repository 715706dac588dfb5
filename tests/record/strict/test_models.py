"""The second look, by fhir.resources: what the walk misses is told too, once, and no failure of it is a fault."""

from __future__ import annotations

from typing import Any

import pytest

from cds_hooks.record.strict.flaws import Flaw, Spot, flaw
from cds_hooks.record.strict.structure.models import model_flaws
from cds_hooks.record.strict.structure.structure import Resource

SPOT = Spot(None, "Observation")


def told(known: list[Flaw], **changed: Any) -> list[Flaw]:
    """What the model of an Observation refuses beyond what is known."""
    value = {"resourceType": "Observation", "status": "final", "code": {"text": "x"}} | changed
    return list(model_flaws(Resource("Observation", value, SPOT, None), known))


def test_what_nobody_has_told_yet_is_told_at_its_place() -> None:
    (one,) = told([], component=[{"code": {"text": 1}}])
    assert (one.code, one.spot.expression) == ("structure", "Observation.component[0].code.text")


@pytest.mark.parametrize("known", [SPOT.at("issued"), SPOT])
def test_what_is_told_of_a_value_or_of_one_around_it_is_not_told_again(known: Spot) -> None:
    assert told([flaw("value", "No moment.", known)], issued="today") == []


def test_what_is_told_of_another_value_hides_nothing() -> None:
    (one,) = told([flaw("value", "No moment.", SPOT.at("code"))], issued="today")
    assert one.spot.expression == "Observation.issued"


def test_a_resource_with_many_flaws_is_not_asked_about_again() -> None:
    assert told([flaw("value", "No code.", SPOT.at("code"))] * 21, issued="today") == []


def test_a_type_without_a_model_is_left_out() -> None:
    assert list(model_flaws(Resource("MedicinalProduct", {}, SPOT, None), [])) == []


def test_what_makes_the_models_fail_is_told_unless_something_is_told_already() -> None:
    extension: dict[str, Any] = {"url": "http://a.example"}
    for _ in range(900):
        extension = {"url": "http://a.example", "extension": [extension]}
    (one,) = told([], extension=[extension])
    assert one.spot == SPOT
    assert told([flaw("value", "No code.", SPOT.at("code"))], extension=[extension]) == []
