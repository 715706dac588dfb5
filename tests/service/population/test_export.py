"""Bulk Data Access from a real server over HTTP, with its bad days."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key as generate_rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from jwt.algorithms import ECAlgorithm
from typer.testing import CliRunner

from service.cli import app
from service.population.export.addresses import Places
from service.population.export.authorisation import read_client
from service.population.export.failure import ExportFailed
from tests.conftest import running
from tests.service.population.bulk_server import BulkServer, lines_of
from tests.service.population.hospital import KEY, OURS, hospital


def test_everything_is_brought_and_counted(tmp_path: Path) -> None:
    with hospital(tmp_path, BulkServer()) as there:
        done = there.export(types=("Patient", "Observation"), since="2026-01-01T00:00:00Z")
        assert there.brought("Patient") == lines_of("Patient")
        assert there.brought("Observation") == lines_of("Observation")
        assert [(file.type, file.lines) for file in done.files] == [
            ("Patient", 2),
            ("Observation", 2_000),
            ("Observation", 1),
        ]
        assert there.server.kicked_with == {
            "_outputFormat": "application/fhir+ndjson",
            "_since": "2026-01-01T00:00:00Z",
            "_type": "Patient,Observation",
            "prefer": "respond-async",
        }
        assert there.waited == [3, 3]  # as Retry-After said
        assert there.told[0] == "the server is at work: 50 %"
        assert there.server.deleted


def test_a_client_proves_who_it_is(tmp_path: Path) -> None:
    with hospital(tmp_path, BulkServer(public_key=KEY.public_key())) as there:
        assert there.export(OURS).told
        assert there.brought("Patient") == lines_of("Patient")


def test_without_a_token_the_server_refuses(tmp_path: Path) -> None:
    with (
        hospital(tmp_path, BulkServer(public_key=KEY.public_key())) as there,
        pytest.raises(ExportFailed, match="kick-off: the server answered 401"),
    ):
        there.export()


@pytest.mark.parametrize("lifetime", [1, 300], ids=["too short to be kept", "forgotten by the server"])
def test_a_token_that_ends_is_renewed(tmp_path: Path, lifetime: int) -> None:
    server = BulkServer(public_key=KEY.public_key(), lifetime=lifetime)
    with hospital(tmp_path, server) as there:
        there.told = Forgetful(server)
        there.export(OURS)
        assert there.brought("Observation") == lines_of("Observation")
        assert len(server.used) > 1


class Forgetful(list[str]):
    """Lets the server forget its tokens whenever something is told."""

    def __init__(self, server: BulkServer) -> None:
        super().__init__()
        self._server = server

    def append(self, text: str) -> None:
        self._server.forget_tokens()
        super().append(text)


def test_files_of_signed_addresses_get_no_token(tmp_path: Path) -> None:
    with hospital(tmp_path, BulkServer(public_key=KEY.public_key(), token_for_files=False)) as there:
        there.export(OURS)
        assert there.brought("Patient") == lines_of("Patient")


def test_a_busy_server_is_asked_again_when_it_says(tmp_path: Path) -> None:
    with hospital(tmp_path, BulkServer(busy=2, pending=0)) as there:
        there.export()
        assert there.brought("Observation") == lines_of("Observation")
        assert set(there.waited) == {7}


def test_a_server_that_stays_busy_is_left(tmp_path: Path) -> None:
    with (
        hospital(tmp_path, BulkServer(busy=100)) as there,
        pytest.raises(ExportFailed, match="given up after 8 attempts: kick-off: status 503"),
    ):
        there.export()


def test_a_cut_transfer_goes_on_where_it_stopped(tmp_path: Path) -> None:
    with hospital(tmp_path, BulkServer(cut=2)) as there:
        there.export()
        assert there.brought("Observation") == lines_of("Observation")
        ranges = [part for _, path, part in there.server.asked if path == "/files/labs-1"]
        assert ranges[0] == ""
        assert all(part.startswith("bytes=") and part != "bytes=0-" for part in ranges[1:])


@pytest.mark.parametrize("server", [BulkServer(cut=2, ranges=False), BulkServer(cut=2, tag='W/"v1"')], ids=["", "weak"])
def test_where_no_part_can_be_had_the_file_is_brought_anew(tmp_path: Path, server: BulkServer) -> None:
    with hospital(tmp_path, server) as there:
        there.export()
        assert there.brought("Observation") == lines_of("Observation")


def test_a_file_that_changed_meanwhile_is_not_mixed(tmp_path: Path) -> None:
    server = BulkServer(cut=1)
    with hospital(tmp_path, server) as there:
        there.waited = Changed(server)
        there.export()
        assert there.brought("Observation") == lines_of("Observation")


class Changed(list[float]):
    """Gives the server's files another tag whenever somebody waits."""

    def __init__(self, server: BulkServer) -> None:
        super().__init__()
        self._server = server

    def append(self, seconds: float) -> None:
        self._server.tag = '"v2"'
        super().append(seconds)


