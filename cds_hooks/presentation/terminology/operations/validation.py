"""$validate-code: whether a code is in a code system or value set, and if not, why."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from cds_hooks.presentation.terminology.catalogue import Catalogue
from cds_hooks.presentation.terminology.definitions import Asked, CodeSystem, Concept, ValueSet
from cds_hooks.presentation.terminology.operations.answers import (
    NO_CODE,
    SKIPPED,
    Issue,
    Part,
    encode_parameters,
    issues_part,
    part,
)
from cds_hooks.presentation.terminology.operations.lookup import why_unknown
from cds_hooks.presentation.terminology.operations.versions import about_version


class Verdict(NamedTuple):
    """What was found about one code. `system` and `concept` as far as they are known here."""

    issues: tuple[Issue, ...]
    system: CodeSystem | None = None
    concept: Concept | None = None

    @property
    def result(self) -> bool:
        """Whether the code is valid: nothing found is an error."""
        return all(issue.severity != "error" for issue in self.issues)


def validate_in_system(
    catalogue: Catalogue,
    system: CodeSystem,
    asked: Sequence[Asked],
    is_short: bool = False,
    version: str | None = None,
) -> bytes:
    """Whether any of the codes is one of the code system (in that version of it), with the display given, if any.

    `is_short` says that something was asked without a code, and is left out of `asked`.
    """
    of_system = tuple(about_version(catalogue, system, version))
    verdicts = (_in_system(catalogue, system, one) for one in asked)
    return _answer([one._replace(issues=(*of_system, *one.issues)) for one in verdicts], is_short)


def validate_in_set(catalogue: Catalogue, value_set: ValueSet, asked: Sequence[Asked], is_short: bool = False) -> bytes:
    """Whether any of the codes is in the value set, with the display given, if one was."""
    return _answer([_in_set(catalogue, value_set, one) for one in asked], is_short)


def refute_text() -> bytes:
    """The answer to a concept of no code at all, whatever it is asked of: it is not valid."""
    return _answer([], False)


def _in_system(catalogue: Catalogue, system: CodeSystem, asked: Asked) -> Verdict:
    if asked.system is None:
        return Verdict((_NO_SYSTEM,))
    if asked.system != system.url:
        return Verdict(
            (Issue("error", "code-invalid", "invalid-code", "The code is of another code system.", "system"),)
        )
    of_version = tuple(about_version(catalogue, system, asked.version))
    if catalogue.is_other_version(system, asked.version):
        return Verdict(of_version, system)
    concept = system.find(asked.code)
    if concept is None:
        unknown = Issue("error", "code-invalid", "invalid-code", why_unknown(system, asked.code), "code")
        return Verdict((*of_version, unknown), system)
    return Verdict((*of_version, *_remarks(concept, asked.display)), system, concept)


def _in_set(catalogue: Catalogue, value_set: ValueSet, asked: Asked) -> Verdict:
    system = catalogue.systems.get(asked.system or "")
    if asked.system is None or system is None:
        return Verdict((_not_in(value_set), _NO_SYSTEM if asked.system is None else _UNKNOWN_SYSTEM))
    verdict = _in_system(catalogue, system, asked)
    if not value_set.holds(system.url, asked.code):
        akin = (_AKIN,) if verdict.concept is not None and value_set.akin in verdict.concept.properties else ()
        return verdict._replace(issues=(_not_in(value_set), *akin, *verdict.issues))
    if verdict.concept is not None or catalogue.is_other_version(system, asked.version):
        return verdict
    return Verdict((*about_version(catalogue, system, asked.version), _BENEATH), system)


def _remarks(concept: Concept, display: str | None) -> Iterator[Issue]:
    if display is not None and concept.display is None:
        yield Issue("warning", "not-supported", "invalid-display", _UNVERIFIED, "display")
    elif display is not None and concept.display is not None and _plain(display) != _plain(concept.display):
        wrong = f"The display is not that of the code. Its display is '{concept.display}'."
        yield Issue("error", "invalid", "invalid-display", wrong, "display")
    if concept.inactive:
        yield Issue("warning", "business-rule", "code-comment", "The code is inactive: the code system retired it.")
    if concept.unusable is not None:
        yield Issue("information", "business-rule", "code-comment", concept.unusable)


def _plain(text: str) -> str:
    return " ".join(text.split()).casefold()


def _not_in(value_set: ValueSet) -> Issue:
    return Issue("error", "code-invalid", "not-in-vs", f"The code is not in the value set '{value_set.title}'.", "code")


def _answer(verdicts: Sequence[Verdict], is_short: bool) -> bytes:
    """The first code that is valid answers for all; when none is, all that was found is said."""
    valid = next((verdict for verdict in verdicts if verdict.result), None)
    told = [valid] if valid is not None else verdicts or [Verdict((NO_CODE,))]
    issues = [issue for verdict in told for issue in verdict.issues] + ([SKIPPED] if is_short else [])
    return encode_parameters(_said(valid is not None, told[0], dict.fromkeys(issues)))


def _said(result: bool, verdict: Verdict, issues: Iterable[Issue]) -> Iterator[Part | None]:
    system, concept = verdict.system, verdict.concept
    found = list(issues)
    yield part("result", "Boolean", result)
    yield part("message", "String", " ".join(issue.text for issue in found) or None)
    if concept is not None and system is not None:
        yield part("display", "String", concept.display)
        yield part("code", "Code", concept.code)
        yield part("system", "Uri", system.url)
        yield part("version", "String", system.version)
        yield part("inactive", "Boolean", concept.inactive or None)
    yield issues_part(found)


_UNVERIFIED = "The display was not checked: the code system's own name of this code is not held."
_NO_SYSTEM = Issue(
    "error", "invalid", "invalid-data", "The code has no system: without one it means nothing.", "system"
)
_UNKNOWN_SYSTEM = Issue("error", "not-found", "not-found", "The code system is not held here.", "system")
_AKIN = Issue("information", "business-rule", "code-comment", "It is understood all the same: results are converted.")
_BENEATH = Issue(
    "information",
    "business-rule",
    "code-comment",
    "The code belongs here by the category it is beneath. Whether it exists was not checked: only a fragment of its "
    "code system is held.",
)
