"""Whether the words around a drug say that it is not taken: a word in its name or dosage, apart or at an end."""

from __future__ import annotations

import re
from collections.abc import Iterable

from terminology.drugs.formulary import Formulary

_APART = re.compile(r"[()\[\];,:]|\s-+\s|\. |\.$|(?<=[a-z])/ ")
# What may stand beside such a word and change nothing: who says it, since when, and by whom.
_WHO = re.compile(r"^(?:the )?(?:patient|pt|he|she)(?: is| has| was)?\s+|^(?:was|is|has been)\s+")
_SINCE = re.compile(r"^(?:(?:on|in|since|as of|by|per|at|due to|because of)\b.*|[\d/. -]+|use|therapy)?$")
_NEGATED = re.compile(r"\b(?:not|never|no)\s+$")


def not_taken(
    formulary: Formulary, ingredients: Iterable[str], names: Iterable[str], about: Iterable[str]
) -> str | None:
    """The word that says so, of folded texts; in a dosage it must stand alone."""
    own = frozenset(ingredients)
    found = (_in_name(formulary, own, text) for text in names)
    said = next(filter(None, found), None)
    return said or next(filter(None, (_in_dosage(formulary, text) for text in about)), None)


def _in_name(formulary: Formulary, own: frozenset[str], text: str) -> str | None:
    for clause in _clauses(text):
        word = _alone(formulary, clause)
        if word is None and any(not own.isdisjoint(formulary.named[name]) for name in formulary.names.all_in(clause)):
            word = _at_an_end(formulary, clause)
        if word is not None:
            return word
    return None


def _in_dosage(formulary: Formulary, text: str) -> str | None:
    return next(filter(None, (_alone(formulary, clause) for clause in _clauses(text))), None)


def _clauses(text: str) -> list[str]:
    return [part.strip() for part in _APART.split(text) if part.strip()]


def _alone(formulary: Formulary, clause: str) -> str | None:
    """A clause that says nothing else: `stopped 3/2025`, `patient not taking`."""
    said = _WHO.sub("", clause)
    match = formulary.not_taken.pattern.match(said)
    return match[0] if match is not None and _SINCE.match(said[match.end() :].strip()) else None


def _at_an_end(formulary: Formulary, clause: str) -> str | None:
    """At the start of a clause that names the drug (`stop testosterone`), or after it (`gel discontinued 2019`)."""
    first = formulary.not_taken_before.pattern.match(clause)
    if first is not None and clause[first.end() :].startswith(" "):  # not `off-label`
        return first[0]
    name = formulary.names.pattern.search(clause)
    for match in formulary.not_taken.pattern.finditer(clause, name.end() if name is not None else 0):
        if _SINCE.match(clause[match.end() :].strip()) and not _NEGATED.search(clause[: match.start()]):
            return match[0]
    return None
