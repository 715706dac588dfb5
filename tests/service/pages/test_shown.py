"""What the page of an answer shows: safe Markdown, JSON with its digits, draws on a line of time, differences."""

from __future__ import annotations

from datetime import date

import pytest
from msgspec.structs import replace

from cds_hooks.facts import Moment
from cds_hooks.findings import Draw
from cds_hooks.presentation.report import Report
from service.evaluation import report_on
from service.examples.chart import DEMO_DAY, chart_json
from service.pages.trying.difference import differences
from service.pages.trying.shown import INLINE, line_of, markdown, shown_json
from service.site.site import read_knowledge
from tests.engine import site

TODAY = date(2026, 9, 4)


@pytest.mark.parametrize(
    "poison",
    [
        "<img src=x onerror=alert(1)>",
        "<script>x</script>",
        "[x](javascript:alert(1))",
        "![x](https://elsewhere.example/x)",
    ],
)
def test_markdown_gives_nobody_power(poison: str) -> None:
    shown = str(markdown(f"- **Result:** {poison}"))
    assert "<strong>Result:</strong>" in shown
    assert not [tag for tag in ("<img", "<script", 'href="javascript') if tag in shown]


def test_a_link_tells_nobody_where_it_was_followed() -> None:
    link = '<a href="https://doi.org/10.1210/jc.2018-00229" rel="noreferrer">ES 2018</a>'
    assert link in markdown("[ES 2018](https://doi.org/10.1210/jc.2018-00229)")


def test_json_is_laid_out_with_every_digit() -> None:
    assert shown_json(b'{"value":54.50}').text == '{\n  "value": 54.50\n}'


def test_long_json_is_told_by_its_size() -> None:
    body = b'"' + b"x" * INLINE + b'"'
    assert shown_json(body) == (None, len(body))


def test_what_is_no_json_is_shown_as_it_is() -> None:
    assert shown_json(b"\xff{").text == "\ufffd{"


def draw(due: str, earliest: str, latest: str) -> Draw:
    """A proposed blood test."""
    return Draw(("hematocrit",), *map(date.fromisoformat, (due, earliest, latest)), "Any time of day.")


def test_no_draw_is_no_line() -> None:
    assert line_of(read_knowledge(), [], TODAY) is None


def test_draws_stand_where_they_belong_on_a_line_of_time() -> None:
    draws = [draw("2026-12-13", "2026-12-03", "2026-12-13"), draw("2026-09-04", "2026-09-04", "2026-09-04")]
    line = line_of(read_knowledge(), draws, TODAY)
    assert line is not None
    assert (line.first, line.last) == (TODAY, date(2026, 12, 13))
    assert [(bar.start, bar.at, bar.width) for bar in line.bars] == [(0, 0, 4), (900, 1000, 100)]
    assert [month for _, month in line.months] == ["2026-10", "2026-11", "2026-12"]


def test_a_line_is_a_month_long_at_least_and_begins_with_what_is_overdue() -> None:
    line = line_of(read_knowledge(), [draw("2026-09-04", "2026-08-30", "2026-09-05")], TODAY)
    assert line is not None
    assert (line.first, (line.last - line.first).days) == (date(2026, 8, 30), 30)


def test_a_long_line_has_a_few_months_only() -> None:
    line = line_of(read_knowledge(), [draw("2029-09-04", "2029-08-30", "2029-09-05")], TODAY)
    assert line is not None
    assert 5 < len(line.months) <= 12


def judged(hematocrit: str) -> Report:
    """The report of a man with such a hematocrit."""
    chart = chart_json("hematocrit").replace("0.545", hematocrit).encode()
    return report_on(site(), chart, Moment(DEMO_DAY), ())[0]


def test_differences_are_told_by_kind_the_raised_first() -> None:
    found = differences(judged("0.545"), judged("0.53"))
    kinds = {one.shown.check: one.how for one in found}
    assert (kinds["MT-HCT-01"], kinds["MT-HCT-02"], kinds["MT-HCT-05"]) == ("settled", "raised", "reworded")
    assert [one.how for one in found] == sorted(
        (one.how for one in found), key=["raised", "settled", "changed", "reworded"].index
    )


def test_a_raised_finding_of_another_number_is_changed() -> None:
    found = differences(judged("0.545"), judged("0.56"))
    assert {one.shown.check: one.how for one in found}["MT-HCT-01"] == "changed"


def test_a_protocol_that_is_no_longer_judged_settles_what_it_raised() -> None:
    before = judged("0.545")
    found = differences(before, replace(before, findings=()))
    assert {one.shown.check: one.how for one in found}["MT-HCT-01"] == "settled"
    assert all(one.after is None for one in found)
    assert differences(None, before)[0].before is None


def test_the_same_report_differs_in_nothing() -> None:
    assert differences(judged("0.545"), judged("0.545")) == []
