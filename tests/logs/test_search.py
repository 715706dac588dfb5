"""The search of a run's log finds what it has to find; `make test-logs` searches the log of all tests."""

from __future__ import annotations

import pytest

from tests.logs.search import found_in, patients
from tests.service.ehr.servers import TOKEN

LINE = "2026-11-27 21:46:40,691 INFO POST /evaluate 200 251.4 ms\n"


def test_a_line_of_the_log_names_nobody() -> None:
    assert found_in(LINE * 100) == []


@pytest.mark.parametrize("said", ["Patient/demo-hematocrit", "testosterone cypionate 100 mg IM weekly", TOKEN])
def test_what_a_chart_says_is_found(said: str) -> None:
    assert said in found_in(f"{LINE}2026-11-27 21:46:40,691 ERROR fault in «{said.upper()}»\n")


def test_there_is_much_to_look_for() -> None:
    assert len(patients()) > 200
