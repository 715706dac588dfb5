"""From the parameters of a call to the answer of its operation; an id names the resource it is asked of, if any."""

from __future__ import annotations

from datetime import UTC, datetime

from cds_hooks.presentation.terminology.catalogue import Catalogue
from cds_hooks.presentation.terminology.definitions import CodeSystem, ConceptMap, ValueSet, split_canonical
from cds_hooks.presentation.terminology.operations.expansion import Wish, expand
from cds_hooks.presentation.terminology.operations.lookup import look_up
from cds_hooks.presentation.terminology.operations.translation import Direction, translate
from cds_hooks.presentation.terminology.operations.validation import refute_text, validate_in_set, validate_in_system
from cds_hooks.refusal import Refusal
from service.fhir.operations.parameters import Codes, Given


def on_lookup(catalogue: Catalogue, given: Given, _: str | None) -> bytes:
    """CodeSystem/$lookup."""
    (asked,) = given.codes().asked
    return look_up(catalogue, asked, given.texts("property"))


def on_validation_in_system(catalogue: Catalogue, given: Given, identity: str | None) -> bytes:
    """CodeSystem/$validate-code."""
    if identity is not None:
        system = catalogue.read(catalogue.code_systems, identity)
        return validate_in_system(catalogue, system, *_codes_of(system.url, given))
    named = given.text("url")
    if named is None:
        codes = given.codes()
        return validate_in_system(catalogue, _system_of(catalogue, codes), *codes) if codes.asked else refute_text()
    url, version = split_canonical(named)
    return validate_in_system(catalogue, catalogue.system(url), *_codes_of(url, given), version)


def _codes_of(url: str, given: Given) -> Codes:
    """The codes asked about in one code system. Raises Refusal (400) when `system` names another."""
    system = given.text("system")
    if system is not None and split_canonical(system)[0] != url:
        raise Refusal(400, "value", "The system is not the code system that is asked: leave it out.", "system")
    return given.codes(url)


def _system_of(catalogue: Catalogue, codes: Codes) -> CodeSystem:
    """The first code system held of those that the codes themselves name."""
    named = [one.system for one in codes.asked if one.system is not None]
    if not named:
        raise Refusal(400, "required", "Send the url of the code system.", "url")
    return catalogue.system(next((url for url in named if url in catalogue.systems), named[0]))


def on_validation_in_set(catalogue: Catalogue, given: Given, identity: str | None) -> bytes:
    """ValueSet/$validate-code."""
    return validate_in_set(catalogue, _value_set(catalogue, given, identity), *given.codes())


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
    codes = given.codes()
    if given.text("code") is not None and given.text("system") is None:
        raise Refusal(400, "required", "Send the system together with the code.", "system")
    return translate(catalogue, _maps(catalogue, given, identity), codes.asked, way, codes.is_short)


def _maps(catalogue: Catalogue, given: Given, identity: str | None) -> list[ConceptMap]:
    """The map named by id or url, else all; of those the ones between the value sets named, if any are."""
    maps, url = catalogue.concept_maps, given.text("url")
    if identity is not None:
        found = [catalogue.read(maps, identity)]
    else:
        found = [catalogue.by_url(maps, url)] if url is not None else list(maps.values())
    version = given.text("conceptMapVersion")
    if version is not None and url is None:
        raise Refusal(400, "required", "Send the url of the map whose version this is.", "url")
    if url is not None:
        catalogue.require_version(found[0], version)
    return [one for one in found if _is_between(catalogue, one, given.text("source"), given.text("target"))]


def _is_between(catalogue: Catalogue, one: ConceptMap, source: str | None, target: str | None) -> bool:
    return _is_end(catalogue, one.source, source) and _is_end(catalogue, one.target, target)


def _is_end(catalogue: Catalogue, end: str | None, wanted: str | None) -> bool:
    """Whether a map's value set, by id, is the one wanted (`url|version`), if one is."""
    if wanted is None:
        return True
    url, version = split_canonical(wanted)
    value_set = catalogue.value_sets[end] if end is not None else None
    return (
        value_set is not None
        and catalogue.url_of(value_set) == url
        and not catalogue.is_other_version(value_set, version)
    )
