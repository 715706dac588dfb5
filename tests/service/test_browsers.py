"""What browsers meet: CORS on every route, also on errors and faults; pages that load nothing from elsewhere."""

from __future__ import annotations

import html
import re

import httpx
import pytest
from starlette.requests import Request
from starlette.responses import Response

from cds_hooks.judgement.knowledge.kinds import KINDS
from cds_hooks.judgement.written.written import ProtocolFile
from cds_hooks.presentation.told.conditions import TELL
from service.app import create_app
from service.site.settings import Settings
from service.site.site import read_knowledge
from tests.conftest import running

KNOWLEDGE = read_knowledge()
PROTOCOLS = [protocol.id for protocol in KNOWLEDGE.protocols]
ORIGIN = "https://ehr.example"
HOOK = "/cds-services/hormone-monitoring-patient-view"
ROUTES = {
    "/": "GET",
    "/cds-services": "GET",
    HOOK: "POST",
    "/evaluate": "POST",
    "/health": "GET",
    "/health/live": "GET",
    "/health/ready": "GET",
    "/openapi": "GET",
    "/openapi.json": "GET",
    "/protocols": "GET",
    "/protocols/testosterone-men": "GET",
    "/schemas/report": "GET",
    "/static/style.css": "GET",
    "/nothing-here": "GET",
}


@pytest.mark.parametrize(("path", "method"), ROUTES.items())
def test_every_route_answers_a_preflight(client: httpx.Client, path: str, method: str) -> None:
    asked = "authorization,content-type"
    answer = client.options(
        path,
        headers={
            "Origin": ORIGIN,
            "Access-Control-Request-Method": method,
            "Access-Control-Request-Headers": asked,
        },
    )
    assert answer.status_code == 200
    assert answer.headers["access-control-allow-origin"] == "*"
    assert method in answer.headers["access-control-allow-methods"]
    assert answer.headers["access-control-allow-headers"] == asked


@pytest.mark.parametrize(("path", "method"), ROUTES.items())
def test_every_answer_may_be_read_by_any_page(client: httpx.Client, path: str, method: str) -> None:
    answer = client.request(method, path, headers={"Origin": ORIGIN, "Authorization": "Bearer x"})
    assert answer.headers["access-control-allow-origin"] == "*"
    assert "access-control-allow-credentials" not in answer.headers


def test_only_listed_origins_may_read_when_origins_are_set() -> None:
    app = create_app(Settings(cors_origins=(ORIGIN,)))
    with running(app) as address, httpx.Client(base_url=address, trust_env=False) as client:
        listed = client.get("/cds-services", headers={"Origin": ORIGIN})
        other = client.get("/cds-services", headers={"Origin": "https://other.example"})
    assert listed.headers["access-control-allow-origin"] == ORIGIN
    assert "access-control-allow-origin" not in other.headers


@pytest.mark.requirement("R3")
@pytest.mark.parametrize(
    ("origin", "method"), [("https://other.example", "POST"), (ORIGIN, "DELETE")], ids=["origin", "method"]
)
def test_a_refused_preflight_says_why_in_the_one_shape(origin: str, method: str) -> None:
    app = create_app(Settings(cors_origins=(ORIGIN,)))
    with running(app) as address:
        asked = {"Origin": origin, "Access-Control-Request-Method": method}
        answer = httpx.options(f"{address}{HOOK}", headers=asked, trust_env=False)
    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/json"
    assert "HORMONE_CDS_CORS_ORIGINS" in answer.json()["issue"][0]["diagnostics"]
    assert origin not in answer.text
    assert "POST" in answer.headers["access-control-allow-methods"]
    assert answer.headers["vary"].startswith("Origin")
    assert "access-control-allow-origin" in answer.headers or origin != ORIGIN


@pytest.mark.parametrize("path", [path for path, method in ROUTES.items() if method == "GET"])
def test_head_is_answered_like_get_without_a_body(client: httpx.Client, path: str) -> None:
    got, headed = client.get(path), client.head(path)
    assert headed.status_code == got.status_code
    assert headed.content == b""
    for name in ("content-type", "content-length"):
        assert headed.headers[name] == got.headers[name]


def test_head_is_no_way_into_a_door(client: httpx.Client) -> None:
    assert client.head(HOOK).status_code == client.head("/evaluate").status_code == 405


def test_a_fault_of_ours_is_readable_and_tells_nothing(caplog: pytest.LogCaptureFixture) -> None:
    app = create_app(Settings())

    async def fail(request: Request) -> Response:
        raise ValueError("birthDate 1968-01-25")

    app.add_api_route("/fault", fail)
    with running(app) as address:
        answer = httpx.get(f"{address}/fault", headers={"Origin": ORIGIN}, trust_env=False)
    assert answer.status_code == 500
    assert answer.headers["access-control-allow-origin"] == "*"
    assert answer.json()["issue"][0]["severity"] == "fatal"
    assert "1968" not in answer.text + caplog.text
    assert "ValueError in " in caplog.text


