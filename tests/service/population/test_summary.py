"""The summary: numbers that add up, and none from which a small one could be told."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from itertools import product
from pathlib import Path

import duckdb
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.population.grouping.charts import Grouped
from service.population.run import About
from service.population.summing.counts import Counts, Key
from service.population.summing.summary import Hidden, Summary, summarise
from tests.engine import site
from tests.service.population.populations import invented, judged, rows

ABOUT = About("", "2026-09-04", (), "", 0, "", "", "", "", "", 4)
Ran = tuple[Summary, Summary, Path]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Ran:
    """The summary of a small population, the same with nothing hidden, and the folder of its results."""
    folder = tmp_path_factory.mktemp("summary")
    exact = replace(site(), settings=site().settings.model_copy(update={"suppress_below": 1}))
    whole = judged(invented(folder, 200, observations=4), folder / "out", by=exact)
    return judged(folder / "export", folder / "out"), whole, folder / "out"


def lines(summary: Summary) -> Mapping[tuple[str, str], Mapping[str, int | None]]:
    """The counts of each site and protocol."""
    return {(line.site, line.protocol): line.counts for line in summary.lines}


def test_numbers_are_those_of_the_rows(run: Ran) -> None:
    _, summary, out = run
    found = rows(out, "patients")
    assert (summary.threshold, summary.roundedUpTo) == (1, 1)
    total = lines(summary)["*", "*"]
    assert summary.patients == total["judged"] == len(found)
    assert total["unsafe"] == sum(row["critical"] > 0 for row in found)
    assert total["overdue"] == sum(row["overdue"] for row in found)
    soon = {row["patient"] for row in rows(out, "draws") if not row["overdue"] and row["due"] <= "2026-10-04"}
    assert total["due in 30 days"] == len(soon)
    by_site = Counter(row["site"] for row in found)
    for place, number in by_site.items():
        assert lines(summary)[place, "*"]["judged"] == number
    assert lines(summary)["*", "testosterone-men"]["judged"] == sum(
        "testosterone-men" in row["protocols"] for row in found
    )


def test_numbers_are_rounded_up_or_hidden(run: Ran) -> None:
    summary, whole, _ = run
    exact = lines(whole)
    pairs = [(exact[key][name], number) for key, line in lines(summary).items() for name, number in line.items()]
    pairs += [(one.patients, two.patients) for one, two in zip(whole.checks, summary.checks, strict=True)]
    pairs += [(whole.quality.unread[reason], number) for reason, number in summary.quality.unread.items()]
    pairs += [(whole.patients, summary.patients)]
    shown = [(one, two) for one, two in pairs if one is not None and two is not None]
    assert all(two == -(-one // 5) * 5 for one, two in shown)
    assert any(one != two for one, two in shown)
    assert {one for one, two in pairs if two is None} & set(range(1, 11))


def test_no_small_number_is_shown(run: Ran) -> None:
    summary, _, out = run
    shown = [number for line in summary.lines for number in line.counts.values() if number is not None]
    shown += [line.patients for line in summary.checks if line.patients is not None]
    shown += [number for number in summary.quality.unread.values() if number is not None]
    assert shown
    assert all(number == 0 or number >= summary.threshold == 11 for number in shown)
    assert "None" not in (out / "summary.html").read_text()


def test_the_page_names_what_matters_and_nobody(run: Ran) -> None:
    *_, out = run
    page = (out / "summary.html").read_text()
    assert "By protocol" in page
    assert "testosterone-men" in page
    assert "< 11" not in page  # it is escaped
    assert "&lt; 11" in page
    assert "synthetic-" not in page + (out / "summary.json").read_text()


def test_a_code_of_few_patients_is_not_named(run: Ran) -> None:
    summary, *_ = run
    assert summary.quality.rareCodes
    assert summary.quality.unmapped
    assert all(line.patients >= 11 for line in summary.quality.unmapped)


def test_parquet_holds_the_same_rows_in_the_same_order(run: Ran) -> None:
    *_, out = run
    for table, order in (("findings", "check"), ("draws", "due"), ("unread", "reference"), ("patients", "site")):
        columns = f'patient, "{order}"'
        found = duckdb.sql(f"SELECT {columns} FROM read_parquet('{out / table}.parquet')").fetchall()
        assert [(row[0], str(row[1])) for row in found] == [(row["patient"], row[order]) for row in rows(out, table)]


@given(st.dictionaries(st.text(max_size=2), st.integers(0, 40), max_size=6), st.integers(1, 12))
def test_beside_a_hidden_number_another_is_hidden(numbers: dict[str, int], threshold: int) -> None:
    shown = Hidden(threshold).parts(numbers)
    hidden = [numbers[name] for name, number in shown.items() if number is None]
    assert all(number is None or number == numbers[name] == 0 or number >= threshold for name, number in shown.items())
    others = [number for number in numbers.values() if number >= threshold]
    small = [number for number in numbers.values() if 0 < number < threshold]
    if small and others:
        assert len(hidden) > 1
        assert sum(hidden) >= threshold


@given(st.integers(0, 10_000), st.integers(2, 40))
def test_a_number_shown_stands_for_five_at_least(number: int, threshold: int) -> None:
    shown = Hidden(threshold).number(number)
    assert shown is None or number <= shown <= number + 8
    if shown:
        alike = [one for one in range(max(shown - 9, 1), shown + 1) if Hidden(threshold).number(one) == shown]
        assert number in alike
        assert len(alike) >= 5


def judged_and_not(threshold: int, judged: int, one: int, two: int) -> list[int | None]:
    """What is shown of patients, and of those judged and not judged for two reasons."""
    problems = Counts(date(2026, 9, 4))
    problems.counter.update(
        {("patients",): judged + one + two, ("judged", "*", "*"): judged, ("judged", "a", "*"): judged}
    )
    problems.counter.update({("not judged", "1"): one, ("not judged", "2"): two})
    summary = summarise(problems, Grouped(0, (), {}), ABOUT, threshold)
    told = lines(summary).get(("*", "*"), {"judged": 0})["judged"]
    return [summary.patients, told, summary.quality.notJudged["1"], summary.quality.notJudged["2"]]


def three_sites(threshold: int, one: int, two: int, three: int) -> list[int | None]:
    """What is shown of three sites and all together."""
    counts = Counts(date(2026, 9, 4))
    sites = {"a": one, "b": two, "c": three, "*": one + two + three}
    counts.counter.update({("judged", name, "*"): number for name, number in sites.items()})
    shown = lines(summarise(counts, Grouped(0, (), {}), ABOUT, threshold))
    return [shown.get((name, "*"), {"judged": 0})["judged"] for name in ("*", "a", "b", "c")]


@pytest.mark.parametrize(("threshold", "fewest"), [(5, 2), (10, 2), (11, 3)])
@pytest.mark.parametrize("told", [judged_and_not, three_sites])
def test_no_hidden_number_can_be_worked_out_from_all_that_is_shown(
    threshold: int, fewest: int, told: Callable[[int, int, int, int], list[int | None]]
) -> None:
    """Every population that would show the same is looked at: a hidden number may be one of several."""
    alike: dict[tuple[int | None, ...], list[tuple[int, ...]]] = defaultdict(list)
    for parts in product(range(18), repeat=3):
        alike[tuple(told(threshold, *parts))].append(parts)
    small = {shown: found for shown, found in alike.items() if any(max(parts) < 14 for parts in found)}
    assert any(None in shown for shown in small)
    for shown, populations in small.items():
        for place, number in enumerate(shown[1:]):
            candidates = {parts[place] for parts in populations}
            assert number is not None or len(candidates) >= fewest, (shown, populations)


def test_the_judged_and_the_patients_do_not_tell_how_many_were_not_judged() -> None:
    assert judged_and_not(11, 97, 3, 0) == [100, 100, None, 0]


@given(st.lists(st.tuples(st.tuples(st.sampled_from("ab"), st.sampled_from("cd")), st.integers(0, 9)), max_size=9))
def test_counts_of_parts_add_up(counted: list[tuple[tuple[str, str], int]]) -> None:
    whole = Counts(date(2026, 9, 4))
    for part in counted:
        written = Counts(date(2026, 9, 4), [part]).encoded()
        whole.merge(Counts(date(2026, 9, 4), msgspec.json.decode(written, type=list[tuple[Key, int]])))
    assert sum(whole.counter.values()) == sum(number for _, number in counted)
