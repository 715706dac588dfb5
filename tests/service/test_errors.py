"""Every mistake a caller can make is answered once, in one shape, with the remedy and without the input."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import httpx
import pytest

from service.app import create_app
from service.site.settings import Settings
from tests.conftest import MAX_BODY, running

HOOK = "/cds-services/hormone-monitoring-patient-view"
JSON = {"Content-Type": "application/json"}
SECRET = "zq-secret-zq"
BUNDLE = json.dumps({"resourceType": "Bundle", "type": "collection", "entry": []}).encode()


class Mistake(NamedTuple):
    """A call that is refused: what is sent, and what the answer says."""

    method: str
    path: str
    body: bytes | Iterator[bytes] | None
    headers: dict[str, str]
    status: int
    remedy: str


def too_large() -> bytes:
    return b'{"resourceType": "Bundle", "note": "' + b"x" * MAX_BODY + b'"}'


def chunks() -> Iterator[bytes]:
    body = too_large()
    yield from (body[start : start + 10_000] for start in range(0, len(body), 10_000))


BOTH = "application/json or application/fhir+json"
GZIP_WITH_NAME = b"\x1f\x8b\x08\x08\0\0\0\0\0\xff"  # what follows is a file's name, up to a zero byte


def endless(start: bytes) -> Iterator[bytes]:
    """Far more bytes than any limit, unless the server stops reading."""
    yield start
    yield from (b"x" * 10_000 for _ in range(100))


MISTAKES: dict[str, Callable[[str], Mistake]] = {
    "not JSON": lambda path: Mistake("POST", path, SECRET.encode(), JSON, 400, "JSON"),
    "empty": lambda path: Mistake("POST", path, b"", JSON, 400, "JSON"),
    "a list": lambda path: Mistake("POST", path, f'["{SECRET}"]'.encode(), JSON, 400, "object"),
    "a number": lambda path: Mistake("POST", path, b"7", JSON, 400, "object"),
    "NaN": lambda path: Mistake("POST", path, b'{"x": NaN}', JSON, 400, "JSON"),
    "cut short": lambda path: Mistake("POST", path, b'{"resourceType": "Bundle", ', JSON, 400, "JSON"),
    "not UTF-8": lambda path: Mistake("POST", path, b'{"x": "\xff\xfe"}', JSON, 400, "UTF-8"),
    "UTF-16": lambda path: Mistake("POST", path, '{"x": 1}'.encode("utf-16"), JSON, 400, "UTF-8"),
    "depth bomb of lists": lambda path: Mistake("POST", path, b'{"x": ' + b"[" * 90_000, JSON, 400, ""),
    "depth bomb of objects": lambda path: Mistake(
        "POST", path, b'{"entry": [{"resource": ' * 4_000 + b"1" + b"}]}" * 4_000, JSON, 400, ""
    ),
    "no content type": lambda path: Mistake("POST", path, BUNDLE, {}, 415, "Content-Type"),
    "a form": lambda path: Mistake(
        "POST", path, BUNDLE, {"Content-Type": "application/x-www-form-urlencoded"}, 415, "Content-Type"
    ),
    "XML": lambda path: Mistake("POST", path, b"<x/>", {"Content-Type": "application/fhir+xml"}, 415, "Content-Type"),
    "bare json": lambda path: Mistake("POST", path, BUNDLE, {"Content-Type": "json"}, 415, BOTH),
    "a suffix alone": lambda path: Mistake("POST", path, BUNDLE, {"Content-Type": "application/+json"}, 415, BOTH),
    "JSON in name only": lambda path: Mistake("POST", path, BUNDLE, {"Content-Type": "application/xjson"}, 415, BOTH),
    "another charset": lambda path: Mistake(
        "POST", path, BUNDLE, {"Content-Type": "application/json; charset=latin-1"}, 415, "UTF-8"
    ),
    "unknown encoding": lambda path: Mistake("POST", path, BUNDLE, JSON | {"Content-Encoding": "br"}, 415, "gzip"),
    "broken gzip": lambda path: Mistake("POST", path, BUNDLE, JSON | {"Content-Encoding": "gzip"}, 400, "gzip"),
    "gzip cut short": lambda path: Mistake(
        "POST", path, gzip.compress(BUNDLE)[:-4], JSON | {"Content-Encoding": "gzip"}, 400, "gzip"
    ),
    "bytes after gzip": lambda path: Mistake(
        "POST", path, gzip.compress(BUNDLE) + b"x", JSON | {"Content-Encoding": "gzip"}, 400, "gzip"
    ),
    "a second gzip member": lambda path: Mistake(
        "POST", path, gzip.compress(BUNDLE) + gzip.compress(b" "), JSON | {"Content-Encoding": "gzip"}, 400, "gzip"
    ),
    "bytes without end after gzip": lambda path: Mistake(
        "POST", path, endless(gzip.compress(BUNDLE)), JSON | {"Content-Encoding": "gzip"}, 400, "after its end"
    ),
    "a gzip header without end": lambda path: Mistake(
        "POST", path, endless(GZIP_WITH_NAME), JSON | {"Content-Encoding": "gzip"}, 413, "MAX_BODY"
    ),
    "too large": lambda path: Mistake("POST", path, too_large(), JSON, 413, "fewer"),
    "too large without a length": lambda path: Mistake("POST", path, chunks(), JSON, 413, "fewer"),
    "too large after decompression": lambda path: Mistake(
        "POST", path, gzip.compress(too_large()), JSON | {"Content-Encoding": "gzip"}, 413, "fewer"
    ),
    "GET": lambda path: Mistake("GET", path, None, {}, 405, "Allow"),
    "DELETE": lambda path: Mistake("DELETE", path, None, {}, 405, "Allow"),
}
ELSEWHERE: dict[str, Mistake] = {
    "no such page": Mistake("GET", f"/{SECRET}", None, {}, 404, "openapi.json"),
    "no such service": Mistake("POST", f"/cds-services/{SECRET}", b"{}", JSON, 404, "openapi.json"),
    "no such protocol": Mistake("GET", f"/protocols/{SECRET}", None, {}, 404, "openapi.json"),
    "no such file": Mistake("GET", "/static/..%2f..%2fpyproject.toml", None, {}, 404, "openapi.json"),
    "no such style": Mistake("GET", "/static/nothing.css", None, {}, 404, "openapi.json"),
    "a slash too many": Mistake("GET", "/cds-services/", None, {}, 404, "openapi.json"),
    "discovery by POST": Mistake("POST", "/cds-services", b"{}", JSON, 405, "Allow"),
    "a single resource": Mistake("POST", "/evaluate", b'{"resourceType": "Patient"}', JSON, 400, "Bundle"),
    "no resource": Mistake("POST", "/evaluate", b"{}", JSON, 400, "Bundle"),
    "entry is no list": Mistake("POST", "/evaluate", b'{"resourceType": "Bundle", "entry": 1}', JSON, 400, "entry"),
    "today in words": Mistake("POST", f"/evaluate?today={SECRET}", BUNDLE, JSON, 400, "2026-09-04"),
    "today is no day": Mistake("POST", "/evaluate?today=2026-02-30", BUNDLE, JSON, 400, "2026-09-04"),
    "today is a month": Mistake("POST", "/evaluate?today=2026-09", BUNDLE, JSON, 400, "2026-09-04"),
    "today is empty": Mistake("POST", "/evaluate?today=", BUNDLE, JSON, 400, "2026-09-04"),
    "today before any chart": Mistake("POST", "/evaluate?today=1899-12-31", BUNDLE, JSON, 400, "between 1900 and 2200"),
    "today after any chart": Mistake("POST", "/evaluate?today=2201-01-01", BUNDLE, JSON, 400, "between 1900 and 2200"),
    "the first day": Mistake("POST", "/evaluate?today=0001-01-01T00:00:00%2B14:00", BUNDLE, JSON, 400, "2026-09-04"),
    "the last day": Mistake("POST", "/evaluate?today=9999-12-31T23:59:59-14:00", BUNDLE, JSON, 400, "2026-09-04"),
    "today twice": Mistake("POST", "/evaluate?today=2026-09-04&today=2026-09-05", BUNDLE, JSON, 400, "once"),
    "unknown profile": Mistake("POST", f"/evaluate?profile={SECRET}", BUNDLE, JSON, 400, "es2018"),
    "two profiles of one protocol": Mistake(
        "POST", "/evaluate?profile=es2018&profile=aua2018", BUNDLE, JSON, 400, "es2018 and aua2018"
    ),
    "unknown parameter": Mistake("POST", f"/evaluate?profle={SECRET}", BUNDLE, JSON, 400, "profile"),
}


def refuse(client: httpx.Client, mistake: Mistake) -> dict[str, Any]:
    """Make the mistake; the one issue of the answer, after checking what every answer must be."""
    answer = client.request(
        mistake.method,
        mistake.path,
        content=mistake.body,
        headers=mistake.headers | {"Origin": "https://ehr.example"},
    )
    assert answer.status_code == mistake.status
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["access-control-allow-origin"] == "*"
    assert SECRET not in answer.text
    assert "Traceback" not in answer.text
    outcome = answer.json()
    assert outcome["resourceType"] == "OperationOutcome"
    (issue,) = outcome["issue"]
    assert issue["severity"] == "error"
    assert mistake.remedy in issue["diagnostics"]
    return dict(issue)


@pytest.mark.parametrize("path", [HOOK, "/evaluate"])
@pytest.mark.parametrize("mistake", MISTAKES.values(), ids=MISTAKES)
def test_a_bad_body_is_refused_at_both_doors(
    client: httpx.Client, mistake: Callable[[str], Mistake], path: str
) -> None:
    refuse(client, mistake(path))


@pytest.mark.parametrize("mistake", ELSEWHERE.values(), ids=ELSEWHERE)
def test_a_wrong_address_or_parameter_is_refused(client: httpx.Client, mistake: Mistake) -> None:
    refuse(client, mistake)


def test_a_refused_method_is_answered_with_those_allowed(client: httpx.Client) -> None:
    assert client.get(HOOK).headers["allow"] == "POST"
    assert client.post("/health").headers["allow"] == "GET, HEAD"
    assert client.post("/openapi.json").headers["allow"] == "GET, HEAD"


def test_a_gzip_body_is_read(client: httpx.Client, call: dict[str, Any]) -> None:
    body = gzip.compress(json.dumps(call).encode())
    answer = client.post(HOOK, content=body, headers=JSON | {"Content-Encoding": "gzip"})
    assert answer.status_code == 200
    assert answer.json()["cards"]


@pytest.mark.parametrize(
    "content_type",
    [
        "application/json",
        "application/fhir+json",
        'Application/JSON; charset="UTF-8"',
        "application/fhir+json; fhirVersion=4.0;charset=utf-8",
        "application/vnd.cds-hooks.v2+json",
        "model/gltf+json",
    ],
)
def test_json_is_accepted_under_its_names(client: httpx.Client, call: dict[str, Any], content_type: str) -> None:
    answer = client.post(HOOK, content=json.dumps(call).encode(), headers={"Content-Type": content_type})
    assert answer.status_code == 200


def test_a_body_of_exactly_the_limit_is_read(client: httpx.Client, call: dict[str, Any]) -> None:
    body = json.dumps(call).encode()
    exact = body + b" " * (MAX_BODY - len(body))
    assert client.post(HOOK, content=exact, headers=JSON).status_code == 200
    assert client.post(HOOK, content=exact + b" ", headers=JSON).status_code == 413


def observations(number: int) -> list[dict[str, Any]]:
    """That many small results."""
    return [{"resource": {"resourceType": "Observation", "id": f"o{place}"}} for place in range(number)]


@pytest.fixture(scope="module")
def strict() -> Iterator[httpx.Client]:
    """A client of a server that takes ten resources at most."""
    app = create_app(Settings(max_resources=10))
    with running(app) as address, httpx.Client(base_url=address, trust_env=False) as client:
        yield client


@pytest.mark.parametrize(("number", "status"), [(10, 200), (11, 413)])
def test_more_resources_than_the_setting_allows_are_refused(
    strict: httpx.Client, call: dict[str, Any], number: int, status: int
) -> None:
    bundle = {"resourceType": "Bundle", "type": "collection", "entry": observations(number)}
    only_labs = call | {"prefetch": {"labs": bundle, "medications": None}}
    for answer in (strict.post("/evaluate", json=bundle), strict.post(HOOK, json=only_labs)):
        assert answer.status_code == status
        assert status == 200 or "HORMONE_CDS_MAX_RESOURCES" in answer.json()["issue"][0]["diagnostics"]


def test_malformed_resources_count_too(strict: httpx.Client) -> None:
    broken = [{"resource": {"resourceType": "Observation", "id": 5}}] * 11
    assert strict.post("/evaluate", json={"resourceType": "Bundle", "entry": broken}).status_code == 413