def test_a_wrong_number_of_resources_is_no_success(tmp_path: Path) -> None:
    with hospital(tmp_path, BulkServer(lie=1)) as there:
        with pytest.raises(ExportFailed, match=r"Patient.1.ndjson: 2 resources came where the server listed 3"):
            there.export()
        assert not list(there.folder.glob("*.ndjson"))


def test_a_manifest_of_several_pages_is_read_to_its_end(tmp_path: Path) -> None:
    with hospital(tmp_path, BulkServer(pages=3)) as there:
        assert len(there.export().files) == 3
        assert there.brought("Observation") == lines_of("Observation")


def test_the_servers_own_problems_are_kept(tmp_path: Path) -> None:
    with hospital(tmp_path, BulkServer(problems=('{"resourceType":"OperationOutcome"}',))) as there:
        there.export()
        assert there.brought("error.OperationOutcome") == [{"resourceType": "OperationOutcome"}]


def test_an_export_goes_on_after_an_end(tmp_path: Path) -> None:
    """What was brought is not brought again, nor is the export begun anew."""
    server = BulkServer(cut=100)
    with hospital(tmp_path, server) as there:
        with pytest.raises(ExportFailed, match="given up"):
            there.export()
        server.cut, before = 0, len(server.asked)
        there.export()
        assert there.brought("Observation") == lines_of("Observation")
        assert [path for _, path, _ in server.asked[before:]] == ["/files/labs-1", "/files/labs-2", "/fhir/status/0"]
        before = len(server.asked)
        there.export()
        assert len(server.asked) == before


def test_another_export_never_lands_in_the_same_folder(tmp_path: Path) -> None:
    with hospital(tmp_path, BulkServer()) as there:
        there.export()
        with pytest.raises(ExportFailed, match="holds an export of something else"):
            there.export(level="Group/1/$export")


def test_a_folder_of_other_things_is_left_alone(tmp_path: Path) -> None:
    with hospital(tmp_path, BulkServer()) as there:
        there.folder.mkdir()
        (there.folder / "thesis.txt").write_text("mine")
        with pytest.raises(ExportFailed, match="holds no export"):
            there.export()


def test_a_refusal_is_told_in_the_servers_words(tmp_path: Path) -> None:
    said = {"resourceType": "OperationOutcome", "issue": [{"severity": "error", "diagnostics": "No such Group"}]}
    with (
        hospital(tmp_path, BulkServer(kick_off=(404, said))) as there,
        pytest.raises(ExportFailed, match="kick-off: the server answered 404: No such Group"),
    ):
        there.export()


@pytest.mark.parametrize(
    "entry",
    [
        {"type": "../../etc/passwd", "url": "/files/patient-1"},
        {"type": "Patient"},
        {"url": "/files/patient-1"},
        "Patient",
        {"type": "Patient/x", "url": "/files/patient-1"},
    ],
)
def test_a_manifest_never_names_our_files(tmp_path: Path, entry: object) -> None:
    server = BulkServer(pending=0)
    server._manifest = lambda page: {"output": [entry]}  # type: ignore[method-assign]
    with hospital(tmp_path, server) as there, pytest.raises(ExportFailed, match="without type or url"):
        there.export()


