"""The start page without any script: a form goes in, a page comes back, and nothing of the chart stays behind."""

from __future__ import annotations

import html
import json
import logging
import re
from pathlib import Path
from typing import Any

import httpx
import pytest

from service.app import create_app
from service.examples.chart import SAMPLES, chart_json
from service.examples.ehr import hook_call
from service.site.settings import Settings
from service.site.site import read_knowledge
from tests.conftest import MAX_BODY, running
from tests.service.pages.test_given import ANNA, CARL, HL7, bundle, lines

CHART = chart_json("hematocrit")
DAY = "2026-09-04"


def tried(client: httpx.Client, content: str | bytes | None = None, query: str = "", **fields: str) -> httpx.Response:
    """The form, sent by a browser."""
    sent = {"content": content, **fields} if content is not None else fields
    parts = [(name, (None, value)) for name, value in sent.items()]
    return client.post(f"/try{query}", files=parts)  # type: ignore[arg-type]


def text_of(answer: httpx.Response) -> str:
    """What a page says."""
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", answer.text)).split())


@pytest.mark.parametrize("sample", SAMPLES)
def test_every_sample_is_judged(client: httpx.Client, sample: str) -> None:
    answer = tried(client, sample=sample)
    assert answer.status_code == 200
    assert ("No card" in answer.text) == (sample == "nothing")
    assert len(answer.content) < 300_000


@pytest.mark.parametrize("written", ["1e150000000", "-1E-150000000", "1e9999999999999999999", f"1.{'3' * 5000}"])
@pytest.mark.parametrize("place", ["result", "dose", "range"])
def test_a_number_that_would_fill_a_page_does_not(client: httpx.Client, written: str, place: str) -> None:
    chart = json.loads(CHART)
    dose = {"doseAndRate": [{"doseQuantity": {"value": "N", "unit": "mg"}}]}
    for entry in chart["entry"]:
        one = entry["resource"]
        if one["resourceType"] == "Observation":
            one |= {"valueQuantity": one["valueQuantity"] | {"value": "N"}} if place == "result" else {}
            one |= {"referenceRange": [{"low": {"value": "N"}}]} if place == "range" else {}
        elif one["resourceType"] == "MedicationRequest" and place == "dose":
            one["dosageInstruction"] = [dose]
    text = json.dumps(chart)
    assert '"N"' in text
    answer = tried(client, text.replace('"N"', written), door="evaluate")
    assert answer.status_code == 200
    assert len(answer.content) < 300_000 + 4 * len(text.replace('"N"', written))


SAID = {
    "hematocrit": "Hematocrit 54.5 % on testosterone (limit 54 %)",
    "unit": "Hematocrit NOT evaluated: the unit of 52 mmol/L",
    "response": "Why the protocol may not work",
    "potassium": "Potassium 5.8 mmol/L on spironolactone",
    "menopause": "no progestogen found",
    "biotin": "Biotin taken: TSH, free T4 may mislead",
}


def test_a_sample_is_asked_as_suits_it_unless_a_door_is_chosen(client: httpx.Client) -> None:
    assert "/cds-services/hormone-therapy-response" in tried(client, sample="response").text
    assert "/evaluate?" in tried(client, sample="response", door="evaluate").text


@pytest.mark.parametrize(("sample", "said"), SAID.items())
def test_a_sample_tells_its_story(client: httpx.Client, sample: str, said: str) -> None:
    assert said in text_of(tried(client, sample=sample))


@pytest.mark.parametrize("sample", [sample for sample in SAMPLES if sample != "unit"])  # that one is there to be wrong
def test_a_sample_is_valid_fhir(client: httpx.Client, sample: str) -> None:
    checked = client.post("/fhir/$validate", content=chart_json(sample), headers={"Content-Type": "application/json"})
    assert [one for one in checked.json()["issue"] if one["severity"] in ("error", "fatal")] == []


def test_the_page_is_what_the_api_answers(client: httpx.Client) -> None:
    answer, sent = (tried(client, CHART, door="evaluate", day=DAY, show=show) for show in ("response", "request"))
    assert sent.text == CHART.strip()
    straight = client.post(f"/evaluate?today={DAY}", content=sent.content, headers={"Content-Type": "application/json"})
    assert answer.json() == straight.json()
    page = text_of(tried(client, CHART, door="evaluate", day=DAY))
    assert all(card["summary"] in page for card in straight.json()["cards"])
    assert all(finding["check"] in page for finding in straight.json()["findings"])


