"""Ids that would end a line of the files by which charts are put together: nothing of one patient reaches another."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.population.grouping.charts import charts_in, group
from service.population.grouping.inputs import sources
from tests.service.population.populations import judged, rows

FOLDER = Path("in")
PLANTED = '{"resource":{"resourceType":"Observation","id":"planted","subject":{"reference":"Patient/B"}}}'
GEL = {"text": "testosterone gel 1.62 %"}


def patient(name: str) -> dict[str, Any]:
    return {"resourceType": "Patient", "id": name, "birthDate": "1970-01-01", "gender": "male"}


def drug(name: str, code: object = GEL) -> dict[str, Any]:
    return {"resourceType": "Medication", "id": name, "code": code}


def order(name: str, whose: str, needs: str) -> dict[str, Any]:
    return {
        "resourceType": "MedicationRequest",
        "id": name,
        "status": "active",
        "intent": "order",
        "authoredOn": "2025-12-01",
        "subject": {"reference": f"Patient/{whose}"},
        "medicationReference": {"reference": needs},
    }


def grouped(folder: Path, found: Sequence[Mapping[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    """Each patient's resources; a resource with `entry` is a Bundle."""
    (folder / "in").mkdir(parents=True)
    (folder / "in" / "all.ndjson").write_text("\n".join(map(json.dumps, found)))
    group(sources(folder / "in"), 3, folder / "work", folder / "aside")
    charts = [chart for part in range(3) for chart in charts_in(folder / "work", part)]
    assert len({chart.patient for chart in charts}) == len(charts)
    return {chart.patient: [json.loads(entry)["resource"] for _, entry in chart.entries] for chart in charts}


MANY = range(200)  # some of these ids lie in the same file, whatever number of files there is
B = [patient("B"), *(order(f"r{n}", "B", f"Medication/m{n}") for n in MANY), *(drug(f"m{n}") for n in MANY)]
HOSTILE = {
    "order of another's Medication": [patient("A"), *(order(f"r{n}", "A", f"Medication/m{n}\tB") for n in MANY)],
    "order that makes up a patient": [patient("A"), *(order(f"r{n}", "A", f"Medication/m{n}\n") for n in MANY)],
    "Medication that ends its line": [drug(f"m{n}\n") for n in MANY],
    "Medication that begins another": [drug(f"x\nm{n}") for n in MANY],
    "Medication with a tab": [drug(f"m{n}\tnothing") for n in MANY],
    "Medication with an entry": [drug(f"m{n}\t{PLANTED}\n") for n in MANY],
    "Medication without an id": [{"resourceType": "Medication", "code": GEL}, drug("")],
    "order of no id": [patient("A"), order("ra", "A", "Medication/"), {"resourceType": "Medication", "code": GEL}],
    "Bundle's only patient": [
        {
            "resourceType": "Bundle",
            "entry": [{"resource": patient("B\tObservation\t" + PLANTED + "\nA")}, {"resource": drug("y")}],
        }
    ],
    "Bundle's patient of no name": [
        {
            "resourceType": "Bundle",
            "entry": [
                {"fullUrl": "urn:uuid:", "resource": {"resourceType": "Patient"}},
                {"resource": {"resourceType": "Observation", "id": "o"}},
            ],
        }
    ],
    "subject that ends its line": [
        {"resourceType": "Observation", "id": "o", "subject": {"reference": "Patient/A\nB"}},
        {"resourceType": "Observation", "id": "o", "subject": {"reference": "Patient/A\tX\t{}\nB"}},
    ],
}


@pytest.mark.parametrize("found", HOSTILE.values(), ids=HOSTILE.keys())
def test_nothing_hostile_changes_anothers_chart_or_makes_up_a_patient(
    tmp_path: Path, found: list[dict[str, Any]]
) -> None:
    charts = grouped(tmp_path / "both", [*found, *B])
    assert charts["B"] == grouped(tmp_path / "alone", B)["B"]
    assert charts.keys() <= {"A", "B"}
    ours = [one for one in charts.get("A", ()) if one["resourceType"] == "Medication"]
    assert ours == []


def test_a_medication_without_a_usable_id_is_set_aside_with_its_place_and_its_order_is_told(tmp_path: Path) -> None:
    found = [
        patient("B"),
        order("rb", "B", "Medication/m"),
        drug("m"),
        drug("m\tB"),
        patient("A"),
        order("ra", "A", "Medication/m\tB"),
    ]
    (tmp_path / "in.ndjson").write_text("\n".join(map(json.dumps, found)))
    summary = judged(tmp_path / "in.ndjson", tmp_path / "out", 1)
    assert [(one["line"], one["fault"]) for one in rows(tmp_path / "out", "aside")] == [(4, "no-id")]
    assert summary.quality.aside == {"no-id": 1}
    told = {row["patient"]: (row["protocols"], row["problem"]) for row in rows(tmp_path / "out", "patients")}
    assert "testosterone-men" in told["B"][0]
    assert "testosterone-men" not in told["A"][0]
    assert told["A"][1] is told["B"][1] is None
    assert ("A", "MedicationRequest/ra") in {
        (row["patient"], row["reference"]) for row in rows(tmp_path / "out", "unread")
    }


names = st.text('ab\t\n\r\x0b\x1c\x85\u2028{}"/:#,', max_size=5) | st.sampled_from(["a", "b", "", "a\tb", "a\n", "\nb"])
whose = st.sampled_from(["A", "B", "C"]) | names
resources = st.one_of(
    st.builds(patient, whose),
    st.builds(drug, names),
    st.builds(order, st.just("r"), whose, names.map("Medication/{}".format) | names),
    st.builds(lambda name, who: order(name, who, "#c"), names, whose),
)
bundles = st.lists(resources, max_size=4).map(
    lambda some: {"resourceType": "Bundle", "entry": [{"fullUrl": "urn:uuid:", "resource": one} for one in some]}
)


def is_by(whom: str, found: Mapping[str, Any]) -> bool:
    """Whether a line speaks of this patient."""
    some = [one["resource"] for one in found["entry"]] if "entry" in found else [found]
    names = {one["id"] if one["resourceType"] == "Patient" else one.get("subject", {}).get("reference") for one in some}
    return bool(names & {whom, f"Patient/{whom}"})


@settings(max_examples=150, deadline=None)
@given(st.lists(resources | bundles, max_size=8))
def test_a_chart_is_what_its_patients_own_lines_and_the_shared_medications_make_of_it(
    tmp_path_factory: pytest.TempPathFactory, found: list[dict[str, Any]]
) -> None:
    folder = tmp_path_factory.mktemp("hostile")
    together = grouped(folder / "together", found)
    for whom in "ABC":
        own = [one for one in found if is_by(whom, one) or one["resourceType"] == "Medication" or "entry" in one]
        apart = grouped(folder / whom, own)
        assert together.get(whom) == apart.get(whom)
        needed = {one["medicationReference"]["reference"] for one in together.get(whom, ()) if "subject" in one}
        for one in together.get(whom, ()):
            if one["resourceType"] == "Medication" and not any("entry" in line for line in found):
                assert any(reference.endswith(one["id"]) for reference in needed)
