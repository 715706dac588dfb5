"""What SMART scopes let a token read."""

from __future__ import annotations

import pytest

from cds_hooks.wire.scopes import Reach, is_of_one_patient, reach

pytestmark = pytest.mark.requirement("A4")


@pytest.mark.parametrize(
    ("scope", "found"),
    [
        ("", Reach.WHOLE),
        ("   ", Reach.WHOLE),
        ("launch openid profile online_access", Reach.WHOLE),
        ("everything", Reach.WHOLE),
        ("patient/Observation.read", Reach.WHOLE),
        ("user/Observation.*", Reach.WHOLE),
        ("system/*.read", Reach.WHOLE),
        ("user/*.*", Reach.WHOLE),
        ("patient/Observation.rs", Reach.WHOLE),
        ("patient/Observation.cruds", Reach.WHOLE),
        ("patient/Observation.r", Reach.WHOLE),
        ("patient/*.s", Reach.WHOLE),
        ("patient/Observation.rs?category=vital-signs", Reach.PART),
        ("patient/Observation.rs?category=a patient/Observation.rs", Reach.WHOLE),
        ("patient/Observation.rs?category=a patient/*.cud", Reach.PART),
        ("patient/Patient.read", Reach.NOTHING),
        ("patient/Observation.write", Reach.NOTHING),
        ("patient/Observation.cud", Reach.NOTHING),
        ("patient/ObservationDefinition.read", Reach.NOTHING),
        ("openid user/Condition.rs", Reach.NOTHING),
    ],
)
def test_how_much_of_the_observations_may_be_read(scope: str, found: Reach) -> None:
    assert reach(scope, "Observation") is found


@pytest.mark.parametrize(
    ("scope", "one"),
    [
        ("patient/*.read", True),
        ("launch/patient patient/Observation.rs patient/Condition.rs", True),
        ("patient/*.read user/*.read", False),
        ("user/*.read", False),
        ("openid", False),
        ("", False),
    ],
)
def test_whether_a_token_is_of_one_patient(scope: str, one: bool) -> None:
    assert is_of_one_patient(scope) is one
