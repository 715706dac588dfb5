"""What a chart writes about a drug, made comparable: bounded, in one case, with plain dashes, and without asides."""

from __future__ import annotations

import re
from collections.abc import Iterable

_READ, _KEPT = 5000, 500  # characters of a text looked at, and kept once its spaces are folded
_GERMAN_IM = re.compile(r"\bim (?=[A-ZÄÖÜ][a-zäöü])")  # "im Beutel": in the, not intramuscular
_DASHES = str.maketrans(dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212", "-"))
_CLAUSE = r"(?:[^.;,()]|[.,](?=\d))*"  # up to the next sign that ends a thought; a decimal point does not
_BARE_VAGINAL = re.compile(
    r"\bvaginal\b(?! (?:cream|tab|cap|insert|ring|gel|supposit|ovul|pessar|film|system|use|route|appli|admin|cr[eè]me))"
)
_PUT_IN = re.compile(r"\b(?:insert|apply|place|use)\b[^.;]*\bvaginal\b")


def folded(text: str) -> str:
    """At most 500 characters in lower case, with single spaces and plain dashes."""
    spaced = " ".join(text[:_READ].split())[:_KEPT]
    return _GERMAN_IM.sub("", spaced).casefold().translate(_DASHES)


class Asides:
    """What speaks of another drug, another time or the reason for a drug, and so not of how this one is given."""

    def __init__(self, words: Iterable[str], purposes: Iterable[str]) -> None:
        starts = "|".join(map(re.escape, sorted(words, key=len, reverse=True)))
        reasons = "|".join(map(re.escape, sorted(purposes, key=len, reverse=True)))
        self._pattern = re.compile(
            rf"\bvaginal (?:{reasons})\b|(?<![\w-])(?:{starts})(?![\w-]){_CLAUSE}|"
            rf"\bfor\b(?!{_CLAUSE}\b(?:injections?|use|administration|application|infusion|insertion|im|iv|sc|intramuscular|subcutaneous|\d)\b){_CLAUSE}"
        )

    def removed(self, text: str) -> str:
        """A folded text without its asides."""
        return self._pattern.sub(" ", text)

    def removed_from_dosage(self, text: str) -> str:
        """As `removed`; in a dosage `vaginal` alone is more often a reason than a route."""
        left = self.removed(text)
        if left.strip() == "vaginal" or _PUT_IN.search(left):
            return left
        return _BARE_VAGINAL.sub(" ", left)
