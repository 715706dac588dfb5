"""The summary: numbers that add up, and none from which a small one could be told."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import date
from pathlib import Path

import duckdb
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.population.counts import Counts, Key
from service.population.summary import Hidden, Summary
from tests.service.population.populations import invented, judged, rows


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> tuple[Summary, Path]:
    """The summary of a small population, and the folder of its results."""
    folder = tmp_path_factory.mktemp("summary")
    return judged(invented(folder, 200, observations=4), folder / "out"), folder / "out"


def lines(summary: Summary) -> Mapping[tuple[str, str], Mapping[str, int | None]]:
    """The counts of each site and protocol."""
    return {(line.site, line.protocol): line.counts for line in summary.lines}


def test_numbers_are_those_of_the_rows(run: tuple[Summary, Path]) -> None:
    summary, out = run
    found = rows(out, "patients")
    total = lines(summary)["*", "*"]
    assert summary.patients == total["judged"] == len(found)
    assert total["unsafe"] == sum(row["critical"] > 0 for row in found)
    assert total["overdue"] == sum(row["overdue"] for row in found)
    soon = {row["patient"] for row in rows(out, "draws") if not row["overdue"] and row["due"] <= "2026-10-04"}
    assert total["due in 30 days"] == len(soon)
    by_site = Counter(row["site"] for row in found)
    for site, number in by_site.items():
        assert lines(summary)[site, "*"]["judged"] in (number, None)
    assert lines(summary)["*", "testosterone-men"]["judged"] == sum(
        "testosterone-men" in row["protocols"] for row in found
    )


def test_no_small_number_is_shown(run: tuple[Summary, Path]) -> None:
    summary, out = run
    shown = [number for line in summary.lines for number in line.counts.values() if number is not None]
    shown += [line.patients for line in summary.checks if line.patients is not None]
    shown += [number for number in summary.quality.unread.values() if number is not None]
    assert shown
    assert all(number == 0 or number >= summary.threshold == 11 for number in shown)
    assert "None" not in (out / "summary.html").read_text()


def test_the_page_names_what_matters_and_nobody(run: tuple[Summary, Path]) -> None:
    _, out = run
    page = (out / "summary.html").read_text()
    assert "By protocol" in page
    assert "testosterone-men" in page
    assert "< 11" not in page  # it is escaped
    assert "&lt; 11" in page
    assert "synthetic-" not in page + (out / "summary.json").read_text()


def test_a_code_of_few_patients_is_not_named(run: tuple[Summary, Path]) -> None:
    summary, _ = run
    assert summary.quality.rareCodes
    assert summary.quality.unmapped
    assert all(line.patients >= 11 for line in summary.quality.unmapped)


def test_parquet_holds_the_same_rows_in_the_same_order(run: tuple[Summary, Path]) -> None:
    _, out = run
    for table, order in (("findings", "check"), ("draws", "due"), ("unread", "reference"), ("patients", "site")):
        columns = f'patient, "{order}"'
        found = duckdb.sql(f"SELECT {columns} FROM read_parquet('{out / table}.parquet')").fetchall()
        assert [(row[0], str(row[1])) for row in found] == [(row["patient"], row[order]) for row in rows(out, table)]


@given(st.dictionaries(st.text(max_size=2), st.integers(0, 40), max_size=6), st.integers(1, 12))
def test_no_hidden_number_can_be_worked_out_from_the_sum(numbers: dict[str, int], threshold: int) -> None:
    shown = Hidden(threshold).parts(numbers)
    hidden = [numbers[name] for name, number in shown.items() if number is None]
    assert all(number in (None, numbers[name]) for name, number in shown.items())
    assert all(number == 0 or number is None or number >= threshold for number in shown.values())
    others = [number for number in numbers.values() if number >= threshold]
    small = [number for number in numbers.values() if 0 < number < threshold]
    if small and others:
        assert len(hidden) > 1
        assert sum(hidden) >= threshold


@given(st.lists(st.tuples(st.tuples(st.sampled_from("ab"), st.sampled_from("cd")), st.integers(0, 9)), max_size=9))
def test_counts_of_parts_add_up(counted: list[tuple[tuple[str, str], int]]) -> None:
    whole = Counts(date(2026, 9, 4))
    for part in counted:
        written = Counts(date(2026, 9, 4), [part]).encoded()
        whole.merge(Counts(date(2026, 9, 4), msgspec.json.decode(written, type=list[tuple[Key, int]])))
    assert sum(whole.counter.values()) == sum(number for _, number in counted)
