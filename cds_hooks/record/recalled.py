"""Answers that were worked out before: codes, units and words recur from chart to chart."""

from __future__ import annotations

from collections.abc import Hashable
from typing import TypeVar

Answer = TypeVar("Answer")
Asked = tuple[Hashable, ...]
_MOST, _MOST_LETTERS = 4096, 2_000_000
_LONGEST = 4096  # letters; what is longer does not recur


class Recalled(dict[Asked, Answer]):
    """Answers by what was asked: codes, units and words, never an id. Bounded; when it is full, it begins anew."""

    _letters = 0  # of all that was asked

    def keep(self, asked: Asked, answer: Answer) -> Answer:
        """The answer, which `get` finds from now on, unless what was asked is long."""
        letters = sum(len(part) for part in asked if isinstance(part, str | bytes))
        if letters <= _LONGEST:
            if len(self) >= _MOST or self._letters + letters > _MOST_LETTERS:
                self.clear()
                self._letters = 0
            self._letters += letters
            self[asked] = answer
        return answer
