"""From bytes to every flaw of what they hold, each with its place in FHIR and in the text.

Takes seconds for a large Bundle, and imports fhir.resources at its first call: not for the event loop.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from cds_hooks.record.strict.codes import code_flaws
from cds_hooks.record.strict.contained import contained_flaws
from cds_hooks.record.strict.flaws import Flaw, Pointer, Severity, Spot, flaw
from cds_hooks.record.strict.invariants import invariant_flaws
from cds_hooks.record.strict.positions import positions
from cds_hooks.record.strict.references import Known, reference_flaws, repeated_flaws
from cds_hooks.record.strict.structure.models import model_flaws
from cds_hooks.record.strict.structure.releases import Release, release_flaws
from cds_hooks.record.strict.structure.shapes import is_known_type
from cds_hooks.record.strict.structure.structure import Element, walk
from cds_hooks.record.strict.text import Text, read_text, too_deep
from cds_hooks.record.strict.units import Units
from terminology.vocabulary import Vocabulary

MOST = 500  # errors that are told, and as many warnings
_MORE = f"There are more than {MOST} problems, and no more are told: correct these and ask again."
_HEEDED = 10_000  # flaws after which the models are not kept from telling one again


class PlacedFlaw(NamedTuple):
    """A flaw as it is told: `line` and `column` are those of the posted text, from 1."""

    severity: Severity
    code: str
    said: str
    expression: str
    line: int
    column: int


def check(body: bytes, vocabulary: Vocabulary, release: Release = "4.0") -> tuple[PlacedFlaw, ...]:
    """Every flaw of a posted resource of a release, in the order of the text; none is empty.

    Raises:
        Refusal: 400 when the body is not JSON in UTF-8, or nested too deeply.
    """
    text = read_text(body)
    return check_value(text, text.tree, name_of(text.tree), (), vocabulary, release=release)


def check_value(
    text: Text,
    value: Any,
    name: str,
    pointer: Pointer,
    vocabulary: Vocabulary,
    wanted: str | None = None,
    release: Release = "4.0",
) -> tuple[PlacedFlaw, ...]:
    """Every flaw of the resource that stands at a pointer of a text.

    `name` is the FHIRPath of the outermost value; without one, places are named as `prefetch.labs.entry[0]`. `wanted`
    is the type the resource has to be of.
    """
    spot = Spot(None, name)
    for key in pointer:
        spot = spot.at(key)
    try:
        found = _first(_flaws(value, spot, vocabulary, wanted, release), spot)
    except RecursionError:
        raise too_deep() from None
    where = positions(text.written, {one.seen.pointer for one in found})
    told = [_placed(one, where[one.seen.pointer]) for one in found]
    return tuple(sorted(dict.fromkeys(told), key=lambda one: (one.line, one.column)))


def _first(flaws: Iterable[Flaw], spot: Spot) -> list[Flaw]:
    """The first errors and the first warnings, and whether there are more: no warning may hide an error."""
    errors: list[Flaw] = []
    others: list[Flaw] = []
    more: list[Flaw] = []
    for one in flaws:
        is_error = one.severity == "error"
        same = errors if is_error else others
        if len(same) < MOST:
            same.append(one)
            continue
        more = [flaw("too-costly", _MORE, spot, "error" if is_error else "warning")]
        if is_error:
            break
    return [*errors, *others, *more]


def _placed(one: Flaw, position: tuple[int, int]) -> PlacedFlaw:
    return PlacedFlaw(one.severity, one.code, one.said, one.spot.expression, *position)


def name_of(value: Any) -> str:
    """How the places in a resource begin: with its type, if it is one."""
    kind = value.get("resourceType") if isinstance(value, dict) else None
    return kind if isinstance(kind, str) and is_known_type(kind) else "Resource"


def _flaws(value: Any, spot: Spot, vocabulary: Vocabulary, wanted: str | None, release: Release) -> Iterator[Flaw]:
    if wanted is not None and isinstance(value, dict) and value.get("resourceType", wanted) != wanted:
        said = f"This address is for a {wanted}: post one, or post this to /fhir/$validate."
        yield flaw("invalid", said, spot.at("resourceType"))
    elements: list[Element] = []
    flaws: list[Flaw] = []
    units = Units(vocabulary)
    for one in walk(value, spot):
        if isinstance(one, Element):
            elements.append(one)
        for each in _of_element(one, vocabulary, units, release) if isinstance(one, Element) else (one,):
            if len(flaws) < _HEEDED:
                flaws.append(each)
            yield each
    known = Known(one.resource for one in elements if one.value is one.resource.value)
    yield from repeated_flaws(known)
    yield from contained_flaws(known.resources)
    for element in elements:
        yield from reference_flaws(element, known)
    of_resource = _by_resource(flaws, known)
    for resource in known.resources:
        yield from model_flaws(resource, of_resource[id(resource.spot)])


def _by_resource(flaws: Iterable[Flaw], known: Known) -> dict[int, list[Flaw]]:
    """The flaws of each resource, by its spot: those of a resource inside it are not among them."""
    found: dict[int, list[Flaw]] = {id(one.spot): [] for one in known.resources}
    for one in flaws:
        spot: Spot | None = one.spot
        while spot is not None and id(spot) not in found:
            spot = spot.within
        if spot is not None:
            found[id(spot)].append(one)
    return found


def _of_element(element: Element, vocabulary: Vocabulary, units: Units, release: Release) -> Iterable[Flaw]:
    yield from release_flaws(element, release)
    yield from code_flaws(element, vocabulary)
    yield from invariant_flaws(element)
    yield from units.flaws(element)
