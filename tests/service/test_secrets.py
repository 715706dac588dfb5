"""Secrets come from variables or from files, and are shown nowhere."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from service.site.environment import variable_of
from service.site.settings import Settings, StartRefused, read_settings, secrets_in, settings_table

SECRETS = secrets_in(Settings.model_fields)
SAID = {name: f"{name}-0123456789-0123456789-0123456789" for name in SECRETS} | {
    "database_url": "postgresql://cds:pass%40word-of-the-database@db.example/cds",
    "smart_secrets": "https://ehr.example/fhir=smart_secrets-0123456789-0123456789-0123456789",
}


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    """An environment without any secret."""
    for name in map(variable_of, SECRETS):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(f"{name}_FILE", raising=False)
    return monkeypatch


def plain(settings: Settings, name: str) -> str:
    """A secret as its users read it."""
    value = getattr(settings, name)
    return str(value.get_secret_value() if hasattr(value, "get_secret_value") else value)


def test_what_is_secret_is_known_to_be() -> None:
    assert set(SECRETS) >= {"database_url", "hash_key", "oidc_client_secret", "session_key"}
    assert not [
        name for name in set(Settings.model_fields) - set(SECRETS) if name.endswith(("_key", "secret", "token"))
    ]


@pytest.mark.parametrize("name", SECRETS)
@pytest.mark.parametrize("end", ["", "\n", "\r\n"])
def test_a_secret_is_read_from_the_file_that_is_named(
    environment: pytest.MonkeyPatch, tmp_path: Path, name: str, end: str
) -> None:
    file = tmp_path / name
    file.write_bytes(f"{SAID[name]}{end}".encode())
    environment.setenv(f"{variable_of(name)}_FILE", str(file))
    assert plain(read_settings(), name) == SAID[name]


@pytest.mark.parametrize("content", [None, b"", b"\n", b"\xff\xfe"], ids=["no file", "empty", "blank", "no text"])
def test_a_file_that_holds_no_secret_stops_the_start(
    environment: pytest.MonkeyPatch, tmp_path: Path, content: bytes | None
) -> None:
    file = tmp_path / "secret"
    if content is not None:
        file.write_bytes(content)
    environment.setenv("HORMONE_CDS_HASH_KEY_FILE", str(file))
    with pytest.raises(StartRefused, match=r"HORMONE_CDS_HASH_KEY_FILE"):
        read_settings()


def test_a_folder_is_no_file(environment: pytest.MonkeyPatch, tmp_path: Path) -> None:
    environment.setenv("HORMONE_CDS_HASH_KEY_FILE", str(tmp_path))
    with pytest.raises(StartRefused, match=r"HORMONE_CDS_HASH_KEY_FILE"):
        read_settings()


def test_a_secret_said_twice_stops_the_start(environment: pytest.MonkeyPatch, tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text(SAID["hash_key"], encoding="utf-8")
    environment.setenv("HORMONE_CDS_HASH_KEY_FILE", str(file))
    environment.setenv("HORMONE_CDS_HASH_KEY", SAID["hash_key"])
    with pytest.raises(StartRefused, match="both") as refused:
        read_settings()
    assert SAID["hash_key"] not in str(refused.value)


def test_what_is_no_secret_has_no_file(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("HORMONE_CDS_PROFILE_FILE", "/run/secrets/profile")
    with pytest.raises(StartRefused, match="HORMONE_CDS_PROFILE_FILE"):
        read_settings()


def test_an_empty_variable_names_no_file(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("HORMONE_CDS_HASH_KEY_FILE", "")
    assert read_settings().hash_key is None


@pytest.mark.parametrize("name", SECRETS)
def test_no_secret_is_shown_with_the_settings(environment: pytest.MonkeyPatch, name: str) -> None:
    environment.setenv(variable_of(name), SAID[name])
    settings = read_settings()
    assert SAID[name] not in f"{settings!r}{settings}"
    assert "word-of-the-database" not in f"{settings!r}{settings}"


@pytest.mark.parametrize("name", ["hash_key", "session_key"])
def test_a_secret_that_is_refused_is_not_repeated(environment: pytest.MonkeyPatch, name: str) -> None:
    environment.setenv(variable_of(name), "short-secret")
    with pytest.raises(StartRefused, match=name.upper()) as refused:
        read_settings()
    assert "short-secret" not in str(refused.value)


@pytest.mark.parametrize("name", SECRETS)
def test_the_settings_table_names_the_file(name: str) -> None:
    (row,) = (line for line in settings_table().splitlines() if line.startswith(f"| `{variable_of(name)}` |"))
    assert f"{name.upper()}_FILE" in row


def test_a_server_starts_with_its_secrets_in_files_and_prints_none(tmp_path: Path) -> None:
    """The database refuses it (there is none), and its message names neither user nor password."""
    variables = {}
    for name, text in SAID.items():
        (tmp_path / name).write_text(text.replace("db.example", "127.0.0.1:1"), encoding="utf-8")
        variables[f"{variable_of(name)}_FILE"] = str(tmp_path / name)
    kept = {name: value for name, value in os.environ.items() if not name.startswith("HORMONE_CDS_")}
    oidc = {"ISSUER": "https://id.example", "CLIENT_ID": "cds", "ALLOW": "groups=cds"}
    variables |= {f"HORMONE_CDS_OIDC_{name}": value for name, value in oidc.items()}
    variables["HORMONE_CDS_SMART_ISSUERS"] = "https://ehr.example/fhir=cds"
    variables |= {"HORMONE_CDS_PUBLIC_URL": "https://cds.example", "HORMONE_CDS_LOG_LEVEL": "debug", "PORT": "0"}
    done = subprocess.run(
        [sys.executable, "-m", "service"], env=kept | variables, capture_output=True, text=True, timeout=60, check=False
    )
    written = done.stdout + done.stderr
    assert done.returncode == 1
    assert "the database cannot be opened" in written
    assert not [secret for secret in (*SAID.values(), "pass@word", "word-of-the-database") if secret in written]
