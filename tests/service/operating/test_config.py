"""`hormone-cds config`: what is in force and where it comes from, without secrets; what is wrong, with status 2."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from service.cli import app
from service.site.environment import PREFIX, variable_of
from service.site.settings import Settings

SECRET = "s3cr3t-0123456789-0123456789-0123456789"


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    for name in (*map(variable_of, Settings.model_fields), "HOST", "PORT"):
        monkeypatch.delenv(name, raising=False)
    return monkeypatch


def config(*arguments: str, **settings: str) -> Result:
    given = {f"{PREFIX}{name}": value for name, value in settings.items()}
    return CliRunner(env={"COLUMNS": "300", "NO_COLOR": "1", **given}).invoke(app, ["config", *arguments])


def rows(**settings: str) -> dict[str, dict[str, Any]]:
    done = config("--json", **settings)
    assert done.exit_code == 0, done.output
    return {row["name"]: row for row in json.loads(done.stdout)}


def test_every_setting_is_printed_with_its_value_and_where_it_comes_from(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("PORT", "8123")
    found = rows(PROFILE="es2018, standard", LOG_LEVEL="WARNING")
    assert list(found) == [variable_of(name) for name in Settings.model_fields]
    told = {name: (row["value"], row["whence"]) for name, row in found.items()}
    assert told["HORMONE_CDS_PORT"] == ("8123", "environment")
    assert told["HORMONE_CDS_PROFILE"] == ("es2018, standard", "environment")
    assert told["HORMONE_CDS_LOG_LEVEL"] == ("warning", "environment")
    assert told["HORMONE_CDS_WORKERS"] == ("1", "default")
    assert told["HORMONE_CDS_TIMEZONE"] == ("unset", "default")


def test_people_get_a_table() -> None:
    done = config(WORKERS="2")
    assert done.exit_code == 0
    (line,) = [line for line in done.stdout.splitlines() if "HORMONE_CDS_WORKERS" in line]
    assert "2" in line
    assert "environment" in line


HELD = {
    "HASH_KEY": SECRET,
    "METRICS_TOKEN": SECRET,
    "SESSION_KEY": SECRET,
    "DATABASE_URL": f"postgresql://cds:{SECRET}@db.example/cds?sslpassword={SECRET}",
    "PUBLIC_URL": f"https://someone:{SECRET}@cds.example/x",
    "JWT_ISSUERS": "https://ehr.example",
    "JWT_KEYS": f"https://ehr.example=https://keys.example/jwks?token={SECRET}",
}


@pytest.mark.parametrize("form", [["--json"], []], ids=["json", "table"])
def test_no_secret_is_printed(form: list[str]) -> None:
    done = config(*form, **HELD)
    assert done.exit_code == 0, done.output
    assert SECRET not in done.output


def test_of_a_secret_it_is_told_that_it_is_set_and_of_an_address_the_rest() -> None:
    found = {name.removeprefix(PREFIX): row["value"] for name, row in rows(**HELD).items()}
    assert found["HASH_KEY"] == found["SESSION_KEY"] == found["METRICS_TOKEN"] == "********"
    assert found["DATABASE_URL"] == "postgresql://********@db.example/cds?********"
    assert found["JWT_KEYS"] == "https://ehr.example=https://keys.example/jwks?********"
    assert found["OIDC_CLIENT_SECRET"] == "unset"


WRONG = [
    ({"PORT": "http"}, "HORMONE_CDS_PORT: Input should be a valid integer", "Port to listen on."),
    ({"JWT": "on"}, "HORMONE_CDS_JWT: Input should be 'off' or 'required'", "needs a JWT of its client"),
    ({"HASH_KEY": "short-secret"}, "HORMONE_CDS_HASH_KEY: Value should have at least 16 items", "Secret, at least 16"),
    ({"TIMZONE": "Europe/Berlin"}, "Not a setting: HORMONE_CDS_TIMZONE", "HORMONE_CDS_TIMEZONE"),
    ({"PROFILE": "es2081"}, "HORMONE_CDS_PROFILE=es2081: no protocol has it", "es2018"),
    ({"OVERLAYS": "/nowhere.toml"}, "HORMONE_CDS_OVERLAYS: /nowhere.toml: No such file", ""),
    ({"JWT": "required"}, "HORMONE_CDS_JWT=required lets nobody in without HORMONE_CDS_JWT_ISSUERS", ""),
    ({"SILENCE_SHOWN": "true"}, "set HORMONE_CDS_HASH_KEY", ""),
    ({"OIDC_CLIENT_ID": "x"}, "nobody signs in without HORMONE_CDS_OIDC_ISSUER", ""),
    ({"DATABASE_URL": "mysql://u:secret@x/y"}, "SQLite and PostgreSQL are supported", ""),
    ({"METRICS": "off", "METRICS_TOKEN": "0123456789abcdef"}, "HORMONE_CDS_METRICS_TOKEN: with", ""),
]


@pytest.mark.parametrize(("settings", "said", "beside"), WRONG)
def test_what_is_wrong_is_explained_and_the_status_is_2(settings: dict[str, str], said: str, beside: str) -> None:
    done = config(**settings)
    assert done.exit_code == 2
    assert said in done.stderr
    assert beside in done.stderr
    assert "short-secret" not in done.output
    assert "u:secret" not in done.output


def test_all_that_is_wrong_is_told_at_once() -> None:
    done = config(PORT="http", WORKERS="0")
    assert done.stderr.count("HORMONE_CDS_") >= 2
    done = config(JWT="required", PROFILE="es2081", SILENCE_SHOWN="1")
    assert done.exit_code == 2
    assert len(done.stderr.splitlines()) == 3


def test_looking_makes_no_database(tmp_path: Path) -> None:
    assert config(DATABASE_URL=f"sqlite:///{tmp_path / 'memory.sqlite3'}").exit_code == 0
    assert not list(tmp_path.iterdir())
