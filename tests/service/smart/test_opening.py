"""An EHR opens the app, without a browser: OAuth and FHIR are real, and what could go wrong does."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from html import unescape
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from cds_hooks.wire.app_context import Opened as Context
from cds_hooks.wire.app_context import write_context
from service.app import create_app
from service.site.settings import Settings, StartRefused
from tests.conftest import running
from tests.service.people.visitors import sign_in, visitor
from tests.service.smart.ehrs import SESSION_KEY, Opened, charts_of, launch_of, opened
from tests.service.trust.tokens import Signer, key_set

PATIENT = "demo-years"


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Opened]:
    """An EHR with two patients, and the app of a service whose every call has to prove who sends it."""
    signer, keys = Signer("ES384"), tmp_path_factory.mktemp("keys") / "keys.json"
    keys.write_bytes(key_set(signer))
    trust = {"jwt": "required", "jwt_issuers": (signer.issuer,), "jwt_keys": (f"{signer.issuer}={keys}",)}
    with opened(charts_of("years", "potassium"), **trust) as found:
        yield found


@pytest.fixture
def browser(both: Opened) -> Iterator[httpx.Client]:
    """Somebody's browser."""
    with visitor(both.app) as client:
        yield client


def launch(both: Opened, patient: str = PATIENT, app_context: str = "") -> str:
    """The address an EHR opens."""
    told = {"patient": patient} | ({"appContext": app_context} if app_context else {})
    return f"/launch?iss={both.iss}&launch={launch_of(told)}"


def again(client: httpx.Client, page: httpx.Response, to: str = "/smart/timeline", **fields: str) -> httpx.Response:
    """What the page's form sends."""
    text = page.text
    told = dict(re.findall(r'<input type="hidden" name="([\w-]+)" value="([^"]*)"', text))
    content = re.search(r'<textarea name="content" hidden>\n(.*?)</textarea>', text, re.DOTALL)
    assert content is not None
    sent = {"content": unescape(content[1])} | {name: unescape(value) for name, value in told.items()} | fields
    return client.post(to, files=[(name, (None, value)) for name, value in sent.items()])  # type: ignore[arg-type]


def test_an_ehr_opens_the_app_on_its_patient(both: Opened, browser: httpx.Client) -> None:
    page = sign_in(browser, "dr-anna", launch(both))
    assert page.status_code == 200, page.text
    assert page.url.path == "/smart/callback"
    assert "Patient/demo-years" in page.text
    assert "Hematocrit 52.6 %" in page.text
    assert page.headers["cache-control"] == "private, no-store"
    assert page.headers["referrer-policy"] == "no-referrer"
    assert f"frame-ancestors {both.ehr}" in page.headers["content-security-policy"]
    assert [name for name in browser.cookies if name.startswith("hormone-cds")] == []


def test_somebody_opens_the_app_by_itself_and_chooses_a_patient(both: Opened, browser: httpx.Client) -> None:
    assert f"/smart?iss={both.iss.replace(':', '%3A')}" in browser.get("/smart").text.replace("%2F", "/")
    page = sign_in(browser, "demo-potassium", f"/smart?iss={both.iss}/")
    assert "Potassium 5.8 mmol/L" in page.text


def test_what_the_card_was_about_comes_first(both: Opened, browser: httpx.Client) -> None:
    context = write_context(Context("MT-E2-03", ("estradiol",)))
    page = sign_in(browser, "dr-anna", launch(both, app_context=context))
    first = re.search(r"<figure.*?</figcaption>", page.text, re.DOTALL)
    assert first is not None
    assert "is-opened" in first[0]
    assert "estradiol" in first[0]


def test_the_chart_is_judged_as_a_hook_call_would_be(both: Opened, browser: httpx.Client) -> None:
    page = sign_in(browser, "dr-anna", launch(both))
    with running(create_app(Settings())) as plain, httpx.Client(base_url=plain, trust_env=False) as client:
        tried = client.post("/try", files=[("sample", (None, "years")), ("show", (None, "response"))])
    assert tried.json()["cards"]
    assert all(card["summary"] in unescape(page.text) for card in tried.json()["cards"])


def test_the_page_shows_its_chart_in_other_units_and_profiles(both: Opened, browser: httpx.Client) -> None:
    page = sign_in(browser, "dr-anna", launch(both))
    other = again(browser, page, units="si", profile="bssm2017")
    assert other.status_code == 200
    assert "<strong>15–30</strong>" in other.text
    assert "Patient/demo-years" in other.text
    assert "<strong>15–30</strong>" in again(browser, other, profile="bssm2017").text


