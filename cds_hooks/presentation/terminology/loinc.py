"""LOINC as far as the registry has it, under LOINC's own names only, and what the service does with each code."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from cds_hooks.presentation.canonical import LOINC
from cds_hooks.presentation.terminology import notices
from cds_hooks.presentation.terminology.definitions import CodeSystem, Concept, Property
from terminology.loinc import UNUSABLE
from terminology.vocabulary import LoincCode, Vocabulary

PROPERTIES = {
    "PROPERTY": "LOINC's property: kind of quantity, such as MCnc (mass per volume).",
    "SYSTEM": "LOINC's system: what was sampled, such as Ser/Plas.",
    "SCALE_TYP": "LOINC's scale: Qn (a number), Ord, Nom, Nar.",
    "METHOD_TYP": "LOINC's method, where the code is for one.",
    "analyte": "What this service calls what is measured: a code of its CodeSystem analyte.",
    "role": "How this service treats the code: primary, accept …, exclude_specimen, deprecated, panel, timing.",
    "kind": "Where results under this code come from: laboratory or context (vitals, surveys); or what may be ordered.",
    "usable": "Whether a result under this code is read as its analyte.",
    "reason": "Why a known code is not used.",
}
NOT_HELD = frozenset(  # properties of LOINC's own that its table has and the registry lacks
    {
        *("COMPONENT", "TIME_ASPCT", "CLASS", "CLASSTYPE", "STATUS", "STATUS_REASON", "STATUS_TEXT", "ORDER_OBS"),
        *("LONG_COMMON_NAME", "SHORTNAME", "DisplayName", "CONSUMER_NAME", "RELATEDNAMES2", "DefinitionDescription"),
        *("EXAMPLE_UNITS", "EXAMPLE_UCUM_UNITS", "UNITSREQUIRED", "FORMULA", "PanelType", "VersionFirstReleased"),
        *("VersionLastChanged", "CHNG_TYPE", "COMMON_TEST_RANK", "COMMON_ORDER_RANK", "HL7_FIELD_SUBFIELD_ID"),
        *("EXTERNAL_COPYRIGHT_NOTICE", "AskAtOrderEntry", "AssociatedObservations", "ValidHL7AttachmentRequest"),
    }
)
_AXES = {"PROPERTY": "property", "SYSTEM": "system", "SCALE_TYP": "scale", "METHOD_TYP": "method"}
_NO_RESULT = {
    "panel": "is a panel: its members are read, each by its own code",
    "survey": "is a survey: its answers are read, each by its own code",
    "timing": "tells when, not how much",
}


def loinc_system(vocabulary: Vocabulary) -> CodeSystem:
    """The registry as a fragment of LOINC; its rows come from several releases, so no version is claimed."""
    return CodeSystem(
        id="loinc",
        url=LOINC,
        name="LOINC",
        label="LOINC",
        title="LOINC codes that hormone-cds knows",
        description="The LOINC codes this service knows: those it reads, and those it refuses with a reason. COMPONENT "
        "is not known. The rows come from release 2.67 and later. Where LOINC's own name was not seen in a published "
        "source, there is no display.",
        content="fragment",
        concepts={code.code: _concept(code, vocabulary) for code in vocabulary.loinc.values()},
        properties=PROPERTIES,
        notice=notices.LOINC,
    )


def why_unusable(code: LoincCode, vocabulary: Vocabulary) -> str | None:
    """Why no result under this code is read as an analyte; None for one that is read."""
    why = UNUSABLE.get(code.role) or _NO_RESULT.get(code.role)
    if why is None and code.analyte not in vocabulary.analytes:
        why = "is not a quantity that is judged"
    return f"A result under this code {why}." if why is not None else None


def usable_codes(vocabulary: Vocabulary) -> Mapping[str, tuple[str, ...]]:
    """The codes that are read as each analyte, the preferred first."""
    found: dict[str, list[LoincCode]] = {}
    for code in vocabulary.loinc.values():
        if why_unusable(code, vocabulary) is None:
            found.setdefault(code.analyte, []).append(code)
    return {
        name: tuple(code.code for code in sorted(codes, key=lambda code: code.role != "primary"))
        for name, codes in found.items()
    }


def _concept(code: LoincCode, vocabulary: Vocabulary) -> Concept:
    analyte = vocabulary.analytes.get(code.analyte)
    return Concept(
        code=code.code,
        display=code.long_name if code.name == "official" else None,
        label=analyte.label if analyte is not None else code.analyte.replace("_", " "),
        properties=tuple(_properties(code, vocabulary)),
        inactive=code.role == "deprecated",
    )


def _properties(code: LoincCode, vocabulary: Vocabulary) -> Iterator[Property]:
    for name, attribute in _AXES.items():
        value = getattr(code, attribute)
        if value not in ("", "-"):
            yield Property(name, value)
    if code.analyte in vocabulary.analytes:
        yield Property("analyte", code.analyte)
    yield Property("role", code.role)
    yield Property("kind", code.kind)
    why = why_unusable(code, vocabulary)
    yield Property("usable", why is None)
    if why is not None:
        yield Property("reason", why)
