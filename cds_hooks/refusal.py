"""A caller's mistake, refused once at the door: what was wrong, where, and what would have worked."""

from __future__ import annotations


class Refusal(Exception):
    """Raised at a door; `service` turns it into an OperationOutcome.

    `status` is the HTTP status, `code` a FHIR IssueType ("structure", "value", "required" …), `diagnostics` a
    sentence for a colleague that never repeats the input, `expression` the place as FHIRPath ("Bundle.entry[3]").
    """

    def __init__(self, status: int, code: str, diagnostics: str, expression: str | None = None) -> None:
        super().__init__(diagnostics)
        self.status = status
        self.code = code
        self.diagnostics = diagnostics
        self.expression = expression
