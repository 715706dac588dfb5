"""Knowledge in which one named number of one profile is another: by the rules and words of a site's own files."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from cds_hooks.judgement.knowledge.knowledge import Knowledge, KnowledgeError
from cds_hooks.judgement.knowledge.overlays import Overlay, OverlayFile, laid_over
from cds_hooks.judgement.knowledge.parsing import read
from cds_hooks.judgement.predicates.predicate import ALL_OF
from cds_hooks.judgement.protocol.protocol import Protocol
from cds_hooks.judgement.written.profiles import ProfileFile
from cds_hooks.judgement.written.threshold import in_words, span
from cds_hooks.judgement.written.written import CheckFile

SUPPOSED = "what-if"  # the name of the profile and its source, while it is built


class Number(NamedTuple):
    """A named number of one profile: a limit, or a target range."""

    protocol: str
    profile: str
    name: str

    @property
    def key(self) -> str:
        """As a form sends it."""
        return "|".join(self)


class Named(NamedTuple):
    """A named number as it stands: in words, as one or two texts with units, the checks that ask for it, and whether a
    site may change it."""

    number: Number
    words: str
    texts: tuple[str, ...]
    checks: tuple[str, ...]
    is_free: bool = True


def numbers_of(knowledge: Knowledge) -> Iterator[Named]:
    """Every named number of every profile."""
    for variant in knowledge.variants.values():
        for name, limit in variant.limits.items():
            ((operator, text),) = limit.operators().items()
            named = _named(variant, "limit", name, in_words(operator, text), text)
            yield named._replace(is_free=limit.floor is not None)
        for name, band in variant.bands.items():
            yield _named(variant, "band", name, span(band.low, band.high), band.low, band.high)


def supposing(knowledge: Knowledge, number: Number, texts: tuple[str, ...]) -> Knowledge:
    """The same knowledge, with that number written as `texts`: one for a limit, two for a range.

    Raises:
        KnowledgeError: a site may not write that, for the reason named; or there is no such number.
    """
    named = next((one for one in numbers_of(knowledge) if one.number == number), None)
    if named is None:
        raise KnowledgeError("there is no such number")
    if len(texts) != len(named.texts):
        wanted = "both ends of a range" if len(named.texts) > 1 else "one number, since it is a limit"
        raise KnowledgeError(f"the change: {number.name}: give {wanted}")
    file = read("the change", OverlayFile.read, _overlay(knowledge.variants[number[:2]], number.name, texts))
    laid = laid_over(knowledge, [Overlay("the change", file)], {"the change": repr((number, texts)).encode()})
    changed, own = laid.variants[number.protocol, SUPPOSED], knowledge.variants[number[:2]]
    # The number alone is another: who is judged by the profile, and by what else, stays.
    variants = {**knowledge.variants, number[:2]: replace(changed, file=own.file, profile=own.profile)}
    return replace(knowledge, variants=variants, digest=laid.digest)


def profile_in_force(knowledge: Knowledge, number: Number, asked: Sequence[str]) -> str:
    """By which profile a number's protocol is judged where these are asked for."""
    file = knowledge.variants[number[:2]].file
    return next((name for name in asked if name in file.profile), file.default_profile)


def judged_by_its_profile(knowledge: Knowledge, number: Number, asked: Sequence[str]) -> Knowledge:
    """The same knowledge, with a number's profile in the place of the one that its protocol is judged by: others are
    judged as before, and nobody is taken to have asked for it by name."""
    place = number.protocol, profile_in_force(knowledge, number, asked)
    return replace(knowledge, variants={**knowledge.variants, place: knowledge.variants[number[:2]]})


def _overlay(variant: Protocol, name: str, texts: tuple[str, ...]) -> Mapping[str, Any]:
    """A site's file with the profile, which has all that this one writes, but for the number."""
    own = variant.file.profile[variant.profile]
    profile: dict[str, Any] = {"title": SUPPOSED, "extends": own.extends or variant.profile, "limit": {}, "band": {}}
    if own.extends is not None:
        profile |= _written(own)
    if name in variant.limits:
        (operator,) = variant.limits[name].operators()
        profile["limit"] |= {name: {operator: texts[0], "source": (SUPPOSED,)}}
    else:
        low, high = texts
        profile["band"] |= {name: {"low": low, "high": high, "source": (SUPPOSED,)}}
    return {
        "protocol": variant.id,
        "source": {SUPPOSED: {"title": SUPPOSED}},
        "profile": {SUPPOSED: profile},
        "example": [{"name": SUPPOSED, "today": "2026-09-04", "profile": (SUPPOSED,), "raises": ("-",)}],
    }


def _written(profile: ProfileFile) -> dict[str, Any]:
    return {"limit": dict(profile.limit), "band": dict(profile.band), "visit": profile.visit}


def _named(variant: Protocol, kind: str, name: str, words: str, *texts: str) -> Named:
    files = [check.file for check in variant.checks]
    asking = tuple(file.id for file in files if any(one.get(kind) == name for one in _conditions(file)))
    return Named(Number(variant.id, variant.profile, name), words, texts, asking)


def _conditions(check: CheckFile) -> Iterator[Mapping[str, Any]]:
    """Every condition of a check, those inside others too."""
    branches = (condition for branch in check.branch for condition in branch.all)
    for condition in (*check.all, *check.any, *check.none, *check.unless, *check.in_range_none, *branches):
        yield from condition.get(ALL_OF, (condition,))
