"""Every file of the knowledge as a Library that holds it as it was read."""

from __future__ import annotations

import hashlib
from base64 import b64encode
from collections.abc import Iterator
from functools import partial
from typing import Any

from cds_hooks.findings import Citation
from cds_hooks.judgement.knowledge.knowledge import Knowledge
from cds_hooks.judgement.knowledge.parsing import parse
from cds_hooks.judgement.written.written import ProtocolFile
from cds_hooks.presentation.artifacts.artifact import Artifact, Shape
from cds_hooks.presentation.artifacts.evidence import citations
from cds_hooks.presentation.artifacts.topics import protocol_topics
from cds_hooks.presentation.canonical import slug
from cds_hooks.presentation.terminology import notices

TYPES = "http://terminology.hl7.org/CodeSystem/library-type"
TOML = "application/toml"


def libraries(knowledge: Knowledge, version: str) -> Iterator[Artifact]:
    """The shipped files, then the site's. `version` is the service's: of files that have none of their own."""
    for name, content in knowledge.files.items():
        file = knowledge.protocol(name.removesuffix(".toml"))
        if file is not None:
            yield _of_protocol(file, name, content, knowledge)
        else:
            yield _shared(slug(name.removesuffix(".toml")), version, name, name, content, knowledge)
    for path, content in knowledge.site_files.items():
        identity = site_library_id(path, knowledge)
        yield _shared(
            identity, mark_of(content), f"{file_name(path)} of this site", file_name(path), content, knowledge
        )


def site_library_id(path: str, knowledge: Knowledge) -> str:
    """The id of one of the site's own files: by its name, and its place where two have one name."""
    names = [slug(file_name(one).removesuffix(".toml")) for one in knowledge.site_files]
    place = list(knowledge.site_files).index(path)
    again = f"-{place}" if names.count(names[place]) > 1 else ""
    return f"site-{names[place][:48] or 'file'}{again}"


def file_name(path: str) -> str:
    """The last part of a path: where a site keeps its files is nobody's business."""
    return path.replace("\\", "/").rpartition("/")[2]


def mark_of(content: bytes) -> str:
    """A short name for exactly this content."""
    return hashlib.sha256(content).hexdigest()[:8]


def _of_protocol(file: ProtocolFile, name: str, content: bytes, knowledge: Knowledge) -> Artifact:
    variants = [knowledge.variants[file.id, profile] for profile in file.profile]
    head = {"type": _type("logic-library"), "topic": protocol_topics(variants, knowledge)}
    cited = [source for variant in variants for check in variant.checks for source in check.sources]
    make = partial(_rest, name, content, knowledge, cited)
    return Artifact("Library", slug(file.id), file.version, file.title, file.about, make, head)


def _shared(identity: str, version: str, title: str, name: str, content: bytes, knowledge: Knowledge) -> Artifact:
    head = {"type": _type("asset-collection")} | ({"copyright": notices.LOINC} if b"LOINC" in content else {})
    make = partial(_rest, name, content, knowledge, [])
    return Artifact("Library", identity, version, title, _opening(content) or title, make, head)


def _type(code: str) -> Shape:
    return {"coding": [{"system": TYPES, "code": code}]}


def _opening(content: bytes) -> str:
    """The comment a file begins with."""
    lines = content.decode().splitlines()
    end = next((place for place, line in enumerate(lines) if not line.startswith("#")), len(lines))
    return " ".join(" ".join(line.lstrip("# ") for line in lines[:end]).split())


def _rest(name: str, content: bytes, knowledge: Knowledge, cited: list[Citation]) -> Shape:
    named = dict.fromkeys(_sources_named(parse(name, content)))
    every = [*cited, *(knowledge.sources[source] for source in named if source in knowledge.sources)]
    related = citations(every)
    attachment = {
        "contentType": TOML,
        "title": name,
        "size": len(content),
        "hash": b64encode(hashlib.sha1(content, usedforsecurity=False).digest()).decode(),  # FHIR asks for SHA-1
        "data": b64encode(content).decode(),
    }
    return ({"relatedArtifact": related} if related else {}) | {"content": [attachment]}


def _sources_named(written: Any) -> Iterator[str]:
    """Every source that a file names, however deep."""
    if isinstance(written, list):
        for inner in written:
            yield from _sources_named(inner)
    elif isinstance(written, dict):
        cited = written.get("source")
        if isinstance(cited, list):
            yield from (one for one in cited if isinstance(one, str))
        for inner in written.values():
            yield from _sources_named(inner)