@pytest.mark.parametrize("key", ["public", None], ids=["with a token", "without"])
def test_what_is_led_elsewhere_is_brought_without_our_token(tmp_path: Path, key: str | None) -> None:
    """As by a server that keeps files in an object store, and leads to them by redirects."""
    store = BulkServer(public_key=KEY.public_key(), token_for_files=False)  # which refuses a token it is sent
    with running(store.app) as elsewhere:  # type: ignore[arg-type]
        server = BulkServer(public_key=KEY.public_key() if key else None, leads_to=elsewhere)
        with hospital(tmp_path, server) as there:
            there.export(OURS if key else None)
            assert there.brought("Observation") == lines_of("Observation")


def test_our_token_goes_nowhere_else_unless_that_is_said(tmp_path: Path) -> None:
    files = BulkServer()
    with running(files.app) as elsewhere:  # type: ignore[arg-type]
        server = BulkServer(public_key=KEY.public_key(), files_at=elsewhere)
        with hospital(tmp_path, server) as there:
            with pytest.raises(ExportFailed, match=f"add --files-at {elsewhere}"):
                there.export(OURS)
            assert not files.asked
            there.export(OURS, files_at=(elsewhere,))
            assert there.brought("Observation") == lines_of("Observation")


def test_nothing_is_called_where_others_can_listen(tmp_path: Path) -> None:
    with (
        hospital(tmp_path, BulkServer(files_at="http://files.example")) as there,
        pytest.raises(ExportFailed, match="must begin with https://"),
    ):
        there.export()
    with (
        hospital(tmp_path / "led", BulkServer(leads_to="http://files.example")) as there,
        pytest.raises(ExportFailed, match="must begin with https://"),
    ):
        there.export()


def test_a_server_behind_a_proxy_is_called_as_it_was_first() -> None:
    places = Places("https://ehr.example/fhir")
    assert places.settled("https://ehr.example/fhir/$export", "http://ehr.example/status/1") == (
        "https://ehr.example/status/1"
    )


def test_others_on_the_machine_cannot_read_what_is_brought(tmp_path: Path) -> None:
    with hospital(tmp_path, BulkServer()) as there:
        there.folder.mkdir(mode=0o755)
        there.export()
        assert there.folder.stat().st_mode & 0o077 == 0
        assert (there.folder / "export.json").stat().st_mode & 0o077 == 0


def pem(key: Any) -> bytes:
    written: bytes = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return written


def test_keys_are_read_as_pem_or_jwk(tmp_path: Path) -> None:
    file = tmp_path / "key"
    jwk = json.loads(ECAlgorithm.to_jwk(KEY)) | {"kid": "named"}
    for content, kid in (
        (pem(KEY), None),
        (json.dumps(jwk).encode(), "named"),
        (json.dumps({"keys": [jwk]}).encode(), "named"),
    ):
        file.write_bytes(content)
        client = read_client("our-id", file, None, "system/*.rs")
        claims = jwt.decode(client.assertion("https://t", 2e9), KEY.public_key(), ["ES384"], audience="https://t")
        assert (claims["sub"], client.kid) == ("our-id", kid)
    file.write_bytes(pem(generate_rsa(65537, 2048)))
    assert read_client("our-id", file, "k", "s").algorithm == "RS384"


@pytest.mark.parametrize("content", [b"", b"nonsense", b"{}", pem(generate_private_key(SECP256R1())), b'{"kty":"EC"}'])
def test_other_keys_are_refused(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "key"
    file.write_bytes(content)
    with pytest.raises(ExportFailed):
        read_client("our-id", file, None, "s")


def test_the_command_says_what_was_brought(tmp_path: Path) -> None:
    with hospital(tmp_path, BulkServer(pending=0)) as there:
        ran = CliRunner().invoke(app, ["export", f"{there.address}/fhir", "--out", str(there.folder)])
        assert ran.exit_code == 0
        assert "As of 2026-09-04T00:00:00Z: 2,001 Observation, 2 Patient" in ran.output


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["http://ehr.example/fhir"], "must begin with https://"),
        (["https://ehr.example/fhir", "--client-id", "x"], "go together"),
        (["http://127.0.0.1:9/fhir"], "given up|cannot be reached"),
    ],
)
def test_the_command_says_why_it_cannot(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], said: str
) -> None:
    monkeypatch.setattr("service.population.export.asking.ATTEMPTS", 1)
    ran = CliRunner().invoke(app, ["export", *arguments, "--out", str(tmp_path / "out")])
    assert ran.exit_code == 1
    assert re.search(said, ran.output)
