"""A site's own codes are read exactly as written, checked row by row, and decide only where a person said so."""

from __future__ import annotations

import re
from datetime import date

import pytest
from fhir.resources.R4B.conceptmap import ConceptMap
from hypothesis import given
from hypothesis import strategies as st

from terminology.local.check import check
from terminology.local.code_map import EQUIVALENCES, KINDS, CodeMap, Entry
from terminology.local.files import COLUMNS, CodeMapError, read_code_map, write_concept_map, write_csv
from terminology.vocabulary import Conversion, UnitProblem, Vocabulary

LAB, PHARMACY = "http://lab.example", "http://pharmacy.example"
HEAD = ",".join(COLUMNS)
TESTO = Entry("laboratory", "TESTO", "2986-8", "equivalent", LAB, "Testosterone")

TEXT = st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=12).map(str.strip).filter(bool)
ENTRIES = st.builds(
    Entry,
    kind=st.just("laboratory"),
    system=st.sampled_from([LAB, "urn:oid:1.2.3"]),
    code=TEXT,
    target=st.sampled_from(["2986-8", "14913-8"]),
    equivalence=st.sampled_from(EQUIVALENCES),
    local_unit=st.just("") | TEXT,
    unit=st.sampled_from(["", "ng/dL"]),
    valid_from=st.none() | st.dates(),
    valid_to=st.none() | st.dates(),
)


def rows_of(*lines: str) -> bytes:
    return "\n".join([HEAD, *lines]).encode()


def remarks(vocabulary: Vocabulary, *lines: str) -> list[tuple[str, str]]:
    return [(remark.severity, remark.text) for remark in check(read_code_map(rows_of(*lines)), vocabulary)]


def errors(vocabulary: Vocabulary, *lines: str) -> list[str]:
    return [text for severity, text in remarks(vocabulary, *lines) if severity == "error"]


@pytest.mark.parametrize(
    "line",
    [
        f"laboratory,{LAB},TESTO,Testosterone,2986-8,equivalent,,,,,",
        f"laboratory,{LAB},TESTO,,2986-8,equal,,,ng/dL,2024-01-01,2026-12-31",
        f"laboratory,{LAB},HK,Hct,4544-3,equivalent,,Vol.-Anteil,L/L,,",
        "laboratory,,HCT,,4544-3,equivalent,,,,,",
        "unit,,IE/l,,[IU]/L,equivalent,lh fsh,,,,",
        f"drug,{PHARMACY},4711,Testogel 50 mg,testosterone,equivalent,,,,,",
        f"drug,{PHARMACY},4712,Depo-T,835840,equal,,,,,",
        f"laboratory,{LAB},SAL,Testosterone saliva,,unmatched,,,,,",
    ],
)
def test_a_sound_row_has_no_error(vocabulary: Vocabulary, line: str) -> None:
    assert errors(vocabulary, line) == []


