"""A site's own profiles as the service is started with them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from typer.testing import CliRunner

from service.app import create_app
from service.cli import app
from service.examples.chart import chart_json
from service.site.settings import Settings, StartRefused
from service.site.site import open_site
from tests.conftest import running
from tests.judgement.test_overlays import MEN, SAFETY

TODAY = "2026-09-04"
NAME = "our-clinic"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder as a site would mount it."""
    folder = tmp_path_factory.mktemp("overlays")
    (folder / "men.toml").write_text(MEN, encoding="utf-8")
    (folder / "safety.toml").write_text(SAFETY, encoding="utf-8")
    (folder / "readme.txt").write_text("not ours", encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def own(folder: Path) -> Iterator[httpx.Client]:
    """A client of a service with the site's profiles."""
    settings = Settings(overlays=(folder,))
    with running(create_app(settings)) as address, httpx.Client(base_url=address, trust_env=False, timeout=10) as one:
        yield one


@pytest.fixture
def bundle() -> dict[str, Any]:
    """The hematocrit chart with a hematocrit between the site's limit and the shipped ones."""
    chart: dict[str, Any] = json.loads(chart_json("hematocrit").replace("0.545", "0.525"))
    return chart


def held(client: httpx.Client, bundle: dict[str, Any], **parameters: str) -> tuple[str, str]:
    """The profile that safety was judged with, and what became of the limit for holding testosterone."""
    answer = client.post("/evaluate", params={"today": TODAY} | parameters, json=bundle)
    assert answer.status_code == 200, answer.text
    report = answer.json()
    used = {protocol["id"]: protocol["profile"] for protocol in report["protocols"]}
    states = {finding["check"]: finding["state"] for finding in report["findings"]}
    return used["testosterone-safety"], states["MT-HCT-01"]


def test_a_call_may_name_the_profile(own: httpx.Client, bundle: dict[str, Any]) -> None:
    assert held(own, bundle) == ("optimization", "clear")
    assert held(own, bundle, profile=NAME) == (NAME, "raised")


def test_a_card_cites_it(own: httpx.Client, bundle: dict[str, Any]) -> None:
    report = own.post("/evaluate", params={"today": TODAY, "profile": NAME}, json=bundle).json()
    assert any(f"at or above 52 % (profile {NAME})" in card["detail"] for card in report["cards"])


def test_its_default_is_used_where_a_call_names_none(own: httpx.Client, bundle: dict[str, Any]) -> None:
    report = own.post("/evaluate", params={"today": TODAY}, json=bundle).json()
    assert {"id": "testosterone-men", "profile": NAME}.items() <= next(
        p for p in report["protocols"] if p["id"] == "testosterone-men"
    ).items()


def test_it_shows_on_the_pages_in_the_api_document_and_among_the_names_known(own: httpx.Client) -> None:
    page = own.get("/protocols/testosterone-safety").text
    assert "Our clinic" in page
    assert "Our clinic, testosterone policy 3" in page
    parameters = own.get("/openapi.json").json()["paths"]["/evaluate"]["post"]["parameters"]
    (profile,) = [parameter for parameter in parameters if parameter["name"] == "profile"]
    assert NAME in profile["schema"]["items"]["enum"]
    refused = own.post("/evaluate", params={"profile": "nobody"}, json={"resourceType": "Bundle"})
    assert NAME in refused.text


def test_the_site_may_judge_by_it_without_being_asked(folder: Path) -> None:
    assert open_site(Settings(overlays=(folder / "safety.toml",), profile=(NAME,))).profiles(()) == (NAME,)


def test_a_file_or_folder_that_is_not_there_stops_the_start(tmp_path: Path) -> None:
    with pytest.raises(StartRefused, match=r"HORMONE_CDS_OVERLAYS: .*nowhere\.toml: No such file"):
        open_site(Settings(overlays=(tmp_path / "nowhere.toml",)))
    with pytest.raises(StartRefused, match=r"HORMONE_CDS_OVERLAYS: .*: no \.toml file in this folder"):
        open_site(Settings(overlays=(tmp_path,)))


def run(*arguments: str, **environment: str) -> Any:
    """The command with a wide terminal."""
    return CliRunner(env={"COLUMNS": "240", "NO_COLOR": "1"} | environment).invoke(app, arguments)


def test_the_list_of_protocols_names_it(folder: Path) -> None:
    listed = json.loads(
        run("protocols", "--json", HORMONE_CDS_OVERLAYS=f"{folder}/men.toml,{folder}/safety.toml").stdout
    )
    assert [each["id"] for each in listed if NAME in each["profiles"]] == ["testosterone-men", "testosterone-safety"]


def test_files_are_checked_without_starting_the_service(folder: Path, tmp_path: Path) -> None:
    holds = run("protocols", "check", str(folder))
    assert holds.exit_code == 0, holds.output
    assert f"{folder / 'men.toml'}: profile {NAME} of testosterone-men, its default: holds" in holds.stdout
    looser = tmp_path / "looser.toml"
    looser.write_text(SAFETY.replace('at_least = "52 %"', 'at_least = "55 %"'), encoding="utf-8")
    refused = run("protocols", "check", str(looser))
    assert refused.exit_code == 1
    assert f"{looser}: testosterone-safety, profile {NAME}" in refused.stderr
    assert "Traceback" not in refused.output
