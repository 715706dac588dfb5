"""A site's own imprecision: overlay files without a protocol, which say how its laboratory measures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from pydantic import Field

from cds_hooks.findings import Citation
from cds_hooks.judgement.knowledge.knowledge import Knowledge, KnowledgeError
from cds_hooks.judgement.knowledge.parsing import read
from cds_hooks.judgement.reference.shares import Share
from cds_hooks.judgement.written.examples import Example
from cds_hooks.judgement.written.strict import Strict


class LocalSource(Strict):
    """What a site cites for its own numbers."""

    title: str
    url: str | None = None


class OwnVariation(Strict):
    """How much a laboratory's measurement of one analyte varies."""

    analytical_cv: Share
    source: tuple[str, ...] = ()


class LaboratoryFile(Strict):
    """`[variation.tsh] analytical_cv = "3 %"`, what it cites, and stories that prove it."""

    source: dict[str, LocalSource] = Field(default_factory=dict)
    variation: dict[str, OwnVariation] = Field(min_length=1)
    example: tuple[Example, ...] = ()


@dataclass(frozen=True, slots=True)
class Laboratory:
    """Such a file and what errors call it."""

    name: str
    file: LaboratoryFile


def is_of_laboratory(written: Mapping[str, object]) -> bool:
    """Whether a file is about a laboratory and not about a protocol."""
    return "variation" in written and "protocol" not in written


def measured_with(knowledge: Knowledge, laboratory: Laboratory, others: Mapping[str, str]) -> Knowledge:
    """Knowledge with a laboratory's imprecision in place of the typical one. Raises KnowledgeError naming the place.

    `others` name the file that an analyte was written in before.
    """
    name, file = laboratory.name, laboratory.file
    own = {key: Citation(key, source.title, source.url) for key, source in file.source.items()}
    variation = knowledge.tables.variation
    for analyte, written in file.variation.items():
        place = f"{name}: variation.{analyte}"
        sources = {**knowledge.sources, **own}
        unknown = [key for key in written.source if key not in sources]
        if analyte in others:
            raise KnowledgeError(f"{place}: {others[analyte]} says it already")
        if unknown:
            raise KnowledgeError(f"{place}: no source named {', '.join(unknown)}; known: {', '.join(sources)}")
        try:
            cited = tuple(sources[key] for key in written.source)
            variation = variation.measured_with(analyte, written.analytical_cv, cited)
        except ValueError as problem:
            raise KnowledgeError(f"{name}: variation.{problem}") from problem
    return replace(knowledge, tables=replace(knowledge.tables, variation=variation))


def read_laboratory(name: str, written: object) -> Laboratory:
    """A site's file about its laboratory. Raises KnowledgeError naming the file and the place."""
    return Laboratory(name, read(name, LaboratoryFile.read, written))
