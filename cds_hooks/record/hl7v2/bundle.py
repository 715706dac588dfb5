"""ORU^R01 messages as a FHIR Bundle of one patient's results, which every door can read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from operator import itemgetter

import msgspec

from cds_hooks.record.hl7v2.messages import Line, messages_in
from cds_hooks.record.hl7v2.values import (
    NO_RESULT,
    Number,
    Shape,
    concept_of,
    instant_of,
    moment_of,
    range_of,
    status_of,
    value_of,
    zone_of,
)
from cds_hooks.refusal import Refusal

Person = tuple[str, str]  # the number, and who gave it
_FIRST = itemgetter(0)

# A laboratory's message tells of results alone: what depends on these is unknown.
NOT_TOLD = frozenset({"conditions", "procedures", "medications", "administrations"})
_SEXES = {"M": "male", "F": "female", "O": "other", "A": "other"}


def is_message(content: bytes) -> bool:
    """Whether a file looks like HL7 v2 rather than JSON."""
    return content.lstrip(b"\x0b\r\n ")[:3] in (b"MSH", b"FHS", b"BHS")


def bundle_of(content: bytes) -> bytes:
    """The results of every message, each with the patient it names. Of a result sent again the last message counts.

    Raises:
        Refusal: no HL7 v2 message, results of nobody, or one number for two people.
    """
    patients: dict[Person, Shape] = {}
    results: dict[tuple[str, ...], Shape] = {}
    messages = _in_time(messages_in(content))
    for lines in messages:
        _read(lines, patients, results, is_alone=len(messages) == 1)
    resources = [*patients.values(), *results.values()]
    for place, result in enumerate(results.values()):
        result["id"] = f"obx-{place}"
    return msgspec.json.encode(
        {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": _json(each)} for each in resources]}
    )


def _in_time(messages: list[list[Line]]) -> list[list[Line]]:
    """By the moment each was sent, where all say it with an offset; else as they stand in the file."""
    moments = [instant_of(lines[0].text(7)) for lines in messages]
    if None in moments:
        return messages
    return [lines for _, lines in sorted(zip(moments, messages, strict=True), key=_FIRST)]


def _read(
    lines: Sequence[Line], patients: dict[Person, Shape], results: dict[tuple[str, ...], Shape], *, is_alone: bool
) -> None:
    head, request = lines[0], None
    sender, zone = head.text(4) or head.text(3), zone_of(head.text(7))
    person: Person | None = None
    seen: Counter[tuple[str, ...]] = Counter()
    for line in lines:
        if line.name == "PID":
            person, request = _person(line, is_alone), None
            _add(patients, person, _patient(line))
        elif line.name == "OBR":
            request = line
        elif line.name == "OBX" and line.text(11).upper() != NO_RESULT:
            if person is None:
                raise _refusal("A message has results and no PID segment: nobody knows whose they are.", "PID")
            result = _result(line, request, sender, zone)
            if result is not None:
                key = (*person, *_key(line, request, zone))
                seen[key] += 1  # two of one message are two results
                results[*key, str(seen[key])] = result | {"subject": {"reference": f"Patient/{patients[person]['id']}"}}


def _person(line: Line, is_alone: bool) -> Person:
    """Whom a PID names: by number and by whose number it is."""
    number = line.text(3) or line.text(2)
    if not number and not is_alone:
        raise _refusal("A message names no patient by number (PID-3): send it by itself.", "PID-3")
    return number, line.text(3, 4)


def _add(patients: dict[Person, Shape], person: Person, told: Shape) -> None:
    known = patients.setdefault(person, {"resourceType": "Patient", "id": f"pid-{len(patients)}"})
    for name in ("birthDate", "gender"):
        if name in known and name in told and known[name] != told[name] and "unknown" not in (known[name], told[name]):
            raise _refusal("One number (PID-3) stands for two people: their birth dates or sexes differ.", "PID-3")
    known |= told


def _patient(line: Line) -> Shape:
    sex, born = _SEXES.get(line.text(8).upper()), moment_of(line.text(7), "")
    told: Shape = {"gender": sex or "unknown"}
    if born is not None:
        told["birthDate"] = born[:10]
    if line.text(30).upper() == "Y" or line.text(29):
        told["deceasedBoolean"] = True
    return told


def _result(line: Line, request: Line | None, sender: str, zone: str) -> Shape | None:
    code = concept_of(line, 3, sender)
    if code is None:
        return None
    drawn = moment_of(line.text(14), zone) or (moment_of(request.text(7), zone) if request is not None else None)
    return {
        "resourceType": "Observation",
        "status": status_of(line),
        "code": code,
        **({"effectiveDateTime": drawn} if drawn is not None else {}),
        **value_of(line, sender, zone),
        **({"referenceRange": found} if (found := range_of(line)) else {}),
    }


def _key(line: Line, request: Line | None, zone: str) -> Iterable[str]:
    """What tells one result from another: its order, what was measured, when, and which part of it."""
    order = (request.text(3) or request.text(2), request.text(4)) if request is not None else ("", "")
    drawn = line.text(14) or (request.text(7) if request is not None else "")
    return *order, moment_of(drawn, zone) or drawn, *(line.text(3, part) for part in range(1, 7)), line.text(4)


def _refusal(diagnostics: str, place: str) -> Refusal:
    return Refusal(400, "value", diagnostics, place)


def _json(value: object) -> object:
    """With numbers as they are written."""
    if isinstance(value, Number):
        return msgspec.Raw(value.encode())
    if isinstance(value, dict):
        return {name: _json(part) for name, part in value.items()}
    return [_json(part) for part in value] if isinstance(value, list) else value