def test_what_is_shown_as_request_gets_what_is_shown_as_answer(client: httpx.Client, offered: dict[str, Any]) -> None:
    sent = tried(client, sample="hematocrit", door=offered["id"], show="request").json()
    straight = client.post(f"/cds-services/{offered['id']}", json=sent).json()["cards"]
    page = text_of(tried(client, sample="hematocrit", door=offered["id"]))
    assert [card["summary"] in page for card in straight] == [True] * len(straight)
    assert f"/cds-services/{offered['id']}" in page


DOORS = {
    "hormone-monitoring-patient-view": "Hematocrit 54.5 %",
    "hormone-monitoring-order-select": "Hematocrit 54.5 %",
    "hormone-monitoring-order-sign": "Hematocrit 54.5 %",
    "hormone-monitoring-refill": "Hematocrit 54.5 %",
    "hormone-monitoring-encounter-start": "Hematocrit 54.5 %",
    "hormone-therapy-response": "Hematocrit 54.5 %",
    "evaluate": "Hematocrit 54.5 %",
    "fhir": "makes no cards",
}


@pytest.mark.parametrize(("door", "said"), DOORS.items())
def test_every_door_can_be_asked(client: httpx.Client, door: str, said: str) -> None:
    answer = tried(client, sample="hematocrit", door=door)
    assert answer.status_code == 200
    assert said in text_of(answer)
    assert "MT-HCT-01" in answer.text
    assert "curl -s" in answer.text


def test_every_door_is_offered(client: httpx.Client) -> None:
    offered = set(re.findall(r'<option value="([\w-]+)"', client.get("/").text))
    assert offered == DOORS.keys()


def test_a_hook_request_goes_to_its_hook(client: httpx.Client, charts: dict[str, Any]) -> None:
    services = client.get("/cds-services").json()["services"]
    for service in services[:5]:
        call = hook_call(service, charts["hematocrit"])
        page = tried(client, json.dumps(call))
        assert page.status_code == 200
        assert f"/cds-services/{service['id']}" in page.text
        assert tried(client, json.dumps(call), show="request").json() == call
    evaluated = tried(client, json.dumps(hook_call(services[1], charts["hematocrit"])), door="evaluate")
    assert "Hematocrit 54.5 %" in text_of(evaluated)


def test_profile_and_day_are_those_asked_for(client: httpx.Client) -> None:
    chart = CHART.replace("0.545", "0.54")
    for door in ("evaluate", "hormone-monitoring-patient-view"):
        own, looser = (tried(client, chart, door=door, day=DAY, profile=profile) for profile in ("", "es2018"))
        assert "limit 54 %" in text_of(own)
        assert "profile es2018" not in text_of(own)
        assert "(profile es2018)" in text_of(looser)
        assert f"judged for {DAY}" in text_of(own)


def test_a_laboratorys_message_is_evaluated(client: httpx.Client) -> None:
    page = tried(client, HL7, day=DAY)
    assert page.status_code == 200
    assert "/evaluate?today=" in page.text
    again = tried(
        client,
        html.unescape(re.findall(r"<textarea[^>]*>\n(.*?)</textarea>", page.text, re.DOTALL)[0]),
        origin="laboratory",
    )
    assert again.status_code == 200


def test_a_laboratorys_message_lacks_what_a_hook_needs(client: httpx.Client) -> None:
    page = tried(client, HL7, day=DAY, door="hormone-monitoring-patient-view")
    assert page.status_code == 412
    assert "prefetch.medications" in page.text


def test_one_of_several_patients_is_chosen(client: httpx.Client) -> None:
    content = lines(bundle(ANNA), bundle(CARL))
    page = tried(client, content)
    assert page.status_code == 200
    assert "Which patient?" in page.text
    assert 'value="1" lang="en">carl (1)' in page.text
    assert tried(client, content, patient="1", show="request").json()["context"]["patientId"] == "carl"


