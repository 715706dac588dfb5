"""The documentation: every block runs, every setting named exists, every fact about a vendor says where it is from."""

from __future__ import annotations

import html
import json
import re
import shutil
import subprocess
from collections.abc import Mapping

import httpx
import pytest

from cds_hooks.wire.discovery import discover
from cds_hooks.wire.prefetch.templates import Asking
from service.pages.docs.made import MADE, with_made
from service.pages.docs.shelf import FOLDER, GROUPS, START, written
from service.site.environment import variable_of
from service.site.settings import Settings, read_settings, secrets_in, settings_table
from service.smart.asking import address_of, start
from service.smart.issuers import Endpoints, Issuer
from tests.engine import site
from tests.tools import absent

PAGES = (START, *(name for _, names in GROUPS for name in names))
VENDORS = {"epic": {"copy", "check"}, "oracle-health": {"copy", "check"}}
VENDORS |= {"athenahealth": {"catalogue", "check"}, "sandbox": {"run", "check"}}
JSON = {"Content-Type": "application/json"}
_BLOCK = re.compile(r'<code id="[\w-]+" class="language-(\w*)">(.*?)</code>', re.DOTALL)


def path_of(name: str) -> str:
    """Where a page is."""
    return "/docs" if name == START else f"/docs/{name}"


@pytest.fixture(scope="module")
def pages(client: httpx.Client) -> Mapping[str, str]:
    """Every page, as a browser gets it."""
    return {name: client.get(path_of(name)).raise_for_status().text for name in PAGES}


def blocks(page: str, language: str) -> list[str]:
    """What stands in a page to be copied."""
    return [html.unescape(text) for of, text in _BLOCK.findall(page) if of == language]


def test_every_file_is_a_page_and_every_page_has_a_file() -> None:
    assert sorted(path.stem for path in (FOLDER / "en").iterdir()) == sorted(PAGES)


@pytest.mark.parametrize("name", PAGES)
def test_every_command_runs_against_this_service(pages: Mapping[str, str], name: str) -> None:
    if shutil.which("curl") is None:
        absent("curl", "apt-get install curl")
    for command in blocks(pages[name], "sh"):
        done = subprocess.run(["bash", "-c", command], capture_output=True, timeout=60)  # noqa: S607
        assert done.returncode == 0, command
        assert done.stdout.strip(), command


@pytest.mark.parametrize("name", PAGES)
def test_every_other_block_is_what_it_says(
    pages: Mapping[str, str], name: str, monkeypatch: pytest.MonkeyPatch, client: httpx.Client
) -> None:
    kinds = {of for of, _ in _BLOCK.findall(pages[name])}
    assert kinds <= {"sh", "json", "csv", "ini", "text"}
    for block in blocks(pages[name], "json"):
        assert json.loads(block)
    for block in blocks(pages[name], "ini"):
        with monkeypatch.context() as environment:
            for line in block.strip().splitlines():
                environment.setenv(*line.split("=", 1))
            assert read_settings()
    queries = {query for one in ("2.0", "3.0") for query in _queries(one)}
    for block in blocks(pages[name], "text"):
        assert block.strip() in queries or block.startswith("hormone-cds check-token ")


def _queries(dialect: str) -> list[str]:
    asking = Asking(dialect)  # type: ignore[arg-type]
    return list(discover(site().knowledge.vocabulary, asking).services[0].prefetch.values())


def test_the_orderables_are_a_file_the_service_would_take(pages: Mapping[str, str]) -> None:
    from terminology.local.orderables import read_orderables

    known = {order.code for order in site().knowledge.orders}
    for name in ("cds-hooks", "epic"):
        (block,) = blocks(pages[name], "csv")
        assert len(read_orderables(block.encode(), known)) == 4
    assert "urn:com.epic.cdshooks.action.code.system.preference-list-item" in blocks(pages["epic"], "csv")[0]


def test_the_feedback_shown_is_taken(client: httpx.Client, pages: Mapping[str, str]) -> None:
    (sent,) = (block for block in blocks(pages["cds-hooks"], "json") if "feedback" in block)
    service = client.get("/cds-services").json()["services"][0]["id"]
    assert client.post(f"/cds-services/{service}/feedback", content=sent, headers=JSON).json() == {"received": 1}


