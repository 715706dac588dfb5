"""What was planted in invented patients is found again, all of it, and what must not be raised is not."""

from __future__ import annotations

from pathlib import Path

import pytest

from service.population.synthetic.export import read_truth
from service.population.synthetic.truth import disagreements
from tests.engine import site
from tests.service.population.populations import invented, judged, rows, tables

ORDER_TIME = {"supplements"}  # speaks only of drugs about to be ordered, which no export holds


@pytest.fixture(scope="module")
def population(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A thousand patients, judged once: the population's folder and that of the results."""
    folder = tmp_path_factory.mktemp("population")
    export = invented(folder, 1_000, observations=8)
    judged(export, folder / "out")
    return folder, folder / "out"


def test_the_truth_is_recovered_exactly(population: tuple[Path, Path]) -> None:
    folder, out = population
    truths = read_truth(folder)
    assert len(truths) == 1_000
    assert sum(len(truth.raises) + len(truth.quiet) + len(truth.unread) for truth in truths) > 2_500
    assert list(disagreements(truths, out)) == []


def test_a_wrong_claim_would_be_noticed(population: tuple[Path, Path]) -> None:
    folder, out = population
    hematocrit = next(truth for truth in read_truth(folder) if "MT-HCT-01" in truth.raises)
    turned = type(hematocrit)(
        hematocrit.patient, hematocrit.card, ("MT-HCT-03",), ("MT-HCT-01",), ("tsh",), {"Observation/none": "status"}
    )
    assert len(list(disagreements([turned], out))) == 4


def test_every_card_is_played_and_every_protocol_judged(population: tuple[Path, Path]) -> None:
    folder, out = population
    played = {truth.card for truth in read_truth(folder)}
    assert len(played) > 0.95 * len(tables().cards)
    applied = {protocol for row in rows(out, "patients") for protocol in row["protocols"]}
    assert {protocol.id for protocol in site().knowledge.protocols} - applied <= ORDER_TIME


def test_cards_claim_checks_that_exist() -> None:
    known = {check.id for protocol in site().knowledge.protocols for check in protocol.check}
    claimed = {check for card in tables().cards for check in (*card.raises, *card.quiet)}
    assert claimed <= known


def test_nobody_is_lost_and_guests_stay_guests(population: tuple[Path, Path]) -> None:
    folder, out = population
    names = {row["patient"] for row in rows(out, "patients")}
    planted = {truth.patient.removeprefix("Patient/") for truth in read_truth(folder)}
    assert planted <= names
    assert all(name.endswith("-guest") for name in names - planted)
    assert not any(row["problem"] for row in rows(out, "patients"))
