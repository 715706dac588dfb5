"""All clinical knowledge as one immutable value, built once from bytes and handed to every evaluation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from cds_hooks.findings import Source
from terminology.vocabulary import Vocabulary


@dataclass(frozen=True, slots=True)
class LabOrder:
    """A blood test one can order: its LOINC code, official name, and the analytes a result of it answers."""

    code: str
    display: str
    analytes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Knowledge:
    """Protocols, forms, sources, orders and wording, in force together. `digest` names this exact content."""

    vocabulary: Vocabulary
    sources: Mapping[str, Source]
    orders: tuple[LabOrder, ...]
    words: Mapping[str, str]  # sentences around findings, by name, with {placeholders}
    digest: str
