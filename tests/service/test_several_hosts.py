"""Two services on two hosts over one PostgreSQL: what one knows, the other does."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import pytest
from typer.testing import CliRunner

from service.cli import app
from service.examples.chart import read_charts
from service.examples.ehr import hook_call
from service.keeper import INTERVAL
from tests.service.operating.processes import Running, eventually, process
from tests.service.operating.test_metrics import scraped
from tests.service.test_errors import HOOK
from tests.service.trust.tokens import ISSUER, Signer, bearer, key_set

BASE = "https://cds.example"
KEY = "0123456789abcdef0123456789abcdef"
SIGNER = Signer()
MAP = "kind,local_system,local_code,local_display,target,equivalence\nlaboratory,http://lab.example,HK,,4544-3,equal\n"


class Hosts(NamedTuple):
    """Two services and the database they share."""

    one: Running
    other: Running
    database: str


@pytest.fixture(scope="module")
def hosts(postgres_server: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hosts]:
    """One with two workers, and one alone."""
    folder = tmp_path_factory.mktemp("hosts")
    keys = folder / "keys.json"
    keys.write_bytes(key_set(SIGNER))
    postgres_server.psql("CREATE DATABASE several_hosts;")
    settings = {
        "DATABASE_URL": str(postgres_server.get_uri(database="several_hosts")),
        "JWT": "required",
        "JWT_ISSUERS": ISSUER,
        "JWT_KEYS": f"{ISSUER}={keys}",
        "AUDIENCES": BASE,
        "HASH_KEY": KEY,
        "UNMAPPED_PATIENTS": "1",
    }
    with ExitStack() as stack:
        one = stack.enter_context(process(folder, WORKERS="2", **settings))
        other = stack.enter_context(process(folder, **settings))
        for host in (one, other):
            eventually(lambda host=host: host.get("/health/ready").status_code == 200)  # type: ignore[misc]
        yield Hosts(one, other, settings["DATABASE_URL"])


def token(path: str) -> dict[str, str]:
    return bearer(SIGNER.token(BASE + path))


def get(host: Running, path: str) -> httpx.Response:
    return host.get(path, **token(path))


def test_a_token_used_at_one_is_refused_by_the_other(hosts: Hosts) -> None:
    for first, second in ((hosts.one, hosts.other), (hosts.other, hosts.one)):
        used = token("/cds-services")
        answers = [host.get("/cds-services", **used).status_code for host in (first, second, first)]
        assert answers == [200, 401, 401]
    for host in (hosts.one, hosts.other):
        assert scraped(host.get("/metrics")).of("tokens_total", outcome="replayed") == 2


def test_a_code_map_loaded_on_one_host_is_in_force_on_the_other_within_one_look_of_the_keeper(
    hosts: Hosts, tmp_path: Path
) -> None:
    assert INTERVAL == 5.0  # as the README says
    file = tmp_path / "map.csv"
    file.write_text(MAP)
    runner = CliRunner(env={"HORMONE_CDS_DATABASE_URL": hosts.database})
    done = runner.invoke(app, ["codes", "load", str(file), "--author", "Ann Lee"])
    assert done.exit_code == 0, done.output
    for host in (hosts.one, hosts.other):
        eventually(lambda host=host: {host.get("/health").json()["codeMap"] for _ in range(8)} == {1})  # type: ignore[misc]
        assert "http://lab.example|HK" in get(host, "/cds-services").text


def test_what_both_showed_and_clinicians_did_stands_in_the_numbers_of_each(hosts: Hosts) -> None:
    services = get(hosts.one, "/cds-services").json()["services"]
    call = hook_call(services[0], read_charts(date.today())[0])  # noqa: DTZ011 - any day will do
    for host, instance in ((hosts.one, "1"), (hosts.other, "2")):
        asked = call | {"hookInstance": f"{instance * 8}-1111-4111-8111-111111111111"}
        card = host.post(HOOK, asked, **token(HOOK)).json()["cards"][0]
        told = {"card": card["uuid"], "outcome": "overridden", "outcomeTimestamp": "2026-09-04T10:00:00Z"}
        address = f"{HOOK}/feedback"
        assert host.post(address, {"feedback": [told]}, **token(address)).status_code == 200
    for host in (hosts.one, hosts.other):
        eventually(lambda host=host: _numbers(host) == (2, 2))  # type: ignore[misc]


def _numbers(host: Running) -> tuple[int, int]:
    """Evaluations, and cards overridden."""
    found = get(host, "/stats").json()
    kinds = sum(kind["overridden"] for kind in found["shown"]) + found["few"]["overridden"]
    return sum(one["evaluations"] for one in found["services"]), kinds
