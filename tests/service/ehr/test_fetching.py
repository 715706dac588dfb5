"""What a hook call lacks is fetched from the EHR's own server: the same on Medplum as on a server of ours."""

from __future__ import annotations

import asyncio
from datetime import date
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from cds_hooks.wire.access import Access, Secret
from cds_hooks.wire.prefetch.queries import resolve
from service.ehr.visit import Visit
from service.examples.chart import Chart
from service.examples.ehr import answer_query, hook_call
from service.outside.outside import Outside
from tests.service.ehr.conftest import HOOK, Json, access
from tests.service.ehr.servers import TOKEN, Server
from tests.service.test_hook_calls import OUTCOME, changed, having, issue, without

CHARTS = ("stable", "hematocrit", "unit")
KEYS = ("patient", "labs", "medications", "administrations", "statements", "procedures", "conditions", "context")


@pytest.fixture
def full(offered: Json, charts: dict[str, Chart]) -> Json:
    """A complete call for the chart with the high hematocrit."""
    return hook_call(offered, charts["hematocrit"])


def cards(client: httpx.Client, call: Json, hook: str = HOOK) -> Any:
    answer = client.post(hook, json=call)
    assert answer.status_code == 200, answer.text
    return answer.json()["cards"]


@pytest.mark.requirement("P8", "P13", "A2")
@pytest.mark.parametrize("name", CHARTS)
@pytest.mark.parametrize("number", range(6))
def test_a_call_without_any_prefetch_gets_the_same_cards(
    allowed: httpx.Client, server: Server, charts: dict[str, Chart], name: str, number: int
) -> None:
    service = allowed.get("/cds-services").json()["services"][number]
    call, hook = hook_call(service, charts[name]), f"/cds-services/{service['id']}"
    assert cards(allowed, without(call, "prefetch") | access(server.address), hook) == cards(allowed, call, hook)


@pytest.mark.requirement("P8")
@pytest.mark.parametrize("key", KEYS)
def test_only_the_missing_key_is_asked_for(allowed: httpx.Client, server: Server, full: Json, key: str) -> None:
    before = len(server.asked())
    answered = cards(allowed, without(full, "prefetch", key) | access(server.address))
    asked = [urlsplit(url) for _, url, _ in server.asked()[before:]]
    assert answered == cards(allowed, full)
    kind = "Patient/demo-hematocrit" if key == "patient" else urlsplit(offered_query(allowed, key)).path
    assert {url.path for url in asked} == {f"/fhir/{kind}"}
    wanted = parse_qs(urlsplit(offered_query(allowed, key)).query).get("code")
    assert parse_qs(asked[0].query).get("code") == wanted


def offered_query(client: httpx.Client, key: str) -> str:
    """The template that discovery lists."""
    templates: dict[str, str] = client.get("/cds-services").json()["services"][0]["prefetch"]
    return templates[key]


@pytest.mark.parametrize("name", CHARTS)
def test_every_template_brings_what_the_chart_holds(
    server: Server, offered: Json, charts: dict[str, Chart], name: str
) -> None:
    async def bring(template: str) -> list[str]:
        outside = Outside(["http://127.0.0.1"])
        visit = Visit(outside, Access(server.address, Secret(TOKEN), ""), 20, 1_000_000)
        query = resolve(template, chart.patient_id, date(2026, 1, 1))
        assert query is not None
        found = await visit.ask("key", query)
        await outside.close()
        assert found.value is not None
        return sorted(entry.resource.id or "" for entry in found.value.entry or () if entry.resource) or [
            found.value.id or ""
        ]

    chart = charts[name]
    for template in offered["prefetch"].values():
        expected = answer_query(chart, template)
        ids = sorted(entry["resource"]["id"] for entry in expected.get("entry", ())) or [expected.get("id", "")]
        assert asyncio.run(bring(template)) == ids


@pytest.mark.requirement("P9", "P10")
@pytest.mark.parametrize("value", [None, OUTCOME, {"resourceType": "Bundle", "type": "searchset", "total": 0}], ids=str)
@pytest.mark.parametrize("key", ["patient", "conditions"])
def test_what_the_client_looked_for_is_not_asked_again(
    allowed: httpx.Client, server: Server, full: Json, key: str, value: Any
) -> None:
    before = len(server.asked())
    call = having(full, value, "prefetch", key)
    assert cards(allowed, call | access(server.address)) == cards(allowed, call)
    assert len(server.asked()) == before


@pytest.mark.requirement("P10")
def test_a_required_key_that_failed_at_the_client_is_refused_without_asking(
    allowed: httpx.Client, server: Server, full: Json
) -> None:
    before = len(server.asked())
    answer = allowed.post(HOOK, json=having(full, OUTCOME, "prefetch", "labs") | access(server.address))
    assert (answer.status_code, len(server.asked())) == (412, before)


@pytest.mark.requirement("P11")
def test_the_pages_after_a_prefetched_one_are_read(allowed: httpx.Client, server: Server, full: Json) -> None:
    query = offered_query(allowed, "labs").replace("{{context.patientId}}", full["context"]["patientId"])
    first = httpx.get(f"{server.address}/{query}", headers={"Authorization": f"Bearer {TOKEN}"}, trust_env=False)
    assert first.json()["link"][-1]["relation"] == "next"
    call = having(full, first.json(), "prefetch", "labs")
    assert cards(allowed, call | access(server.address)) == cards(allowed, full)
    assert cards(allowed, call) != cards(allowed, full)


