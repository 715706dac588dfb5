"""What another number would do, asked by people: of charts that they send, and of the last run's patients."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from cds_hooks.record.hl7v2.bundle import NOT_TOLD
from service.whatif.again import sample_of
from service.whatif.judging import charts_in
from service.worklist.runs import newest
from tests.service.population.populations import bundles, invented, judged
from tests.service.worklist.listing import in_parts, listing_service

PATH = "/stats/threshold"
HOLD = "testosterone-safety|optimization|hematocrit-hold"


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An invented population, judged."""
    place = tmp_path_factory.mktemp("whatif")
    judged(invented(place / "input", 120), place / "runs" / "one", 1)
    return place


@pytest.fixture(scope="module")
def clinic(place: Path) -> Iterator[httpx.Client]:
    """Somebody on the machine of a service that has the run."""
    with listing_service(place / "runs") as client:
        yield client


def man(name: str, hematocrit: float | None, has_unit: bool = True) -> dict[str, Any]:
    """A man on testosterone, as a Bundle."""
    of = {"subject": {"reference": f"Patient/{name}"}}
    resources: list[dict[str, Any]] = [
        {"resourceType": "Patient", "id": name, "birthDate": "1970-01-01", "gender": "male"},
        {"resourceType": "MedicationRequest", "id": f"m{name}", "status": "active", "intent": "order", **of}
        | {"authoredOn": "2025-12-01", "medicationCodeableConcept": {"text": "testosterone gel 1.62 %"}},
    ]
    if hematocrit is not None:
        code = {"coding": [{"system": "http://loinc.org", "code": "4544-3"}]}
        unit = {"unit": "%", "system": "http://unitsofmeasure.org", "code": "%"} if has_unit else {}
        value = {"value": hematocrit, **unit}
        resources.append(
            {
                "resourceType": "Observation",
                "id": f"o{name}",
                "status": "final",
                "effectiveDateTime": "2026-09-01",
                **of,
            }
            | {"code": code, "valueQuantity": value}
        )
    return {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": one} for one in resources]}


MEN = [man("anna-zq", 50), man("bert-zq", 52.5), man("carl-zq", 55), man("dora-zq", None)]
LINES = "\n".join(map(json.dumps, MEN))


def asked(client: httpx.Client, content: str = "", **fields: str) -> httpx.Response:
    """The page that answers the form."""
    form = {"number": HOLD, "value": "52 %", "of": "charts", "day": "2026-09-04", "content": content} | fields
    return client.post(PATH, files={name: (None, text) for name, text in form.items()})


def rows(page: str) -> dict[str, list[str]]:
    """The cells of each check's line."""
    table = page[page.index("<table>") : page.index("</table>")]
    lines = re.findall(r'<tr><th scope="row"><a [^>]*>([^<]+)</a>(.*?)</tr>', table, re.DOTALL)
    cells = {check: re.findall(r"<td>(.*?)</td>", line) for check, line in lines}
    return {check: [re.sub(r"<[^>]*>", "", cell) for cell in found] for check, found in cells.items()}


def test_of_charts_it_says_how_many_and_which_change(clinic: httpx.Client) -> None:
    answer = asked(clinic, LINES)
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "private, no-store"
    assert rows(answer.text)["MT-HCT-01"] == ["1", "2", "1", "0", "0", "0", "0", "0"]
    assert "Patients judged: 4." in answer.text
    changes = answer.text[answer.text.index("Which patients change") :].partition("</ul>")[0]
    assert "Patient 2: " in changes
    assert "MT-HCT-01" in changes
    assert "Patient 1" not in changes
    assert "Patient 3" not in changes
    assert "zq" not in answer.text


@pytest.mark.parametrize("kind", ["resources", "one bundle", "a hook"])
def test_charts_are_read_as_where_one_tries_them(clinic: httpx.Client, kind: str) -> None:
    resources = [entry["resource"] for one in MEN for entry in one["entry"]]
    bundle = {"resourceType": "Bundle", "type": "searchset", "entry": MEN[1]["entry"][1:]}
    content, counts = {
        "resources": ("\n".join(map(json.dumps, resources)), ["1", "2", "1", "0", "0", "0", "0", "0"]),
        "one bundle": (json.dumps(MEN[1]), ["0", "1", "1", "0", "0", "0", "0", "0"]),
        "a hook": (
            json.dumps({"hook": "patient-view", "prefetch": {"patient": resources[3], "labs": bundle}}),
            ["0", "1", "1", "0", "0", "0", "0", "0"],
        ),
    }[kind]
    assert rows(asked(clinic, content).text)["MT-HCT-01"] == counts


def test_what_a_laboratorys_message_never_tells_of_is_not_taken_to_be_absent() -> None:
    """As where it is evaluated: of its patient's drugs nothing is known, also where it is of several patients."""
    one = ("PID|1||4711||Doe^Jo||19750505|M", "OBR|1|P9|F9|4544-3^HCT^LN|||20260903")
    one = (*one, "OBX|1|NM|4544-3^HCT^LN||55|%|||||F|||20260903")
    head = r"MSH|^~\&|LIS|LAB-7|||20260903101500||ORU^R01|77|P|2.5.1"
    other = (one[0].replace("4711", "4712"), *one[1:])
    for content, patients in (((head, *one), 1), ((head, *one, *other), 2)):
        charts = charts_in("\r".join(content).encode(), 1000)
        assert [chart.absent for chart in charts] == [NOT_TOLD] * patients


def test_a_patient_of_whom_there_is_no_patient_resource_is_judged_among_others_too(clinic: httpx.Client) -> None:
    """As `/evaluate` and population runs judge whoever results are of."""
    resources = [entry["resource"] for one in MEN for entry in one["entry"]]
    some = [one for one in resources if (one["resourceType"], one["id"]) != ("Patient", "bert-zq")]
    page = asked(clinic, "\n".join(map(json.dumps, some))).text
    assert "Patients judged: 4." in page
    assert rows(page)["MT-HCT-01"] == ["1", "2", "1", "0", "0", "0", "0", "0"]


def test_a_finding_that_stays_raised_and_becomes_more_urgent_differs(clinic: httpx.Client) -> None:
    page = asked(clinic, json.dumps(man("eric-zq", 52.5, has_unit=False))).text
    assert rows(page)["DQ-UNIT-01"] == ["1", "1", "0", "0", "1", "0", "0", "0"]
    assert "No finding of these patients differs" not in page
    assert "more urgent</span>" in page


def test_a_chart_that_is_refused_is_told_by_its_place(clinic: httpx.Client) -> None:
    two = {"resourceType": "Bundle", "type": "collection", "entry": MEN[0]["entry"] + MEN[1]["entry"]}
    page = asked(clinic, "\n".join(map(json.dumps, [MEN[0], two, MEN[1]]))).text
    assert "Patients judged: 2." in page
    assert "refused: 2." in page
    assert "Patient 3: " in page


REFUSED = [
    ({"value": "56 %"}, 400, "looser than above 54 %"),
    ({"value": "52 g/dL"}, 400, "hematocrit is not measured in"),
    ({"value": ""}, 400, "Write the new number with its unit"),
    ({"number": ""}, 400, "Choose a number"),
    ({"number": "a|b|c"}, 400, "there is no such number"),
    ({"number": "men-baseline|es2018|testosterone-low", "value": "250 ng/dL"}, 400, "it has no floor"),
    ({"content": ""}, 400, "Send charts"),
    ({"day": "yesterday"}, 400, "Send today once"),
]


@pytest.mark.parametrize(("fields", "status", "said"), REFUSED)
def test_what_cannot_be_asked_is_told_on_the_page(
    clinic: httpx.Client, fields: dict[str, str], status: int, said: str
) -> None:
    answer = asked(clinic, **({"content": LINES} | fields))
    assert answer.status_code == status
    assert said in answer.text
    assert 'role="alert"' in answer.text
    assert "zq" not in answer.text


def test_of_another_profile_its_own_number_is_judged_both_times(clinic: httpx.Client) -> None:
    page = asked(clinic, LINES, number="testosterone-safety|es2018|hematocrit-hold", value="51 %").text
    assert rows(page)["MT-HCT-01"] == ["1", "2", "1", "0", "0", "0", "0", "0"]
    assert "Judged both times by profile es2018; the protocol is judged by optimization now." in page
    assert "Judged both times" not in asked(clinic, LINES).text


def machine(client: httpx.Client, content: str = "", **fields: str) -> httpx.Response:
    """The answer to a program."""
    form = {"number": HOLD, "value": "52 %", "of": "charts", "day": "2026-09-04", "content": content} | fields
    files = {name: (None, text) for name, text in form.items()}
    return client.post(PATH, files=files, headers={"Accept": "application/json"})


def test_a_program_is_told_the_same_as_json(clinic: httpx.Client) -> None:
    answer = machine(clinic, LINES)
    assert answer.headers["cache-control"] == "private, no-store"
    told = answer.json()
    (of_check,) = [one for one in told["checks"] if one["check"] == "MT-HCT-01"]
    turns = list(of_check["turns"].values())
    assert [str(of_check["before"]), str(of_check["after"]), *map(str, turns)] == rows(asked(clinic, LINES).text)[
        "MT-HCT-01"
    ]
    assert (told["number"], told["stands"], told["supposed"]) == (HOLD, "at or above 54 %", ["52 %"])
    assert (told["inForce"], told["judged"], told["notJudged"], told["same"]) == ("optimization", 4, 0, False)
    assert {one["place"] for one in told["changed"] if one["check"] == "MT-HCT-01"} == {2}
    assert "zq" not in answer.text


def test_of_a_run_a_program_is_told_no_person_and_no_small_count(clinic: httpx.Client) -> None:
    fields = {"number": "testosterone-men|optimization|testosterone-goal", "value": "650 ng/dL", "high": "700 ng/dL"}
    told = machine(clinic, of="run", **fields).json()
    assert "changed" not in told
    assert told["run"]["today"] == "2026-09-04"
    counts = [count for one in told["checks"] for count in (one["before"], one["after"], *one["turns"].values())]
    assert None in counts
    assert all(not count or count >= 15 for count in counts)


def test_a_program_is_refused_in_the_one_shape_and_may_ask_which_numbers_there_are(clinic: httpx.Client) -> None:
    refused = machine(clinic, LINES, value="52 g/dL")
    assert (refused.status_code, refused.json()["issue"][0]["expression"]) == (400, ["value"])
    listed = clinic.get(PATH, headers={"Accept": "application/json"}).json()["numbers"]
    (hold,) = [one for one in listed if one["number"] == HOLD]
    assert hold == {
        "number": HOLD,
        "words": "at or above 54 %",
        "texts": ["54 %"],
        "checks": ["MT-HCT-01", "MT-HCT-05"],
        "free": True,
    }
    fixed = {one["number"] for one in listed if not one["free"]}
    assert fixed
    page = clinic.get(PATH, headers={"Accept": "text/html"}).text
    assert all(f'value="{number}" disabled>' in page for number in fixed)


def test_of_a_run_nobody_is_named_and_small_counts_are_hidden(clinic: httpx.Client) -> None:
    answer = asked(clinic, of="run", number="testosterone-men|optimization|testosterone-goal", value="500 ng/dL")
    assert answer.status_code == 400  # a range has two ends
    fields = {"number": "testosterone-men|optimization|testosterone-goal", "value": "650 ng/dL", "high": "700 ng/dL"}
    page = asked(clinic, of="run", **fields).text
    assert re.search(r"Patients judged: 1\d[05], of 1\d[05] of the run of 2026-09-04", page)
    assert "Which patients change" not in page
    assert "synthetic" not in page
    counts = [cell for cells in rows(page).values() for cell in cells]
    assert "hidden" in counts
    assert all(cell == "hidden" or int(cell) == 0 or int(cell) >= 15 for cell in counts)


def test_with_a_threshold_of_one_a_run_is_counted_as_its_charts_would_be(place: Path) -> None:
    export = place / "input" / "export"
    content = b"\n".join(bundles(export).values()).decode()
    fields = {"number": "testosterone-men|optimization|testosterone-goal", "value": "650 ng/dL", "high": "700 ng/dL"}
    with listing_service(place / "runs", suppress_below=1, max_body=50_000_000) as client:
        of_run, of_charts = asked(client, of="run", **fields).text, asked(client, content, **fields).text
    assert rows(of_run) == rows(of_charts)
    assert any(int(cells[2]) for cells in rows(of_run).values())


def test_a_sample_is_the_same_each_time_and_no_larger_than_wanted(place: Path) -> None:
    found = newest(place / "runs")
    assert found is not None
    few = sample_of(found, most=10)
    assert len(few.charts) == 10
    assert few == sample_of(found, most=10)
    assert set(few.charts) <= set(sample_of(found).charts)
    assert few.patients > 100


def test_a_run_whose_tables_are_folders_of_parts_is_sampled_alike(place: Path, tmp_path: Path) -> None:
    in_parts(place / "runs" / "one", tmp_path / "one")
    whole, parts = newest(place / "runs"), newest(tmp_path)
    assert whole is not None
    assert parts is not None
    assert sample_of(parts, most=10) == sample_of(whole, most=10)


def test_a_run_whose_input_is_gone_changed_or_too_large_says_so(place: Path, tmp_path: Path) -> None:
    shutil.copytree(place / "runs" / "one", tmp_path / "runs" / "one")
    with listing_service(tmp_path / "runs") as client:
        manifest = tmp_path / "runs" / "one" / "run.json"
        written = json.loads(manifest.read_text())
        for at, said in {
            str(tmp_path / "nowhere"): "is not there any more",
            str(tmp_path / "runs" / "one" / "patients.ndjson"): "is not there any more",
            None: "is not recorded",
        }.items():
            manifest.write_text(json.dumps(written | {"place": at}))
            answer = asked(client, of="run")
            assert answer.status_code == 404
            assert said in answer.text
        (tmp_path / "other.ndjson").write_text("{}")
        manifest.write_text(json.dumps(written | {"place": str(tmp_path / "other.ndjson")}))
        assert "changed since" in asked(client, of="run").text
    with listing_service(None) as client:
        assert "There is no run to read again." in client.get(PATH).text
        assert asked(client, of="run").status_code == 404


def test_it_is_for_people_and_its_own_form_gets_in_from_this_machine(clinic: httpx.Client) -> None:
    assert PATH.removeprefix("/") in clinic.get("/stats", headers={"Accept": "text/html"}).text
    form = {"number": (None, HOLD), "value": (None, "52 %"), "content": (None, LINES)}
    ours = {"Origin": "null", "Sec-Fetch-Site": "same-origin"}
    assert clinic.post(PATH, files=form, headers=ours).status_code == 200
    for theirs in ({"Origin": "null", "Sec-Fetch-Site": "cross-site"}, {"Origin": "https://elsewhere.example"}):
        assert clinic.post(PATH, files=form, headers=theirs).status_code == 403
        assert clinic.get(PATH, headers=theirs).status_code == 403
