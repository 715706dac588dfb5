"""Settings: each documented, read from the environment, and refused when they cannot be meant."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from pydantic import ValidationError

from service.site.environment import PREFIX, unknown_variables, variable_of
from service.site.settings import Settings, StartRefused, read_settings, settings_table
from service.site.site import open_site


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    """An environment without any setting of ours."""
    for name in (*map(variable_of, Settings.model_fields), "HOST", "PORT"):
        monkeypatch.delenv(name, raising=False)
    return monkeypatch


@pytest.mark.parametrize("name", Settings.model_fields)
def test_every_setting_is_documented(name: str) -> None:
    description = Settings.model_fields[name].description
    assert description
    assert description.endswith(".")
    assert f"| `{variable_of(name)}` |" in settings_table()
    assert description in settings_table()


def test_the_service_runs_without_any_setting() -> None:
    settings = read_settings()
    assert (settings.host, settings.port, settings.timezone, settings.profile) == ("127.0.0.1", 8000, None, ())


AUDIENCES = ("https://a.example", "https://b.example/cds")
READ = [
    ("HORMONE_CDS_PORT", "81", "port", 81),
    ("PORT", "82", "port", 82),
    ("HOST", "0.0.0.0", "host", "0.0.0.0"),
    ("HORMONE_CDS_TIMEZONE", "Europe/Berlin", "timezone", ZoneInfo("Europe/Berlin")),
    ("HORMONE_CDS_PROFILE", "es2018, aua2018", "profile", ("es2018", "aua2018")),
    ("HORMONE_CDS_PROFILE", "", "profile", ()),
    ("HORMONE_CDS_OVERLAYS", "/etc/ours, men.toml", "overlays", (Path("/etc/ours"), Path("men.toml"))),
    ("HORMONE_CDS_PUBLIC_URL", "https://cds.example/hormones/", "public_url", "https://cds.example/hormones"),
    (
        "HORMONE_CDS_CORS_ORIGINS",
        "https://a.example,https://b.example",
        "cors_origins",
        ("https://a.example", "https://b.example"),
    ),
    ("HORMONE_CDS_CORS_ORIGINS", "", "cors_origins", ()),
    ("HORMONE_CDS_CORS_ORIGINS", "https://a.example/, null", "cors_origins", ("https://a.example", "null")),
    ("HORMONE_CDS_MAX_BODY", "1000", "max_body", 1000),
    ("HORMONE_CDS_MAX_BODY", "", "max_body", 8_000_000),
    ("HORMONE_CDS_LOG_LEVEL", "WARNING", "log_level", "warning"),
    ("HORMONE_CDS_JWT", "Required", "jwt", "required"),
    ("HORMONE_CDS_AUDIENCES", "https://a.example/, https://b.example/cds", "audiences", AUDIENCES),
    ("HORMONE_CDS_TENANTS", "a,b", "tenants", ("a", "b")),
    ("HORMONE_CDS_PORT", "tcp://10.0.0.7:80", "port", 8000),
]


@pytest.mark.parametrize(("variable", "text", "name", "value"), READ)
def test_a_variable_sets_its_field(
    environment: pytest.MonkeyPatch, variable: str, text: str, name: str, value: object
) -> None:
    environment.setenv(variable, text)
    assert getattr(read_settings(), name) == value


def test_the_prefixed_name_goes_before_the_bare_one(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("PORT", "81")
    environment.setenv("HORMONE_CDS_PORT", "82")
    assert read_settings().port == 82


IMPOSSIBLE = [
    ("HORMONE_CDS_PORT", "http"),
    ("HORMONE_CDS_PORT", "65536"),
    ("HORMONE_CDS_TIMEZONE", "Mars/Olympus"),
    ("HORMONE_CDS_PUBLIC_URL", "cds.example"),
    ("HORMONE_CDS_PUBLIC_URL", "https://cds.example/?a=b"),
    ("HORMONE_CDS_MAX_BODY", "999"),
    ("HORMONE_CDS_WORKERS", "0"),
    ("HORMONE_CDS_MAX_RESOURCES", "0"),
    ("HORMONE_CDS_MAX_CONCURRENT", "0"),
    ("HORMONE_CDS_BODY_TIMEOUT", "0"),
    ("HORMONE_CDS_CORS_ORIGINS", "ehr.example"),
    ("HORMONE_CDS_CORS_ORIGINS", "https://ehr.example/app"),
    ("HORMONE_CDS_LOG_LEVEL", "chatty"),
    ("HORMONE_CDS_JWT", "on"),
    ("HORMONE_CDS_AUDIENCES", "cds.example"),
    ("HORMONE_CDS_JWT_LEEWAY", "4"),
    ("HORMONE_CDS_JWT_LIFETIME", "0"),
    ("HORMONE_CDS_JWT_KEYS_FRESH", "9"),
    ("HORMONE_CDS_FHIR_SERVERS", "https://ehr.example/fhir,http://ehr.example/fhir"),
    ("HORMONE_CDS_FHIR_SERVERS", "http://10.0.0.5/fhir"),
]


@pytest.mark.parametrize(("variable", "text"), IMPOSSIBLE)
def test_an_impossible_value_stops_the_start(environment: pytest.MonkeyPatch, variable: str, text: str) -> None:
    environment.setenv(variable, text)
    with pytest.raises(StartRefused):
        read_settings()


def test_a_misspelt_variable_stops_the_start(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("HORMONE_CDS_TIMZONE", "Europe/Berlin")
    with pytest.raises(StartRefused, match=r"HORMONE_CDS_TIMZONE.*HORMONE_CDS_TIMEZONE"):
        read_settings()


def test_the_links_that_kubernetes_sets_for_a_service_of_our_name_are_no_settings(
    environment: pytest.MonkeyPatch,
) -> None:
    for name, value in {
        "HORMONE_CDS_SERVICE_HOST": "10.0.0.7",
        "HORMONE_CDS_SERVICE_PORT": "80",
        "HORMONE_CDS_SERVICE_PORT_HTTP": "80",
        "HORMONE_CDS_PORT": "tcp://10.0.0.7:80",
        "HORMONE_CDS_PORT_80_TCP": "tcp://10.0.0.7:80",
        "HORMONE_CDS_PORT_80_TCP_PROTO": "tcp",
        "HORMONE_CDS_PORT_80_TCP_PORT": "80",
        "HORMONE_CDS_PORT_80_TCP_ADDR": "10.0.0.7",
        "PORT": "9000",
    }.items():
        environment.setenv(name, value)
    assert read_settings().port == 9000


def test_variables_of_others_are_left_alone() -> None:
    assert unknown_variables(Settings.model_fields, {"PATH": "/bin", f"{PREFIX}PORT": "1", "hormone": "x"}) == ()


def test_a_profile_nobody_defines_stops_the_start() -> None:
    with pytest.raises(StartRefused, match=r"HORMONE_CDS_PROFILE.*es2018"):
        open_site(Settings(profile=("es2081",)))


def test_two_profiles_of_one_protocol_stop_the_start() -> None:
    with pytest.raises(StartRefused, match=r"HORMONE_CDS_PROFILE.*es2018 and aua2018"):
        open_site(Settings(profile=("aua2018", "es2018")))
    assert open_site(Settings(profile=("es2018", "standard"))).profiles(()) == ("es2018", "standard")


def test_settings_do_not_change() -> None:
    with pytest.raises(ValidationError):
        Settings().port = 1


def test_the_server_says_in_one_line_why_it_does_not_start(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("HORMONE_CDS_PROFILE", "es2081")
    done = subprocess.run([sys.executable, "-m", "service"], capture_output=True, text=True, check=False, timeout=30)
    assert done.returncode == 1
    assert "HORMONE_CDS_PROFILE=es2081: no protocol has it; known: " in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_the_server_alone_refuses_arguments_instead_of_ignoring_them() -> None:
    asked = [sys.executable, "-m", "service", "--help"]
    done = subprocess.run(asked, capture_output=True, text=True, check=False, timeout=30)
    assert done.returncode == 1
    assert "takes no arguments" in done.stderr