def test_a_file_is_as_good_as_a_text(client: httpx.Client) -> None:
    files = {"file": ("chart.json", CHART.encode(), "application/json"), "content": (None, "")}
    page = client.post("/try", files=files)
    assert page.status_code == 200
    assert "Hematocrit 54.5 %" in text_of(page)


@pytest.mark.parametrize("code", [None, 5, [], {"coding": 5}, {"coding": [5]}, {"coding": [{"code": 5}]}])
def test_a_chart_with_an_odd_code_is_judged_as_an_ehr_would_send_it(client: httpx.Client, code: Any) -> None:
    chart = json.loads(CHART)
    chart["entry"][-1]["resource"]["code"] = code
    assert tried(client, json.dumps(chart)).status_code == 200


WRONG: dict[str, tuple[dict[str, str], int, str]] = {
    "nothing": ({"content": ""}, 400, "JSON"),
    "no json": ({"content": "{"}, 400, "JSON"),
    "no bundle": ({"content": '{"resourceType": "Patient"}', "door": "evaluate"}, 400, "Bundle"),
    "two patients": ({"content": json.dumps(bundle(ANNA, CARL)), "door": "evaluate"}, 400, "Patient"),
    "nobody": ({"content": json.dumps(bundle())}, 400, "Patient"),
    "no such door": ({"content": CHART, "door": "cellar"}, 400, "no such door"),
    "no such profile": ({"content": CHART, "profile": "mine"}, 400, "Wrong profile"),
    "no such day": ({"content": CHART, "day": "yesterday"}, 400, "Send today once"),
    "wrong call": ({"content": '{"hook": "patient-view", "context": {}}'}, 400, "hookInstance"),
}


@pytest.mark.parametrize(("fields", "status", "said"), WRONG.values(), ids=list(WRONG))
def test_what_is_wrong_is_said_in_place(client: httpx.Client, fields: dict[str, str], status: int, said: str) -> None:
    page = tried(client, **fields)
    assert page.status_code == status
    assert page.headers["content-type"].startswith("text/html")
    problem = page.text.partition('role="alert"')[2].partition("</section>")[0]
    assert said in problem
    assert f">\n{html.escape(fields['content'], quote=False)}</textarea>".replace("&gt;", ">") in page.text


def test_a_chart_that_is_too_large_is_refused_on_the_page(client: httpx.Client) -> None:
    page = tried(client, " " * MAX_BODY + CHART)
    assert page.status_code == 413
    assert f"larger than {MAX_BODY} bytes" in page.text


@pytest.mark.parametrize(
    ("headers", "body", "status"),
    [
        ({"Content-Type": "application/json"}, b"{}", 415),
        ({"Content-Type": "multipart/form-data"}, b"x", 400),
        ({"Content-Type": "multipart/form-data; boundary=a"}, b"no boundary here", 400),
        (
            {"Content-Type": "multipart/form-data; boundary=a"},
            b'--a\r\nContent-Disposition: form-data; name="day"\r\n\r\n\xff\r\n--a--\r\n',
            400,
        ),
    ],
)
def test_what_is_no_form_is_refused(client: httpx.Client, headers: dict[str, str], body: bytes, status: int) -> None:
    page = client.post("/try", content=body, headers=headers)
    assert page.status_code == status
    assert 'role="alert"' in page.text


def changed_to(value: str) -> dict[str, str]:
    """The hematocrit of the sample, changed in the table."""
    return {"value-0": value, "unit-0": "L/L", "day-0": "2026-09-03T09:00:00+02:00"}


def test_a_changed_value_shows_what_it_changes(client: httpx.Client) -> None:
    page = tried(client, CHART, door="evaluate", day=DAY, about="hematocrit", **changed_to("0.49"))
    shown = page.text.partition('id="difference"')[2].partition("</section>")[0]
    assert re.search(r"no longer raised</span></td>\s*<th[^>]*><a [^>]*>MT-HCT-01<", shown)
    assert "High hematocrit" in page.text
    assert "was 0.545 L/L" in page.text
    assert 'name="value-0" value="0.49"' in page.text
    back = tried(
        client, chart_json("hematocrit").replace("0.545", "0.49"), door="evaluate", day=DAY, **changed_to("0.545")
    )
    assert re.search(r"newly raised</span></td>\s*<th[^>]*><a [^>]*>MT-HCT-01<", back.text)


