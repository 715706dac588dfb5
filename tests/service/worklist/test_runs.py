"""Which run is listed: the finished one of the latest day, and what is said where there is none or it is broken."""

from __future__ import annotations

import json
import os
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import msgspec
import pytest

from service.population.about import About, Manifest
from service.population.rows import TABLES
from service.site.settings import Settings, StartRefused
from service.worklist.criteria import Criteria
from service.worklist.listing import Listing, Unusable
from service.worklist.runs import newest
from service.worklist.shelf import require_readable
from tests.service.worklist.listing import HTML, PATH, in_parts, listing_service


def begun(place: Path, today: str, is_finished: bool = True, at: int = 1_700_000_000) -> Path:
    """A run's manifest in a folder."""
    place.mkdir(parents=True)
    about = About("input", today, (), "", 0, "", "", "", "", "", 1)
    (place / "run.json").write_bytes(msgspec.json.encode(Manifest(about, is_finished)))
    os.utime(place / "run.json", (at, at))
    return place


def test_the_run_of_the_latest_day_is_listed_and_of_one_day_the_last_that_was_finished(tmp_path: Path) -> None:
    assert newest(tmp_path / "none") is newest(tmp_path) is None
    begun(tmp_path / "a", "2026-09-03", at=1_800_000_000)
    later = begun(tmp_path / "b", "2026-09-04T08:00:00+02:00")
    begun(tmp_path / "c", "2026-09-05", is_finished=False)
    assert (found := newest(tmp_path)) is not None
    assert found.place == later
    again = begun(tmp_path / "d", "2026-09-04", at=1_700_000_001)
    assert (found := newest(tmp_path)) is not None
    assert found.place == again
    alone = begun(tmp_path / "runs" / "e", "2026-09-01")
    assert (found := newest(alone)) is not None
    assert found.place == alone


def test_a_folder_that_is_no_run_or_a_damaged_one_is_passed_over(tmp_path: Path) -> None:
    whole = begun(tmp_path / "a", "2026-09-03")
    (tmp_path / "b").mkdir()
    (tmp_path / "file").write_text("no folder")
    (begun(tmp_path / "c", "2026-09-09") / "run.json").write_text('{"about": ')
    assert (found := newest(tmp_path)) is not None
    assert found.place == whole


def test_a_newer_run_takes_the_place_of_the_one_that_was_shown(run: Path, tmp_path: Path) -> None:
    shutil.copytree(run / "first", tmp_path / "one")
    with listing_service(tmp_path) as client:
        before = client.get(f"{PATH}?_count=5").json()
        next_page = f"{PATH}?_count=5&page=2&run={before['run']['id']}"
        assert client.get(next_page).status_code == 200
        shutil.copytree(run / "first", tmp_path / "half")
        unfinished = (tmp_path / "half" / "run.json").read_bytes().replace(b'"finished":true', b'"finished":false')
        (tmp_path / "half" / "run.json").write_bytes(unfinished)
        assert client.get(PATH).json()["run"]["id"] == before["run"]["id"]
        shutil.copytree(run / "first", tmp_path / "two")
        os.utime(tmp_path / "two" / "run.json", (4_000_000_000, 4_000_000_000))
        after = client.get(PATH).json()["run"]
        assert after["id"] != before["run"]["id"]
        gone = client.get(next_page)
        assert (gone.status_code, gone.json()["issue"][0]["expression"]) == (404, ["run"])
        assert "A newer run is there" in client.get(next_page, headers=HTML).text


@pytest.mark.parametrize(
    ("days", "knowledge", "said"),
    [
        (0, None, []),
        (3, None, ["Days since then: 3."]),
        (-2, None, ["a day that is still to come"]),
        (0, "another", ["has other knowledge"]),
    ],
)
def test_the_page_says_where_its_run_is_of_another_day_or_judged_by_other_knowledge_than_now(
    run: Path, tmp_path: Path, days: int, knowledge: str | None, said: list[str]
) -> None:
    shutil.copytree(run / "first", tmp_path / "one")
    manifest = tmp_path / "one" / "run.json"
    written = json.loads(manifest.read_text())
    written["about"] |= {"today": (datetime.now(UTC).date() - timedelta(days=days)).isoformat()}
    written["about"] |= {"knowledge": knowledge} if knowledge else {}
    manifest.write_text(json.dumps(written))
    with listing_service(tmp_path, timezone="UTC") as client:
        page = client.get(PATH, headers=HTML).text
    warnings = ("Days since then", "still to come", "has other knowledge")
    assert [one for one in warnings if one in page] == [one for one in warnings if any(one in text for text in said)]
    assert all(text in page for text in said)


