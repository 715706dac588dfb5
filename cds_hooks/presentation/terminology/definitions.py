"""What is published, before it takes FHIR's shape: concepts, code systems, value sets and concept maps."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal, NamedTuple

_CODE = re.compile(r"\S+(\s\S+)*")  # what FHIR allows as a code
_CATEGORISED = re.compile(r"[A-Z0-9]{1,7}(\.[A-Z0-9]{1,4})?")


class Property(NamedTuple):
    """One thing said about a concept."""

    code: str
    value: str | bool


class Asked(NamedTuple):
    """A code that somebody asks about; whatever else a coding may say was not said."""

    system: str | None
    code: str
    display: str | None = None
    version: str | None = None


CATEGORY = Property("category", True)


@dataclass(frozen=True, slots=True)
class Concept:
    """One code. `display` is the code system's own name, None where it was not seen; `label` is what we call it."""

    code: str
    display: str | None
    label: str
    properties: tuple[Property, ...] = ()
    definition: str | None = None
    inactive: bool = False

    @property
    def unusable(self) -> str | None:
        """Why the service knows the code and does not use it."""
        return next((str(one.value) for one in self.properties if one.code == "reason"), None)


@dataclass(frozen=True, slots=True)
class CodeSystem:
    """A code system, whole (`complete`) or as far as the service knows it (`fragment`).

    `name` is for programs, `label` for people. `properties` says what each property of its concepts means. `grammar`
    makes a concept of a code that follows rules instead of standing in a list.
    """

    id: str
    url: str
    name: str
    label: str
    title: str
    description: str
    content: Literal["complete", "fragment"]
    concepts: Mapping[str, Concept]
    properties: Mapping[str, str]
    version: str | None = None
    notice: str | None = None
    grammar: Callable[[str], Concept | None] | None = None

    def find(self, code: str) -> Concept | None:
        """The concept with this code, if the service knows it."""
        known = self.concepts.get(code)
        return known if known is not None or self.grammar is None else self.grammar(code)

    @property
    def categories(self) -> tuple[str, ...]:
        """The codes that stand for every code beneath them."""
        return tuple(concept.code for concept in self.concepts.values() if CATEGORY in concept.properties)


@dataclass(frozen=True, slots=True)
class Group:
    """Codes of one system: listed ones, and every code beneath a category except some."""

    system: str
    codes: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()

    def holds(self, code: str) -> bool:
        """Whether a code belongs to the group, by list or by category."""
        return code in self.codes or (code not in self.excluded and is_beneath(code, self.categories))

    @property
    def listed(self) -> tuple[str, ...]:
        """What can be enumerated: the codes, and the categories themselves."""
        return (*self.codes, *self.categories)


@dataclass(frozen=True, slots=True)
class ValueSet:
    """A named selection of codes. Codes with the property `akin` are understood alike, though they are not listed."""

    id: str
    title: str
    description: str
    groups: tuple[Group, ...]
    akin: Property | None = None

    def holds(self, system: str, code: str) -> bool:
        """Whether a code is in the set."""
        return any(group.system == system and group.holds(code) for group in self.groups)

    def has_system(self, system: str) -> bool:
        """Whether any code of a system is in the set."""
        return any(group.system == system for group in self.groups)

    def codes(self) -> Iterator[tuple[str, str]]:
        """Every (system, code) that can be enumerated."""
        return ((group.system, code) for group in self.groups for code in group.listed)

    @property
    def is_open(self) -> bool:
        """Whether codes that nobody listed belong to it too."""
        return any(group.categories for group in self.groups)


class Target(NamedTuple):
    """What a code is mapped to; `code` is None where nothing fits (`unmatched`), and `comment` says why."""

    equivalence: str
    code: str | None
    display: str | None = None
    comment: str | None = None
    depends: tuple[tuple[str, str], ...] = ()  # property and value: for what the target holds
    product: tuple[tuple[str, str], ...] = ()  # property and UCUM unit: what goes with the target


@dataclass(frozen=True, slots=True)
class Mapped:
    """From the codes of one system to those of another. `categories` stand for every code beneath them too."""

    source: str
    target: str
    rows: Mapping[str, tuple[Target, ...]]
    displays: Mapping[str, str | None]
    categories: tuple[str, ...] = ()

    def find(self, code: str) -> tuple[Target, ...]:
        """The targets of a code: its own, else those of the narrowest category it is beneath."""
        if code in self.rows:
            return self.rows[code]
        above = max((one for one in self.categories if is_beneath(code, (one,))), key=len, default=None)
        return self.rows[above] if above is not None else ()

    def backwards(self, code: str) -> Iterator[tuple[str, Target]]:
        """The source codes of a target."""
        return ((source, target) for source, targets in self.rows.items() for target in targets if target.code == code)


@dataclass(frozen=True, slots=True, eq=False)
class ConceptMap:
    """A named set of mappings. `source` and `target` are the ids of the value sets it leads from and to, if any."""

    id: str
    title: str
    description: str
    groups: tuple[Mapped, ...]
    version: str | None = None
    source: str | None = None
    target: str | None = None
    publisher: str | None = None
    loaded: date | None = None


def is_beneath(code: str, categories: tuple[str, ...]) -> bool:
    """Whether a code is one of the categories or stands beneath one, as ICD-10-CM and ATC build their codes."""
    return code.startswith(categories) and _CATEGORISED.fullmatch(code) is not None


def split_canonical(canonical: str) -> tuple[str, str | None]:
    """A canonical URL without its version, and the version (`url|version`), if it names one."""
    url, _, version = canonical.partition("|")
    return url, version or None


def is_code(text: str) -> bool:
    """Whether FHIR allows a text as a code: not empty, no blank at its ends, no two in a row."""
    return _CODE.fullmatch(text) is not None
