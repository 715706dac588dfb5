"""The terminology operations: what each takes, and how it is answered."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from cds_hooks.presentation.terminology.catalogue import Catalogue
from service.fhir.operations.answers import (
    on_expansion,
    on_lookup,
    on_translation,
    on_validation_in_set,
    on_validation_in_system,
)
from service.fhir.operations.parameters import Given, Parameter

Answer = Callable[[Catalogue, Given, str | None], bytes]


class Operation(NamedTuple):
    """One operation on a type and, where `on_instance`, on one of its resources; `answer` gets the id then."""

    kind: str
    name: str
    summary: str
    description: str
    parameters: Sequence[Parameter]
    answer: Answer
    example: Mapping[str, str]
    answers: str = "Parameters"
    on_instance: str | None = None  # the id of an example

    def taken(self, on_instance: bool) -> list[Parameter]:
        """What it takes; on an instance its url needs not be said."""
        left_out = {"url", "valueSetVersion", "conceptMapVersion"} if on_instance else set()
        return [parameter for parameter in self.parameters if parameter.name not in left_out]


CODE = Parameter("code", "code", "The code; send `system` with it.")
SYSTEM = Parameter("system", "uri", "The code system of `code`, by its canonical URL.")
_OF_SYSTEM = (
    "The version of the code system of `code`, also as `system|version`. No code is found in another than the one "
    "held; where none is held whole, as of LOINC, the answer says that it was not checked."
)
VERSION = Parameter("version", "string", _OF_SYSTEM)
CODING = Parameter("coding", "Coding", "The code, its system, version and display in one. POST only.")
CONCEPT = Parameter("codeableConcept", "CodeableConcept", "Several codes for one thing. POST only.")
LANGUAGE = Parameter("displayLanguage", "code", "Accepted; every name is in English.")
DISPLAY = Parameter("display", "string", "A display to check against the code's own, whatever its case.")
ABSTRACT = Parameter("abstract", "boolean", "Accepted; no code here is abstract.")
SET_URL = Parameter("url", "uri", "The value set, by its canonical URL.")
SET_VERSION = Parameter(
    "valueSetVersion", "string", "The version of the value set; another than the one held is refused."
)
ORIGIN = "https://hormone-cds.example"

OPERATIONS = (
    Operation(
        "CodeSystem",
        "lookup",
        "What is known about one code",
        "Name, display and properties of a code: for LOINC its axes, the analyte it is read as, and whether it is "
        "usable, with the reason if not; for UCUM for which analytes a unit is usable.",
        (
            CODE,
            SYSTEM,
            VERSION,
            CODING,
            Parameter("property", "code", "A property that is wanted; without it, all. `*` is all.", repeats=True),
            LANGUAGE,
        ),
        on_lookup,
        {"system": "http://loinc.org", "code": "2986-8"},
    ),
    Operation(
        "CodeSystem",
        "validate-code",
        "Whether a code is in a code system",
        "True for a code that is known. False says why: a wrong check digit, no UCUM expression, or unknown here. Of "
        "the public code systems only fragments are held, so that a code unknown here may still be valid.",
        (
            Parameter("url", "uri", "The code system, by its canonical URL; or send `system`."),
            CODE,
            SYSTEM,
            VERSION,
            DISPLAY,
            CODING,
            CONCEPT,
            ABSTRACT,
            LANGUAGE,
        ),
        on_validation_in_system,
        {"url": "http://loinc.org", "code": "2986-8"},
        on_instance="loinc",
    ),
    Operation(
        "ValueSet",
        "validate-code",
        "Whether a code is in a value set",
        "True for a code that is in the value set, also by an ICD-10-CM or ATC category it is beneath. Of a "
        "codeableConcept one coding is enough.",
        (
            SET_URL,
            SET_VERSION,
            CODE,
            SYSTEM,
            Parameter("systemVersion", "string", _OF_SYSTEM),
            DISPLAY,
            CODING,
            CONCEPT,
            ABSTRACT,
            LANGUAGE,
        ),
        on_validation_in_set,
        {"url": f"{ORIGIN}/ValueSet/testosterone-total", "system": "http://loinc.org", "code": "2986-8"},
        on_instance="testosterone-total",
    ),
    Operation(
        "ValueSet",
        "expand",
        "The codes of a value set",
        "Every code that can be listed, page by page if `count` asks for pages. A value set with categories is marked "
        "as unclosed: it also has the codes beneath them.",
        (
            SET_URL,
            SET_VERSION,
            Parameter(
                "filter",
                "string",
                "Words that must all stand in the code or its display, in any case; empty, no code is left out.",
                may_be_empty=True,
            ),
            Parameter("offset", "integer", "How many codes to leave out at the start."),
            Parameter("count", "integer", "How many codes to list at most; 0 counts them only."),
            Parameter("activeOnly", "boolean", "Leave out codes that their code system has retired."),
            Parameter("includeDefinition", "boolean", "Show the definition (compose) too."),
            Parameter("includeDesignations", "boolean", "Accepted; there are no designations."),
            Parameter("excludeNested", "boolean", "Accepted; no expansion is nested."),
            Parameter("excludeNotForUI", "boolean", "Accepted; every code may be shown."),
            Parameter("excludePostCoordinated", "boolean", "Accepted; no code is post-coordinated."),
            LANGUAGE,
        ),
        on_expansion,
        {"url": f"{ORIGIN}/ValueSet/testosterone-total", "count": "3"},
        answers="ValueSet",
        on_instance="testosterone-total",
    ),
    Operation(
        "ConceptMap",
        "translate",
        "What a code is read as",
        "Without a map's url all maps are asked, the site's own first. A match that is `equal` or `equivalent` decides "
        "what a result is read as; `unmatched` is a code that is known and not used, and the message says why. The "
        "result is true when any match is more than unmatched or disjoint.",
        (
            Parameter("url", "uri", "The concept map, by its canonical URL; without it, all are asked."),
            Parameter("conceptMapVersion", "string", "The version of that map; another than the one held is refused."),
            CODE,
            SYSTEM,
            VERSION,
            CODING,
            CONCEPT,
            Parameter("source", "uri", "The value set translated from: only maps from it are asked."),
            Parameter("target", "uri", "The value set translated to: only maps to it are asked."),
            Parameter("targetsystem", "uri", "The code system translated to: only its codes are answered."),
            Parameter("reverse", "boolean", "Answer which codes are read as this one."),
        ),
        on_translation,
        {"system": "http://loinc.org", "code": "2986-8"},
        on_instance="loinc-to-analyte",
    ),
)
