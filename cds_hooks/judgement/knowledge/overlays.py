"""A site's own files: profiles that it adds to shipped protocols, held to the same floors. No check is added here."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from pydantic import Field

from cds_hooks.findings import Citation
from cds_hooks.judgement.knowledge.disagreement import disagreements
from cds_hooks.judgement.knowledge.knowledge import Knowledge, KnowledgeError
from cds_hooks.judgement.knowledge.parsing import digest_of, parse, read, variant_of
from cds_hooks.judgement.planning.panels import members
from cds_hooks.judgement.reference.site import (
    Laboratory,
    LocalSource,
    is_of_laboratory,
    measured_with,
    read_laboratory,
)
from cds_hooks.judgement.written.examples import Example
from cds_hooks.judgement.written.profiles import LimitFile, ProfileFile
from cds_hooks.judgement.written.strict import Strict
from cds_hooks.judgement.written.written import ProtocolFile


class OverlayFile(Strict):
    """A site's profiles of one protocol, what they cite, and the stories that prove them."""

    protocol: str
    source: dict[str, LocalSource] = Field(default_factory=dict)
    profile: dict[str, ProfileFile] = Field(min_length=1)
    example: tuple[Example, ...] = ()

    def added_to(self, protocol: ProtocolFile) -> ProtocolFile:
        """The protocol with these profiles; one of them that is the default takes the place of the one before."""
        profiles = dict(protocol.profile)
        if any(profile.default for profile in self.profile.values()):
            profiles = {name: profile.but(default=False) for name, profile in profiles.items()}
        return ProtocolFile.read({**protocol.as_written(), "profile": {**profiles, **self.profile}})


@dataclass(frozen=True, slots=True)
class Overlay:
    """An overlay file and what errors call it."""

    name: str
    file: OverlayFile


def read_overlays(files: Mapping[str, bytes]) -> tuple[Overlay | Laboratory, ...]:
    """A site's files by name. Raises KnowledgeError naming the file and the place."""
    return tuple(_read(name, parse(name, content)) for name, content in sorted(files.items()))


def _read(name: str, written: Mapping[str, object]) -> Overlay | Laboratory:
    if is_of_laboratory(written):
        return read_laboratory(name, written)
    return Overlay(name, read(name, OverlayFile.read, written))


def laid_over(knowledge: Knowledge, overlays: Sequence[Overlay | Laboratory], files: Mapping[str, bytes]) -> Knowledge:
    """Knowledge with the site's profiles beside the shipped ones, and its laboratory's imprecision in place of the
    typical one. Raises KnowledgeError naming the file and the place.

    Their examples are not judged here.
    """
    said: dict[str, str] = {}
    for overlay in overlays:
        if isinstance(overlay, Overlay):
            knowledge = _with(knowledge, overlay)
        else:
            knowledge = measured_with(knowledge, overlay, said)
            said.update(dict.fromkeys(overlay.file.variation, overlay.name))
    contents = {str(place): content for place, content in enumerate(sorted(files.values()))}
    return replace(
        knowledge,
        digest=digest_of({"shipped": knowledge.digest.encode(), **contents}),
        disagreements=disagreements(knowledge.variants, knowledge.added_by),
        site_files=dict(files),
        measured_by=said,
    )


def _with(knowledge: Knowledge, overlay: Overlay) -> Knowledge:
    file = overlay.file
    protocol = knowledge.protocol(file.protocol)
    if protocol is None:
        known = ", ".join(each.id for each in knowledge.protocols)
        raise KnowledgeError(f"{overlay.name}: no protocol {file.protocol!r}; known: {known}")
    sources = {**knowledge.sources, **{key: Citation(key, own.title, own.url) for key, own in file.source.items()}}
    problem = next(_problems(file, protocol, knowledge, sources), None)
    if problem is not None:
        raise KnowledgeError(f"{overlay.name}: {problem}")
    widened = read(overlay.name, file.added_to, protocol)
    shared = replace(knowledge.shared, sources=sources)
    try:
        added = {(protocol.id, name): variant_of(widened, name, shared) for name in file.profile}
    except KnowledgeError as wrong:
        raise KnowledgeError(f"{overlay.name}: {wrong}") from wrong
    shipped = {
        key: replace(variant, file=widened) for key, variant in knowledge.variants.items() if key[0] == widened.id
    }
    return replace(
        knowledge,
        protocols=tuple(widened if each is protocol else each for each in knowledge.protocols),
        variants={**knowledge.variants, **shipped, **added},
        sources=sources,
        added_by={**knowledge.added_by, **dict.fromkeys(added, overlay.name)},
    )


def _problems(
    file: OverlayFile, protocol: ProtocolFile, knowledge: Knowledge, sources: Mapping[str, Citation]
) -> Iterator[str]:
    """What a site may not write, with its place."""
    for key in file.source:
        if key in knowledge.sources and knowledge.sources[key] != sources[key]:
            yield f"source.{key}: another source has this name; give yours another"
    for name, profile in file.profile.items():
        place = f"profile.{name}"
        if name in protocol.profile:
            by = knowledge.added_by.get((protocol.id, name), f"protocol {protocol.id}")
            yield f"{place}: {by} has a profile of this name; add one beside it, it cannot be changed"
        taken = next((key for key, one in protocol.profile.items() if one.default), None)
        if profile.default and (other := knowledge.added_by.get((protocol.id, taken or ""))) is not None:
            yield f"{place}: default: {other} makes {taken} the default already"
        yield from _unbound(place, profile.limit, protocol)
        yield from _uncited(place, profile, sources)
        drawn = members([item for visit in profile.visit or () for item in visit.analytes], knowledge.panels)
        yield from (
            f"{place}.visit: not an analyte: {one}" for one in drawn if one not in knowledge.vocabulary.analytes
        )
        if not any(name in example.profile for example in file.example):
            yield f'{place}: no example proves it; give one with profile = ["{name}"]'
    for example in file.example:
        if file.profile.keys().isdisjoint(example.profile):
            yield f"example {example.name!r}: name under profile one of {', '.join(file.profile)}"
        if not (example.raises or example.clears or example.unknown):
            yield f"example {example.name!r}: say what it raises, clears or leaves unknown"


def _unbound(place: str, limits: Mapping[str, LimitFile], protocol: ProtocolFile) -> Iterator[str]:
    for name, limit in limits.items():
        if limit.floor is not None or limit.analyte is not None:
            yield f"{place}.limit.{name}: floor and analyte are the protocol's"
        if name in protocol.limit and protocol.limit[name].floor is None:
            yield f"{place}.limit.{name}: it has no floor, so a site cannot change it"


def _uncited(place: str, profile: ProfileFile, sources: Mapping[str, Citation]) -> Iterator[str]:
    numbers = [
        *((f"{place}.limit.{name}", limit.source) for name, limit in profile.limit.items()),
        *((f"{place}.band.{name}", band.source) for name, band in profile.band.items()),
    ]
    yield from (f"{where}: a number needs a source" for where, cited in numbers if not cited)
    yield from (
        f"{where}: no source named {', '.join(unknown)}; known: {', '.join(sources)}"
        for where, cited in [(place, profile.source), *numbers]
        if (unknown := _unknown(cited, sources))
    )


def _unknown(cited: Iterable[str], sources: Mapping[str, Citation]) -> list[str]:
    return [name for name in cited if name not in sources]
