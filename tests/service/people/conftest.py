"""Both issuers, each with a service where people sign in."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

import httpx
import pytest

from service.demo.play import free_port
from tests.service.people.issuers import Issuer, npm_issuer, own_issuer
from tests.service.people.visitors import callback_of, service_with, visitor

ISSUERS = ("npm oidc-provider", "the tests' own")


class Place(NamedTuple):
    """A service, and what to do so that somebody is the one who signs in there."""

    address: str
    be: Callable[[str], object]


@pytest.fixture(scope="module", params=ISSUERS)
def place(request: pytest.FixtureRequest) -> Iterator[Place]:
    """A service with each issuer in turn."""
    if request.param == ISSUERS[1]:
        issuer = request.getfixturevalue("issuer")
        yield Place(request.getfixturevalue("service"), lambda name: setattr(issuer, "name", name))
        return
    port = free_port(0)
    with npm_issuer(callback_of(port)) as at, service_with(at, port) as address:
        yield Place(address, lambda name: None)  # there the name is filled in


@pytest.fixture
def person(place: Place) -> Iterator[httpx.Client]:
    """Somebody with a browser, new to the service."""
    with visitor(place.address) as client:
        yield client


@pytest.fixture(scope="module")
def port() -> int:
    """Where the service with our own issuer listens."""
    return free_port(0)


@pytest.fixture(scope="module")
def issuer(port: int) -> Iterator[Issuer]:
    """Our own issuer."""
    with own_issuer(callback_of(port)) as issuer:
        yield issuer


@pytest.fixture(scope="module")
def service(issuer: Issuer, port: int) -> Iterator[str]:
    """A service where people sign in at our own issuer."""
    with service_with(issuer.address, port) as address:
        yield address
