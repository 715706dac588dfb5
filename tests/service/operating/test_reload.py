"""Knowledge is read again while the service runs: proven aside and put in force whole, or refused."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from service.app import create_app
from service.operating.counts.counting import Counting
from service.operating.reload import Reloader
from service.site.settings import Settings
from service.site.site import InForce, Site, open_site
from tests.conftest import running
from tests.record.charts import bundle, observation, patient, request
from tests.service.memory.asking import HOOK, call_for
from tests.service.operating.processes import Running, eventually, process
from tests.service.operating.test_metrics import scraped

KEY = "0123456789abcdef0123456789abcdef"
CHART = bundle(patient(), request(), observation(value=52.5))
OVERLAY = """
protocol = "testosterone-safety"

[source.our-policy]
title = "Our clinic, testosterone policy 3"

[profile.{name}]
title   = "Our clinic"
extends = "es2018"
[profile.{name}.limit.hematocrit-hold]
at_least = "52 %"
source   = ["our-policy"]

[[example]]
name      = "Hematocrit at our limit"
today     = 2026-09-04
profile   = ["{name}"]
therapies = [{{ text = "testosterone gel 1.62 %", start = 2025-09-01 }}]
readings  = [["hematocrit", "{reading}", 2026-09-03]]
raises    = ["MT-HCT-01"]
"""


def overlay(name: str, reading: str = "52 %") -> str:
    return OVERLAY.format(name=name, reading=reading)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A site's own file, as it is at the start."""
    written = tmp_path / "ours.toml"
    written.write_text(overlay("before"))
    return written


def reload(in_force: InForce, reloader: Reloader | None = None) -> bool:
    return asyncio.run((reloader or Reloader(in_force, Counting())).reload())


def test_what_was_changed_is_in_force_at_once_and_whole(file: Path) -> None:
    in_force = InForce(open_site(Settings(overlays=(file,))))
    before = in_force.site
    file.write_text(overlay("after"))
    assert reload(in_force)
    assert "after" in in_force.site.knowledge.profiles
    assert in_force.site.knowledge.digest != before.knowledge.digest
    assert "before" in before.knowledge.profiles  # a call under way keeps what it met
    assert "after" not in before.knowledge.profiles


BROKEN = [
    ("not = toml = at all", "ours.toml"),
    (overlay("after", "51 %"), "Hematocrit at our limit"),
    (overlay("after").replace("52 %", "60 %"), "hematocrit-hold"),
    (None, "ours.toml"),
]


@pytest.mark.parametrize(("content", "said"), BROKEN, ids=["no TOML", "example fails", "past the floor", "gone"])
def test_what_cannot_be_proven_is_refused_and_what_was_goes_on(
    file: Path, content: str | None, said: str, caplog: pytest.LogCaptureFixture
) -> None:
    in_force = InForce(open_site(Settings(overlays=(file,))))
    before = in_force.site
    file.unlink() if content is None else file.write_text(content)
    reloader = Reloader(in_force, Counting())
    assert not reload(in_force, reloader)
    assert in_force.site is before
    assert reloader.last is not None
    assert reloader.last.outcome == "refused"
    (line,) = [record.getMessage() for record in caplog.records if "reload refused" in record.getMessage()]
    assert before.knowledge.digest in line
    assert said in line
    assert "\n" not in line
    file.write_text(overlay("after"))
    assert reload(in_force, reloader)
    assert reloader.last.outcome == "accepted"


def test_a_fault_of_ours_leaves_what_was(file: Path) -> None:
    def broken(settings: Settings) -> Site:
        raise RecursionError("of a patient")

    in_force = InForce(open_site(Settings(overlays=(file,))))
    before = in_force.site
    assert not reload(in_force, Reloader(in_force, Counting(), read=broken))
    assert in_force.site is before


def test_the_code_map_in_force_stays(file: Path) -> None:
    from terminology.local.code_map import CodeMap, Entry

    in_force = InForce(open_site(Settings(overlays=(file,))))
    entries = (Entry("laboratory", "HK", "4544-3", "equal", "http://lab.example"),)
    in_force.replace(lambda site: site.with_map(CodeMap(3, "Ann Lee", None, entries)))  # type: ignore[arg-type]
    assert reload(in_force)
    assert in_force.site.knowledge.vocabulary.local.version == 3
    assert in_force.site.knowledge.vocabulary.local.result("http://lab.example", "HK", None) is not None


@pytest.fixture
def service(file: Path, tmp_path: Path) -> Iterator[Running]:
    """One process with that file."""
    with process(tmp_path, OVERLAYS=str(file)) as started:
        yield started


def digest(service: Running) -> str:
    return str(service.get("/health").json()["knowledge"])


def test_a_hangup_signal_reloads_and_a_refusal_is_told(service: Running, file: Path) -> None:
    before = digest(service)
    file.write_text(overlay("after", "51 %"))
    service.process.send_signal(signal.SIGHUP)
    eventually(lambda: service.get("/health/ready").json()["reload"]["state"] == "refused")
    assert digest(service) == before
    numbers = scraped(service.get("/metrics"))
    assert (numbers.of("reloads_total", outcome="refused"), numbers.of("last_reload_ok")) == (1, 0)
    file.write_text(overlay("after"))
    service.process.send_signal(signal.SIGHUP)
    eventually(lambda: service.get("/health/ready").json()["reload"]["state"] == "accepted")
    assert digest(service) != before
    numbers = scraped(service.get("/metrics"))
    assert (numbers.of("reloads_total", outcome="accepted"), numbers.of("last_reload_ok")) == (1, 1)
    assert numbers.labels("build_info")[0]["knowledge"] == digest(service)
    answer = service.post("/evaluate?today=2026-09-04&profile=after", CHART).json()
    assert "MT-HCT-01" in [finding["check"] for finding in answer["findings"] if finding["state"] == "raised"]
    assert service.post("/evaluate?profile=before", CHART).status_code == 400
    assert "after" in service.get("/protocols/testosterone-safety").text
    assert profiles_in(service.get("/openapi.json").json()) >= {"after"}


