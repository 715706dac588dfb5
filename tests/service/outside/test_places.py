"""Which URLs lie in a listed place, and which entries a list may hold."""

from __future__ import annotations

import pytest

from service.outside.places import Target, locate, place


@pytest.mark.parametrize(
    ("entry", "url"),
    [
        ("https://ehr.example/fhir", "https://ehr.example/fhir"),
        ("https://ehr.example/fhir", "https://ehr.example/fhir/"),
        ("https://ehr.example/fhir/", "https://ehr.example/fhir"),
        ("https://ehr.example/fhir", "https://ehr.example/fhir/Observation?patient=1&code=a,b"),
        ("https://ehr.example/fhir", "HTTPS://EHR.Example:443/fhir/tenant-1"),
        ("https://ehr.example:443/fhir", "https://ehr.example/fhir"),
        ("https://ehr.example/fhir", "https://ehr.example./fhir"),
        ("https://ehr.example", "https://ehr.example/any/thing"),
        ("https://ehr.example:8443", "https://ehr.example:8443/r4"),
        ("http://127.0.0.1", "http://127.0.0.1:8080/fhir"),
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080/fhir"),
        ("http://localhost", "http://localhost:9/fhir"),
        ("http://[::1]", "http://[0:0::1]:8080/fhir"),
        ("https://ehr.example/fhir", "https://ehr.example/fhir?_getpages=a%2Fb&_x=../.."),
        ("https://ehr.example/a%20b", "https://ehr.example/a%20b/Patient/1.2"),
    ],
)
def test_a_url_under_the_entry_is_in_its_place(entry: str, url: str) -> None:
    target = locate(url)
    assert target is not None
    assert place(entry).holds(target)


@pytest.mark.parametrize(
    ("entry", "url"),
    [
        ("https://ehr.example/fhir", "http://ehr.example/fhir"),
        ("http://ehr.example/fhir", "https://ehr.example/fhir"),
        ("https://ehr.example/fhir", "https://ehr.example/fhirs"),
        ("https://ehr.example/fhir", "https://ehr.example/Fhir"),
        ("https://ehr.example/fhir", "https://ehr.example/"),
        ("https://ehr.example/fhir", "https://ehr.example:8443/fhir"),
        ("https://ehr.example/fhir", "https://ehr.example.evil.test/fhir"),
        ("https://ehr.example/fhir", "https://evil.test/ehr.example/fhir"),
        ("https://ehr.example", "https://sub.ehr.example"),
        ("https://ehr.example:8443", "https://ehr.example"),
        ("http://127.0.0.1:8080", "http://127.0.0.1:8081"),
        ("http://127.0.0.1", "http://127.0.0.2"),
        ("http://127.0.0.1", "http://2130706433"),
        ("http://127.0.0.1", "http://[::ffff:127.0.0.1]"),
        ("http://10.0.0.5", "http://10.0.0.5:8080"),
    ],
)
def test_any_other_url_is_not(entry: str, url: str) -> None:
    target = locate(url)
    assert target is not None
    assert not place(entry).holds(target)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "ehr.example/fhir",
        "//ehr.example/fhir",
        "/fhir",
        "file:///etc/passwd",
        "gopher://ehr.example/",
        "https://",
        "https:///fhir",
        "https://ehr.example@evil.test/fhir",
        "https://user:pw@ehr.example/fhir",
        "https://@ehr.example/fhir",
        "https://ehr.example/fhir/../admin",
        "https://ehr.example/fhir/./x",
        "https://ehr.example/fhir/%2e%2e/admin",
        "https://ehr.example/fhir/%252e%252E/admin",
        "https://ehr.example/fhir/.%2e/admin",
        "https://ehr.example/fhir/..;/admin",
        "https://ehr.example/fhir/..%3bx/admin",
        "https://ehr.example/fhir/..%2fadmin",
        "https://ehr.example/fhir/x%2f..%2f..%2fadmin",
        "https://ehr.example/fhir/..%5cadmin",
        "https://ehr.example/fhir\\..\\admin",
        "https://ehr.example//fhir",
        "https://ehr.example/fhir//x",
        "https://ehr.example/fhir#fragment",
        "https://ehr.example/fhir/a%00b",
        "https://ehr.example/fhir/%0d%0aX: y",
        "https://ehr.example/fh ir",
        "https://ehr.example/fhir\r\nX-Y: z",
        "https://ehr.example\t/fhir",
        " https://ehr.example/fhir",
        "https://ehr.exаmple/fhir",
        "https://ehr。example/fhir",
        "https://ehr.example:99999/fhir",
        "https://ehr.example:80a/fhir",
        "https://ehr.example:/fhir",
        "https://ehr.example:٨٠/fhir",
        "https://ehr_.example%2f/fhir",
        "https://[::1/fhir",
        "https://[fe80::1%25eth0]/fhir",
        "https://::1/fhir",
        "https://-ehr.example/fhir",
    ],
)
def test_what_could_be_read_in_two_ways_is_nowhere(url: str) -> None:
    assert locate(url) is None


def test_a_target_is_sent_as_it_was_checked() -> None:
    assert locate("https://EHR.example:8443/fhir/X?a=%2F") == Target(
        "https", "ehr.example", 8443, ("fhir", "X"), "/fhir/X", "a=%2F"
    )


@pytest.mark.parametrize(
    ("url", "host", "wanted"),
    [
        ("https://ehr.example", "ehr.example", "/"),
        ("https://ehr.example:443/fhir/", "ehr.example", "/fhir/"),
        ("http://127.0.0.1:8080/fhir?a=b", "127.0.0.1:8080", "/fhir?a=b"),
        ("http://[::1]:8080?a=b", "[::1]:8080", "/?a=b"),
        ("http://[::1]", "[::1]", "/"),
    ],
)
def test_host_header_and_wanted_path(url: str, host: str, wanted: str) -> None:
    target = locate(url)
    assert target is not None
    assert (target.host_header, target.wanted) == (host, wanted)


@pytest.mark.parametrize("entry", ["", "*", "ehr.example", "https://ehr.example?x=1", "ftp://ehr.example", "https://*"])
def test_an_entry_that_is_no_base_url_is_refused_with_what_would_be(entry: str) -> None:
    with pytest.raises(ValueError, match=r"https://ehr\.example/fhir"):
        place(entry)
