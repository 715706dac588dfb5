"""What once was found stays mended: kept inputs, and changed ones, leave each reader with an answer or a refusal."""

from __future__ import annotations

import json
from random import Random

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fuzz.blind import HEALTH
from tests.fuzz.corpus import CORPUS, inputs_of
from tests.fuzz.mutation import mutated
from tests.fuzz.readers import DOORS, READERS, TREES

KEPT = [(reader, name) for reader in READERS for name in inputs_of(reader)]
MOST = 20_000  # bytes of an input that is kept


def test_every_folder_of_inputs_has_its_reader() -> None:
    assert {folder.name for folder in CORPUS.iterdir()} == set(READERS)


@pytest.mark.parametrize(("reader", "name"), KEPT)
def test_an_input_that_is_kept_is_small_and_is_read_or_refused(reader: str, name: str) -> None:
    content = inputs_of(reader)[name]
    assert len(content) <= MOST
    READERS[reader](content)


@pytest.mark.parametrize("reader", READERS)
@given(data=st.data())
@settings(max_examples=25, deadline=None, suppress_health_check=HEALTH)
def test_a_changed_input_is_read_or_refused(reader: str, data: st.DataObject) -> None:
    content = data.draw(st.sampled_from(list(inputs_of(reader).values())))
    READERS[reader](mutated(content, data.draw(st.randoms(use_true_random=False)), reader in TREES))


@pytest.mark.parametrize(("reader", "name"), [(reader, name) for reader, name in KEPT if reader in DOORS])
def test_a_server_answers_it_without_a_fault(client: httpx.Client, reader: str, name: str) -> None:
    path, media = DOORS[reader]
    content = inputs_of(reader)[name]
    for seed in range(3):
        sent = mutated(content, Random(seed), reader in TREES) if seed else content
        answer = client.post(path, content=sent, headers={"Content-Type": media})
        assert answer.status_code < 500, seed
        for line in answer.text.splitlines() if media.endswith("ndjson") else [answer.text]:
            fatal = json.loads(line).get("issue", [{}])[0].get("severity") == "fatal"
            assert not fatal, seed


def test_changes_keep_most_of_a_tree() -> None:
    content = inputs_of("bundle")["men"]
    changed = [mutated(content, Random(seed), is_tree=True) for seed in range(200)]
    assert len(set(changed)) > 190
    assert sum(_is_bundle(each) for each in changed) > 120


def _is_bundle(content: bytes) -> bool:
    try:
        return bool(json.loads(content)["entry"])
    except (ValueError, KeyError, TypeError):
        return False
