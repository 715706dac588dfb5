"""Writes tests/CONFORMANCE.md: every requirement of CDS Hooks with the tests that prove it, or why there is none."""

from __future__ import annotations

import ast
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

HERE = Path(__file__).parent
TABLE = HERE / "CONFORMANCE.md"
LEVELS = ("SHALL", "SHALL NOT", "SHOULD", "SHOULD NOT", "MAY", "cope", "kit")
INTRODUCTION = """\
# CDS Hooks, requirement by requirement

Generated from `requirements.toml` and the `requirement` markers of the tests; a test fails when it is stale.
Renew it with `python -m tests.requirements_table`. Levels are what the standard demands of a *service*;
`cope` is what clients do and a service has to live with, `kit` what the kit that certifies services looks at.
"""


class Requirement(NamedTuple):
    """One demand of the standard, and why it has no (or not the whole) proof in this version."""

    id: str
    level: str
    text: str
    reason: str | None


class Proof(NamedTuple):
    """A test that claims to prove a requirement."""

    requirement: str
    file: str  # relative to tests/
    test: str


def requirements() -> list[Requirement]:
    """All requirements, in the order of the standard."""
    with (HERE / "requirements.toml").open("rb") as written:
        return [Requirement(name, row["level"], row["text"], row.get("reason")) for name, row in _rows(written.read())]


def proofs() -> list[Proof]:
    """Every use of the marker on a test, read from the source, so that nothing needs to be imported."""
    return [proof for path in sorted(HERE.rglob("test_*.py")) for proof in proofs_in(path)]


def proofs_in(path: Path) -> Iterator[Proof]:
    """The proofs that one file holds."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
            for name in _marked(node.decorator_list):
                yield Proof(name, path.relative_to(HERE).as_posix(), node.name)


def table() -> str:
    """The page."""
    found = proofs()
    rows = [
        _row(requirement, [proof for proof in found if proof.requirement == requirement.id])
        for requirement in requirements()
    ]
    return "\n".join([INTRODUCTION, "| id | level | requirement | proof |", "|---|---|---|---|", *rows, ""])


def _rows(written: bytes) -> list[tuple[str, dict[str, str]]]:
    return list(tomllib.loads(written.decode()).items())


def _marked(decorators: list[ast.expr]) -> Iterator[str]:
    for node in (inner for decorator in decorators for inner in ast.walk(decorator)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "requirement":
            yield from (str(ast.literal_eval(argument)) for argument in node.args)


def _row(requirement: Requirement, found: list[Proof]) -> str:
    said = [f"Not covered: {requirement.reason}"] if requirement.reason and not found else []
    partly = [f"In part: {requirement.reason}"] if requirement.reason and found else []
    tests = [_in_file(file, found) for file in dict.fromkeys(proof.file for proof in found)]
    proof = "<br>".join([*said, *partly, *tests])
    return f"| {requirement.id} | {requirement.level} | {requirement.text} | {proof} |"


def _in_file(file: str, found: list[Proof]) -> str:
    names = dict.fromkeys(proof.test for proof in found if proof.file == file)
    sentences = "; ".join(name.removeprefix("test_").replace("_", " ") for name in names)
    return f"[{file}]({file}): {sentences}"


if __name__ == "__main__":
    TABLE.write_text(table(), encoding="utf-8")
