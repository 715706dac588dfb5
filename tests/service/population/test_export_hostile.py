"""Bulk Data Access from servers that fail in the middle, say what is not so, or mean no good."""

from __future__ import annotations

import gzip
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from service.cli import app
from service.population.export.failure import ExportFailed, Over
from service.population.export.progress import NAME
from service.population.kept import alone
from tests.service.population.bulk_server import BulkServer, lines_of
from tests.service.population.hospital import KEY, OURS, Hospital, hospital

BUSY = (429, {"Retry-After": "120"}, {})
FAILED = (500, {}, {"resourceType": "OperationOutcome", "issue": [{"code": "exception", "diagnostics": "disk full"}]})


def half(content: bytes) -> bytes:
    return gzip.compress(content)[: len(content) // 200]


def in_two(content: bytes) -> bytes:
    """A gzip may be several, one after another, as of files that were put together packed."""
    middle = len(content) // 2
    return gzip.compress(content[:middle]) + gzip.compress(content[middle:])


def uncounted(server: BulkServer) -> BulkServer:
    """The same, but for the counts that would give it away."""
    manifest = server._manifest

    def without(page: int) -> dict[str, Any]:
        told = manifest(page)
        return told | {"output": [{"type": one["type"], "url": one["url"]} for one in told["output"]]}

    server._manifest = without  # type: ignore[method-assign]
    return server


def assert_all_is_there(there: Hospital) -> None:
    for kind in ("Patient", "Observation"):
        assert there.brought(kind) == lines_of(kind)


def test_a_status_asked_for_too_often_is_asked_for_when_the_server_says(tmp_path: Path) -> None:
    with hospital(tmp_path, BulkServer(pending=0, says=[BUSY, BUSY, FAILED])) as there:
        there.export()
        assert there.waited[:2] == [120, 120]
        assert_all_is_there(there)


@pytest.mark.parametrize("written", ["0", "-5", "\xb2", "Thu, 01 Jan 1970 00:00:00 GMT"])
def test_a_server_is_never_asked_without_a_pause(tmp_path: Path, written: str) -> None:
    with hospital(tmp_path, BulkServer(pending=0, says=[(202, {"Retry-After": written}, {})])) as there:
        there.export()
        assert min(there.waited) >= 1


@pytest.mark.parametrize("answer", [(404, {}, {}), (410, {}, {}), FAILED])
def test_an_export_that_the_server_has_given_up_is_begun_anew(tmp_path: Path, answer: Any) -> None:
    with hospital(tmp_path, BulkServer(pending=0, says=[answer] * 8)) as there:
        with pytest.raises(ExportFailed, match="given this export up"):
            there.export()
        there.server.says.clear()
        there.export()
        assert_all_is_there(there)
        assert len([path for _, path, _ in there.server.asked if path.endswith("$export")]) == 2


def test_what_the_server_says_of_its_failure_is_told(tmp_path: Path) -> None:
    with (
        hospital(tmp_path, BulkServer(pending=0, says=[FAILED] * 8)) as there,
        pytest.raises(ExportFailed, match="the export's status: status 500: disk full"),
    ):
        there.export()


@pytest.mark.parametrize("gone", [404, 410])
def test_files_that_the_server_has_let_go_are_told_with_the_remedy(tmp_path: Path, gone: int) -> None:
    with hospital(tmp_path, BulkServer(pending=0, gone=gone)) as there:
        arguments = ["export", f"{there.address}/fhir", "--out", str(there.folder)]
        ran = CliRunner().invoke(app, arguments)
        assert "export again, into another folder" in ran.output
        assert "goes on from here" not in ran.output
        with pytest.raises(Over):
            there.export(types=tuple(json.loads((there.folder / NAME).read_text())["asked"]["types"]))


def test_a_signed_address_whose_time_has_passed_is_told_as_gone(tmp_path: Path) -> None:
    with hospital(tmp_path, BulkServer(pending=0, gone=403, token_for_files=False)) as there, pytest.raises(Over):
        there.export()


@pytest.mark.parametrize("pack", [half, lambda content: b"no gzip"], ids=["breaks off", "is none"])
def test_a_gzip_that_is_not_whole_is_no_success(tmp_path: Path, pack: Callable[[bytes], bytes]) -> None:
    with hospital(tmp_path, uncounted(BulkServer(pending=0, pack=pack))) as there:
        with pytest.raises(ExportFailed, match="the gzip stream ends or breaks"):
            there.export()
        there.server.pack = gzip.compress
        there.export()
        assert_all_is_there(there)


def test_a_gzip_of_several_is_brought_to_its_end(tmp_path: Path) -> None:
    with hospital(tmp_path, uncounted(BulkServer(pending=0, pack=in_two))) as there:
        there.export()
        assert_all_is_there(there)


def test_what_is_packed_in_an_unknown_way_is_not_taken_for_resources(tmp_path: Path) -> None:
    with (
        hospital(tmp_path, uncounted(BulkServer(pending=0, coding="br"))) as there,
        pytest.raises(ExportFailed, match="packed as br"),
    ):
        there.export()


def test_a_server_that_sends_less_than_the_rest_is_asked_for_more(tmp_path: Path) -> None:
    with hospital(tmp_path, uncounted(BulkServer(pending=0, cut=1, most=4_000))) as there:
        there.export()
        assert_all_is_there(there)


def test_a_token_that_ends_while_a_file_comes_is_renewed(tmp_path: Path) -> None:
    server = BulkServer(public_key=KEY.public_key(), pending=0, cut=3, forgets=True)
    with hospital(tmp_path, server) as there:
        there.export(OURS)
        assert_all_is_there(there)
        assert len(server.used) == 4
        assert [part for _, path, part in server.asked if path == "/files/labs-1" and part]


def test_a_token_endpoint_that_is_busy_is_asked_again(tmp_path: Path) -> None:
    server = BulkServer(public_key=KEY.public_key(), pending=0, token_says=[(503, {}), (429, {})])
    with hospital(tmp_path, server) as there:
        there.export(OURS)
        assert_all_is_there(there)


@pytest.mark.parametrize("token", ["se\ncret", "secr\u00e9t", "sec ret", "", None])
def test_a_token_that_no_header_can_carry_is_refused_and_not_shown(tmp_path: Path, token: str | None) -> None:
    server = BulkServer(public_key=KEY.public_key(), token_says=[(200, {"access_token": token})] * 9)
    with hospital(tmp_path, server) as there, pytest.raises(ExportFailed) as failed:
        there.export(OURS)
    assert "gave no token" in str(failed.value) or token is None
    assert "cret" not in str(failed.value)


def test_the_end_is_no_failure_where_the_server_will_not_hear_of_it(tmp_path: Path) -> None:
    """All was brought: that no token is given any more for letting the files go changes nothing."""
    server = BulkServer(public_key=KEY.public_key(), pending=0)
    with hospital(tmp_path, server) as there:
        there.told = Closing(server)
        assert not there.export(OURS).missing
        assert_all_is_there(there)


class Closing(list[str]):
    """Lets the token endpoint refuse once the last file is asked for."""

    def __init__(self, server: BulkServer) -> None:
        super().__init__()
        self._server = server

    def append(self, text: str) -> None:
        if text.startswith("Observation.2"):
            self._server.lifetime, self._server.token_says = 1, [(400, {})] * 3
            self._server.forget_tokens()
            self._server.public_key = None
        super().append(text)


@pytest.mark.parametrize(
    ("page", "said"),
    [
        ({}, "has no output"),
        ({"resourceType": "OperationOutcome", "issue": []}, "has no output"),
        ({"output": {"type": "Patient"}}, "output that is no list"),
        ({"output": 5}, "output that is no list"),
        ({"output": [], "error": "none"}, "error that is no list"),
        ({"output": [], "link": 1}, "link that is no list"),
        ({"output": [], "link": [{"relation": "next", "url": "/fhir/status/0"}]}, "has no end"),
    ],
)
def test_what_is_no_list_of_files_is_no_empty_export(tmp_path: Path, page: Any, said: str) -> None:
    server = BulkServer(pending=0)
    server._manifest = lambda number: page  # type: ignore[method-assign]
    with hospital(tmp_path, server) as there, pytest.raises(ExportFailed, match=said):
        there.export()


def test_a_servers_words_cannot_move_a_terminals_cursor(tmp_path: Path) -> None:
    said = {"issue": [{"diagnostics": "\x1b[2Jgone\r\nnothing"}]}
    with hospital(tmp_path, BulkServer(kick_off=(400, said))) as there, pytest.raises(ExportFailed) as failed:
        there.export()
    assert str(failed.value).isprintable()


def test_two_processes_never_fill_one_folder(tmp_path: Path) -> None:
    with hospital(tmp_path, BulkServer()) as there:
        with alone(there.folder), pytest.raises(ExportFailed, match="another process is at work"):
            there.export()
        there.export()
        assert_all_is_there(there)


def test_a_folder_that_cannot_be_written_is_told_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    with hospital(tmp_path, BulkServer()) as there:
        ran = CliRunner().invoke(app, ["export", f"{there.address}/fhir", "--out", str(tmp_path / "file" / "out")])
        assert ran.exit_code == 1
        assert ran.output.strip().endswith("Not a directory")


def test_a_process_that_is_killed_while_a_file_comes_goes_on_in_its_middle(tmp_path: Path) -> None:
    with hospital(tmp_path, BulkServer(pending=0, stalls=True)) as there:
        command = [sys.executable, "-c", "from service.cli import app; app()", "export", f"{there.address}/fhir"]
        running = subprocess.Popen([*command, "--out", str(there.folder)], env=os.environ | {"NO_PROXY": "*"})
        part = there.folder / "Observation.1.ndjson.part"
        while not (part.exists() and part.stat().st_size) and running.poll() is None:
            time.sleep(0.01)
        running.send_signal(signal.SIGKILL)
        running.wait()
        there.server.stalls = False
        had = part.stat().st_size
        there.export(types=tuple(json.loads((there.folder / NAME).read_text())["asked"]["types"]))
        assert_all_is_there(there)
        assert ("GET", "/files/labs-1", f"bytes={had}-") in there.server.asked