@pytest.mark.parametrize(
    ("line", "error"),
    [
        (f"laboratory,{LAB},T,,14913-5,equivalent,,,,,", "LOINC 14913-5 has a wrong check digit"),
        (f"laboratory,{LAB},T,,718-8,equivalent,,,,,", "LOINC 718-8 has a wrong check digit"),
        (f"laboratory,{LAB},T,,10000-8,equivalent,,,,,", "LOINC 10000-8 is not in this service's registry"),
        (
            f"laboratory,{LAB},T,,2984-3,equivalent,,,,,",
            "LOINC 2984-3 (Testosterone [Mass/volume] in Saliva (oral fluid)) is measured in another specimen than the "
            "one judged",
        ),
        (
            f"laboratory,{LAB},T,,2993-4,equivalent,,,,,",
            "LOINC 2993-4 (Deprecated Testosterone [Mass/volume] in Serum or Plasma) is a deprecated code",
        ),
        (
            f"laboratory,{LAB},T,,2986-8,equivalent,,,g/mol,,",
            "total testosterone is not measured in 'g/mol'; known: ng/dL, nmol/L, ng/mL, ug/L, pg/mL, ng/L, pmol/L",
        ),
        (f"laboratory,{LAB},T,,2986-8,equivalent,,,nanograms,,", "unit is not a UCUM unit"),
        (f"laboratory,{LAB},T,,2986-8,equivalent,,ng,,,", "local_unit needs unit: the UCUM unit that is meant by it"),
        (
            f"laboratory,{LAB},T,,2986-8,equivalent,,nmol/L,ng/dL,,",
            "local_unit is known to mean nmol/L: a map cannot change it",
        ),
        (f"laboratory,{LAB},T,,2986-8,same,,,,,", f"equivalence is one of {', '.join(EQUIVALENCES)}; only equal"),
        (f"laboratory,{LAB},T,,,equivalent,,,,,", "target is empty: name it, or write 'unmatched' as the equivalence"),
        ("laboratory,my lab,T,,2986-8,equivalent,,,,,", "local_system is the URI that charts write before the code"),
        ("drug,,T,,testosterone,equivalent,,,,,", "local_system is the URI that charts write before the code"),
        (f"laboratory,{LAB},T,,82810-3,equivalent,,,,,", "LOINC 82810-3 (Pregnancy status) is nothing that is read"),
        (f"laboratory,{LAB},T,,90369-0,equivalent,,,,,", "LOINC 90369-0"),
        ("unit,,ng/cL,,nmol/L,equivalent,testosterone_total,,,,", "it is known to mean ng/cL of total testosterone"),
        (f"laboratory,{LAB},T,,2986-8,equivalent,,ng/cL,ug/L,,", "local_unit is known to mean ng/cL"),
        (
            "laboratory,https://loinc.org,3053-6,Reverse T3,3052-8,equivalent,,,,,",
            "the local code is a LOINC code this service knows: a map cannot change what it means",
        ),
        (f"laboratory,{LAB},,,2986-8,equivalent,,,,,", "local_code has 1 to 100 printable characters"),
        (f"laboratory,{LAB},T,,2986-8,equivalent,tsh,,,,", "analytes are named for units only"),
        (
            f"laboratory,{LAB},T,,2986-8,equivalent,,,,2026-01-02,2026-01-01",
            "valid_to lies before valid_from",
        ),
        (
            "laboratory,http://loinc.org,3053-6,Reverse T3,3052-8,equivalent,,,,,",
            "the local code is a LOINC code this service knows: a map cannot change what it means",
        ),
        ("unit,,nmol/L,,ng/dL,equivalent,testosterone_total,,,,", "it is known to mean nmol/L of total testosterone"),
        ("unit,,mU,,mU/mL,equivalent,testosterone_total,,,,", "total testosterone is not measured in 'mU/mL'"),
        ("unit,,x,,parsec,equivalent,,,,,", "target is not a UCUM unit"),
        ("unit,,x,,ar,equivalent,,,,,", "no analyte is measured in this unit"),
        ("unit,,IE,,[IU]/L,equivalent,lutropin,,,,", "not an analyte of this service: lutropin"),
        (
            "unit,,IE,,[IU]/L,equivalent,lh,,,2026-01-01,",
            "local_unit, unit, valid_from and valid_to are for laboratory",
        ),
        (f"drug,{PHARMACY},1,,testosteron,equivalent,,,,,", "target is not a drug this service knows"),
        (
            "drug,http://www.nlm.nih.gov/research/umls/rxnorm,10379,,estradiol,equivalent,,,,,",
            "the local code is one this service knows: a map cannot change what it means",
        ),
    ],
)
def test_a_row_that_would_mislead_is_refused_with_its_reason(vocabulary: Vocabulary, line: str, error: str) -> None:
    found = errors(vocabulary, line)
    assert len(found) == 1
    assert found[0].startswith(error)


@pytest.mark.parametrize(
    ("line", "warning"),
    [
        (
            f"laboratory,{LAB},RT3,reverse T3,3053-6,equivalent,,,,,",
            "the display is a name of reverse T3, the target measures t3 total",
        ),
        (
            f"laboratory,{LAB},T,,2986-8,equivalent,,,nmol/L,,",
            "unit is of another kind than LOINC 2986-8 (Testosterone [Mass/volume] in Serum or Plasma) says",
        ),
        (f"laboratory,{LAB},CBC,Blood count,58410-2,equivalent,,,,,", "LOINC 58410-2 is a panel: it is read in orders"),
        ("laboratory,,HCT,,4544-3,equivalent,,,,,", "without local_system the row is for codes whose system"),
        ("laboratory,LAB,HCT,,4544-3,equivalent,,,,,", "local_system is not a URI"),
        (
            "laboratory,http://loinc.org,2985-0,,2986-8,equivalent,,,,,",
            "the local code is a LOINC code this service",
        ),
        ("unit,,IE/l,,[IU]/L,equivalent,,,,,", "no analytes are named: it will be read so for all"),
    ],
)
def test_a_row_that_looks_wrong_is_pointed_at(vocabulary: Vocabulary, line: str, warning: str) -> None:
    found = [text for severity, text in remarks(vocabulary, line) if severity == "warning"]
    assert len(found) == 1
    assert found[0].startswith(warning)


