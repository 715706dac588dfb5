"""Which network addresses may be called."""

from __future__ import annotations

from ipaddress import ip_address

import pytest

from service.outside.addresses import is_of_a_site, is_public
from service.outside.places import place

PUBLIC = ["8.8.8.8", "1.1.1.1", "2606:4700:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808", "2002:808:808::1"]
SITE = ["10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1", "fd00::1", "::ffff:10.0.0.1", "64:ff9b::a00:1"]
NEVER = [
    "0.0.0.0",
    "127.0.0.1",
    "127.9.9.9",
    "169.254.169.254",
    "100.64.0.1",
    "100.100.100.200",
    "192.0.0.1",
    "192.0.2.1",
    "198.18.0.1",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "fe80::1",
    "fec0::1",
    "ff02::1",
    "2001:db8::1",
    "::ffff:127.0.0.1",
    "::ffff:169.254.169.254",
    "::127.0.0.1",
    "64:ff9b::7f00:1",
    "64:ff9b::a9fe:a9fe",
    "64:ff9b:1::1",
    "2002:7f00:1::1",
    "2001:0:808:808:0:0:80ff:fffe",
]


@pytest.mark.parametrize("address", PUBLIC)
def test_the_open_internet_is_public(address: str) -> None:
    assert is_public(ip_address(address))
    assert not is_of_a_site(ip_address(address))


@pytest.mark.parametrize("address", SITE)
def test_a_sites_own_network_is_not_public(address: str) -> None:
    assert not is_public(ip_address(address))
    assert is_of_a_site(ip_address(address))


@pytest.mark.parametrize("address", NEVER)
def test_loopback_link_local_and_reserved_addresses_are_neither(address: str) -> None:
    assert not is_public(ip_address(address))
    assert not is_of_a_site(ip_address(address))


@pytest.mark.parametrize(
    ("entry", "address", "named"),
    [
        ("http://127.0.0.1", "127.0.0.1", True),
        ("http://127.0.0.1", "127.0.0.2", False),
        ("http://localhost", "127.0.0.1", True),
        ("http://localhost", "::1", True),
        ("http://localhost", "10.0.0.1", False),
        ("http://[::1]:80", "::1", True),
        ("https://10.0.0.5/fhir", "10.0.0.5", True),
        ("https://ehr.example/fhir", "10.0.0.5", False),
    ],
)
def test_an_entry_that_says_an_address_names_it(entry: str, address: str, named: bool) -> None:
    assert place(entry).names(ip_address(address)) is named