def test_a_changed_chart_goes_back_to_what_it_was(client: httpx.Client) -> None:
    page = tried(client, CHART, door="evaluate", day=DAY, reset="1", **changed_to("0.49"))
    assert 'id="difference"' not in page.text
    assert "Hematocrit 54.5 %" in text_of(page)


def test_a_change_that_matters_to_nobody_is_said_so(client: httpx.Client) -> None:
    page = tried(client, CHART, door="evaluate", day=DAY, **changed_to("0.545"))
    assert 'id="difference"' not in page.text
    tiny = tried(client, CHART.replace("0.545", "0.5450"), door="evaluate", day=DAY, **changed_to("0.545"))
    assert "No check finds anything else" in tiny.text


def test_a_value_that_cannot_be_read_is_shown_as_unread(client: httpx.Client) -> None:
    page = text_of(tried(client, CHART, door="evaluate", day=DAY, **changed_to("high")))
    assert "value-unreadable" in page or "not a number" in page or "written as text" in page


POISON = "<img src=x onerror=alert(1)>"


def test_what_a_chart_says_has_no_power_over_the_page(client: httpx.Client) -> None:
    chart = json.loads(CHART)
    for entry in chart["entry"]:
        for name in ("code", "medicationCodeableConcept"):
            if name in entry["resource"]:
                entry["resource"][name]["text"] = f"testosterone cypionate 200 mg/mL {POISON}"
        if "valueQuantity" in entry["resource"]:
            entry["resource"]["valueQuantity"] |= {"unit": POISON, "code": POISON}
    for door in ("", "evaluate", "fhir"):
        page = tried(client, json.dumps(chart), door=door, day=DAY, about=POISON)
        assert page.status_code == 200
        assert "<img src=x" not in page.text
        assert "&lt;img" in page.text


@pytest.mark.parametrize("show", ["", "request", "response"])
def test_an_answer_is_kept_by_no_cache_and_run_as_nothing(client: httpx.Client, show: str) -> None:
    answer = tried(client, sample="hematocrit", show=show)
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert "script-src 'self'" in answer.headers["content-security-policy"]
    assert answer.headers["content-type"].startswith("text/html" if not show else "application/json")


def test_nothing_of_it_is_remembered_counted_or_logged(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    file = tmp_path / "kept.sqlite3"
    settings = Settings(database_url=f"sqlite:///{file}", unmapped_patients=1, hash_key="0123456789abcdef")
    chart = CHART.replace("62241-5", "our-own-code").replace("demo-hematocrit", "anna-secret")
    with (
        caplog.at_level(logging.DEBUG),
        running(create_app(settings)) as address,
        httpx.Client(base_url=address, trust_env=False) as client,
    ):
        for door in DOORS:
            assert tried(client, chart, door=door, **changed_to("0.49")).status_code == 200
        stats = client.get("/stats").json()
        unmapped = client.get("/codes/unmapped").json()
    assert stats["services"] == []
    assert unmapped["unmapped"] == []
    kept = b"".join(one.read_bytes() for one in tmp_path.iterdir())
    assert b"our-own-code" not in kept
    assert "anna-secret" not in caplog.text


def test_no_address_of_a_page_holds_anything_of_a_chart(client: httpx.Client) -> None:
    page = tried(client, sample="hematocrit")
    targets = re.findall(r'(?:href|action|src)="([^"]*)"', page.text)
    assert targets
    known = re.compile(r"(\./try)?\?lang=\w\w$|https://|\./static/")
    assert not [one for one in targets if "demo-" in one or ("?" in one and not known.match(one))]


def test_every_finding_leads_to_its_check(client: httpx.Client) -> None:
    page = tried(client, sample="hematocrit", door="evaluate")
    ids = {check.id for protocol in read_knowledge().protocols for check in protocol.check}
    linked = set(re.findall(r'href="\./protocols/[\w-]+#([\w-]+)"', page.text))
    assert len(linked) > 50
    assert linked <= ids


def test_a_page_in_another_language_keeps_to_it(client: httpx.Client) -> None:
    page = tried(client, query="?lang=es", sample="hematocrit")
    assert "Hematocrito alto" in page.text
    assert 'action="./try?lang=es"' in page.text
    assert "Change one value" not in page.text
