"""From the parameters of a call to the answer of its operation; an id names the resource it is asked of, if any."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from cds_hooks.presentation.terminology.catalogue import Catalogue
from cds_hooks.presentation.terminology.definitions import Asked, ConceptMap, ValueSet
from cds_hooks.presentation.terminology.expansion import Wish, expand
from cds_hooks.presentation.terminology.lookup import look_up
from cds_hooks.presentation.terminology.translation import Direction, translate
from cds_hooks.presentation.terminology.validation import validate_in_set, validate_in_system
from cds_hooks.refusal import Refusal
from service.fhir.parameters import Given


def on_lookup(catalogue: Catalogue, given: Given, _: str | None) -> bytes:
    """CodeSystem/$lookup."""
    (asked,) = given.asked()
    return look_up(catalogue, asked, given.texts("property"))


def on_validation_in_system(catalogue: Catalogue, given: Given, identity: str | None) -> bytes:
    """CodeSystem/$validate-code."""
    if identity is not None:
        system = catalogue.read(catalogue.code_systems, identity)
        return validate_in_system(catalogue, system, given.asked(system.url))
    named = given.text("url") or given.text("system")
    system = catalogue.system(named or _system_of(given.asked()))
    return validate_in_system(catalogue, system, given.asked(named))


def _system_of(asked: Sequence[Asked]) -> str:
    """The system that the codes themselves name."""
    named = next((one.system for one in asked if one.system is not None), None)
    if named is None:
        raise Refusal(400, "required", "Send the url of the code system.", "url")
    return named


def on_validation_in_set(catalogue: Catalogue, given: Given, identity: str | None) -> bytes:
    """ValueSet/$validate-code."""
    return validate_in_set(catalogue, _value_set(catalogue, given, identity), given.asked())


def on_expansion(catalogue: Catalogue, given: Given, identity: str | None) -> bytes:
    """ValueSet/$expand."""
    wish = Wish(
        filter=given.text("filter"),
        offset=given.whole("offset") or 0,
        count=given.whole("count"),
        active_only=given.flag("activeOnly"),
        definition=given.flag("includeDefinition"),
    )
    return expand(catalogue, _value_set(catalogue, given, identity), wish, datetime.now(UTC))


def _value_set(catalogue: Catalogue, given: Given, identity: str | None) -> ValueSet:
    if identity is not None:
        return catalogue.read(catalogue.value_sets, identity)
    found = catalogue.by_url(catalogue.value_sets, _url(given))
    catalogue.require_version(found, given.text("valueSetVersion"))
    return found


def _url(given: Given) -> str:
    url = given.text("url")
    if url is None:
        raise Refusal(400, "required", "Send the url of the value set, or ask at the address of the value set.", "url")
    return url


def on_translation(catalogue: Catalogue, given: Given, identity: str | None) -> bytes:
    """ConceptMap/$translate."""
    way = Direction(given.flag("reverse"), given.text("targetsystem"))
    return translate(catalogue, _maps(catalogue, given, identity), given.asked(), way)


def _maps(catalogue: Catalogue, given: Given, identity: str | None) -> list[ConceptMap]:
    """The map named by id or url, else all; of those the ones between the value sets named, if any are."""
    maps, url = catalogue.concept_maps, given.text("url")
    if identity is not None:
        found = [catalogue.read(maps, identity)]
    else:
        found = [catalogue.by_url(maps, url)] if url is not None else list(maps.values())
    if url is not None:
        catalogue.require_version(found[0], given.text("conceptMapVersion"))
    return [one for one in found if _is_between(catalogue, one, given.text("source"), given.text("target"))]


def _is_between(catalogue: Catalogue, one: ConceptMap, source: str | None, target: str | None) -> bool:
    ends = {wanted: end for wanted, end in ((source, one.source), (target, one.target)) if wanted is not None}
    urls = {wanted: catalogue.url_of(catalogue.value_sets[end]) if end else None for wanted, end in ends.items()}
    return all(wanted == url for wanted, url in urls.items())
