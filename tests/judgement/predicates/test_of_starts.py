"""A drug was begun, stopped or changed not long ago; today is 4 September 2026."""

from __future__ import annotations

import pytest

from cds_hooks.facts import Therapy
from tests.asking import ask, case, drug, said

ANY = '{ started = ["estrogen"], within = "84 d" }'
ORAL = '{ started = ["estrogen"], within = "84 d", route = ["oral"] }'
STOPPED = '{ started = ["estrogen"], within = "84 d", what = ["stopped"] }'
BEGUN = '{ started = ["estrogen"], within = "84 d", what = ["begun"] }'


def estradiol(start: str | None, ended: str | None = None, **more: object) -> Therapy:
    """Oral estradiol."""
    return drug("estradiol", start, ended, **({"route": "oral", "dose": "1 mg"} | more))


PATCH = estradiol("2025-01-01", "2026-07-01", route="patch")


@pytest.mark.parametrize(
    ("condition", "therapies", "truth"),
    [
        (ANY, (estradiol("2026-06-12"),), True),
        (ANY, (estradiol("2026-06-11"),), False),
        ('{ started = ["estradiol"], within = "84 d" }', (estradiol("2026-06-12"),), True),
        ('{ started = ["androgen"], within = "84 d" }', (estradiol("2026-06-12"),), False),
        (ANY, (), False),
        (ANY, (estradiol("2025-01-01", "2026-06-12"),), True),
        (ANY, (estradiol("2025-01-01", "2026-06-11"),), False),
        # a renewal in the same words is no change, another dose is
        (
            ANY,
            (estradiol("2025-01-01", "2026-07-01"), estradiol("2026-07-01")),
            False,
        ),
        (
            ANY,
            (estradiol("2025-01-01", "2026-07-01"), estradiol("2026-07-01", dose="2 mg")),
            True,
        ),
        # begun anew after a long pause
        (
            ANY,
            (estradiol("2025-01-01", "2026-02-01"), estradiol("2026-07-01")),
            True,
        ),
        # a switch between routes: the one asked for begins, or stops
        (
            ANY,
            (estradiol("2025-01-01", "2026-07-01", route="patch"), estradiol("2026-07-01")),
            True,
        ),
        (
            ORAL,
            (estradiol("2025-01-01", "2026-07-01", route="patch"), estradiol("2026-07-01")),
            True,
        ),
        (
            ORAL,
            (estradiol("2025-01-01", "2026-07-01"), estradiol("2026-07-01", route="patch")),
            True,
        ),
        (
            ORAL,
            (estradiol("2026-07-01", route="patch"),),
            False,
        ),
        (ORAL, (estradiol("2026-07-01", route=None),), None),
        # of some kinds of event alone
        (STOPPED, (estradiol("2026-07-01"),), False),
        (
            '{ started = ["estrogen"], within = "84 d", what = ["begun"] }',
            (estradiol("2025-01-01", "2026-07-01"),),
            False,
        ),
        # without dates
        (ANY, (estradiol(None),), None),
        (ANY, (estradiol(None, status="stopped"),), None),
        (ANY, (estradiol("2025-01-01"), estradiol(None)), False),
        # neither planned nor in the future
        (
            ANY,
            (estradiol("2026-09-01", planned=True, status="draft"),),
            False,
        ),
        (ANY, (estradiol("2026-09-05"),), False),
        (ANY, (estradiol("2026-09-04"),), True),
    ],
)
def test_something_happened_to_a_drug(condition: str, therapies: tuple[Therapy, ...], truth: object) -> None:
    assert ask(condition, case(therapies=therapies)).truth is truth


@pytest.mark.parametrize(
    ("therapies", "what", "when"),
    [
        ((estradiol("2026-07-01"),), "begun", "2026-07-01"),
        ((estradiol("2025-01-01", "2026-08-01"),), "stopped", "2026-08-01"),
        ((estradiol("2025-01-01", "2026-07-15"), estradiol("2026-07-15", dose="2 mg")), "changed", "2026-07-15"),
        ((estradiol("2026-07-01", "2026-08-01"), estradiol("2026-08-01", dose="2 mg")), "changed", "2026-08-01"),
    ],
)
def test_the_latest_event_is_told(therapies: tuple[Therapy, ...], what: str, when: str) -> None:
    outcome = ask(ORAL, case(therapies=therapies))
    assert (outcome.values["drug"], outcome.values["what"], outcome.values["date"]) == ("estradiol", what, when)
    assert said(outcome) == f"estradiol (oral) {what} on {when}"


@pytest.mark.parametrize(
    ("therapy", "missing"),
    [
        (estradiol(None), "MedicationRequest.authoredOn"),
        (estradiol(None, status="stopped"), "MedicationRequest (end of treatment)"),
        (estradiol("2026-07-01", route=None), "dosageInstruction.route"),
    ],
)
def test_what_would_tell_is_named(therapy: Therapy, missing: str) -> None:
    outcome = ask(ORAL, case(therapies=(therapy,)))
    assert outcome.because[0].missing == missing
    assert outcome.blocked
