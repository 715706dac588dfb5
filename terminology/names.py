"""Which analyte the name of a test names: exactly, to say that a code is missing, or likely, to suggest one."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Mapping
from functools import lru_cache

from terminology.analytes import Analyte

LONGEST = 200
REMEMBERED = 4096  # names of tests recur from chart to chart
_LIKELY = 0.5  # of the words of both names, this share is common to them
_INSIDE = 0.55  # what a known name counts that stands whole in a longer one
_STEM = 5  # letters from which a word may stand for one that it begins
_SPECIMEN = re.compile(r",\s*[spb]$")  # as in "Testosterone, Total, S"
_WORD = re.compile(r"[^\W_]+(?:\.[^\W_]+)*")
# Words around a name that say how or in what it was measured, not what.
_ASIDES = frozenset(
    [
        *("total", "level", "levels", "test", "result", "quantitative", "qn", "in", "of", "or", "by", "the"),
        *("serum", "plasma", "blood", "ser", "plas", "serpl", "bld"),
        *("mass", "moles", "units", "volume", "count", "mcnc", "scnc", "acnc", "vfr"),
        *("auto", "automated", "method", "immunoassay", "lc", "ms", "lcms"),
    ]
)
# Words that make another test of a name: without them, or with others of them, a name is never likely.
_TELLING = {
    "free": ("free", "frei", "freies", "freie", "libre", "unbound"),
    "bioavailable": ("bioavailable", "bioavail"),
    "ionized": ("ionized", "ionised", "ionisiert"),
    "reverse": ("reverse", "rt3"),
    "antibody": ("antibody", "antibodies", "ab", "anti", "tpo", "trak", "trab"),
    "monomeric": ("monomeric", "macro", "macroprolactin"),
    "fraction": ("percent", "pct", "ratio", "index"),
    "fasting": ("fasting", "nüchtern"),
}
_GROUP = {word: group for group, spellings in _TELLING.items() for word in spellings}
# Of another specimen, or a test that shares the words of ours.
_FOREIGN = re.compile(
    r"urin|\bcsf\b|liquor|saliva|speichel|fluid|pleura|synovial|stool|stuhl|\bhair\b|tissue|cord blood|24\s?-?h\b|"
    r"\b1[,.]\s?25\b|receptor(?! antibod)|gene\b|binding capacity, unsat"
)
Words = frozenset[str]


class Names:
    """What tests of the analytes are called."""

    def __init__(self, analytes: Mapping[str, Analyte], also: Iterable[tuple[str, str]]) -> None:
        self._names: dict[Words, str] = {}
        spoken = ((text, one.name) for one in analytes.values() for text in (one.label, one.name.replace("_", " ")))
        for text, analyte in (*spoken, *((name, analyte) for analyte, name in also)):
            if analyte not in analytes:
                raise ValueError(f"analyte-names.csv: '{analyte}' is not an analyte")
            known = self._names.setdefault(words(text), analyte)
            if known != analyte:
                raise ValueError(f"analyte-names.csv: '{text}' is a name of {known} and of {analyte}")
        self._names.pop(frozenset(), None)

    @classmethod
    def read(cls, table: bytes, analytes: Mapping[str, Analyte]) -> Names:
        """From `analyte-names.csv`; raises ValueError when a name is of two analytes, or of none."""
        rows = csv.DictReader(table.decode().splitlines())
        return cls(analytes, [(row["analyte"], row["name"]) for row in rows])

    def exact(self, text: str) -> str | None:
        """The analyte with this name, whatever order its words stand in."""
        return self._names.get(words(text)) if len(text) <= LONGEST else None

    def likely(self, text: str, most: int) -> tuple[str, ...]:
        """Analytes with a similar name, the most similar first; only the one whose name it is, if there is one.

        None for another specimen (urine, saliva, fluids …): their tests have names like those in blood.
        """
        if _FOREIGN.search(text[:LONGEST].lower()):
            return ()
        if (named := self.exact(text)) is not None:
            return (named,)
        wanted = words(text[:LONGEST])
        best: dict[str, float] = {}
        for known, analyte in self._names.items():
            if _telling(wanted) == _telling(known):
                best[analyte] = max(best.get(analyte, 0), _likeness(wanted, known))
        ranked = sorted((name for name, score in best.items() if score >= _LIKELY), key=lambda name: -best[name])
        return tuple(ranked[:most])


@lru_cache(REMEMBERED)
def words(text: str) -> Words:
    """The telling words of a test's name."""
    return frozenset(_WORD.findall(_SPECIMEN.sub("", text.lower().strip()))) - _ASIDES


def _telling(words: Words) -> frozenset[str]:
    return frozenset(_GROUP[word] for word in words if word in _GROUP)


def _likeness(one: Words, other: Words) -> float:
    """The share of common words, a word counting as common with one that it begins; 1 for the same words."""
    if not one or not other:
        return 0
    common = one & other
    left, right = one - common, other - common
    stems = sum(any(_begins(word, also) for also in right) for word in left) if left and right else 0
    shared = len(common) + min(stems, len(left), len(right))
    return max(shared / (len(one) + len(other) - shared), _INSIDE if shared == len(other) else 0)


def _begins(one: str, other: str) -> bool:
    short, long = sorted((one, other), key=len)
    return len(short) >= _STEM and long.startswith(short)
