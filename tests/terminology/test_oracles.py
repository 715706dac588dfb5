"""Two independent implementations of UCUM agree with ours, except where a table says how they differ and why.

Each unit is compared with the same amount in base units. The table `differences.toml` is proven in both directions:
what it lists differs, and nothing else does.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterable, Iterator
from fractions import Fraction
from itertools import permutations
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from service.site.site import packaged_files
from terminology.units.ucum import Measure, Ucum, UcumError
from terminology.units.units import read_aliases
from tests.terminology.oracles import NODE_FOLDER, Lhc, Oracle, Ucumvert

TABLES = packaged_files("terminology.tables")
UCUM = Ucum.read(TABLES["ucum-essence.xml"])
DIFFERENCES: list[dict[str, Any]] = tomllib.loads(
    Path(__file__).with_name("differences.toml").read_text(encoding="utf-8")
)["difference"]
FLOAT_ERROR = Fraction(1, 10**12)

_NAMESPACE = "{http://unitsofmeasure.org/ucum-essence}"
_ESSENCE = ElementTree.fromstring(TABLES["ucum-essence.xml"])
PREFIXES = [node.attrib["Code"] for node in _ESSENCE.iter(_NAMESPACE + "prefix")]
_NODES = [node for kind in ("base-unit", "unit") for node in _ESSENCE.iter(_NAMESPACE + kind)]
ATOMS = [node.attrib["Code"] for node in _NODES]
SPECIAL = {node.attrib["Code"] for node in _NODES if node.get("isSpecial") == "yes"}
METRIC = [
    node.attrib["Code"]
    for node in _NODES
    if node.get("isMetric", "yes") == "yes" and node.attrib["Code"] not in SPECIAL
]


@pytest.fixture(scope="module", params=["ucumvert", "ucum-lhc"])
def oracle(request: pytest.FixtureRequest) -> Iterator[Oracle]:
    if request.param == "ucumvert":
        yield Ucumvert()
        return
    lhc = Lhc()
    yield lhc
    lhc.close()


def listed(oracle: Oracle, *kinds: str) -> set[str]:
    """The units that the table says an oracle treats otherwise."""
    rows = [row for row in DIFFERENCES if row["oracle"] == oracle.name and row["kind"] in kinds]
    return {unit for row in rows for unit in row["units"]}


def base_units(measure: Measure) -> str:
    """A dimension written as a UCUM unit: `g.m-3`, or `1`."""
    return ".".join(f"{base}{'' if power == 1 else power}" for base, power in measure.dimension) or "1"


def disagreements(oracle: Oracle, units: Iterable[str]) -> dict[str, str]:
    """The units whose amount in base units differs from ours, and how: another factor, or no answer."""
    ours = {unit: UCUM.measure(unit) for unit in units}
    theirs = oracle.factors([(unit, base_units(measure)) for unit, measure in ours.items()])
    found = {}
    for (unit, measure), factor in zip(ours.items(), theirs, strict=True):
        if factor is None:
            found[unit] = "refuses"
        elif abs(factor / measure.factor - 1) > FLOAT_ERROR:
            found[unit] = "factor"
    return found


def known_units() -> list[str]:
    """The UCUM units of the registry, and the human spellings that are UCUM as well."""
    aliases = read_aliases(TABLES["unit-aliases.csv"])
    spelled = [alias.written for row in aliases.values() for alias in row if alias.is_ucum]
    analytes = tomllib.loads(TABLES["analytes.toml"].decode())["analytes"].values()
    written = [unit for row in analytes for unit in (row["unit"], *row["units"])]
    return list(dict.fromkeys([*written, *aliases, *spelled]))


def test_the_lock_file_names_no_registry() -> None:
    locked = json.loads((NODE_FOLDER / "package-lock.json").read_text(encoding="utf-8"))["packages"]
    assert not [name for name, package in locked.items() if "resolved" in package]


def test_every_difference_is_explained_once() -> None:
    seen = [(row["oracle"], row["kind"], unit) for row in DIFFERENCES for unit in row["units"]]
    assert len(seen) == len(set(seen))
    assert all(row["why"] for row in DIFFERENCES)


def test_atoms_and_the_units_of_the_registry_measure_what_they_do_elsewhere(oracle: Oracle) -> None:
    found = disagreements(oracle, [*ATOMS, *known_units()])
    assert {unit for unit, kind in found.items() if kind == "factor"} == listed(oracle, "factor")
    assert {unit for unit, kind in found.items() if kind == "refuses"} == listed(oracle, "refuses")


def test_every_prefix_means_what_it_does_elsewhere(oracle: Oracle) -> None:
    """A unit that differs differs under every prefix; some are taken for another unit under one only."""
    known = listed(oracle, "factor", "refuses")
    under = {prefix + atom: atom for atom in METRIC for prefix in PREFIXES if atom not in known}
    found = disagreements(oracle, [text for text in under if text not in ATOMS])
    assert {under[text] for text in found} == listed(oracle, "prefixed")


def test_what_we_hold_apart_is_held_apart_elsewhere(oracle: Oracle) -> None:
    """One unit for each dimension, against every other: none converts, but for the groups the table lists."""
    kinds = {UCUM.measure(unit).dimension: unit for unit in [*reversed(known_units()), *reversed(ATOMS)]}
    bases = sorted({base_units(UCUM.measure(unit)) for unit in kinds.values()})
    pairs = list(permutations(bases, 2))
    found = {pair for pair, factor in zip(pairs, oracle.factors(pairs), strict=True) if factor is not None}
    groups = [row["units"] for row in DIFFERENCES if (row["oracle"], row["kind"]) == (oracle.name, "converts")]
    assert found == {pair for group in groups for pair in permutations(group, 2)}


@st.composite
def composed(draw: st.DrawFn) -> list[tuple[str, str, int]]:
    """Two to four components of (prefix, atom, power)."""
    part = st.tuples(
        st.sampled_from(["", "", "k", "d", "c", "m", "u", "n", "p", "Ki"]), st.sampled_from(METRIC), st.integers(-3, 3)
    )
    return draw(st.lists(part, min_size=2, max_size=4))


@given(st.lists(composed(), min_size=4, max_size=4), st.sampled_from([".", "/"]), st.sampled_from(["", "{x}"]))
@settings(
    max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
def test_composed_units_measure_what_they_do_elsewhere(
    oracle: Oracle, units: list[list[tuple[str, str, int]]], operator: str, note: str
) -> None:
    apart = listed(oracle, "factor", "refuses", "prefixed")
    texts = []
    for parts in units:
        usable = [(p, atom, n) for p, atom, n in parts if atom not in apart and n]
        text = operator.join(f"{prefix}{atom}{power if power != 1 else ''}" for prefix, atom, power in usable)
        if text and len(text) < 50 and is_unit(text):
            texts += [text, f"m/({text})", f"{text}{note}"]
    assert disagreements(oracle, texts) == {}


def is_unit(text: str) -> bool:
    """Whether we accept it."""
    try:
        return UCUM.measure(text) is not None
    except UcumError:
        return False