def test_the_queries_to_type_in_are_those_of_discovery(client: httpx.Client, pages: Mapping[str, str]) -> None:
    offered = client.get("/cds-services").json()["services"][0]["prefetch"]
    for name in ("cds-hooks", "epic", "oracle-health", "athenahealth"):
        assert [text.strip() for text in blocks(pages[name], "text")][: len(offered)] == list(offered.values())


def test_the_app_is_registered_with_what_it_asks_for(pages: Mapping[str, str]) -> None:
    endpoints = Endpoints("https://ehr.example/auth", "https://ehr.example/token", ())
    issuer = Issuer("https://ehr.example/fhir", "client-id", "")
    for launch in ("x", ""):
        url = httpx.URL(address_of(issuer, start(issuer), endpoints, launch, "https://cds.example/smart/callback"))
        assert f"<code>{url.params['scope']}</code>" in pages["smart"]
    read = {query.partition("?")[0].partition("/")[0] for query in _queries("2.0")}
    assert all(f"<code>{name}</code>" in pages["smart"] for name in read)


def test_of_the_newer_dialect_only_what_differs_is_shown(pages: Mapping[str, str]) -> None:
    newer = [text for text in blocks(pages["cds-hooks"], "text") if "today()" in text]
    assert len(newer) == 1
    assert newer[0].strip() in _queries("3.0")


def test_every_service_is_on_the_page_for_any_client(client: httpx.Client, pages: Mapping[str, str]) -> None:
    for service in client.get("/cds-services").json()["services"]:
        assert f"<code>{service['id']}</code>" in pages["cds-hooks"]


@pytest.mark.parametrize("name", PAGES)
def test_every_setting_named_exists(pages: Mapping[str, str], name: str) -> None:
    known = {variable_of(field) for field in Settings.model_fields}
    known |= {f"{variable_of(field)}_FILE" for field in secrets_in(Settings.model_fields)}
    assert set(re.findall(r"HORMONE_CDS_[A-Z_]+", pages[name])) <= known


def test_every_setting_is_told(pages: Mapping[str, str]) -> None:
    assert settings_table() in with_made("<!-- settings -->", site())
    assert all(f"<code>{variable_of(field)}</code>" in pages["settings"] for field in Settings.model_fields)


@pytest.mark.parametrize("name", VENDORS)
def test_every_fact_about_a_vendor_says_where_it_is_from(name: str) -> None:
    page = written(name, "en")
    assert page is not None
    table = page.text.partition("| basis |\n")[2].partition("\n\n")[0].splitlines()[1:]
    assert len(table) > 3
    assert {row.rstrip(" |").rpartition("| ")[2] for row in table} == VENDORS[name]
    assert all(f"**{basis}** means" in page.text for basis in VENDORS[name])


@pytest.mark.parametrize("name", PAGES)
def test_every_link_leads_somewhere(client: httpx.Client, pages: Mapping[str, str], name: str) -> None:
    for target in set(re.findall(r'<a href="(\.[^"#]*)(?:#[^"]*)?"', pages[name])):
        where = httpx.URL(f"http://x{path_of(name)}").join(target)
        assert client.get(where.raw_path.decode(), headers={"Accept": "text/html"}).status_code == 200, target


def test_a_reader_is_told_where_a_language_has_no_page_yet(client: httpx.Client) -> None:
    page = client.get("/docs/epic?lang=es").text
    assert "solo en inglés" in page
    assert '<div lang="en" class="prose">' in page
    assert 'href="../docs/trust?lang=es"' in page
    assert "English only" not in client.get("/docs/epic?lang=en").text


def test_nothing_else_is_a_page_and_every_part_that_is_made_is_asked_for(client: httpx.Client) -> None:
    for name in ("index", "nothing", "../en/epic", "epic.md"):
        assert client.get(f"/docs/{name}").status_code == 404
    texts = "".join(path.read_text(encoding="utf-8") for path in (FOLDER / "en").iterdir())
    assert set(re.findall(r"<!-- (\w+)", texts)) == MADE.keys()


def test_every_command_of_ours_that_is_named_exists() -> None:
    from typer.main import get_command

    from service.cli import app

    texts = "".join(path.read_text(encoding="utf-8") for path in (FOLDER / "en").iterdir())
    named = set(re.findall(r"hormone-cds ([a-z][a-z-]+)", texts))
    assert named
    assert named <= {*get_command(app).commands}  # type: ignore[attr-defined]