def test_what_was_replaced_while_it_was_read_is_not_mixed_with_what_took_its_place(run: Path, tmp_path: Path) -> None:
    place = tmp_path / "one"
    shutil.copytree(run / "first", place)
    found = newest(tmp_path)
    assert found is not None
    listing = Listing(found)
    assert listing.page(Criteria(), 0, 5)
    os.utime(place / "run.json", (4_000_000_000, 4_000_000_000))
    with pytest.raises(Unusable, match="replaced while it was read"):
        listing.page(Criteria(), 0, 5)
    with pytest.raises(Unusable, match="replaced while it was read"):
        next(listing.all(Criteria()))


def test_where_nothing_is_finished_the_page_says_which_command_to_run(tmp_path: Path) -> None:
    for folder, said in ((tmp_path, "No finished run"), (None, "HORMONE_CDS_POPULATION_DIR")):
        with listing_service(folder) as client:
            page = client.get(PATH, headers=HTML)
            assert page.status_code == 200
            assert said in page.text
            assert "hormone-cds population INPUT --out DIR" in page.text
            assert page.headers["cache-control"] == "private, no-store"
            for path in (PATH, f"{PATH}/summary"):
                refused = client.get(path)
                assert refused.status_code == 404
                assert "hormone-cds population INPUT --out DIR" in refused.json()["issue"][0]["diagnostics"]
            assert ("population/latest" in client.get("/protocols").text) == (folder is not None)


@pytest.mark.parametrize("broken", ["findings.parquet", "patients.parquet", "draws.parquet"])
def test_results_that_cannot_be_read_are_told_with_the_remedy(run: Path, tmp_path: Path, broken: str) -> None:
    shutil.copytree(run / "first", tmp_path / "one")
    (tmp_path / "one" / broken).write_bytes(b"PAR1 is not what this is")
    with listing_service(tmp_path) as client:
        refused(client.get(PATH))


def test_a_run_whose_tables_are_folders_of_parts_is_listed_alike(
    run: Path, tmp_path: Path, clinic: httpx.Client
) -> None:
    in_parts(run / "first", tmp_path / "one")
    with listing_service(tmp_path) as client:
        for query in ("_count=500", "state=unsafe", "check=MT-HCT-01&protocol=testosterone-safety", "_format=csv"):
            same = [one.get(f"{PATH}?{query}").raise_for_status() for one in (client, clinic)]
            assert _told(same[0]) == _told(same[1])
        numbers = [one.get(f"{PATH}/summary").raise_for_status().json() for one in (client, clinic)]
        assert numbers[0] == numbers[1]


def _told(answer: httpx.Response) -> object:
    """All but the run's id, which tells when it was finished."""
    if answer.headers["content-type"].startswith("text/csv"):
        return answer.text
    told = answer.json()
    assert told["total"] > 0
    return {name: value for name, value in told.items() if name != "run"}


def test_a_run_of_which_a_part_is_missing_is_not_listed(run: Path, tmp_path: Path) -> None:
    """As while somebody copies it from an object store: whoever is not there yet would be missed by nobody."""
    for table in TABLES:
        place = in_parts(run / "first", tmp_path / table / "one")
        sorted((place / f"{table}.parquet").glob("*.parquet"))[0].unlink()
        with listing_service(tmp_path / table) as client:
            answer = client.get(PATH)
            refused(answer)
            assert f"{table}.parquet does not have all its parts" in answer.text


def test_results_that_go_away_while_they_are_shown_are_told(run: Path, tmp_path: Path) -> None:
    shutil.copytree(run / "first", tmp_path / "one")
    with listing_service(tmp_path) as client:
        client.get(PATH).raise_for_status()
        (tmp_path / "one" / "findings.parquet").unlink()
        refused(client.get(PATH))
        (tmp_path / "one" / "counts.json").unlink()
        refused(client.get(f"{PATH}/summary"))


def refused(answer: httpx.Response) -> None:
    """503 with a way out, and nothing of the files."""
    assert answer.status_code == 503
    said = answer.json()["issue"][0]["diagnostics"]
    assert "judge the population again" in said
    assert "synthetic" not in said


def test_runs_of_folders_whose_names_look_like_patterns_are_read(run: Path, tmp_path: Path) -> None:
    shutil.copytree(run / "first", tmp_path / "run [1] *?'")
    with listing_service(tmp_path) as client:
        assert client.get(PATH).json()["total"] > 0


def test_a_start_needs_what_reads_runs_only_where_there_are_some(tmp_path: Path) -> None:
    require_readable(Settings())
    require_readable(Settings(population_dir=tmp_path))


def test_a_reader_whose_tokens_count_for_nothing_is_refused_at_the_start() -> None:
    with pytest.raises(StartRefused, match="HORMONE_CDS_POPULATION_ISSUERS: "):
        require_readable(Settings(population_issuers=("https://lake.example",)))
