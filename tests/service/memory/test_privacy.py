"""Nothing that a chart or a clinician said can be found in the database."""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy import Engine, inspect

from tests.service.memory.asking import (
    HOOK,
    call_for,
    item,
    remembering,
    rows,
    tell,
)

MARK = "Xylophon"  # stands in every text of the chart
NUMBER = 54.73125  # stands in every result


def marked(node: Any, key: str = "") -> Any:
    """The chart with a word in every free text and id, and a number in every result."""
    if isinstance(node, dict):
        return {name: marked(value, name) for name, value in node.items()}
    if isinstance(node, list):
        return [marked(value, key) for value in node]
    if key in ("text", "display", "id", "reference", "family", "given", "patientInstruction", "userId", "patientId"):
        return f"{node} {MARK}" if key in ("text", "display") else f"{node}-{MARK}"
    return NUMBER if key == "value" and isinstance(node, int | float) else node


def dump(engine: Engine) -> str:
    """Everything in the database, as text."""
    tables = inspect(engine).get_table_names()
    return json.dumps({table: rows(engine, table) for table in tables}, default=str)


def test_no_name_value_id_text_or_token_of_a_call_is_kept(database: str, engine: Engine) -> None:
    secret = {"access_token": f"token-{MARK}", "subject": MARK, "scope": MARK, "token_type": "Bearer", "expires_in": 1}
    server = {"fhirServer": f"https://{MARK}.example/fhir", "fhirAuthorization": secret}
    settings = {"silence_overridden": 90, "silence_shown": True}
    with remembering(database, **settings) as client:
        for chart in ("hematocrit", "unit", "stable"):
            call = marked(call_for(chart)) | server | {"extension": {"org.example": MARK}}
            headers = {"Authorization": f"Bearer {MARK}"}
            answer = client.post(HOOK, json=call, headers=headers).raise_for_status().json()["cards"]
            said = {"userComment": f"Frau {MARK} will nicht", "reason": {"code": MARK, "system": MARK, "display": MARK}}
            told = [
                item(answer[0]["uuid"], overrideReason=said, extension={"x": MARK}),
                item(answer[0]["uuid"], "accepted", acceptedSuggestions=[{"id": MARK}]),
                item(MARK),
            ]
            assert tell(client, *told).status_code == 200
            bundle = [entry["resource"] for entry in call["prefetch"]["labs"]["entry"]]
            posted = {"resourceType": "Bundle", "entry": [{"resource": one} for one in bundle]}
            client.post(f"/evaluate?user={MARK}", json=posted).raise_for_status()
    kept = dump(engine)
    assert len(rows(engine, "evaluation")) == 6
    assert {row["reason"] for row in rows(engine, "feedback")} == {"other", ""}
    assert MARK.lower() not in kept.lower()
    assert str(NUMBER) not in kept
    for name in ("demo-", "Practitioner", "cypionate"):
        assert name not in kept, name


def test_without_a_key_of_its_own_a_service_names_patients_anew_at_each_start(database: str, engine: Engine) -> None:
    for _ in range(2):
        with remembering(database, hash_key=None) as client:
            client.post(HOOK, json=call_for()).raise_for_status()
    assert len({row["patient"] for row in rows(engine, "evaluation")}) == 2


def test_a_memory_that_is_off_keeps_nothing(database: str, engine: Engine) -> None:
    with remembering(database, memory="off") as client:
        found = client.post(HOOK, json=call_for()).raise_for_status().json()["cards"]
        assert tell(client, item(found[0]["uuid"])).json() == {"received": 1}
        assert client.get("/health").json()["memory"] == {"waiting": 0, "lost": 0}
    assert rows(engine, "evaluation") == rows(engine, "feedback") == []
