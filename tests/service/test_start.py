"""A start loads what the settings ask for and nothing else, and proves what was not proven before, byte for byte."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from service.site.proof import keep_proof, was_proven
from service.storage.database import open_database

ROOT = Path(__file__).parents[2]
LOADED = "import sys; from service.app import create_app; create_app(); print(*sys.modules)"
PROVE = "from service.cli import app; app(['protocols', 'prove'])"
ASK = """
from service.site.proof import was_proven
from service.site.site import packaged_files
print(was_proven(packaged_files("terminology.tables"), packaged_files("cds_hooks.protocols", ".toml")))
"""
READ = "from service.site.site import read_knowledge; read_knowledge()\n"
TABLES, PROTOCOLS = {"loinc.csv": b"1"}, {"bone.toml": b"2", "words.toml": b"3"}


def run(code: str, place: Path = ROOT, **settings: str) -> subprocess.CompletedProcess[str]:
    """A process of its own that runs the code of a checkout."""
    own = {f"HORMONE_CDS_{name}": value for name, value in settings.items()} | {"PYTHONPATH": str(place)}
    command = [sys.executable, "-c", code]
    return subprocess.run(command, cwd=place, env=os.environ | own, capture_output=True, text=True, timeout=120)


def test_what_no_setting_asks_for_is_not_loaded(tmp_path: Path) -> None:
    address = f"sqlite:///{tmp_path / 'made before.sqlite3'}"
    open_database(address).dispose()
    found = run(LOADED, DATABASE_URL=address, JWT="off", METRICS="off").stdout.split()
    away = ("jwt", "cryptography", "sqlalchemy.dialects.postgresql", "prometheus_client", "fhir.resources", "alembic")
    assert "sqlalchemy.dialects.sqlite" in found
    assert not [name for name in away if name in found]


def test_what_was_proven_need_not_be_again(tmp_path: Path) -> None:
    place = tmp_path / "made with it" / "proof"
    assert not was_proven(TABLES, PROTOCOLS, place=place)
    keep_proof(TABLES, PROTOCOLS, place=place)
    assert was_proven(TABLES, PROTOCOLS, place=place)


@pytest.mark.parametrize(
    "changed",
    [
        (TABLES, PROTOCOLS | {"words.toml": b"4"}),
        (TABLES, PROTOCOLS | {"more.toml": b""}),
        (TABLES, {"bone.toml": b"2"}),
        (TABLES, {"bone.toml": b"3", "words.toml": b"2"}),
        ({"loinc.csv": b"1 "}, PROTOCOLS),
    ],
    ids=["a file changed", "one more", "one less", "exchanged", "a table changed"],
)
def test_other_files_are_not_proven(tmp_path: Path, changed: tuple[dict[str, bytes], dict[str, bytes]]) -> None:
    place = tmp_path / "proof"
    keep_proof(TABLES, PROTOCOLS, place=place)
    assert not was_proven(*changed, place=place)


@pytest.mark.parametrize("kept", [b"", b"\xff", b"yes"])
def test_a_proof_that_cannot_be_read_is_none(tmp_path: Path, kept: bytes) -> None:
    place = tmp_path / "proof"
    place.write_bytes(kept)
    assert not was_proven(TABLES, PROTOCOLS, place=place)


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the code with nothing proven yet."""
    place = tmp_path_factory.mktemp("checkout")
    for room in ("terminology", "cds_hooks", "service"):
        shutil.copytree(ROOT / room, place / room, ignore=shutil.ignore_patterns("*.proven"))
    return place


@pytest.mark.thorough
def test_only_the_command_keeps_a_proof_and_changed_code_needs_another(checkout: Path) -> None:
    assert run(READ + ASK, checkout).stdout == "False\n"
    assert "examples hold" in run(PROVE, checkout).stdout
    assert run(ASK, checkout).stdout == "True\n"
    (checkout / "cds_hooks/judgement/because.py").write_text("MORE = 1\n", encoding="utf-8")
    assert run(ASK, checkout).stdout == "False\n"


def test_an_example_that_does_not_hold_any_more_stops_the_start(checkout: Path) -> None:
    run(PROVE, checkout)
    file = checkout / "cds_hooks/protocols/bone-turnover.toml"
    file.write_text(file.read_text("utf-8").replace('["FW-BTM-03"]', '["FW-BTM-01"]'), "utf-8")
    for code in (READ, PROVE):
        refused = run(code, checkout)
        assert refused.returncode == 1
        assert "FW-BTM-01" in refused.stderr
