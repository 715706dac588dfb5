"""Answers that were worked out before: codes, units and words recur from chart to chart."""

from __future__ import annotations

from collections.abc import Hashable
from typing import TypeVar

Answer = TypeVar("Answer")
Asked = tuple[Hashable, ...]
_MOST = 4096
_LONGEST = 4096  # characters; what is longer does not recur, and remembering it would fill memory


class Recalled(dict[Asked, Answer]):
    """Answers by what was asked: codes, units and words, never an id. Bounded; when it is full, it begins anew."""

    def keep(self, asked: Asked, answer: Answer) -> Answer:
        """The answer, which `get` finds from now on, unless what was asked is long."""
        if sum(len(part) for part in asked if isinstance(part, str | bytes)) <= _LONGEST:
            if len(self) >= _MOST:
                self.clear()
            self[asked] = answer
        return answer
