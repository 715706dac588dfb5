"""Invented populations: decided by the seed alone, of the size asked for, and streamed."""

from __future__ import annotations

import gzip
import json
import tracemalloc
from collections import Counter
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.population.synthetic.chance import Chance
from tests.service.population.populations import invented, resources


def files(folder: Path) -> dict[str, bytes]:
    """Every file below a folder."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("is_gzip", [False, True])
def test_equal_seeds_give_equal_bytes(tmp_path: Path, is_gzip: bool) -> None:
    for name in ("one", "other"):
        invented(tmp_path / name, 40, seed=3, is_gzip=is_gzip)
    assert files(tmp_path / "one") == files(tmp_path / "other")


def test_another_seed_gives_another_population(tmp_path: Path) -> None:
    for seed in (3, 4):
        invented(tmp_path / str(seed), 40, seed=seed)
    assert (tmp_path / "3" / "truth.ndjson").read_bytes() != (tmp_path / "4" / "truth.ndjson").read_bytes()


def test_more_patients_leave_the_first_as_they_were(tmp_path: Path) -> None:
    invented(tmp_path / "few", 10)
    invented(tmp_path / "many", 20)
    few, many = ((tmp_path / name / "truth.ndjson").read_bytes() for name in ("few", "many"))
    assert many.startswith(few)


def test_packed_files_hold_the_same_lines(tmp_path: Path) -> None:
    plain = invented(tmp_path / "plain", 15)
    packed = invented(tmp_path / "packed", 15, is_gzip=True)
    for file in plain.iterdir():
        assert gzip.decompress((packed / f"{file.name}.gz").read_bytes()) == file.read_bytes()


def test_every_chart_has_the_observations_asked_for(tmp_path: Path) -> None:
    export = invented(tmp_path, 50, observations=30)
    subjects = Counter(one["subject"]["reference"] for one in resources(export) if one["resourceType"] == "Observation")
    assert all(count >= 30 for subject, count in subjects.items() if not subject.endswith("-guest"))


def test_the_listing_tells_what_is_in_the_files(tmp_path: Path) -> None:
    invented(tmp_path, 10)
    listing = json.loads((tmp_path / "manifest.json").read_text())
    for one in listing["output"]:
        lines = (tmp_path / one["url"]).read_text().splitlines()
        assert len(lines) == one["count"]
        assert {json.loads(line)["resourceType"] for line in lines} == {one["type"]}


@given(
    st.integers(0, 10**9),
    st.decimals("0.01", "900", places=2),
    st.decimals("0.1", "900", places=1),
    st.sampled_from(["1", "0.01", "0.034672", "3.6713", "12.872"]),
)
def test_a_number_is_never_rounded_past_its_ends(seed: int, low: Decimal, width: Decimal, factor: str) -> None:
    high, times = low + width, Decimal(factor)
    drawn = Chance(seed, 0).number(low, high, times, 3)
    assert low * times <= drawn <= high * times or width * times < Decimal("0.001")


def test_more_patients_take_no_more_memory(tmp_path: Path) -> None:
    def most(patients: int) -> int:
        tracemalloc.start()
        invented(tmp_path / str(patients), patients)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return peak

    most(5)
    assert most(300) < 1.3 * most(30)
