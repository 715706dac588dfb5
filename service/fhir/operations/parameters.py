"""An operation's input: what it takes, read alike from a query and from a posted Parameters resource.

Every mistake is refused, since a parameter that was misspelt or left aside would pass for one that was heeded.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Literal, NamedTuple

from cds_hooks.presentation.terminology.definitions import Asked, split_canonical
from cds_hooks.refusal import Refusal

Kind = Literal["code", "uri", "string", "integer", "boolean", "Coding", "CodeableConcept"]
LONGEST = 500  # characters of a text
LARGEST = 1_000_000
WITH_CODE = ("system", "version", "systemVersion", "display")  # what belongs to a bare code
MOST = 8  # values of a parameter that repeats
_LACKING = frozenset(  # what FHIR's operations take, in R4 or since, and none here does
    {
        *("valueSet", "codeSystem", "conceptMap", "dependency", "date", "context", "contextDirection", "designation"),
        *("exclude-system", "system-version", "check-system-version", "force-system-version", "useSupplement"),
        *("sourceCode", "sourceCoding", "sourceCodeableConcept", "sourceScope", "sourceSystem", "tx-resource"),
        *("targetCode", "targetCoding", "targetCodeableConcept", "targetScope", "targetSystem", "property"),
    }
)
_WHOLE = re.compile(r"[0-9]{1,7}")
_BOOLEANS = {"true": True, "false": False}


class Parameter(NamedTuple):
    """One parameter of an operation or a search; a text with `choices` is one of them."""

    name: str
    kind: Kind
    about: str
    repeats: bool = False
    choices: tuple[str, ...] = ()
    may_be_empty: bool = False

    @property
    def is_simple(self) -> bool:
        """Whether it can be sent in a query."""
        return self.kind not in ("Coding", "CodeableConcept")


class Codes(NamedTuple):
    """The codes asked about. `is_short`: a coding had no code and was left out."""

    asked: tuple[Asked, ...]
    is_short: bool = False


Value = str | int | bool | Codes


class Given(NamedTuple):
    """The values of one call, by name."""

    values: Mapping[str, Sequence[Value]]

    def texts(self, name: str) -> list[str]:
        """All values of a text."""
        return [value for value in self.values.get(name, ()) if isinstance(value, str)]

    def text(self, name: str) -> str | None:
        """A text, if it was sent."""
        return next(iter(self.texts(name)), None)

    def whole(self, name: str) -> int | None:
        """A whole number, if it was sent."""
        return next((value for value in self.values.get(name, ()) if isinstance(value, int)), None)

    def flag(self, name: str) -> bool:
        """Whether a boolean was sent as true."""
        return True in self.values.get(name, ())

    def codes(self, system: str | None = None) -> Codes:
        """The codes asked about. `system` is that of a bare `code`; without it the parameter `system` says it.

        Raises:
            Refusal: not exactly one of code, coding and codeableConcept, or what goes with a code beside the others.
        """
        sent = [name for name in ("code", "coding", "codeableConcept") if name in self.values]
        if len(sent) != 1:
            raise Refusal(
                400, "required", "Send exactly one of code (with system), coding and codeableConcept.", "code"
            )
        value = self.values[sent[0]][0]
        if not isinstance(value, str):
            self._require_alone(sent[0])
            return value if isinstance(value, Codes) else Codes(())
        version = self.text("version") or self.text("systemVersion")
        return Codes((asked_about(self.text("system") or system, value, self.text("display"), version),))

    def _require_alone(self, name: str) -> None:
        """A coding says its system, version and display itself: what stands beside it would not be heeded."""
        beside = next((one for one in WITH_CODE if one in self.values), None)
        if beside is not None:
            wanted = f"{beside} goes with code. Beside {name}, say it in the coding itself, or leave it out."
            raise Refusal(400, "value", wanted, beside)


def asked_about(system: str | None, code: str, display: str | None, version: str | None) -> Asked:
    """A code somebody asks about. The version of its system stands by itself or in the system, as `url|version`.

    Raises:
        Refusal: 400 when the two are not the same.
    """
    url, named = split_canonical(system) if system is not None else (None, None)
    if version and named and version != named:
        raise Refusal(400, "value", "The system names one version, and version another: send one of them.", "version")
    return Asked(url, code, display, version or named)


def from_query(query: Iterable[tuple[str, str]], known: Sequence[Parameter], general: Sequence[str]) -> Given:
    """The parameters of a GET. Raises Refusal (400) for one that is unknown, repeated or not of its kind."""
    by_name = {parameter.name: parameter for parameter in known if parameter.is_simple}
    sent = [(name, text) for name, text in query if name not in general]
    require_known((name for name, _ in sent), (*by_name, *general))
    return gather((by_name[name], _read(by_name[name], text)) for name, text in sent)


def require_known(names: Iterable[str], known: Iterable[str]) -> None:
    """Refuse (400) a name that nothing here is called. One of FHIR's own is named; other words are not repeated."""
    listed = list(known)
    unknown = set(names) - set(listed)
    if unknown:
        lacking = ", ".join(sorted(unknown & _LACKING))
        said = f"Not supported here: {lacking}." if lacking else "Unknown parameter."
        raise Refusal(400, "not-supported", f"{said} Known here: {', '.join(listed)}.")


def gather(values: Iterable[tuple[Parameter, Value]]) -> Given:
    """The values by name. Raises Refusal (400) when one repeats that cannot, or too often."""
    found: dict[str, list[Value]] = {}
    for parameter, value in values:
        sent = found.setdefault(parameter.name, [])
        if len(sent) == (MOST if parameter.repeats else 1):
            often = f"at most {MOST} times" if parameter.repeats else "once"
            raise Refusal(400, "value", f"Send {parameter.name} {often}.", parameter.name)
        sent.append(value)
    return Given(found)


def text_of(parameter: Parameter, text: str) -> str:
    """A text as sent. Raises Refusal (400) when it is empty, too long, or none of the choices."""
    if parameter.may_be_empty and not text:
        return text
    if parameter.choices and text not in parameter.choices:
        known = ", ".join(parameter.choices)
        raise Refusal(400, "value", f"{parameter.name} is one of: {known}.", parameter.name)
    if not 0 < len(text) <= LONGEST:
        wanted = f"{parameter.name} is a {parameter.kind} of 1 to {LONGEST} characters."
        raise Refusal(400, "value", wanted, parameter.name)
    return text


def whole_of(parameter: Parameter, number: int) -> int:
    """A whole number as sent. Raises Refusal (400) when it is negative or too large."""
    if not 0 <= number <= LARGEST:
        raise _not_whole(parameter)
    return number


def _read(parameter: Parameter, text: str) -> Value:
    if parameter.kind == "integer":
        if not _WHOLE.fullmatch(text):
            raise _not_whole(parameter)
        return whole_of(parameter, int(text))
    if parameter.kind == "boolean":
        if text not in _BOOLEANS:
            raise Refusal(400, "value", f"{parameter.name} is true or false.", parameter.name)
        return _BOOLEANS[text]
    return text_of(parameter, text)


def _not_whole(parameter: Parameter) -> Refusal:
    return Refusal(400, "value", f"{parameter.name} is a whole number from 0 to {LARGEST}.", parameter.name)