def test_a_chart_that_is_shown_again_is_as_old_as_it_was(both: Opened, browser: httpx.Client) -> None:
    page = sign_in(browser, "dr-anna", launch(both))
    other = again(browser, again(browser, page, units="si"), units="conventional")
    mark = re.compile(r'name="seal" value="([^"]+)"')
    assert mark.findall(other.text) == mark.findall(page.text)
    judged = re.compile(r"judged for ([\d: -]+)")
    assert judged.findall(other.text) == judged.findall(page.text)


def test_another_language_keeps_the_chart(both: Opened, browser: httpx.Client) -> None:
    page = sign_in(browser, "dr-anna", launch(both))
    assert f'formaction="{both.app}/smart/timeline?lang=es"' in page.text
    other = again(browser, page, to="/smart/timeline?lang=es")
    assert "Patient/demo-years" in other.text
    assert "Línea de tiempo" in other.text


def test_the_page_carries_what_is_read_and_no_name(both: Opened, browser: httpx.Client) -> None:
    page = sign_in(browser, "dr-anna", launch(both))
    assert '"family"' not in unescape(page.text)
    assert "access_token" not in page.text


def test_a_chart_that_was_not_read_from_an_ehr_is_not_shown(both: Opened, browser: httpx.Client) -> None:
    page = sign_in(browser, "dr-anna", launch(both))
    assert again(browser, page, seal="x").status_code == 403
    assert again(browser, page, content='{"hook":"patient-view"}').status_code == 403
    assert browser.post("/smart/timeline", files=[("content", (None, "{}"))]).status_code == 403
    assert browser.get("/smart/timeline").status_code == 200


def test_the_question_has_all_that_smart_asks_for(both: Opened, browser: httpx.Client) -> None:
    answer = browser.get(launch(both), follow_redirects=False)
    assert answer.status_code == 303
    asked = {name: values[0] for name, values in parse_qs(urlsplit(answer.headers["location"]).query).items()}
    assert asked["response_type"] == "code"
    assert asked["aud"] == both.iss
    assert asked["code_challenge_method"] == "S256"
    assert asked["scope"] == "launch patient/*.rs"
    assert len(asked["state"]) >= 40
    assert asked["redirect_uri"] == f"{both.app}/smart/callback"
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "path=/smart" in cookie
    assert "max-age=600" in cookie
    alone = browser.get(f"/smart?iss={both.iss}", follow_redirects=False).headers["location"]
    assert parse_qs(urlsplit(alone).query)["scope"] == ["launch/patient patient/*.rs"]


@pytest.mark.parametrize(
    "iss", ["https://evil.example/fhir", "http://127.0.0.1", "", "{iss}/Patient", "{iss}@evil.example"]
)
def test_only_listed_ehrs_open_it(both: Opened, browser: httpx.Client, iss: str) -> None:
    answer = browser.get(f"/launch?iss={iss.format(iss=both.iss)}&launch=x", follow_redirects=False)
    assert answer.status_code == 400
    assert "set-cookie" not in answer.headers


def test_an_answer_to_nobodys_question_opens_nothing(both: Opened, browser: httpx.Client) -> None:
    location = browser.get(launch(both), follow_redirects=False).headers["location"]
    state = parse_qs(urlsplit(location).query)["state"][0]
    with visitor(both.app) as stranger:  # another browser, with the first one's state
        assert stranger.get(f"/smart/callback?code=x&state={state}").status_code == 400
    assert browser.get(f"/smart/callback?code=x&state={state}&iss=https://evil.example").status_code == 400
    assert browser.get("/smart/callback?code=x&state=another").status_code == 400
    assert browser.get("/smart/callback").status_code == 400
    assert browser.get(f"/smart/callback?error=access_denied&state={state}").status_code == 400


def test_an_answer_without_the_name_its_server_always_says_opens_nothing(both: Opened, browser: httpx.Client) -> None:
    sign_in(browser, "dr-anna", launch(both))  # signed in: from now on the EHR asks nothing
    location = httpx.URL(both.app).join(launch(both))
    while location.path != "/smart/callback" or "code" not in location.params:
        location = location.join(browser.get(location, follow_redirects=False).headers["location"])
    assert location.params["iss"] == both.ehr
    assert browser.get(location.copy_remove_param("iss")).status_code == 400


def test_a_code_opens_once(both: Opened, browser: httpx.Client) -> None:
    page = sign_in(browser, "dr-anna", launch(both))
    assert browser.get(str(page.url)).status_code == 400


def test_a_patient_who_is_not_there_is_told(both: Opened, browser: httpx.Client) -> None:
    page = sign_in(browser, "dr-anna", launch(both, "nobody"))
    assert page.status_code == 412
    assert "could not be read" in page.text


