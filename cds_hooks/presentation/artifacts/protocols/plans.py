"""Every protocol, with the numbers of one profile, as a PlanDefinition."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import partial

from cds_hooks.findings import Citation
from cds_hooks.judgement.knowledge.knowledge import Knowledge
from cds_hooks.judgement.protocol.protocol import Protocol
from cds_hooks.presentation.artifacts import evidence
from cds_hooks.presentation.artifacts.artifact import Artifact, Shape, url_of
from cds_hooks.presentation.artifacts.evidence import behind_numbers, citations, depends_on, files_looked_into
from cds_hooks.presentation.artifacts.laboratory import (
    imprecision,
    measured_here,
    site_files_behind,
    sources_behind,
)
from cds_hooks.presentation.artifacts.libraries import mark_of, site_library_id
from cds_hooks.presentation.artifacts.protocols import applicability, visits
from cds_hooks.presentation.artifacts.protocols.checks import check_action
from cds_hooks.presentation.artifacts.protocols.goals import goals
from cds_hooks.presentation.artifacts.topics import protocol_topics, use_contexts
from cds_hooks.presentation.canonical import slug
from cds_hooks.presentation.terminology import notices
from cds_hooks.presentation.terminology.value_sets import protocol_set_id
from cds_hooks.presentation.told.applying import applying
from cds_hooks.presentation.told.terms import Terms

TYPES = "http://terminology.hl7.org/CodeSystem/plan-definition-type"
READ_WITH = ("forms", "orders", "panels", "policy", "sources")  # files that every protocol is read with
_MONTH = re.compile(r"(\d{4})\.(0[1-9]|1[0-2])\.\d+")
_LONGEST = 64
FILLED = (
    "What stands in braces is filled in from the chart. A result counts for {results_for} days where a condition does "
    "not say otherwise."
)


def plans(knowledge: Knowledge) -> Iterator[Artifact]:
    """One for each protocol and profile, the site's own profiles too."""
    for (protocol, profile), variant in knowledge.variants.items():
        identity = plan_id(protocol, profile)
        head: Shape = {
            "type": {"coding": [{"system": TYPES, "code": _type(variant)}]},
            "topic": protocol_topics([variant], knowledge),
            "useContext": use_contexts(variant.file, knowledge),
            "copyright": notices.LOINC,
            **_date(variant),
        }
        version, title = _version(variant, knowledge), _title(variant)
        make = partial(_rest, variant, knowledge)
        yield Artifact("PlanDefinition", identity, version, title, variant.file.about, make, head)


def plan_id(protocol: str, profile: str) -> str:
    """The id of a protocol with one profile: `testosterone-men.es2018`."""
    plain = f"{slug(protocol)}.{slug(profile)}"
    if len(plain) <= _LONGEST and (slug(protocol), slug(profile)) == (protocol, profile):
        return plain
    return f"{plain[:50]}-{mark_of(f'{protocol} {profile}'.encode())}"  # a site may name its profiles as it likes


def plans_by_id(knowledge: Knowledge) -> Mapping[str, Protocol]:
    """The protocol ready to judge behind each plan."""
    return {plan_id(*names): variant for names, variant in knowledge.variants.items()}


def _type(variant: Protocol) -> str:
    return "clinical-protocol" if variant.schedule.visits else "eca-rule"


def _title(variant: Protocol) -> str:
    profile = variant.file.profile[variant.profile].title
    return variant.file.title if profile == variant.file.title else f"{variant.file.title}: {profile}"


def _version(variant: Protocol, knowledge: Knowledge) -> str:
    """That of the file; with a mark of the site's files, where it rests on any."""
    content = b"".join(knowledge.site_files[path] for path in _site_files(variant, knowledge))
    return f"{variant.file.version}+{mark_of(content)}" if content else variant.file.version


def _site_files(variant: Protocol, knowledge: Knowledge) -> list[str]:
    """The site's own files behind a plan: of its profile, then of its laboratory's imprecision."""
    path = knowledge.added_by.get((variant.id, variant.profile))
    own = [path] if path else []
    return [*own, *site_files_behind(measured_here(variant.file.check, knowledge), knowledge)]


def _date(variant: Protocol) -> Shape:
    """The month that a version such as `2026.11.1` tells."""
    month = _MONTH.fullmatch(variant.file.version)
    return {"date": f"{month[1]}-{month[2]}"} if month else {}


def _rest(variant: Protocol, knowledge: Knowledge) -> Shape:
    terms = Terms(knowledge, variant)
    profile = variant.file.profile[variant.profile]
    filled = FILLED.format(results_for=knowledge.policy.results_for)
    measured = imprecision(measured_here(variant.file.check, knowledge), terms)
    meaning = [evidence.MEANING, applicability.MEANING, filled, *([visits.MEANING] if variant.schedule.visits else [])]
    looked_into = files_looked_into(variant.file.check)
    targets = goals(terms)
    libraries = _libraries(variant, knowledge)
    return {
        "purpose": "\n\n".join(filter(None, (variant.file.about, profile.about))),
        "usage": "\n\n".join([*_default(variant), *applying(variant.file, terms), *meaning, *measured]),
        "relatedArtifact": [
            *citations(_cited(variant, terms)),
            *_related(variant, knowledge),
            *depends_on(*libraries, *(url_of("Library", name) for name in dict.fromkeys((*READ_WITH, *looked_into)))),
        ],
        "library": libraries,
        "action": [*visits.calendar(terms), _checks(variant, terms)],
    } | ({"goal": targets} if targets else {})


def _default(variant: Protocol) -> list[str]:
    is_default = variant.profile == variant.file.default_profile and len(variant.file.profile) > 1
    return ["The default profile of its protocol: used where no other is asked for."] if is_default else []


def _checks(variant: Protocol, terms: Terms) -> Shape:
    """Every check, looked at with each chart that is sent."""
    return {
        "id": "checks",
        "title": "Checks",
        "trigger": [{"type": "named-event", "name": "patient-view"}],
        "groupingBehavior": "logical-group",
        "selectionBehavior": "any",
        "action": [check_action(check, terms) for check in variant.checks],
    }


def _libraries(variant: Protocol, knowledge: Knowledge) -> list[str]:
    """The file of the protocol, and the site's own behind it."""
    own = [site_library_id(path, knowledge) for path in _site_files(variant, knowledge)]
    return [url_of("Library", identity) for identity in (slug(variant.id), *own)]


def _cited(variant: Protocol, terms: Terms) -> list[Citation]:
    sources = terms.knowledge.sources
    profile = [sources[name] for name in variant.file.profile[variant.profile].source]
    numbers = behind_numbers((*variant.limits, *variant.bands), terms)
    measured = sources_behind(measured_here(variant.file.check, terms.knowledge), terms.knowledge)
    return [*profile, *numbers, *(source for check in variant.checks for source in check.sources), *measured]


def _related(variant: Protocol, knowledge: Knowledge) -> list[Shape]:
    """The profile it extends, and the codes of its results."""
    extends = [variant.extends] if variant.extends is not None else []
    codes = protocol_set_id(variant.id, knowledge)
    return [
        *[{"type": "derived-from", "resource": url_of("PlanDefinition", plan_id(variant.id, one))} for one in extends],
        *depends_on(*([url_of("ValueSet", codes)] if codes else [])),
    ]
