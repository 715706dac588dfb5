"""A caller's mistake, refused once at the door: what was wrong, where, and what would have worked."""

from __future__ import annotations

from typing import NamedTuple


class Problem(NamedTuple):
    """One thing that is wrong.

    `code` is a FHIR IssueType ("structure", "value", "required" …), `diagnostics` a sentence for a colleague that never
    repeats the input, `expression` the place as FHIRPath ("Bundle.entry[3]").
    """

    code: str
    diagnostics: str
    expression: str | None = None


class Refusal(Exception):
    """Raised at a door with an HTTP status; `service` turns it into an OperationOutcome with an issue per problem."""

    def __init__(
        self, status: int, code: str, diagnostics: str, expression: str | None = None, further: tuple[Problem, ...] = ()
    ) -> None:
        super().__init__(diagnostics)
        self.status = status
        self.problems = (Problem(code, diagnostics, expression), *further)

    @property
    def diagnostics(self) -> str:
        """What is wrong, in one text."""
        return " ".join(problem.diagnostics for problem in self.problems)

    @property
    def expression(self) -> str | None:
        """The place of the first problem."""
        return self.problems[0].expression
