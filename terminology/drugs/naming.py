"""Which drugs a text names: by whole words, with what is joined to the first as part of the same product."""

from __future__ import annotations

import re
from collections.abc import Iterator

from terminology.drugs.formulary import Formulary
from terminology.drugs.strengths import strength_in

# Between two names of one product: a sign or word that joins them, set apart or right before the second.
_JOINS = re.compile(
    r"\s[/+&]\s|(?:[/+&,;-]|\b(?:and|plus|und|et|y)|\bw/|(?<!take )(?<!taken )(?<!together )\bwith)\s*$"
)
# Before a name these make another substance of it: `epi-testosterone`, `(methyl)testosterone`, `19-nor-testosterone`.
_ANOTHER = re.compile(r"(?<![^\W\d_])(?:(?:methyl|metil|dihydro|epi|nor|keto|hydroxy|ethinyl|ethynyl)[-\s)]*|en-)$")


def named_in(formulary: Formulary, text: str) -> Iterator[re.Match[str]]:
    """Each name of a drug in a folded text that nothing before it makes the name of another."""
    for match in formulary.names.found_in(text):
        if _ANOTHER.search(text, max(0, match.start() - 12), match.start()) is None:
            yield match


def ingredients_of(formulary: Formulary, text: str) -> tuple[str, ...]:
    """The first drug named, and those joined to it as parts of one product."""
    found: dict[str, None] = {}
    end = 0
    for match in named_in(formulary, text):
        named = formulary.named[match[0]]
        if found and found.keys().isdisjoint(named) and not _JOINS.search(text[end : match.start()]):
            break
        found.update(dict.fromkeys(named))
        end = match.end()
    return tuple(found)


def is_no_drug(formulary: Formulary, text: str) -> bool:
    """Whether a name stands in the text of a test, an aim or a supplement, with nothing that makes it a product."""
    said = formulary.names.pattern.sub(" ; ", formulary.harmless.pattern.sub(" ", text))
    first, aid = formulary.names.pattern.search(text), formulary.aids.pattern.search(text)
    if aid and first and aid.start() < first.start() and strength_in(text) is None:
        return True
    if strength_in(text, single=True) is not None:
        return False
    if formulary.never_a_drug.first_in(said) is not None:
        return True
    if not formulary.brands.isdisjoint(formulary.names.all_in(text)) or formulary.form_words.first_in(text):
        return False
    return _says_so(formulary, formulary.harmless.pattern.sub(" ", text))


def _says_so(formulary: Formulary, text: str) -> bool:
    """Whether a word of a test or an aim stands there, not within the name of a drug as in `test cyp`."""
    names = [match.span() for match in formulary.names.found_in(text)]
    return any(
        not any(start <= match.start() and match.end() <= end for start, end in names)
        for match in formulary.not_a_drug.found_in(text)
    )