@pytest.mark.requirement("A2", "A3")
def test_the_token_is_sent_on_every_call(allowed: httpx.Client, server: Server, full: Json) -> None:
    before = len(server.asked())
    cards(allowed, without(full, "prefetch") | access(server.address))
    asked = server.asked()[before:]
    assert len(asked) >= len(KEYS)
    assert {authorization for _, _, authorization in asked} == {f"Bearer {TOKEN}"}
    assert not [url for _, url, _ in asked if TOKEN in url]


def test_a_token_the_server_does_not_accept_is_said(allowed: httpx.Client, server: Server, full: Json) -> None:
    call = without(full, "prefetch") | access(server.address, access_token="another")
    answer = allowed.post(HOOK, json=call)
    assert answer.status_code == 412
    said = {issue["expression"][0]: issue["diagnostics"] for issue in answer.json()["issue"]}
    assert set(said) == {"prefetch.labs", "prefetch.medications"}
    assert all("did not accept the access token" in text for text in said.values())


@pytest.mark.requirement("P12")
def test_an_empty_chart_of_a_patient_the_server_does_not_know_is_no_all_clear(
    allowed: httpx.Client, server: Server, full: Json
) -> None:
    call = having(without(full, "prefetch"), "nobody", "context", "patientId") | access(server.address)
    answer = allowed.post(HOOK, json=call)
    assert answer.status_code == 412
    assert issue(answer)["expression"] == ["prefetch.patient"]


def test_a_patient_who_is_another_one_is_noticed(allowed: httpx.Client, server: Server, full: Json) -> None:
    call = having(without(full, "prefetch", "labs"), "demo-stable", "context", "patientId")
    (card,) = cards(allowed, call | access(server.address))
    assert "another patient" in card["summary"]


UNUSABLE: dict[str, Any] = {
    "no server": {"fhirServer": None},
    "an odd server": {"fhirServer": {"url": 1}},
    "an empty server": {"fhirServer": ""},
    "no authorization": {"fhirAuthorization": None},
    "an odd authorization": {"fhirAuthorization": [1]},
    "no token": {"access_token": None},
    "an empty token": {"access_token": ""},
    "a token with a line in it": {"access_token": "a\r\nX-Y: z"},
    "an odd token": {"access_token": {"a": 1}},
    "another kind of token": {"token_type": "MAC"},
    "no kind of token": {"token_type": 5},
    "an expired token": {"expires_in": 0},
    "a token of another patient": {"patient": "someone-else", "scope": "patient/*.read"},
    "a scope without results": {"scope": "patient/Patient.read patient/MedicationRequest.rs"},
    "a scope to write": {"scope": "user/*.write user/Observation.cud"},
}


@pytest.mark.requirement("A1", "A2", "A4")
@pytest.mark.parametrize("wrong", UNUSABLE.values(), ids=UNUSABLE)
def test_without_a_usable_token_nothing_is_asked(
    allowed: httpx.Client, server: Server, full: Json, wrong: Json
) -> None:
    before = len(server.asked())
    given = access(server.address, **{name: value for name, value in wrong.items() if name.islower()})
    call = without(full, "prefetch", "labs") | given | {name: wrong[name] for name in wrong if not name.islower()}
    answer = allowed.post(HOOK, json=call)
    assert answer.status_code == 412
    assert issue(answer)["expression"] == ["prefetch.labs"]
    assert len(server.asked()) == before


USABLE: dict[str, Json] = {
    "no scope": {"scope": ""},
    "an odd scope": {"scope": 7},
    "a scope of no resources": {"scope": "launch openid fhirUser"},
    "version 1": {"scope": "user/Observation.read"},
    "version 2": {"scope": "user/Observation.rs"},
    "version 2, to search": {"scope": "system/Observation.s"},
    "everything": {"scope": "user/*.*"},
    "everything, version 2": {"scope": "user/*.cruds"},
    "no lifetime": {"expires_in": None},
    "an odd lifetime": {"expires_in": "soon"},
    "a small bearer": {"token_type": "bearer"},
    "the same patient": {"patient": "demo-hematocrit", "scope": "patient/*.read"},
    "another patient for a user": {"patient": "someone-else", "scope": "user/*.read"},
}


@pytest.mark.requirement("A1", "A4")
@pytest.mark.parametrize("given", USABLE.values(), ids=USABLE)
def test_a_token_that_may_read_is_used(allowed: httpx.Client, server: Server, full: Json, given: Json) -> None:
    assert cards(allowed, without(full, "prefetch", "labs") | access(server.address, **given)) == cards(allowed, full)


@pytest.mark.requirement("A4")
def test_a_scope_that_lets_only_some_through_leaves_the_history_incomplete(
    allowed: httpx.Client, server: Server, full: Json
) -> None:
    scope = "user/Observation.rs?category=laboratory user/*.rs?x=y"
    call = without(full, "prefetch", "labs") | access(server.address, scope=scope)
    whole = changed(full, ["prefetch", "labs"], lambda labs: labs | {"total": 999})
    assert cards(allowed, call) == cards(allowed, whole) != cards(allowed, full)


@pytest.mark.requirement("A4", "P11")
def test_pages_read_with_such_a_scope_leave_it_incomplete_too(
    allowed: httpx.Client, server: Server, full: Json
) -> None:
    query = offered_query(allowed, "labs").replace("{{context.patientId}}", full["context"]["patientId"])
    first = httpx.get(f"{server.address}/{query}", headers={"Authorization": f"Bearer {TOKEN}"}, trust_env=False)
    call = having(full, first.json(), "prefetch", "labs")
    whole = changed(full, ["prefetch", "labs"], lambda labs: labs | {"total": 999})
    partly = access(server.address, scope="user/Observation.rs?category=laboratory")
    assert cards(allowed, call | partly) == cards(allowed, whole) != cards(allowed, full)
