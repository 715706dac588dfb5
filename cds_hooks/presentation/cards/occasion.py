"""What all cards of one answer share: words, orders, the patient's reference, and how they are signed."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Callable, Iterable, Mapping

import msgspec

from cds_hooks.facts import Facts
from cds_hooks.findings import Change
from cds_hooks.judged import Judged
from cds_hooks.judgement.knowledge.disagreement import Disagreement
from cds_hooks.judgement.knowledge.knowledge import Knowledge, LabOrder
from cds_hooks.presentation.markdown import Markdown, fill, line
from cds_hooks.presentation.overrides import override_reasons
from cds_hooks.presentation.silences.said import silent_lines
from cds_hooks.presentation.wording import Words, names
from cds_hooks.wire.response import Coding

# Many EHRs hold no dispensed drugs, and orders tell of the same therapies: nothing becomes unknown without them.
_NOT_MISSED = frozenset({"dispenses"})


class Occasion(msgspec.Struct, frozen=True, gc=False):
    """One answer to one chart."""

    words: Words
    offered: tuple[LabOrder, ...]
    namespace: uuid.UUID
    signature: tuple[Markdown, ...]  # the last lines of every detail
    override_reasons: tuple[Coding, ...]
    public_url: str | None = None
    has_app: bool = False  # a SMART app is there, and cards lead to it
    patient: str = ""
    placed: frozenset[str] = frozenset()
    profiles: Mapping[str, str] = {}
    disagreements: Mapping[tuple[str, str], tuple[Disagreement, ...]] = {}
    compare: Callable[[], tuple[Change, ...]] = tuple  # how far results moved
    optimising: frozenset[tuple[str, str]] = frozenset()  # (protocol, check) that advise on a dose or target
    silent: tuple[Markdown, ...] = ()  # what is kept silent by what is remembered, said on the closing card

    def identify(self, kind: str, parts: Iterable[str] = ()) -> str:
        """The same uuid for the same kind of card over the same evidence, so that a retry repeats it."""
        return name_based_uuid(self.namespace, "|".join((kind, *parts)))


def name_based_uuid(namespace: uuid.UUID, name: str) -> str:
    """`str(uuid.uuid5(namespace, name))`, a third of its time: every order of every card has one."""
    digest = hashlib.sha1(namespace.bytes + name.encode("utf-8", "replace"), usedforsecurity=False).hexdigest()
    variant = "89ab"[int(digest[16], 16) & 3]
    return f"{digest[:8]}-{digest[8:12]}-5{digest[13:16]}-{variant}{digest[17:20]}-{digest[20:32]}"


def occasion(knowledge: Knowledge, namespace: uuid.UUID, service_version: str | None) -> Occasion:
    """An answer that is about no chart."""
    words = knowledge.words
    return Occasion(
        words=words,
        offered=knowledge.orders,
        namespace=namespace,
        signature=(_footer(knowledge, service_version),),
        override_reasons=override_reasons(words),
    )


def occasion_for(
    judged: Judged,
    facts: Facts,
    knowledge: Knowledge,
    public_url: str | None,
    namespace: uuid.UUID,
    service_version: str | None,
    has_app: bool = False,
) -> Occasion:
    """An answer about one chart; what the chart lacks is said above the signature."""
    words = knowledge.words
    return Occasion(
        words=words,
        offered=knowledge.orders,
        namespace=namespace,
        signature=(*_by_map(words, facts), *_gaps(words, facts), _footer(knowledge, service_version)),
        override_reasons=override_reasons(words),
        public_url=public_url.rstrip("/") if public_url else None,
        has_app=has_app,
        patient=facts.patient.reference,
        placed=judged.placed,
        profiles={used.id: used.profile for used in judged.protocols},
        disagreements=knowledge.disagreements,
        compare=judged.compare,
        optimising=knowledge.optimising,
        silent=silent_lines(words, judged),
    )


def _by_map(words: Words, facts: Facts) -> list[Markdown]:
    """Drugs that only the site's code map made known: every card rests on which drugs are taken."""
    bases = {therapy.drug: therapy.basis for therapy in facts.therapies if therapy.by_map}
    bases |= {dose.drug: dose.basis for dose in facts.doses if dose.basis and dose.drug not in bases}
    return [
        line(words["label_by_map"], words["recognised"].format(therapy=drug, basis=basis))
        for drug, basis in bases.items()
    ]


def _gaps(words: Words, facts: Facts) -> list[Markdown]:
    gaps = [fill(words["history_incomplete"])] if facts.incomplete else []
    if missed := sorted(facts.absent - _NOT_MISSED):
        gaps.append(fill(words["not_supplied"], kinds=names(words, missed)))
    return gaps


def _footer(knowledge: Knowledge, service_version: str | None) -> Markdown:
    words = knowledge.words
    service = (
        words["service_name_version"].format(version=service_version) if service_version else words["service_name"]
    )
    return fill(words["footer"], service=service, digest=knowledge.digest, terminology=words["terminology_release"])
