"""A library holds its file: what is exported can be read back into the very same knowledge."""

from __future__ import annotations

import hashlib
import tomllib
from base64 import b64decode
from decimal import Decimal
from typing import Any

from cds_hooks.judgement.knowledge.building import build
from cds_hooks.judgement.knowledge.knowledge import Knowledge
from cds_hooks.judgement.knowledge.parsing import digest_of
from cds_hooks.judgement.written.borrowed import with_checks_of
from cds_hooks.judgement.written.written import ProtocolFile

Resources = dict[tuple[str, str], dict[str, Any]]


def files_in(resources: Resources) -> dict[str, bytes]:
    """Every file by name, as the libraries hold it."""
    attachments = [one["content"][0] for (kind, _), one in resources.items() if kind == "Library"]
    return {one["title"]: b64decode(one["data"]) for one in attachments}


def test_every_protocol_can_be_read_from_its_library(resources: Resources, knowledge: Knowledge) -> None:
    written = {
        one["id"]: tomllib.loads(b64decode(one["content"][0]["data"]).decode(), parse_float=Decimal)
        for (kind, _), one in resources.items()
        if kind == "Library" and one["type"]["coding"][0]["code"] == "logic-library"
    }
    assert {name: ProtocolFile.read(content) for name, content in with_checks_of(written).items()} == {
        file.id: file for file in knowledge.protocols
    }


def test_the_libraries_together_are_the_knowledge_in_force(resources: Resources, knowledge: Knowledge) -> None:
    files = files_in(resources)
    assert digest_of(files) == knowledge.digest
    assert build(files, knowledge.vocabulary).protocols == knowledge.protocols


def test_an_attachment_says_what_it_is(resources: Resources) -> None:
    for (kind, _), one in resources.items():
        if kind != "Library":
            continue
        (attachment,) = one["content"]
        content = b64decode(attachment["data"])
        assert attachment["contentType"] == "application/toml"
        assert attachment["size"] == len(content)
        assert b64decode(attachment["hash"]) == hashlib.sha1(content, usedforsecurity=False).digest()


def test_a_library_has_the_version_and_the_sources_of_its_protocol(resources: Resources, knowledge: Knowledge) -> None:
    for file in knowledge.protocols:
        library = resources["Library", file.id]
        cited = {one["label"] for one in library["relatedArtifact"]}
        assert library["version"] == file.version
        assert {source for check in file.check for source in check.source} <= cited
        assert {source for limit in file.limit.values() for source in limit.source} <= cited


def test_files_that_are_no_protocol_say_what_they_are(resources: Resources) -> None:
    policy, igf1 = resources["Library", "policy"], resources["Library", "igf1"]
    assert policy["type"]["coding"][0]["code"] == "asset-collection"
    assert policy["description"].startswith("Local policy")
    assert {one["type"] for one in igf1["relatedArtifact"]} == {"citation"}