@pytest.mark.parametrize(
    "path", ["/", "/protocols", "/protocols/data-quality", "/protocols/context-factors", "/openapi"]
)
def test_pages_load_only_what_we_serve(client: httpx.Client, path: str) -> None:
    page = client.get(path)
    assert page.status_code == 200
    assert page.headers["content-type"].startswith("text/html")
    policy = page.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self';" in policy
    assert not re.search(r"<script>|\son\w+=|\sstyle=", page.text)
    for link in re.findall(r'<(?:script src|link rel="stylesheet" href)="([^"]+)"', page.text):
        assert not link.startswith(("http", "/"))
        assert client.get(str(httpx.URL(path).join(link))).status_code == 200


@pytest.mark.parametrize("protocol", KNOWLEDGE.protocols, ids=lambda protocol: protocol.id)
def test_a_protocol_page_shows_every_profile_number_and_check(client: httpx.Client, protocol: ProtocolFile) -> None:
    page = html.unescape(client.get(f"/protocols/{protocol.id}").text)
    assert all(f'id="profile-{profile}"' in page for profile in protocol.profile)
    text = text_of(page)
    assert all(f'id="{check.id}"' in page for check in protocol.check)
    assert all(without_braces(said) in text for check in protocol.check for said in (check.says, check.advice))
    assert all(
        source.title in text
        for check in protocol.check
        for source in map(KNOWLEDGE.sources.get, check.source)
        if source
    )
    assert all(example.name in text for example in protocol.example)


def text_of(page: str) -> str:
    """What a page says, without its markup."""
    return " ".join(re.sub(r"<[^>]+>", "", page).split())


def without_braces(sentence: str) -> str:
    """A sentence with its placeholders as the page shows them."""
    return re.sub(r"\{(\w+)\}", lambda found: found[1].replace("_", " "), sentence)


SHOWN = [
    ("testosterone-safety", "Optimization, American Urological Association 2018: newest hematocrit at or above 54 %"),
    ("testosterone-safety", "European Association of Urology 2025: newest hematocrit above 54 %"),
    ("testosterone-safety", "newest PSA above 4.0 ng/mL, in 2 results at least 14 days apart"),
    ("testosterone-safety", "hematocrit: from 14 days on, within 28 days"),
    ("testosterone-men", "Optimization: newest testosterone below the target of 450–700 ng/dL, drawn mid-interval"),
    ("testosterone-men", "Not where gender dysphoria is recorded, unless a profile is asked for by name."),
    ("testosterone-men", "PSA is part of a visit only from age 40 and where there is a prostate."),
    ("testosterone-men", "testosterone: at once, within 28 days, not in the dosing cycle that is running"),
    ("testosterone-men", "free testosterone, estradiol, hematocrit, PSA, lipid panel, comprehensive metabolic panel"),
    ("testosterone-men", "testosterone labeled ng/dL, outside 50–6000 ng/dL, that would be 200–1200 ng/dL as nmol/L"),
    ("testosterone-men", "raised: DQ-UNIT-04; unknown: MT-LVL-01, MT-LVL-02"),
    ("menopausal-hormone-therapy", "treated, and since when is not known"),
    ("testosterone-women", "where no end is recorded, it ends with the order."),
    ("data-quality", "hematocrit 15–75 %"),
    ("data-quality", "Judged beside any other protocol that applies."),
]


@pytest.mark.parametrize(("protocol", "text"), SHOWN)
def test_a_protocol_page_says_in_words_what_is_judged(client: httpx.Client, protocol: str, text: str) -> None:
    assert text in text_of(html.unescape(client.get(f"/protocols/{protocol}").text))


def test_a_page_tells_each_factor_with_what_it_cannot_explain_its_grade_and_its_source(client: httpx.Client) -> None:
    page = html.unescape(client.get("/protocols/context-factors").text)
    text = text_of(page)
    assert KNOWLEDGE.differential is not None
    for factor in KNOWLEDGE.differential.factors:
        told = factor.file
        assert f'id="{told.id}"' in page
        assert all(" ".join(said.split()) in text for said in (told.title, told.explains, told.cannot, told.suggests))
        assert f"Grade {told.grade}: {told.reason}" in text
        assert all(source.title in text for source in factor.sources)
        assert not told.never or f"Never shown: {told.never}." in text
    effects = re.findall(r"\. It (.+?)\.", text)
    assert all(said.startswith(("changes ", "does not ", "may or may not ")) for said in effects)


def test_a_page_tells_what_counts_as_not_working_and_what_is_asked(client: httpx.Client) -> None:
    page = html.unescape(client.get("/protocols/differential").text)
    assert KNOWLEDGE.differential is not None
    for one in KNOWLEDGE.differential.discordances:
        assert f'id="{one.file.id}"' in page
        assert one.file.title in page
    for question in KNOWLEDGE.differential.questions:
        assert f'id="{question.file.id}"' in page
        assert question.file.text in page
    assert "MT-LVL-01, MT-LVL-06, GA-M-02 or MT-GN-04 is raised" in text_of(page)
    assert "About IGF-1; a level is off." in text_of(page)


