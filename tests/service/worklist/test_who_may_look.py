"""The list is for those who may see statistics, and for nobody else: it names patients."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from service.demo.play import free_port
from tests.service.people.issuers import Issuer, own_issuer
from tests.service.people.test_beside_tokens import SIGNER, trusting
from tests.service.people.visitors import callback_of, service_with, sign_in, visitor
from tests.service.trust.tokens import bearer
from tests.service.worklist.listing import PATH, listing_service

PORT = free_port(0)
WAYS = ["", "?_format=csv", "?_format=fhir", "/summary"]


@pytest.fixture(scope="module")
def issuer() -> Iterator[Issuer]:
    """Where people sign in."""
    with own_issuer(callback_of(PORT)) as issuer:
        yield issuer


@pytest.fixture(scope="module")
def service(run: Path, issuer: Issuer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A service that asks for tokens, where people sign in, and that lists a run."""
    settings = {**trusting(tmp_path_factory), "population_dir": run}
    with service_with(issuer.address, PORT, **settings) as address:
        yield address


@pytest.mark.parametrize("way", WAYS)
def test_a_page_of_another_site_gets_nothing(clinic: httpx.Client, way: str) -> None:
    for headers in ({"Origin": "https://elsewhere.example"}, {"Host": "cds.example"}, {"X-Forwarded-For": "10.0.0.7"}):
        answer = clinic.get(f"{PATH}{way}", headers=headers)
        assert answer.status_code == 403
        assert answer.json()["issue"][0]["code"] == "forbidden"
        assert "synthetic" not in answer.text


@pytest.mark.parametrize("way", WAYS)
def test_nobody_sees_it_without_token_and_session(service: str, way: str) -> None:
    answer = httpx.get(f"{service}{PATH}{way}", headers={"Accept": "*/*"}, trust_env=False)
    assert (answer.status_code, answer.json()["issue"][0]["code"]) == (401, "login")


def test_who_is_allowed_signs_in_and_is_led_back_to_the_same_part_of_it(service: str) -> None:
    with visitor(service) as person:
        shown = sign_in(person, "stats-anna", f"{PATH}?state=unsafe")
        assert str(shown.url) == f"{service}{PATH}?state=unsafe"
        assert "Patients:" in shown.text
        assert shown.headers["cache-control"] == "private, no-store"
        assert "synthetic-" in person.get(f"{PATH}?_format=csv").text


def test_who_is_not_allowed_sees_none_of_it(service: str, issuer: Issuer) -> None:
    issuer.name = "nurse-carl"
    with visitor(service) as person:
        shown = sign_in(person, "nurse-carl", PATH)
        assert shown.status_code == 403
        assert "synthetic" not in shown.text


@pytest.mark.parametrize("way", WAYS)
def test_a_token_of_an_ehr_does_not_read_the_patients_of_all(service: str, way: str) -> None:
    url = f"{service}{PATH}"
    answer = httpx.get(f"{url}{way}", headers=bearer(SIGNER.token(f"{url}{way}".partition("?")[0])), trust_env=False)
    assert answer.status_code == 403
    assert "HORMONE_CDS_POPULATION_ISSUERS" in answer.json()["issue"][0]["diagnostics"]
    assert "synthetic" not in answer.text


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_nor_does_it_read_counts_of_the_patients_of_all_by_asking_what_another_number_would_do(
    service: str, method: str
) -> None:
    url = f"{service}/stats/threshold"
    form = {"number": "testosterone-safety|optimization|hematocrit-hold", "value": "50 %", "of": "run"}
    sent = {name: (None, text) for name, text in form.items()} if method == "POST" else None
    answer = httpx.request(method, url, files=sent, headers=bearer(SIGNER.token(url)), trust_env=False)
    assert answer.status_code == 403
    assert "HORMONE_CDS_POPULATION_ISSUERS" in answer.json()["issue"][0]["diagnostics"]


def test_a_client_whose_issuer_is_listed_reads_it_and_no_cache_keeps_it(
    run: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    settings = trusting(tmp_path_factory)
    listed = {"population_dir": run, "population_issuers": settings["jwt_issuers"]}
    with listing_service(**settings, **listed) as client:
        url = f"{client.base_url}{PATH}"
        answer = client.get(PATH, headers=bearer(SIGNER.token(url)))
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "private, no-store"
    assert answer.json()["patients"]
