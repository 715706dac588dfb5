"""The exact arithmetic of UCUM units: what a unit string measures, and how large it is; it knows no analyte.

Three readings of UCUM differ from its text on purpose. Every arbitrary unit (`[IU]`, `[arb'U]` …) is a dimension of its
own, so `m[IU]/mL` and `[IU]/L` are alike while `[IU]` never turns into a plain number. The mole, the equivalent and
the osmole are dimensions too: as numbers of particles they would make `mmol/L` a kind of `/L`. Units on special scales
(`Cel`, `[pH]` …) are valid and alike to nothing but themselves. Annotations (`{creat}`) never change what is measured.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from xml.etree import ElementTree  # only ever reads the table this package ships

LONGEST = 64
HIGHEST = 99  # exponents beyond this are an attack, not a unit

Dimension = tuple[tuple[str, int], ...]  # base unit -> power, sorted, without zeros

_COUNTED = frozenset({"mol", "eq", "osm"})
_SYMBOL = re.compile(r"(?P<atom>[^\s]*?[^\d+\-\s]|10\*|10\^)(?P<power>[+-]?\d+)?")
_ESSENCE = "{http://unitsofmeasure.org/ucum-essence}"


class UcumError(ValueError):
    """The string is not a UCUM unit."""


@dataclass(frozen=True, slots=True)
class Measure:
    """A unit: `factor` base units of `dimension`."""

    factor: Fraction
    dimension: Dimension = ()

    def __mul__(self, other: Measure) -> Measure:
        return Measure(self.factor * other.factor, _sum(self.dimension, other.dimension))

    def __truediv__(self, other: Measure) -> Measure:
        return self * other.to_the(-1)

    def to_the(self, power: int) -> Measure:
        """This unit raised to a whole power."""
        return Measure(self.factor**power, tuple((base, n * power) for base, n in self.dimension if power))


ONE = Measure(Fraction(1))


@dataclass(frozen=True, slots=True)
class _Definition:
    value: Fraction
    unit: str | None  # absent: a dimension of its own
    metric: bool


class Ucum:
    """The units of one edition of UCUM."""

    def __init__(self, prefixes: Mapping[str, Fraction], definitions: Mapping[str, _Definition]) -> None:
        self._prefixes = prefixes
        self._definitions = definitions
        self._atoms: dict[str, Measure] = {}

    @classmethod
    def read(cls, essence: bytes) -> Ucum:
        """Build from the bytes of `ucum-essence.xml`."""
        root = ElementTree.fromstring(essence)  # noqa: S314
        prefixes = {node.attrib["Code"]: _prefix(node) for node in root.iter(_ESSENCE + "prefix")}
        bases = {
            node.attrib["Code"]: _Definition(Fraction(1), None, True) for node in root.iter(_ESSENCE + "base-unit")
        }
        units = {node.attrib["Code"]: _definition(node) for node in root.iter(_ESSENCE + "unit")}
        return cls(prefixes, bases | units)

    def measure(self, text: str) -> Measure:
        """What `text` measures. Raises UcumError, and nothing else, when it is not a UCUM unit."""
        if not 0 < len(text) <= LONGEST or not text.isascii():
            raise UcumError(f"a UCUM unit has 1 to {LONGEST} ASCII characters")
        return _Parser(text, self).whole()

    def symbol(self, text: str) -> Measure:
        """One atom with optional prefix and exponent: `mg`, `m2`, `10*-3`."""
        found = _SYMBOL.fullmatch(text)
        if found is None:
            raise UcumError(f"'{text}' is not a UCUM unit")
        power = int(found["power"] or 1)
        if abs(power) > HIGHEST:
            raise UcumError(f"exponents reach from -{HIGHEST} to {HIGHEST}")
        return self._prefixed(found["atom"]).to_the(power)

    def _prefixed(self, text: str) -> Measure:
        if text in self._definitions:
            return self._atom(text)
        for length in (1, 2):
            prefix, atom = text[:length], text[length:]
            definition = self._definitions.get(atom)
            if prefix in self._prefixes and definition is not None and definition.metric:
                return Measure(self._prefixes[prefix]) * self._atom(atom)
        raise UcumError(f"'{text}' is not a UCUM unit")

    def _atom(self, code: str) -> Measure:
        known = self._atoms.get(code)
        if known is None:
            definition = self._definitions[code]
            unit = Measure(Fraction(1), ((code, 1),)) if definition.unit is None else self.measure(definition.unit)
            known = self._atoms[code] = Measure(definition.value) * unit
        return known


class _Parser:
    """Recursive descent over one string; its depth is bounded by the string's length."""

    def __init__(self, text: str, ucum: Ucum) -> None:
        self.text, self.ucum, self.at = text, ucum, 0

    def whole(self) -> Measure:
        value = self.term()
        if self.at != len(self.text):
            raise UcumError("a parenthesis closes that was never opened")
        return value

    def term(self) -> Measure:
        value = ONE if self.text.startswith("/", self.at) else self.component()
        while (operator := self.take("./")) is not None:
            value = value * self.component() if operator == "." else value / self.component()
        return value

    def component(self) -> Measure:
        if self.take("(") is not None:
            value = self.term()
            if self.take(")") is None:
                raise UcumError("a parenthesis is never closed")
            self.annotation()
            return value
        word = self.word()
        if not self.annotation() and not word:
            raise UcumError("a unit is missing beside an operator")
        return self.number(word) if word.isdecimal() else self.ucum.symbol(word) if word else ONE

    def word(self) -> str:
        """The characters up to the next operator, parenthesis or annotation; square brackets hide those."""
        start, hidden = self.at, False
        while self.at < len(self.text):
            letter = self.text[self.at]
            if not hidden and letter in "./(){}":
                break
            if letter == "[" or letter == "]":
                hidden = letter == "["
            self.at += 1
        return self.text[start : self.at]

    def number(self, digits: str) -> Measure:
        value = int(digits)
        if value == 0:
            raise UcumError("a factor is a positive whole number")
        return Measure(Fraction(value))

    def annotation(self) -> bool:
        if self.take("{") is None:
            return False
        end = self.text.find("}", self.at)
        inside = self.text[self.at : end]
        if end < 0 or "{" in inside or not inside.isprintable():
            raise UcumError("an annotation is text between one pair of braces")
        self.at = end + 1
        return True

    def take(self, letters: str) -> str | None:
        if self.at < len(self.text) and self.text[self.at] in letters:
            self.at += 1
            return self.text[self.at - 1]
        return None


def _sum(left: Dimension, right: Dimension) -> Dimension:
    if not left or not right:
        return left or right
    powers = dict(left)
    for base, power in right:
        powers[base] = powers.get(base, 0) + power
    return tuple(sorted((base, power) for base, power in powers.items() if power))


def _prefix(node: ElementTree.Element) -> Fraction:
    value = node.find(_ESSENCE + "value")
    return Fraction(value.attrib["value"]) if value is not None else Fraction(1)


def _definition(node: ElementTree.Element) -> _Definition:
    """A unit's row; arbitrary, special and counted units stand for themselves."""
    value, metric = node.find(_ESSENCE + "value"), node.attrib["isMetric"] == "yes"
    unit = value.attrib["Unit"] if value is not None else "1"
    itself = node.get("isSpecial") == "yes" or (node.get("isArbitrary") == "yes" and unit == "1")
    if value is None or itself or node.attrib["Code"] in _COUNTED:
        return _Definition(Fraction(1), None, metric)
    return _Definition(Fraction(value.attrib["value"]), unit, metric)