DIFFERENTIAL_PAGES = ("differential", "context-factors")


def test_the_index_leads_to_the_pages_of_the_differential(client: httpx.Client) -> None:
    index = client.get("/protocols").text
    assert all(f'href="./protocols/{name}"' in index for name in DIFFERENTIAL_PAGES)


def test_there_are_words_for_every_kind_of_condition() -> None:
    assert TELL.keys() == KINDS.keys()


@pytest.mark.parametrize("protocol", [*PROTOCOLS, *DIFFERENTIAL_PAGES])
def test_a_page_shows_labels_and_nothing_empty(client: httpx.Client, protocol: str) -> None:
    page = client.get(f"/protocols/{protocol}").text
    assert not re.search(r"[a-z]+_[a-z]+", text_of(page))
    assert not re.search(r"<(p|li|td|th|ul|ol|h\d)\b[^>]*>\s*</", page)
    assert all(table.count("<tr>") > 1 for table in page.split("<table>")[1:])
    assert page.count("<th ") == page.count("<th scope=")
    assert "<th>" not in page


@pytest.mark.parametrize(
    "path", ["/", "/protocols", *(f"/protocols/{name}" for name in (*PROTOCOLS, *DIFFERENTIAL_PAGES)), "/openapi"]
)
def test_a_page_has_one_main_part_and_balanced_markup(client: httpx.Client, path: str) -> None:
    page = client.get(path).text
    assert page.count("<main") == page.count("</main>") == 1
    for name in ("ul", "ol", "li", "p", "article", "table", "tr", "td", "th", "a", "code", "span", "var"):
        assert len(re.findall(rf"<{name}\b", page)) == page.count(f"</{name}>"), name


@pytest.mark.parametrize("protocol", [*PROTOCOLS, *DIFFERENTIAL_PAGES])
def test_every_link_between_checks_leads_to_one(client: httpx.Client, protocol: str) -> None:
    text = client.get(f"/protocols/{protocol}").text
    pages: dict[str, str] = {"": text}
    found = set(re.findall(r'href="(?:\.\./(protocols/[\w-]+))?#([\w-]+)"', text))
    assert found
    for path, anchor in found:
        pages[path] = pages.get(path) or client.get(f"/{path}").text
        assert pages[path].count(f'id="{anchor}"') == 1, f"{path}#{anchor}"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_colour_can_be_read(client: httpx.Client, scheme: str) -> None:
    light, dark = re.findall(r":root \{(.*?)\}", client.get("/static/style.css").text, re.DOTALL)
    colours = dict(re.findall(r"--(\w+): #(\w{6})", light))
    if scheme == "dark":
        colours |= dict(re.findall(r"--(\w+): #(\w{6})", dark))
    for name in ("ink", "quiet", "link", "critical", "warning", "info"):
        assert contrast(colours[name], colours["paper"]) >= 4.5, name
        assert contrast(colours[name], colours["soft"]) >= 4.5, name


def contrast(one: str, other: str) -> float:
    """The ratio by which WCAG judges whether text can be read."""
    darker, lighter = sorted(map(luminance, (one, other)))
    return (lighter + 0.05) / (darker + 0.05)


def luminance(colour: str) -> float:
    """Relative luminance of an sRGB colour."""
    parts = [int(colour[place : place + 2], 16) / 255 for place in (0, 2, 4)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_the_start_page_leads_to_every_door(client: httpx.Client) -> None:
    page = client.get("/").text
    for link in re.findall(r'href="([^"]+)"', page):
        assert client.get(f"/{link}").status_code == 200


def test_a_file_may_be_kept_as_long_as_its_address_names_its_content(client: httpx.Client) -> None:
    (address,) = re.findall(r'href="\./(static/style\.css\?v=\w+)"', client.get("/").text)
    named, plain = client.get(f"/{address}"), client.get("/static/style.css")
    assert "immutable" in named.headers["cache-control"]
    assert plain.headers["cache-control"] == "public, no-cache"
    assert client.get("/static/style.css?v=older").headers["cache-control"] == "public, no-cache"
    again = client.get("/static/style.css", headers={"If-None-Match": plain.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert client.get("/static/style.css", headers={"If-None-Match": '"other"'}).status_code == 200


def test_statistics_are_led_to_by_those_who_may_see_them(client: httpx.Client) -> None:
    assert 'href="./stats"' in client.get("/").text
    assert 'href="./stats"' in client.post("/try", files={"sample": (None, "stable")}, headers={"Origin": "null"}).text
    assert 'href="./stats"' not in client.get("/", headers={"X-Forwarded-For": "192.0.2.1"}).text


def test_swagger_ui_reads_openapi_3_1(client: httpx.Client) -> None:
    assert client.get("/openapi.json").json()["openapi"].startswith("3.1")
    assert "openapi.json" in client.get("/static/openapi.js").text
    assert len(client.get("/static/swagger-ui-bundle.js").content) > 1_000_000
