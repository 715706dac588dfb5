"""Fuzzes one reader with Hypothesis: inputs of the corpus with changes that keep most of their structure."""

from __future__ import annotations

from time import monotonic

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.fuzz.corpus import inputs_of
from tests.fuzz.mutation import mutated
from tests.fuzz.readers import READERS, TREES

BATCH = 200
HEALTH = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example]


def changed(name: str) -> st.SearchStrategy[bytes]:
    """Inputs of the corpus, changed."""
    contents = st.sampled_from(list(inputs_of(name).values()))
    return st.builds(mutated, contents, st.randoms(use_true_random=False), st.just(name in TREES))


def fuzz_blindly(name: str, until: float) -> tuple[int, Exception | None]:
    """How many inputs were tried until a moment of `monotonic`, and what left the reader, if anything did."""
    tried = 0

    @settings(max_examples=BATCH, deadline=None, database=None, suppress_health_check=HEALTH)
    @given(changed(name))
    def attempt(content: bytes) -> None:
        nonlocal tried
        tried += 1
        READERS[name](content)

    while monotonic() < until:
        try:
            attempt()
        except Exception as error:
            return tried, error
    return tried, None
