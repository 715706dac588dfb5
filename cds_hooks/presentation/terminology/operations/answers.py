"""Parameters and issues: the shapes in which operations answer."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Literal, NamedTuple

Part = dict[str, Any]
TX_ISSUES = "http://hl7.org/fhir/tools/CodeSystem/tx-issue-type"


class Issue(NamedTuple):
    """One thing to say about a code. `kind` is a code of tx-issue-type, `code` a FHIR IssueType."""

    severity: Literal["error", "warning", "information"]
    code: str
    kind: str
    text: str
    expression: str | None = None

    @property
    def shape(self) -> Part:
        """As an issue of an OperationOutcome."""
        details = {"coding": [{"system": TX_ISSUES, "code": self.kind}], "text": self.text}
        place = {"expression": [self.expression]} if self.expression is not None else {}
        return {"severity": self.severity, "code": self.code, "details": details, **place}


NO_CODE = Issue(
    "error", "required", "invalid-data", "There is no code: a text alone is not judged here. Send a coding.", "coding"
)
SKIPPED = Issue("warning", "required", "invalid-data", "A coding without a code was left out.", "coding")


def encode_parameters(parts: Iterable[Part | None]) -> bytes:
    """A Parameters resource as JSON; parts that are None are left out."""
    from fhir.resources.R4B.parameters import Parameters

    return Parameters(parameter=[part for part in parts if part is not None]).model_dump_json().encode()


def part(name: str, kind: str, value: Any) -> Part | None:
    """One parameter (`kind`: Boolean, String, Uri, Code, Coding); None for a value that is absent."""
    return {"name": name, f"value{kind}": value} if value is not None else None


def issues_part(issues: Iterable[Issue]) -> Part | None:
    """The issues as one parameter; None when there are none."""
    shapes = [issue.shape for issue in issues]
    return {"name": "issues", "resource": {"resourceType": "OperationOutcome", "issue": shapes}} if shapes else None


def parts(name: str, inner: Iterable[Part | None]) -> Part:
    """A parameter of several parts."""
    return {"name": name, "part": [one for one in inner if one is not None]}