def test_two_patients_opened_at_once_do_not_meet(both: Opened, browser: httpx.Client) -> None:
    sign_in(browser, "dr-anna", launch(both))  # signed in: from now on the EHR asks nothing
    first, second = (
        browser.get(launch(both, patient), follow_redirects=False).headers["location"]
        for patient in (PATIENT, "demo-potassium")
    )
    assert "Patient/demo-potassium" in browser.get(second).text
    assert "Patient/demo-years" in browser.get(first).text


def test_nothing_of_it_is_written_down(both: Opened, browser: httpx.Client, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        page = sign_in(browser, "dr-anna", launch(both))
        browser.get("/smart/callback?code=x&state=y")
    code = parse_qs(page.url.query.decode())["code"][0]
    ours = (record for record in caplog.records if record.name != "uvicorn.access")  # which the service has off
    own = [record.getMessage() for record in ours if not record.name.startswith(("httpx", "httpcore"))]
    assert not [line for line in own if code in line or "demo-years" in line or "Bearer" in line]


def test_a_public_client_opens_it_too() -> None:
    with opened(charts_of("stable"), secret="") as found, visitor(found.app) as client:
        assert "Patient/demo-stable" in sign_in(client, "dr-anna", launch(found, "demo-stable")).text


def test_an_ehr_that_is_away_is_told() -> None:
    settings = Settings(
        public_url="http://127.0.0.1:1", session_key=SESSION_KEY, smart_issuers=("http://127.0.0.1:9/fhir=x",)
    )
    with running(create_app(settings)) as address, visitor(address) as client:
        assert client.get("/launch?iss=http://127.0.0.1:9/fhir&launch=x").status_code == 503


def test_an_ehr_is_asked_about_itself_once_for_many_who_come() -> None:
    asked: list[str] = []

    async def say(request: Request) -> JSONResponse:
        asked.append(request.url.path)
        base = str(request.base_url)
        return JSONResponse({"authorization_endpoint": f"{base}auth", "token_endpoint": f"{base}token"})

    with running(Starlette(routes=[Route("/fhir/.well-known/smart-configuration", say)])) as ehr:  # type: ignore[arg-type]
        own = {"public_url": "http://127.0.0.1:1", "session_key": SESSION_KEY, "smart_issuers": (f"{ehr}/fhir=x",)}
        with running(create_app(Settings(**own))) as address, visitor(address) as client:  # type: ignore[arg-type]
            for _ in range(5):
                sent = client.get(f"/launch?iss={ehr}/fhir&launch=x", follow_redirects=False)
                assert sent.headers["location"].startswith(f"{ehr}/auth?")
    assert asked == ["/fhir/.well-known/smart-configuration"]


WRONG = [
    ({"smart_issuers": ("https://ehr.example/fhir=x",)}, "SESSION_KEY"),
    ({"smart_issuers": ("https://ehr.example/fhir=x",), "session_key": SESSION_KEY}, "PUBLIC_URL"),
    ({"smart_frames": ("https://ehr.example",)}, "SMART_ISSUERS"),
    (
        {
            "smart_issuers": ("https://ehr.example/fhir=x",),
            "session_key": SESSION_KEY,
            "public_url": "https://cds.example",
            "smart_secrets": "https://other.example/fhir=s",
        },
        "SMART_SECRETS",
    ),
]


@pytest.mark.parametrize(("settings", "named"), WRONG)
def test_settings_that_do_not_fit_stop_the_start(settings: dict[str, object], named: str) -> None:
    with pytest.raises(StartRefused, match=named):
        create_app(Settings(**settings))  # type: ignore[arg-type]


@pytest.mark.parametrize("entry", ["http://ehr.example/fhir=x", "https://ehr.example/fhir", "ehr=x"])
def test_an_ehr_is_listed_by_address_and_client(entry: str) -> None:
    with pytest.raises(ValueError, match="write it"):
        Settings(smart_issuers=(entry,))


def test_without_ehrs_there_is_no_app(client: httpx.Client) -> None:
    assert [client.get(path).status_code for path in ("/launch", "/smart", "/smart/callback")] == [404] * 3


def test_over_https_the_cookie_reaches_a_frame() -> None:
    from starlette.responses import Response

    from service.smart.asking import cookie_of

    answer = Response()
    cookie_of("s" * 48, SESSION_KEY, "https://cds.example").write(answer, {"a": 1})
    written = answer.headers["set-cookie"]
    assert "SameSite=none" in written
    assert "Secure" in written
    assert written.endswith("; Partitioned")
