"""An input in any order, split and format gives the same results; what is broken is kept aside with its place."""

from __future__ import annotations

import gzip
import json
import random
import shutil
from collections.abc import Sequence
from pathlib import Path

import duckdb
import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.population.export.progress import Asked, File, Progress, keep
from service.population.grouping.charts import Chart, charts_in, group
from service.population.grouping.inputs import sources
from service.population.grouping.pieces import Piece, pieces_of
from service.population.parquet import Missing, write
from service.population.rows import columns
from tests.service.population.populations import bundles, invented, judged, results, rows

PATIENTS = 30


@pytest.fixture(scope="module")
def export(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small export."""
    return invented(tmp_path_factory.mktemp("small"), PATIENTS)


@pytest.fixture(scope="module")
def expected(export: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """Its results."""
    out = tmp_path_factory.mktemp("expected") / "out"
    judged(export, out, 1)
    return results(out)


def test_one_shuffled_packed_file_gives_the_same(export: Path, expected: dict[str, bytes], tmp_path: Path) -> None:
    lines = [line for file in export.iterdir() for line in file.read_bytes().splitlines()]
    random.Random(5).shuffle(lines)
    (tmp_path / "all.ndjson.gz").write_bytes(gzip.compress(b"\r\n".join(lines)))
    judged(tmp_path / "all.ndjson.gz", tmp_path / "out", 1)
    assert results(tmp_path / "out") == expected


def test_parquet_with_a_column_of_resources_gives_the_same(
    export: Path, expected: dict[str, bytes], tmp_path: Path
) -> None:
    folder, out = tmp_path / "in [1] *?", tmp_path / "out [1] *?"
    folder.mkdir()
    pattern = str(export / "*.ndjson")
    duckdb.sql(
        f"COPY (SELECT json::VARCHAR AS resource, 1 AS part FROM read_ndjson_objects('{pattern}')) "
        f"TO '{folder}/all.parquet' (FORMAT parquet)"
    )
    judged(folder, out, 1)
    assert results(out) == expected


def test_a_folder_of_bundles_gives_the_same(export: Path, expected: dict[str, bytes], tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    for number, bundle in enumerate(bundles(export).values()):
        (folder / f"{number}.json").write_bytes(msgspec.json.format(bundle, indent=number % 3))
    judged(folder, tmp_path / "out", 1)
    assert results(tmp_path / "out") == expected


def test_what_in_a_bundle_names_no_patient_is_its_only_ones(tmp_path: Path) -> None:
    chart = [
        {"resourceType": "Patient", "id": "a", "birthDate": "1970-01-01", "gender": "male"},
        {"resourceType": "Medication", "id": "m", "code": {"text": "testosterone gel 1.62 %"}},
        {
            "resourceType": "MedicationRequest",
            "id": "r",
            "status": "active",
            "intent": "order",
            "authoredOn": "2025-12-01",
            "medicationReference": {"reference": "Medication/m"},
        },
    ]
    place = tmp_path / "a.json"
    place.write_text(json.dumps({"resourceType": "Bundle", "entry": [{"resource": one} for one in chart]}))
    judged(place, tmp_path / "out", 1)
    assert "testosterone-men" in rows(tmp_path / "out", "patients")[0]["protocols"]


def test_a_medication_in_a_file_of_its_own_reaches_whoever_refers_to_it(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    drug = {"resourceType": "Medication", "id": "m", "code": {"text": "testosterone gel 1.62 %"}}
    (folder / "A.Medication.ndjson").write_text(json.dumps(drug))
    orders, patients = [], []
    for name, reference in (("a", "Medication/m"), ("b", "https://ehr.example/fhir/Medication/m"), ("c", "#m")):
        patients.append({"resourceType": "Patient", "id": name, "birthDate": "1970-01-01", "gender": "male"})
        orders.append(
            {
                "resourceType": "MedicationRequest",
                "id": f"r{name}",
                "status": "active",
                "intent": "order",
                "authoredOn": "2025-12-01",
                "subject": {"reference": f"Patient/{name}"},
                "medicationReference": {"reference": reference},
            }
        )
    (folder / "MedicationRequest.ndjson").write_text("\n".join(map(json.dumps, orders)))
    (folder / "Patient.ndjson").write_text("\n".join(map(json.dumps, patients)))
    judged(folder, tmp_path / "out", 1)
    treated = {row["patient"] for row in rows(tmp_path / "out", "patients") if "testosterone-men" in row["protocols"]}
    assert treated == {"a", "b"}


OBSERVATION = {"resourceType": "Observation", "id": "x", "status": "final", "code": {"text": "x"}}
BROKEN = [
    (b'{"resourceType":"Observation","id":', "not-json"),
    (b"\xff\xfe", "not-json"),
    (b'{"resourceType":"Observation","id":"\xff","subject":{"reference":"Patient/a"}}', "not-json"),
    (b'{"a":' * 100_000, "not-json"),
    (b'{"resourceType":"Patient","id":"a"} trailing', "not-json"),
    (b'"a text"', "not-a-resource"),
    (b'{"patient":"a"}', "not-a-resource"),
    (b'{"resourceType":"Patient","id":7}', "not-a-resource"),
    (b'{"resourceType":"Bundle","entry":7}', "not-a-resource"),
    (json.dumps(OBSERVATION).encode(), "no-patient"),
    (json.dumps(OBSERVATION | {"subject": {"reference": "Group/1"}}).encode(), "no-patient"),
    (json.dumps(OBSERVATION | {"subject": "Patient/a"}).encode(), "no-patient"),
    (json.dumps(OBSERVATION | {"subject": {"reference": "Patient/a\tb"}}).encode(), "no-patient"),
]


def test_broken_lines_are_kept_aside_with_their_place_and_stop_nothing(
    export: Path, expected: dict[str, bytes], tmp_path: Path
) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    for file in export.iterdir():
        (folder / file.name).write_bytes(file.read_bytes())
    lines = (folder / "Patient.ndjson").read_bytes().splitlines()
    for place, (line, _) in enumerate(BROKEN):
        lines.insert(2 * place, line)
    (folder / "Patient.ndjson").write_bytes(b"\n".join(lines))
    summary = judged(folder, tmp_path / "out", 1)
    aside = rows(tmp_path / "out", "aside")
    assert [(one["file"], one["line"], one["fault"]) for one in aside] == [
        ("Patient.ndjson", 2 * place + 1, fault) for place, (_, fault) in enumerate(BROKEN)
    ]
    assert sum(summary.quality.aside.values()) == len(BROKEN)
    assert results(tmp_path / "out") == expected


def test_a_broken_entry_of_a_bundle_is_kept_aside_with_its_number(tmp_path: Path) -> None:
    entries = [
        {"resource": {"resourceType": "Patient", "id": "a"}},
        {"resource": {"resourceType": "Observation", "id": 7}},
        {"fullUrl": 7},
        {"resource": OBSERVATION},
    ]
    (tmp_path / "a.json").write_text(json.dumps({"resourceType": "Bundle", "entry": entries}))
    judged(tmp_path / "a.json", tmp_path / "out", 1)
    assert [(one["entry"], one["fault"]) for one in rows(tmp_path / "out", "aside")] == [
        (1, "no-patient"),
        (2, "not-a-resource"),
    ]
    assert [row["patient"] for row in rows(tmp_path / "out", "patients")] == ["a"]


def test_a_packed_file_that_breaks_off_gives_what_came_before(tmp_path: Path) -> None:
    lines = b"".join(b'{"resourceType":"Patient","id":"%d"}\n' % number for number in range(5_000))
    packed = gzip.compress(lines)
    (tmp_path / "in.ndjson.gz").write_bytes(packed[: len(packed) // 2])
    judged(tmp_path / "in.ndjson.gz", tmp_path / "out", 1)
    assert 0 < len(rows(tmp_path / "out", "patients")) < 5_000
    assert [one["fault"] for one in rows(tmp_path / "out", "aside")] == ["not-json"]


def test_single_resources_on_many_lines_are_read(tmp_path: Path) -> None:
    text = '{\n  "resourceType": "Patient",\n\t"id": "a"\n}\n'
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.json").write_text(text, encoding="utf-8-sig")
    other = text.replace('"a"', '"b"')
    duckdb.sql(f"COPY (SELECT '{other}' AS json) TO '{tmp_path}/in/b.parquet'")
    judged(tmp_path / "in", tmp_path / "out", 1)
    assert [row["patient"] for row in rows(tmp_path / "out", "patients")] == ["a", "b"]


@pytest.mark.parametrize("length", [150, 1_000, 100_000])
def test_a_line_that_is_too_long_is_set_aside_as_a_whole(tmp_path: Path, length: int) -> None:
    lines = ['{"resourceType":"Patient","id":"a"}', "x" * length, '{"resourceType":"Patient","id":"b"}']
    (tmp_path / "in.ndjson").write_text("\n".join(lines))
    found = list(pieces_of(sources(tmp_path / "in.ndjson")[0], longest=100))
    assert [one.patient if isinstance(one, Piece) else (one.line, one.fault) for one in found] == [
        "a",
        (2, "too-long"),
        "b",
    ]


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("SELECT 'x' AS a, 'y' AS b", "name the column of resources one of resource, json, line"),
        ("", "in.parquet: cannot be read as Parquet"),
    ],
)
def test_parquet_without_resources_ends_with_its_reason(tmp_path: Path, query: str, said: str) -> None:
    place = tmp_path / "in.parquet"
    place.write_bytes(b"PAR1 no")
    if query:
        duckdb.sql(f"COPY ({query}) TO '{place}'")
    with pytest.raises(Missing, match=said):
        judged(place, tmp_path / "out", 1)


def test_parquet_that_breaks_further_in_ends_with_its_name_and_nothing_of_a_chart(tmp_path: Path) -> None:
    place = tmp_path / "in.parquet"
    duckdb.sql(
        'COPY (SELECT \'{"resourceType":"Patient","id":"secret\' || i || \'"}\' AS resource FROM range(5000) t(i)) '
        f"TO '{place}' (FORMAT parquet, ROW_GROUP_SIZE 2048)"
    )
    content = bytearray(place.read_bytes())
    content[100:2_000] = bytes(1_900)
    place.write_bytes(content)
    with pytest.raises(Missing, match=r"^in\.parquet: cannot be read as Parquet \(\w+\)$"):
        judged(place, tmp_path / "out", 1)


def test_results_that_cannot_become_parquet_end_with_the_files_name(tmp_path: Path) -> None:
    (tmp_path / "findings.ndjson").write_text('{"patient": secret')
    with pytest.raises(Missing, match=r"findings\.parquet: cannot be written as Parquet \(\w+\)$"):
        write(tmp_path / "findings.ndjson", columns("findings"), tmp_path / "findings.parquet")


def test_results_below_the_input_are_no_input(export: Path, expected: dict[str, bytes], tmp_path: Path) -> None:
    place = tmp_path / "in"
    shutil.copytree(export, place)
    for _ in range(2):
        judged(place, place / "results", 1)
        assert results(place / "results") == expected
        assert rows(place / "results", "aside") == []
    run = place / "results" / "run.json"
    run.write_bytes(run.read_bytes().replace(b'"finished":true', b'"finished":false'))
    judged(place, place / "results", 1)
    assert results(place / "results") == expected


NOTE = Progress(Asked("https://ehr.example/fhir", "Patient/$export"), told=True)
LISTED = File("Patient.1.ndjson", "Patient", "https://ehr.example/1")


def test_what_an_export_of_ours_notes_is_no_input(export: Path, expected: dict[str, bytes], tmp_path: Path) -> None:
    place = tmp_path / "in"
    shutil.copytree(export, place)
    keep(place, NOTE)
    for name in ("Patient.9.ndjson.part", "Patient.9.ndjson.etag", "export.json.new"):
        (place / name).write_text("half")
    judged(place, tmp_path / "out", 1)
    assert results(tmp_path / "out") == expected
    assert rows(tmp_path / "out", "aside") == []


@pytest.mark.parametrize("note", [Progress(NOTE.asked), Progress(NOTE.asked, files=(LISTED,), told=True)])
def test_an_export_that_is_not_whole_is_refused(tmp_path: Path, note: Progress) -> None:
    keep(tmp_path / "in", note)
    (tmp_path / "in" / "Patient.1.ndjson").write_text('{"resourceType":"Patient","id":"a"}')
    with pytest.raises(ValueError, match="the export is not whole"):
        judged(tmp_path / "in", tmp_path / "out", 1)


def test_a_bundle_that_has_the_name_of_that_note_is_read(tmp_path: Path) -> None:
    entries = [{"resource": {"resourceType": "Patient", "id": "a"}}]
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "export.json").write_text(json.dumps({"resourceType": "Bundle", "entry": entries}))
    judged(tmp_path / "in", tmp_path / "out", 1)
    assert [row["patient"] for row in rows(tmp_path / "out", "patients")] == ["a"]


def test_what_no_chart_needs_is_passed_over(tmp_path: Path) -> None:
    lines = ['{"resourceType":"Claim","id":7}', '{"resourceType":"Patient","id":"a"}', "", '{"resourceType":"Group"}']
    (tmp_path / "in.ndjson").write_text("\n".join(lines))
    judged(tmp_path / "in.ndjson", tmp_path / "out", 1)
    assert rows(tmp_path / "out", "aside") == []
    assert len(rows(tmp_path / "out", "patients")) == 1


def test_a_report_counts_for_the_results_inside_it(tmp_path: Path) -> None:
    inside = {
        "resourceType": "Observation",
        "id": "hct",
        "status": "entered-in-error",
        "code": {"coding": [{"system": "http://loinc.org", "code": "4544-3"}]},
    }
    report = {"resourceType": "DiagnosticReport", "subject": {"reference": "Patient/a"}}
    lines = [
        json.dumps({**report, "id": "r1", "contained": [inside]}),
        json.dumps({**report, "id": "r2"}),
        json.dumps({"resourceType": "DiagnosticReport", "id": "r3"}),
        '{"resourceType":"Patient","id":"a"}',
    ]
    (tmp_path / "in.ndjson").write_text("\n".join(lines))
    judged(tmp_path / "in.ndjson", tmp_path / "out", 1)
    assert [row["reference"] for row in rows(tmp_path / "out", "unread")] == ["DiagnosticReport/r1#hct"]
    assert rows(tmp_path / "out", "aside") == []


def test_a_chart_that_every_door_refuses_says_so_and_stops_nothing(tmp_path: Path) -> None:
    line = '{"resourceType":"Goal","id":"%d","subject":{"reference":"Patient/a"}}'
    lines = [line % number for number in range(20_001)] + ['{"resourceType":"Patient","id":"b"}']
    (tmp_path / "in.ndjson").write_text("\n".join(lines))
    summary = judged(tmp_path / "in.ndjson", tmp_path / "out", 1)
    problems = {row["patient"]: row["problem"] for row in rows(tmp_path / "out", "patients")}
    assert problems["b"] is None
    assert "20000" in problems["a"]
    assert list(summary.quality.notJudged) == [problems["a"]]


names = st.text("abc-é1.", min_size=1, max_size=4)
written = st.lists(st.tuples(names, st.integers(0, 5)), max_size=40)


@settings(max_examples=40)
@given(written, st.integers(1, 7), st.integers(1, 4), st.randoms(use_true_random=False))
def test_grouping_loses_nothing_mixes_nobody_and_knows_no_order(
    tmp_path_factory: pytest.TempPathFactory,
    found: Sequence[tuple[str, int]],
    parts: int,
    files: int,
    chance: random.Random,
) -> None:
    lines = [
        json.dumps({"resourceType": "Condition", "id": str(number), "subject": {"reference": f"Patient/{name}"}})
        for name, number in found
    ]
    folder = tmp_path_factory.mktemp("grouping")
    once = _grouped(folder / "once", [lines], parts)
    chance.shuffle(lines)
    spread = [lines[place::files] for place in range(files)]
    assert _grouped(folder / "spread", spread, parts) == once
    told = {(chart.patient, json.loads(entry)["resource"]["id"]) for chart in once for _, entry in chart.entries}
    assert told == {(name, str(number)) for name, number in found}
    assert len({chart.patient for chart in once}) == len(once)


def _grouped(folder: Path, files: Sequence[Sequence[str]], parts: int) -> list[Chart]:
    (folder / "in").mkdir(parents=True)
    for number, lines in enumerate(files):
        (folder / "in" / f"{number}.ndjson").write_text("\n".join(lines), encoding="utf-8")
    grouped = group(sources(folder / "in"), parts, folder / "work", folder / "aside")
    charts = [chart for part in range(parts) for chart in charts_in(folder / "work", part)]
    assert sum(grouped.patients) == len(charts)
    return sorted(charts, key=lambda chart: chart.patient)