def profiles_in(document: dict[str, Any]) -> set[str]:
    parameters = document["paths"]["/evaluate"]["post"]["parameters"]
    return set(next(one for one in parameters if one["name"] == "profile")["schema"]["items"]["enum"])


def test_a_call_that_began_before_ends_on_the_knowledge_it_began_with(service: Running, file: Path) -> None:
    before = digest(service)
    body, place = json.dumps(CHART).encode(), urlsplit(service.address)
    head = f"POST /evaluate?today=2026-09-04 HTTP/1.1\r\nHost: {place.netloc}\r\nConnection: close\r\n"
    head += f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    with socket.create_connection((place.hostname, place.port), timeout=60) as connection:
        connection.sendall(head.encode() + body[:100])
        eventually(lambda: scraped(service.get("/metrics")).of("requests_in_progress") == 2)
        file.write_text(overlay("after"))
        service.process.send_signal(signal.SIGHUP)
        eventually(lambda: digest(service) != before)
        connection.sendall(body[100:])
        answer = b"".join(iter(lambda: connection.recv(65536), b""))
    report = json.loads(answer.partition(b"\r\n\r\n")[2])
    assert report["engine"]["knowledge"] == before


def test_every_worker_reloads(file: Path, tmp_path: Path) -> None:
    with process(tmp_path, OVERLAYS=str(file), WORKERS="2") as service:
        eventually(lambda: scraped(service.get("/metrics")).of("processes") == 2)
        before = digest(service)
        file.write_text(overlay("after"))
        service.process.send_signal(signal.SIGHUP)
        eventually(lambda: scraped(service.get("/metrics")).of("reloads_total", outcome="accepted") == 2)
        assert before not in {digest(service) for _ in range(20)}
        assert service.log.read_text().count("Started server process") == 2
        file.write_text("")
        service.process.send_signal(signal.SIGHUP)
        eventually(lambda: scraped(service.get("/metrics")).of("reloads_total", outcome="refused") == 2)
        assert scraped(service.get("/metrics")).of("last_reload_ok") == 0
        assert {service.get("/health/ready").status_code for _ in range(10)} == {200}


def test_a_service_whose_terminal_was_closed_ends(tmp_path: Path) -> None:
    """As before there was anything to reload: who closes the window of `make serve` leaves nothing behind."""
    ours, theirs = os.openpty()
    try:
        with process(tmp_path, stdin=theirs) as service:
            os.close(theirs)
            theirs = -1
            os.close(ours)
            ours = -1
            service.process.send_signal(signal.SIGHUP)
            assert service.process.wait(60) in (0, -signal.SIGTERM)
    finally:
        for open_end in {ours, theirs} - {-1}:
            os.close(open_end)


def test_a_hangup_signal_that_comes_during_the_start_is_heeded_after_it(tmp_path: Path) -> None:
    code = (
        "import os, signal\n"
        "from service.operating.hangup import came_early, hold\n"
        "hold()\n"
        "os.kill(os.getpid(), signal.SIGHUP)\n"
        "print(came_early())\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "True\n")


def test_pages_and_document_follow_in_process(file: Path) -> None:
    app = create_app(Settings(overlays=(file,)))
    with running(app) as address, httpx.Client(base_url=address, trust_env=False) as client:
        assert "before" in profiles_in(client.get("/openapi.json").json())
        app.renew(("es2018", "another"))  # type: ignore[attr-defined]
        assert profiles_in(client.get("/openapi.json").json()) == {"es2018", "another"}


def test_a_worker_that_is_started_anew_has_its_siblings_secrets_whatever_the_file_holds_now(
    tmp_path: Path,
) -> None:
    secret = tmp_path / "hash_key"
    secret.write_text(KEY, encoding="utf-8")
    call = call_for()
    with process(tmp_path, WORKERS="2", HASH_KEY_FILE=str(secret)) as service:
        eventually(lambda: scraped(service.get("/metrics")).of("processes") == 2)
        assert service.post(HOOK, call).status_code == 200
        eventually(lambda: counted(tmp_path) == (1, 1))
        secret.write_text(f"other {KEY}", encoding="utf-8")
        workers = workers_of(service.process.pid)
        assert len(workers) == 2
        for worker in workers:
            assert KEY.encode() not in Path(f"/proc/{worker}/environ").read_bytes()
            os.kill(worker, signal.SIGKILL)
        eventually(lambda: is_answered(service) and not set(workers) & set(workers_of(service.process.pid)))
        assert service.post(HOOK, call).status_code == 200
    assert counted(tmp_path) == (2, 1)


def counted(folder: Path) -> tuple[int, int]:
    """Evaluations that are remembered, and of how many patients."""
    connection = sqlite3.connect(folder / "memory.sqlite3")
    evaluations, patients = connection.execute("SELECT count(*), count(DISTINCT patient) FROM evaluation").fetchone()
    connection.close()
    return evaluations, patients


def workers_of(parent: int) -> list[int]:
    """The processes below it that answer."""
    children = Path(f"/proc/{parent}/task/{parent}/children").read_text(encoding="utf-8").split()
    return [int(child) for child in children if b"spawn_main" in Path(f"/proc/{child}/cmdline").read_bytes()]


def is_answered(service: Running) -> bool:
    """Whether anybody answers."""
    try:
        return service.get("/health/live").status_code == 200
    except httpx.TransportError:
        return False
