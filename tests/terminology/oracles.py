"""Two other implementations of UCUM, asked in one way: how many `to` is one `from`, or None when they refuse."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterable, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any, Protocol

from tests.tools import node

NODE_FOLDER = Path(__file__).parent.parent / "oracles"
Pair = tuple[str, str]


class Oracle(Protocol):
    """Another implementation."""

    name: str

    def factors(self, pairs: Sequence[Pair]) -> list[Fraction | None]:
        """For each (from, to) how many `to` one `from` is."""


class Ucumvert:
    """The PyPI library ucumvert, on pint."""

    name = "ucumvert"

    def __init__(self) -> None:
        from ucumvert import PintUcumRegistry

        self._registry = PintUcumRegistry()
        self._read: dict[str, Any] = {}

    def factors(self, pairs: Sequence[Pair]) -> list[Fraction | None]:
        return [self._factor(*pair) for pair in pairs]

    def _factor(self, source: str, target: str) -> Fraction | None:
        try:
            return _exact(self._unit(source).to(self._unit(target)).magnitude)
        except Exception:
            return None

    def _unit(self, text: str) -> Any:
        if text not in self._read:
            self._read[text] = self._registry.from_ucum(text)
        return self._read[text]


class Lhc:
    """NLM's npm library @lhncbc/ucum-lhc, in one node process for all questions."""

    name = "ucum-lhc"

    def __init__(self) -> None:
        command = [node("@lhncbc/ucum-lhc", "oracles"), str(NODE_FOLDER / "lhc.js")]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def factors(self, pairs: Sequence[Pair]) -> list[Fraction | None]:
        return [_exact(answer) for answer in self._ask(pairs)]

    def are_units(self, texts: Sequence[str]) -> list[bool]:
        """For each text whether it is a unit."""
        return [bool(answer) for answer in self._ask(texts)]

    def close(self) -> None:
        """End the process."""
        self._process.communicate()

    def _ask(self, asked: Iterable[Any]) -> list[Any]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(list(asked)) + "\n")
        self._process.stdin.flush()
        answers: list[Any] = json.loads(self._process.stdout.readline())
        return answers


def _exact(number: object) -> Fraction | None:
    try:
        return Fraction(number) if isinstance(number, (int, float)) else None
    except (ValueError, OverflowError):  # not a number, infinite
        return None
