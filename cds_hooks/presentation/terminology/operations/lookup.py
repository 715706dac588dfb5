"""CodeSystem/$lookup: what the service knows about one code."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from cds_hooks.presentation.canonical import LOINC
from cds_hooks.presentation.terminology.catalogue import Catalogue
from cds_hooks.presentation.terminology.definitions import Asked, CodeSystem, Concept, is_beneath
from cds_hooks.presentation.terminology.loinc import NOT_HELD
from cds_hooks.presentation.terminology.operations.answers import Part, encode_parameters, issues_part, part, parts
from cds_hooks.presentation.terminology.operations.versions import about_version
from cds_hooks.presentation.terminology.public import UCUM
from cds_hooks.presentation.terminology.resources import properties_of, value_of
from cds_hooks.refusal import Refusal
from terminology.loinc import has_check_digit

# What a caller may ask for in every code system; display, name and version always come.
STANDARD = frozenset(
    {"*", "code", "system", "name", "version", "display", "definition", "designation", "parent", "child", "inactive"}
)
_LOINC_SHAPE = re.compile(r"[0-9]{1,7}-[0-9]")


def look_up(catalogue: Catalogue, asked: Asked, wanted: Sequence[str]) -> bytes:
    """Name, version, display and properties of a code, all of them unless some are `wanted`.

    Raises:
        Refusal: 404 for a code or code system that is not known here, 400 for a property that is not.
    """
    if asked.system is None:
        raise Refusal(400, "required", "Send the system together with the code.", "system")
    system = catalogue.system(asked.system)
    catalogue.require_version(system, asked.version)
    _require_known(wanted, system)
    concept = system.find(asked.code)
    if concept is None:
        raise Refusal(404, "not-found", why_unknown(system, asked.code), "code")
    remarks = list(about_version(catalogue, system, asked.version))
    return encode_parameters([*_said(system, concept, wanted), issues_part(remarks)])


def why_unknown(system: CodeSystem, code: str) -> str:
    """What to tell who asks for a code that is not known: what is wrong with it, else how much is known here."""
    if system.url == UCUM:
        return "This is not a UCUM expression. Units are case-sensitive: mg/dL, m[IU]/L, 10*3/uL."
    if system.url == LOINC and not _LOINC_SHAPE.fullmatch(code):
        return "This is not a LOINC code: those are up to seven digits, a hyphen and a check digit."
    if system.url == LOINC and not has_check_digit(code):
        return "The check digit is wrong: this cannot be a LOINC code. Look for a typing error."
    if is_beneath(code, system.categories):
        return (
            f"This code is not listed here, as only a fragment of {system.label} is held; it is read by the category "
            "above it: ConceptMap/$translate says as what."
        )
    if system.content == "fragment":
        return f"This code is not known here. Only a fragment of {system.label} is held: the code may be valid."
    return f"There is no such code: all of {system.label} is held. GET /fhir/CodeSystem/{system.id} lists it."


def shown(concept: Concept) -> str:
    """The display, which FHIR requires of a look-up; ours, and called so, where the code system's is not held."""
    return concept.display or f"{concept.label} (name given here; the code system's own is not held)"


def _require_known(wanted: Iterable[str], system: CodeSystem) -> None:
    known = STANDARD | set(system.properties)
    silent = NOT_HELD if system.url == LOINC else frozenset[str]()
    if not (known | silent).issuperset(one for one in wanted if not one.startswith("lang.")):
        raise Refusal(400, "value", f"Unknown property. Known here: {', '.join(sorted(known))}.", "property")


def _said(system: CodeSystem, concept: Concept, wanted: Sequence[str]) -> Iterator[Part | None]:
    yield part("name", "String", system.name)
    yield part("version", "String", system.version)
    yield part("display", "String", shown(concept))
    yield part("code", "Code", concept.code)
    yield part("system", "Uri", system.url)
    everything = not wanted or "*" in wanted
    for one in properties_of(concept):
        if everything or one.code in wanted:
            yield parts("property", [part("code", "Code", one.code), {"name": "value", **value_of(one.value)}])
