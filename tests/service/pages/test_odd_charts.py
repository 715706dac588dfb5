"""However odd a chart is, the start page answers: what cannot be judged is refused or told, and nothing is a fault."""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from service.examples.chart import SAMPLES, Chart, chart_json
from service.examples.ehr import hook_call

DOORS = ("", "evaluate", "fhir", "hormone-monitoring-patient-view", "hormone-monitoring-order-select")
JUNK: list[Any] = [
    *(None, 5, -1.5, "", "x", [], {}, [None], {"a": 1}, True, "9999-12-31", [[]]),
    *({"reference": 5}, {"coding": [None]}, {"resourceType": "Observation"}, {"resourceType": "Patient", "id": "p"}),
]
WRITTEN = ("", "1", "<5", "abc", "mmol/L", "2026-01-01", "\u2028")


def places(node: Any, above: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every place in a document but its root."""
    for name, one in node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ():
        yield (*above, name)
        yield from places(one, (*above, name))


def put(node: Any, place: tuple[Any, ...], value: Any) -> None:
    """Put something else there."""
    for name in place[:-1]:
        node = node[name]
    node[place[-1]] = copy.deepcopy(value)


@pytest.mark.parametrize("seed", range(40))
def test_an_odd_chart_is_answered(client: httpx.Client, offered: dict[str, Any], seed: int) -> None:
    dice = random.Random(seed)
    sent = json.loads(chart_json(dice.choice(list(SAMPLES))))
    if dice.random() < 0.4:
        sent = hook_call(offered, Chart("", "", tuple(entry["resource"] for entry in sent["entry"])))
    for _ in range(dice.randint(1, 5)):
        put(sent, dice.choice(list(places(sent))), dice.choice(JUNK))
    text = json.dumps(sent)
    parts = {"content": f"{text}\n{text}" if dice.random() < 0.2 else text, "door": dice.choice(DOORS)}
    changes = {f"{name}-{place}": dice.choice(WRITTEN) for place in range(3) for name in ("value", "unit", "day")}
    fields = {name: (None, value) for name, value in (parts | changes).items()}
    answer = client.post("/try", files=fields)
    assert answer.status_code in (200, 400, 412)
    assert answer.headers["content-type"].startswith("text/html")
