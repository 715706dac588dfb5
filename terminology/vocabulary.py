"""Everything the service knows about words: codes, analytes, units, drugs and conditions."""

from __future__ import annotations

from terminology.conversion import Conversion, UnitProblem

__all__ = ["Conversion", "UnitProblem", "Vocabulary"]


class Vocabulary:
    """Placeholder shape until the tables stand."""
