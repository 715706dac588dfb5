"""Inputs at the edge, on Spark with its memory as it is shipped."""

from __future__ import annotations

import gzip
import json
import subprocess
from pathlib import Path

import pytest

from service.worklist.runs import newest
from tests.service.population.own_site import OWN
from tests.service.population.populations import judged
from tests.service.population.test_reading import BROKEN
from tests.spark.cluster import BIN, HERE, environment
from tests.spark.comparing import assert_same, command, set_aside


@pytest.mark.thorough
def test_what_is_large_lopsided_empty_or_broken_is_judged_as_on_this_machine(tmp_path: Path) -> None:
    places = {"strange": _strange(tmp_path / "strange"), "nothing": _nothing(tmp_path / "nothing")}
    for name, place in places.items():
        judged(place, tmp_path / "expected" / name, 1)
    commands = [command(place, tmp_path / "found" / name) for name, place in places.items()]
    commands.append(command(_broken_off(tmp_path / "broken off"), tmp_path / "none"))
    done = subprocess.run(
        [BIN / "python", HERE / "notebook.py", "local[1]", *map(json.dumps, commands)],
        env=environment(tmp_path), cwd=tmp_path, capture_output=True, text=True, timeout=900,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    said = json.loads(done.stdout.splitlines()[-1])
    assert [code for code, _ in said] == [0, 0, 1], said
    assert "broken%20off/orders.ndjson.gz: it is broken, or breaks off" in said[2][1]
    assert newest(tmp_path / "none") is None
    for name in places:
        assert_same(tmp_path / "found" / name, tmp_path / "expected" / name)
        assert set_aside(tmp_path / "found" / name) == set_aside(tmp_path / "expected" / name)


def _strange(folder: Path) -> Path:
    """One patient with very many results and notes of 5 MB, in files that are packed twice, loudly named or empty."""
    folder.mkdir()
    person, medicine, result = OWN
    result = result | {"code": {"coding": [{"system": "http://loinc.org", "code": "4544-3"}]}}
    some = [result | {"id": f"o{n}", "effectiveDateTime": f"20{n % 26:02}-01-{n % 28 + 1:02}"} for n in range(4_000)]
    notes = [result | {"id": f"n{n}", "note": [{"text": f"{n} é" * 1_000_000}]} for n in range(3)]
    (folder / "many.NDJSON").write_text("".join(f"{json.dumps(one)}\n" for one in some[:2_000]))
    packed = [gzip.compress(f"{json.dumps(one)}\n".encode()) for one in (person, medicine, *some[2_000:2_003], *notes)]
    (folder / "several.NDJSON.GZ").write_bytes(b"".join(packed))
    (folder / "rest.ndjson.gz").write_bytes(gzip.compress("\n".join(map(json.dumps, some[2_003:])).encode()))
    (folder / "empty.ndjson").touch()
    (folder / "empty.ndjson.gz").write_bytes(gzip.compress(b""))
    (folder / "empty.json").touch()
    return folder


def _broken_off(folder: Path) -> Path:
    folder.mkdir()
    (folder / "orders.ndjson.gz").write_bytes(gzip.compress(json.dumps(OWN).encode())[:-9])
    return folder


def _nothing(folder: Path) -> Path:
    """Lines of which not one is a resource."""
    folder.mkdir()
    (folder / "broken.ndjson").write_bytes(b"\n".join(line for line, _ in BROKEN))
    (folder / "broken.ndjson.gz").write_bytes(gzip.compress(b"[1]\n\xff\nno"))
    (folder / "empty.jsonl").touch()
    return folder