@pytest.mark.parametrize("equivalence", ["relatedto", "wider", "narrower", "inexact", "subsumes", "specializes"])
def test_what_is_not_equivalent_is_kept_and_said_to_decide_nothing(vocabulary: Vocabulary, equivalence: str) -> None:
    line = f"laboratory,{LAB},T,,2986-8,{equivalence},,,,,"
    assert remarks(vocabulary, line) == [("information", f"'{equivalence}' is kept and decides nothing")]


@pytest.mark.parametrize(
    ("first", "second", "clash"),
    [
        ("2986-8,equivalent,,,,,", "2991-8,equivalent,,,,,", "two targets: see line 2"),
        ("2986-8,equivalent,,,,,", "2986-8,equal,,,,,", "it is already mapped: see line 2"),
        ("2986-8,equivalent,,,,,2025-12-31", "2991-8,equivalent,,,,2025-12-31,", "two targets: see line 2"),
        ("2986-8,equivalent,,,,,2025-12-31", "2991-8,equivalent,,,,2026-01-01,", None),
        ("2986-8,equivalent,,,,,", "2991-8,wider,,,,,", None),
    ],
)
def test_two_targets_for_one_code_on_one_day_are_refused(
    vocabulary: Vocabulary, first: str, second: str, clash: str | None
) -> None:
    lines = [f"laboratory,{LAB},T,,{rest}" for rest in (first, second)]
    assert errors(vocabulary, *lines) == ([clash] if clash else [])


@pytest.mark.parametrize("scope", ["", "testosterone_total", "estradiol testosterone_total"])
def test_a_unit_for_all_analytes_rivals_one_for_some(vocabulary: Vocabulary, scope: str) -> None:
    lines = [f"unit,,E1,,nmol/L,equivalent,{scope},,,,", "unit,,E1,,ng/dL,equivalent,testosterone_total,,,,"]
    assert errors(vocabulary, *lines) == ["two targets: see line 2"]
    assert errors(vocabulary, *reversed(lines)) == ["two targets: see line 2"]


def test_a_row_that_stands_often_is_remarked_on_once_each(vocabulary: Vocabulary) -> None:
    lines = [f"laboratory,{LAB},T,,2986-8,equivalent,,,,,"] * 50
    assert errors(vocabulary, *lines) == ["it is already mapped: see line 2"] * 49


def test_what_names_its_analytes_goes_before_what_does_not(vocabulary: Vocabulary) -> None:
    """A stored map may hold both; neither order of the rows decides."""
    entries = [
        Entry("unit", "E1", "nmol/L", "equal"),
        Entry("unit", "E1", "ng/dL", "equal", analytes=("testosterone_total",)),
    ]
    for rows in (entries, entries[::-1]):
        found = vocabulary.with_map(CodeMap(1, entries=tuple(rows))).unit("testosterone_total", "E1", None, False)
        assert isinstance(found, Conversion)
        assert found.ucum == "ng/dL"


@pytest.mark.parametrize("delimiter", [";", "\t"])
def test_spreadsheets_may_separate_cells_otherwise_and_write_headings_large(delimiter: str) -> None:
    content = f"{HEAD.upper()}\nlaboratory,{LAB},TESTO,Testosterone,2986-8,equivalent,,,,,"
    assert [row.entry for row in read_code_map(content.replace(",", delimiter).encode())] == [TESTO]


