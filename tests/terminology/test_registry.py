"""Every row of the registry agrees with itself: LOINC's long name, its axes, our role, and the analyte it names."""

from __future__ import annotations

import re
from collections import Counter

import pytest

from service.site.site import packaged_files
from terminology.context_factors import QUANTITIES
from terminology.loinc import LoincCode, has_check_digit, read_loinc
from terminology.units.ucum import Ucum
from terminology.vocabulary import Vocabulary

READ = {"primary", "accept", "accept_one_unit", "accept_flag_poc", "accept_cycle_day", "separate"}
NEVER_READ = {"accept_no_convert", "other_component", "exclude_specimen", "deprecated", "unverified_specimen"}
NO_RESULT = {"panel", "timing"}
KINDS = {"laboratory": READ | NEVER_READ, "context": READ | NO_RESULT, "order": {"panel"}}

# What the rows name that is no quantity with a canonical unit: answers, dates, orders, and what is never judged.
NO_QUANTITY = {
    *("pregnancy_status", "pregnancy_test_urine", "pregnancy_test_serum", "pregnancy_intention", "lmp_date"),
    *("menstrual_status", "age_at_menopause", "gender_identity", "birth_sex", "tobacco_status", "alcohol_use"),
    *("bone_density", "semen_analysis"),
    *("audit_c_item1", "audit_c_item2", "audit_c_item3", "audit_c_panel", "evs_panel", "bp_panel", "phenx_stress"),
    *("timing_relative_to_dose", "last_dose_date", "last_dose_time", "time_post_dose"),
    *("collection_date", "collection_time"),
    *("fasting_status", "stress_osq"),
    *("butyrate_unspecified", "beta_glucuronidase_serum", "beta_glucuronidase_unverified_specimen"),
}

# LOINC's long name writes property, specimen and method in words of its own.
PROPERTIES = {
    "Mass/volume": "MCnc",
    "Moles/volume": "SCnc",
    "Units/volume": "ACnc",
    "Enzymatic activity/volume": "CCnc",
    "#/volume": "NCnc",
    "Volume Fraction": "VFr",
    "Pure volume fraction": "VFr",
    "Mass Fraction": "MFr",
    "Mass/mass": "MCnt",
    "Mass/time": "MRat",
    "Moles/mass": "SCnt",
    "Entitic volume": "EntVol",
    "Entitic mass": "EntMass",
    "Volume Rate/Area": "ArVRat",
    "Ratio": "Ratio",
    "Titer": "Titr",
    "Z-score": "Z-score",
    "Presence": "PrThr",
}
SYSTEMS = {
    "Serum or Plasma": "Ser/Plas",
    "Serum": "Ser",
    "Plasma": "Plas",
    "Serum, Plasma or Blood": "Ser/Plas/Bld",
    "Blood": "Bld",
    "Venous blood": "BldV",
    "Arterial blood": "BldA",
    "Platelet poor plasma": "PPP",
    "Red Blood Cells": "RBC",
    "Saliva (oral fluid)": "Saliva",
    "Urine": "Urine",
    "24 hour Urine": "Urine",
    "Stool": "Stool",
    "Tissue": "Tiss",
    "Cord blood": "BldCo",
    "Hair": "Hair",
    "Body fluid": "Body fld",
    "DBS": "DBS",
}
METHODS = {
    "Immunoassay": "IA",
    "High sensitivity method": "High sensitivity",
    "Coagulation assay": "Coag",
    "Calculation": "Calculated",
    "calculation": "Calculated",
}
ORDINAL = {"PrThr"}
ANSWERS = {"Nom", "Nar"}

ROWS = tuple(read_loinc(packaged_files("terminology.tables")["loinc.csv"]).values())
LABORATORY = [row for row in ROWS if row.kind == "laboratory"]


def each(rows: list[LoincCode] | tuple[LoincCode, ...]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("row", rows, ids=lambda row: row.code)


def written(pattern: str, name: str) -> str | None:
    found = re.search(pattern, name)
    return found[1] if found else None


@each(ROWS)
def test_the_code_is_one_and_its_role_kind_and_name_are_known(row: LoincCode) -> None:
    assert has_check_digit(row.code)
    assert row.role in KINDS[row.kind]
    assert row.name in {"official", "recalled", "component"}
    assert row.long_name


@each(ROWS)
def test_the_analyte_is_judged_here_or_declared_to_be_no_quantity(row: LoincCode, vocabulary: Vocabulary) -> None:
    assert (row.analyte in vocabulary.analytes) != (row.analyte in NO_QUANTITY or row.kind == "order")


@each(ROWS)
def test_the_example_unit_is_ucum(row: LoincCode, ucum: Ucum) -> None:
    assert all(ucum.measure(unit).factor for unit in filter(None, row.example_ucum.split(";")))


@each(LABORATORY)
def test_the_property_is_the_one_of_the_long_name(row: LoincCode) -> None:
    said = written(r"\[([^]]+)\]", row.long_name)
    assert said is None or PROPERTIES[said] == row.property


@each(LABORATORY)
def test_the_specimen_is_the_one_of_the_long_name(row: LoincCode) -> None:
    said = written(r" in (Serum, Plasma or Blood|[A-Z0-9][\w() ]*?)(?= by | --|$)", row.long_name)
    assert said is None or SYSTEMS.get(said, row.system) == row.system
    assert row.system or row.name != "official"
    if said is not None and said not in SYSTEMS:
        assert row.role in NEVER_READ or "Unspecified" in said or row.system == ""


@each(LABORATORY)
def test_the_method_is_the_one_of_the_long_name(row: LoincCode) -> None:
    said = written(r" by (.+?)(?:/1\.73 sq M)?$", row.long_name)
    assert row.method == (METHODS.get(said, said) if said else "")


@each([row for row in ROWS if row.kind != "order" and row.scale not in ("", "-")])
def test_the_scale_fits_the_property(row: LoincCode) -> None:
    assert (row.scale == "Ord") == (row.property in ORDINAL)
    assert row.scale in {"Qn", "Ord", *ANSWERS}


@each([row for row in ROWS if row.long_name.startswith("Deprecated ")])
def test_a_name_that_says_deprecated_is_never_read(row: LoincCode) -> None:
    assert row.role == "deprecated"


def test_each_analyte_has_a_primary_code_or_codes_of_its_own_beside_the_one_it_resembles(
    vocabulary: Vocabulary,
) -> None:
    primary = {row.analyte for row in ROWS if row.role == "primary"}
    separate = {row.analyte for row in ROWS if row.role == "separate"}
    assert set(vocabulary.analytes) - primary - {code.analyte for code in QUANTITIES.values()} == separate
    assert separate == {
        *("dhea", "prolactin_monomeric", "t3_uptake", "magnesium_rbc", "vitamin_d2_25oh", "crp"),
        *("rem_sleep_duration", "light_sleep_duration", "deep_sleep_duration"),
    }


def test_most_names_were_seen_in_a_source() -> None:
    counted = Counter(row.name for row in ROWS)
    assert (counted["recalled"], counted["component"]) == (27, 1)
