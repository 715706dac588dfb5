"""Builds all clinical knowledge from the bytes of its files, checking that they speak of one another rightly."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from cds_hooks.findings import Citation
from cds_hooks.judgement.differential.ready import Differential, Names, ready
from cds_hooks.judgement.differential.written import DifferentialFile, FactorsFile
from cds_hooks.judgement.knowledge.disagreement import disagreements
from cds_hooks.judgement.knowledge.kinds import KINDS
from cds_hooks.judgement.knowledge.knowledge import Knowledge, KnowledgeError, LabOrder
from cds_hooks.judgement.knowledge.parsing import digest_of, parse, read, variant_of
from cds_hooks.judgement.knowledge.reading import Shared
from cds_hooks.judgement.planning.notes import Note, NoteFile, read_note
from cds_hooks.judgement.planning.panels import Panel
from cds_hooks.judgement.predicates.predicate import Numbers
from cds_hooks.judgement.reference.ages import AgeTableFile, read_ages
from cds_hooks.judgement.reference.tables import Tables
from cds_hooks.judgement.reference.targets import TargetsFile, read_targets
from cds_hooks.judgement.reference.variation import VariationFile, read_variation
from cds_hooks.judgement.timing.forms import Form
from cds_hooks.judgement.written.borrowed import lenders_first, with_checks_of
from cds_hooks.judgement.written.policy import Policy
from cds_hooks.judgement.written.written import ProtocolFile, Signature
from terminology.vocabulary import Vocabulary

TABLES = ("dhea-s.toml", "igf1.toml", "targets.toml", "variation.toml")
SHARED = (
    *("forms.toml", "orders.toml", "panels.toml", "policy.toml", "signoff.toml", "sources.toml", "words.toml"),
    *TABLES,
)
DIFFERENTIAL = ("differential.toml", "context-factors.toml")  # both, or neither


def build(files: Mapping[str, bytes], vocabulary: Vocabulary) -> Knowledge:
    """Read every file of `cds_hooks/protocols`. Raises KnowledgeError naming the file and the place."""
    written = _parsed(files)
    shared = _shared(written, vocabulary)
    lent, protocols = _protocols(written)
    variants = {(file.id, profile): variant_of(file, profile, shared) for file in lent for profile in file.profile}
    sources, policy, any_time = shared.sources, shared.policy, written["panels.toml"]["any_time"]
    forms = tuple(read("forms.toml", Form.read, form) for form in written["forms.toml"]["form"])
    notes = written["panels.toml"].get("note", ())
    return Knowledge(
        vocabulary,
        protocols,
        variants,
        tuple(form for form in forms if not form.only_for),
        shared.panels,
        sources,
        tuple(LabOrder(o["code"], o["display"], tuple(o["analytes"])) for o in written["orders.toml"]["order"]),
        written["words.toml"],
        any_time,
        policy,
        digest_of(files),
        {name: _forms_of(name, forms) for form in forms for name in form.only_for},
        _tables(written, vocabulary, sources),
        shared.signed,
        tuple(_note(note, vocabulary, policy, sources, any_time) for note in notes),
        disagreements=disagreements(variants, {}),
        optimising=frozenset((file.id, check.id) for file in protocols for check in file.check if check.optimises),
        differential=_differential(written, protocols, sources, Numbers(vocabulary, policy, {}, {})),
        files=dict(files),
    )


def _parsed(files: Mapping[str, bytes]) -> dict[str, dict[str, Any]]:
    """Every TOML file by its name, with those that all protocols share."""
    written = {name: parse(name, content) for name, content in sorted(files.items()) if name.endswith(".toml")}
    missing = [name for name in SHARED if name not in written]
    if missing:
        raise KnowledgeError(f"missing from the knowledge: {', '.join(missing)}")
    return written


def _shared(written: Mapping[str, Any], vocabulary: Vocabulary) -> Shared:
    """What every protocol is read with."""
    sources = {
        name: Citation(name, entry["title"], entry.get("url")) for name, entry in written["sources.toml"].items()
    }
    panels = {panel["id"]: read("panels.toml", Panel.read, panel) for panel in written["panels.toml"]["panel"]}
    signatures = [read("signoff.toml", Signature.read, entry) for entry in written["signoff.toml"]["signed"]]
    signed = frozenset((signature.check, signature.version) for signature in signatures)
    return Shared(vocabulary, sources, panels, read("policy.toml", Policy.read, written["policy.toml"]), signed)


def _protocols(written: Mapping[str, Any]) -> tuple[Sequence[ProtocolFile], tuple[ProtocolFile, ...]]:
    """The protocols, with the checks they borrow: who lends first, and in their own order."""
    own = {name: content for name, content in written.items() if name not in (*SHARED, *DIFFERENTIAL)}
    try:
        filled = with_checks_of(own)
    except ValueError as problem:
        raise KnowledgeError(str(problem)) from problem
    understood = {name: read(name, ProtocolFile.read, filled[name]) for name in lenders_first(own)}
    protocols = tuple(understood[name] for name in filled)
    _refuse_unknown_names(protocols)
    return tuple(understood.values()), protocols


def _tables(written: Mapping[str, Any], vocabulary: Vocabulary, sources: Mapping[str, Citation]) -> Tables:
    for name in TABLES:
        unknown = sorted(_cited(written[name]) - sources.keys())
        if unknown:
            raise KnowledgeError(f"{name}: no source named {', '.join(unknown)} in sources.toml")
    variation = read("variation.toml", VariationFile.read, written["variation.toml"])
    targets = read("targets.toml", TargetsFile.read, written["targets.toml"])
    igf1, dhea_s = (read(name, AgeTableFile.read, written[name]) for name in ("igf1.toml", "dhea-s.toml"))
    try:
        return Tables(
            read_variation(variation, vocabulary, sources),
            read_targets(targets, vocabulary),
            read_ages(igf1, vocabulary),
            read_ages(dhea_s, vocabulary),
        )
    except ValueError as problem:
        raise KnowledgeError(f"{', '.join(TABLES)}: {problem}") from problem


def _cited(written: Any) -> set[str]:
    """Every source that a table names, however deep."""
    if isinstance(written, list):
        return {name for item in written for name in _cited(item)}
    if not isinstance(written, dict):
        return set()
    return set(written.get("source", ())) | {name for item in written.values() for name in _cited(item)}


def _differential(
    written: Mapping[str, Any], protocols: Sequence[ProtocolFile], sources: Mapping[str, Citation], numbers: Numbers
) -> Differential | None:
    if DIFFERENTIAL[0] not in written or DIFFERENTIAL[1] not in written:
        return None
    file = read(DIFFERENTIAL[0], DifferentialFile.read, written[DIFFERENTIAL[0]])
    factors = read(DIFFERENTIAL[1], FactorsFile.read, written[DIFFERENTIAL[1]])
    checks = frozenset(check.id for protocol in protocols for check in protocol.check)
    names = Names(checks, frozenset(protocol.id for protocol in protocols), sources, KINDS, numbers)
    try:
        return ready(file, factors, names)
    except (ValueError, KeyError) as problem:
        raise KnowledgeError(f"{' or '.join(DIFFERENTIAL)}: {problem}") from problem


def _note(written: Any, vocabulary: Vocabulary, policy: Policy, sources: Mapping[str, Citation], any_time: str) -> Note:
    note = read("panels.toml", NoteFile.read, written)
    try:
        return read_note(note, KINDS, Numbers(vocabulary, policy, {}, {}), sources, any_time)
    except ValueError as problem:
        raise KnowledgeError(f"panels.toml: note {note.text!r}: {problem}") from problem


def _forms_of(protocol: str, forms: Sequence[Form]) -> tuple[Form, ...]:
    own = tuple(form for form in forms if protocol in form.only_for)
    return (*own, *(form for form in forms if not form.only_for))


def _refuse_unknown_names(protocols: Sequence[ProtocolFile]) -> None:
    """What one check or protocol says of another must speak of one there is."""
    checks = {check.id for protocol in protocols for check in protocol.check}
    names = {protocol.id for protocol in protocols}
    for protocol in protocols:
        unknown = [name for name in protocol.applies.gives_way_to if name not in names]
        if unknown:
            raise KnowledgeError(f"{protocol.id}: gives_way_to: no protocol named {', '.join(unknown)}")
        for check in protocol.check:
            unknown = [name for name in check.yields_to if name not in checks]
            if unknown:
                raise KnowledgeError(f"{protocol.id}, check {check.id}: yields_to: no check named {', '.join(unknown)}")