@pytest.mark.parametrize(
    "said",
    [
        '"dependsOn": [{"property": "http://h.example/specimen", "value": "pleural fluid"}]',
        '"product": [{"property": "urn:hormone-cds:unit", "value": "ng/dL"}, '
        '{"property": "urn:hormone-cds:unit", "value": "nmol/L"}]',
        '"dependsOn": [{"attribute": "urn:hormone-cds:analyte", "valueQuantity": {"value": 1}}]',
        '"product": [{"property": "urn:hormone-cds:analyte", "value": "lh"}]',
    ],
)
def test_a_concept_map_with_a_condition_that_is_not_understood_is_refused(said: str) -> None:
    target = f'{{"code": "2986-8", "equivalence": "equal", {said}}}'
    group = f'{{"source": "{LAB}", "target": "http://loinc.org", "element": [{{"code": "T", "target": [{target}]}}]}}'
    with pytest.raises(CodeMapError, match=r"group\[0\].element\[0\]: each of dependsOn or product is once one of"):
        read_code_map(f'{{"resourceType": "ConceptMap", "group": [{group}]}}'.encode())


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "line 1: the columns are"),
        (b"code,loinc\nT,2986-8", "line 1: the columns are"),
        (b"kind,local_code,target,equivalence\nlaboratory,T,2986-8", "line 2: it has more or fewer cells"),
        (b"kind,local_code,target,equivalence\nlaboratory,T,2986-8,equal,x", "line 2: it has more or fewer cells"),
        (b"kind,local_code,target,equivalence\nlab,T,2986-8,equal", "line 2: kind is one of"),
        (b'kind,local_code,target,equivalence\nlaboratory,"T,2986-8,equal', "not CSV"),
        (b"kind,local_code,target,equivalence,valid_to\nlaboratory,T,2986-8,equal,2026", "line 2: valid_from and"),
        (b"kind,local_code,target,equivalence,valid_to\nlaboratory,T,2986-8,equal,20260101", "line 2: valid_from and"),
        ("kind,local_code\nlaboratory,Hämatokrit".encode("latin-1"), "the file is not UTF-8"),
        (b'{"resourceType": "ValueSet"}', "the JSON is not a FHIR ConceptMap"),
        (b'{"resourceType": "ConceptMap", "group": {}}', "not a FHIR ConceptMap in JSON"),
        (b'{"resourceType": "ConceptMap", "group": [{"target": "http://snomed.info/sct"}]}', "group[0].target: known"),
    ],
)
def test_a_file_that_is_no_code_map_is_refused_with_the_place(content: bytes, said: str) -> None:
    with pytest.raises(CodeMapError) as refused:
        read_code_map(content)
    assert said in str(refused.value)


def test_spreadsheets_may_add_a_byte_order_mark_and_blank_lines() -> None:
    content = f"\ufeff{HEAD}\r\nlaboratory,{LAB},TESTO,Testosterone,2986-8,equivalent,,,,,\r\n,,,,,,,,,,\r\n"
    assert [row.entry for row in read_code_map(content.encode())] == [TESTO]


def is_fhir_code(text: str) -> bool:
    """FHIR allows single blanks inside a code only."""
    return re.fullmatch(r"\S+(\s\S+)*", text) is not None


@given(st.lists(ENTRIES, max_size=4))
def test_csv_keeps_every_entry(entries: list[Entry]) -> None:
    assert [row.entry for row in read_code_map(write_csv(entries).encode())] == entries


@given(st.lists(ENTRIES.filter(lambda entry: is_fhir_code(entry.code)), max_size=4, unique_by=lambda one: one.code))
def test_a_concept_map_keeps_every_entry_and_is_fhir(entries: list[Entry]) -> None:
    code_map = CodeMap(3, "Ann Lee", date(2026, 9, 4), tuple(entries))
    written = write_concept_map(code_map, "http://site.example/ConceptMap/codes", "urn:drugs", "urn:units")
    assert {row.entry for row in read_code_map(written.encode())} == set(entries)
    assert ConceptMap.model_validate_json(written).version == "3"


def test_units_and_drugs_survive_a_concept_map() -> None:
    entries = (
        Entry("unit", "IE/l", "[IU]/L", "equivalent", analytes=("lh", "fsh")),
        Entry("drug", "1", "testosterone", "equivalent", PHARMACY, "Testogel"),
        Entry("drug", "2", "835840", "equal", PHARMACY),
    )
    written = write_concept_map(CodeMap(1, entries=entries), "urn:m", "http://h.example/CodeSystem/drug", "urn:u")
    assert {row.entry for row in read_code_map(written.encode())} == set(entries)
    ConceptMap.model_validate_json(written)


