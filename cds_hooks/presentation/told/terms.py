"""Labels and phrases that a protocol file is told with."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from cds_hooks.judgement.knowledge.knowledge import Knowledge
from cds_hooks.judgement.protocol.protocol import Protocol
from cds_hooks.presentation.wording import name


@dataclass(frozen=True, slots=True)
class Terms:
    """The labels and numbers that conditions are told with."""

    knowledge: Knowledge
    variant: Protocol

    def label(self, key: str) -> str:
        """What a clinician calls an analyte or panel."""
        panel = self.knowledge.panels.get(key)
        return panel.title if panel is not None else name(self.knowledge.words, key)

    def labels(self, keys: Iterable[str], joint: str = "or") -> str:
        """Several of them."""
        return listed([self.label(key) for key in keys], joint)

    def forms(self, ids: Iterable[str]) -> str:
        """How the drug is given."""
        titles = {form.id: form.title for form in self.knowledge.forms}
        return "; or ".join(titles[form] for form in ids)


def listed(items: Iterable[str], joint: str = "or") -> str:
    """`a, b or c`."""
    *most, last = items
    return f"{', '.join(most)} {joint} {last}" if most else last


def plain(names: Iterable[str]) -> list[str]:
    """Names of drugs and conditions as words."""
    return [name.replace("-", " ") for name in names]


def days(number: int) -> str:
    """`14 days`."""
    return f"{number} day{'' if number == 1 else 's'}"


def span(low: str, high: str) -> str:
    """`450–700 ng/dL`."""
    number, _, unit = low.partition(" ")
    return f"{number}–{high}" if high.endswith(f" {unit}") else f"{low} to {high}"
