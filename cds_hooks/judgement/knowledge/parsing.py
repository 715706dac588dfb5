"""One file of the knowledge: from bytes through a strict reader, with errors that name file and place."""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, TypeVar

from pydantic import ValidationError

from cds_hooks.judgement.knowledge.knowledge import KnowledgeError
from cds_hooks.judgement.knowledge.reading import Shared, read_profile
from cds_hooks.judgement.protocol.protocol import Protocol
from cds_hooks.judgement.written.written import ProtocolFile

T = TypeVar("T")


def digest_of(files: Mapping[str, bytes]) -> str:
    """A short name for exactly these files."""
    content = hashlib.sha256()
    for name in sorted(files):
        content.update(name.encode() + b"\0" + hashlib.sha256(files[name]).digest())
    return content.hexdigest()[:12]


def parse(name: str, content: bytes) -> dict[str, Any]:
    """A TOML file with exact numbers. Raises KnowledgeError."""
    try:
        return tomllib.loads(content.decode(), parse_float=Decimal)
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as problem:
        raise KnowledgeError(f"{name}: {problem}") from problem
    except RecursionError as problem:
        raise KnowledgeError(f"{name}: nested too deeply") from problem


def read(name: str, reader: Callable[[Any], T], content: Any) -> T:
    """Content through a strict reader. Raises KnowledgeError naming the file and the place."""
    try:
        return reader(content)
    except ValidationError as problem:
        first = problem.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        wrong = "there is no such key" if first["type"] == "unexpected_keyword_argument" else first["msg"]
        raise KnowledgeError(f"{name}: {place}: {wrong}") from problem


def variant_of(file: ProtocolFile, profile: str, shared: Shared) -> Protocol:
    """A protocol with one profile's numbers. Raises KnowledgeError naming both."""
    try:
        return read_profile(file, profile, shared)
    except ValueError as problem:
        raise KnowledgeError(f"{file.id}, profile {profile}: {problem}") from problem