@pytest.mark.parametrize(
    ("relationship", "equivalence"),
    [
        ("equivalent", "equivalent"),
        ("source-is-narrower-than-target", "wider"),
        ("source-is-broader-than-target", "narrower"),
        ("not-related-to", "unmatched"),
    ],
)
def test_r5_relationships_are_understood(relationship: str, equivalence: str) -> None:
    """R4 says how wide the target is, R5 how wide the source is."""
    target = f'{{"code": "2986-8", "relationship": "{relationship}"}}'
    group = f'{{"source": "{LAB}", "target": "http://loinc.org", "element": [{{"code": "T", "target": [{target}]}}]}}'
    (row,) = read_code_map(f'{{"resourceType": "ConceptMap", "group": [{group}]}}'.encode())
    assert row.entry.equivalence == equivalence


def test_a_local_spelling_is_read_for_the_analytes_it_is_for_and_no_other(vocabulary: Vocabulary) -> None:
    entry = Entry("unit", "Einheiten  je Liter", "[IU]/L", "equivalent", analytes=("lh",))
    mapped = vocabulary.with_map(CodeMap(1, entries=(entry,)))
    found = mapped.unit("lh", "Einheiten je Liter", None, False)
    assert isinstance(found, Conversion)
    assert (found.basis, found.multiply / found.divide) == ("map", 1)
    assert isinstance(mapped.unit("fsh", "Einheiten je Liter", None, False), UnitProblem)
    assert isinstance(vocabulary.unit("lh", "Einheiten je Liter", None, False), UnitProblem)


@pytest.mark.parametrize("kind", KINDS)
def test_rows_that_do_not_decide_change_nothing(vocabulary: Vocabulary, kind: str) -> None:
    entries = {
        "laboratory": Entry("laboratory", "T", "2986-8", "wider", LAB),
        "unit": Entry("unit", "T", "ng/dL", "inexact", analytes=("testosterone_total",)),
        "drug": Entry("drug", "T", "testosterone", "narrower", LAB),
    }
    mapped = vocabulary.with_map(CodeMap(1, entries=(entries[kind],)))
    assert mapped.local.result(LAB, "T", None) is None
    assert isinstance(mapped.unit("testosterone_total", "T", None, False), UnitProblem)
    assert mapped.drug([(LAB, "T", "")], []) is None


def test_rows_for_what_this_version_does_not_know_are_not_used(vocabulary: Vocabulary) -> None:
    entries = (
        Entry("laboratory", "T", "10000-8", "equal", LAB),
        Entry("unit", "T", "parsecs", "equal", analytes=("testosterone_total", "gone")),
        Entry("drug", "T", "panacea", "equal", LAB),
    )
    mapped = vocabulary.with_map(CodeMap(1, entries=entries))
    assert mapped.local.result(LAB, "T", None) is None
    assert isinstance(mapped.unit("testosterone_total", "T", None, False), UnitProblem)
    assert mapped.drug([(LAB, "T", "")], []) is None


def test_a_map_never_changes_what_the_tables_say(vocabulary: Vocabulary) -> None:
    entries = (
        Entry("unit", "nmol/L", "ng/dL", "equal", analytes=("testosterone_total",)),
        Entry("drug", "10379", "estradiol", "equal", "http://www.nlm.nih.gov/research/umls/rxnorm"),
    )
    mapped = vocabulary.with_map(CodeMap(1, entries=entries))
    assert mapped.unit("testosterone_total", "nmol/L", None, False) == vocabulary.unit(
        "testosterone_total", "nmol/L", None, False
    )
    coding = ("http://www.nlm.nih.gov/research/umls/rxnorm", "10379", "")
    assert mapped.drug([coding], []) == vocabulary.drug([coding], [])


def test_a_mapped_drug_says_by_which_map(vocabulary: Vocabulary) -> None:
    entries = (
        Entry("drug", "1", "testosterone", "equal", PHARMACY),
        Entry("drug", "2", "835840", "equal", PHARMACY),
    )
    mapped = vocabulary.with_map(CodeMap(7, entries=entries))
    by_name, by_code = (mapped.drug([(PHARMACY, code, "")], []) for code in ("1", "2"))
    assert by_name is not None
    assert by_code is not None
    assert (by_name.drug, by_name.basis) == ("testosterone", "local code 1 (map version 7)")
    assert (by_code.drug, by_code.product) == ("testosterone", "cypionate")


def test_laying_a_map_leaves_the_tables_as_they_were(vocabulary: Vocabulary) -> None:
    mapped = vocabulary.with_map(CodeMap(1, entries=(TESTO,)))
    assert vocabulary.local.version == 0
    assert vocabulary.local.result(LAB, "TESTO", None) is None
    assert mapped.with_map(CodeMap()).local.result(LAB, "TESTO", None) is None
