"""When a check is raised, as conditions of an action: sentences for people, from the words the pages use.

FHIR R4 lets an expression's language be any media type, but HL7's JSON schema refuses all but CQL, FHIRPath and FHIR
queries. A sentence is none of them, so the language is said to be absent, the expression being text.
"""

from __future__ import annotations

from collections.abc import Iterator

from cds_hooks.judgement.written.written import BranchFile, CheckFile
from cds_hooks.presentation.artifacts.artifact import Shape
from cds_hooks.presentation.told.conditions import told
from cds_hooks.presentation.told.terms import Terms

AS_TEXT = {"extension": [{"url": "http://hl7.org/fhir/StructureDefinition/data-absent-reason", "valueCode": "as-text"}]}
MEANING = (
    "Conditions are sentences for people, with the numbers of this profile: their expression has no language (absent: "
    "as-text), and no program can run it. $apply answers whether they hold for a patient."
)


def conditions_of(file: CheckFile | BranchFile, terms: Terms) -> list[Shape]:
    """All of them must hold."""
    return [applicable(sentence, said) for said, sentence in _said(file, terms)]


def reasons_of(file: CheckFile, terms: Terms) -> Iterator[str]:
    """The same as lines of text, with those of its ways."""
    yield from (f"{said}: {sentence}." for said, sentence in _said(file, terms))
    for place, branch in enumerate(file.branch, 1):
        yield f"Way {place}: {'; and '.join(sentence for _, sentence in _said(branch, terms))}."


def applicable(sentence: str, said: str = "") -> Shape:
    """One sentence that must be true."""
    expression: Shape = {"_language": AS_TEXT, "expression": sentence}
    return {"kind": "applicability", "expression": expression | ({"description": said} if said else {})}


def _said(file: CheckFile | BranchFile, terms: Terms) -> Iterator[tuple[str, str]]:
    """Each condition with how it counts."""
    yield from (("Must hold", told(condition, terms)) for condition in file.all)
    if isinstance(file, BranchFile):
        return
    if file.any:
        yield "At least one must hold", "; or ".join(told(condition, terms) for condition in file.any)
    yield from (("Must not hold", f"not: {told(condition, terms)}") for condition in file.none)
    yield from (
        ("Must not be known to hold", f"unless it is known: {told(condition, terms)}") for condition in file.unless
    )
