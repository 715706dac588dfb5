"""ORU^R01 messages as a FHIR Bundle of one patient's results, which every door can read."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from cds_hooks.record.hl7v2.messages import Line, messages_in
from cds_hooks.record.hl7v2.values import (
    NO_RESULT,
    Number,
    Shape,
    concept_of,
    moment_of,
    range_of,
    status_of,
    value_of,
    zone_of,
)

# A laboratory's message tells of results alone: what depends on these is unknown.
NOT_TOLD = frozenset({"conditions", "procedures", "medications", "administrations"})
_SEXES = {"M": "male", "F": "female", "O": "other", "A": "other"}


def is_message(content: bytes) -> bool:
    """Whether a file looks like HL7 v2 rather than JSON."""
    return content.lstrip(b"\x0b\r\n ")[:3] in (b"MSH", b"FHS", b"BHS")


def bundle_of(content: bytes) -> bytes:
    """The results of every message, each with the patient it names. Of a result sent again the last message counts.

    Raises:
        Refusal: no HL7 v2 message, or none with results.
    """
    patients: dict[str, Shape] = {}
    results: dict[tuple[str, ...], Shape] = {}
    for lines in sorted(messages_in(content), key=lambda lines: lines[0].text(7)):
        _read(lines, patients, results)
    resources = [*patients.values(), *results.values()]
    for place, result in enumerate(results.values()):
        result["id"] = f"obx-{place}"
    return msgspec.json.encode(
        {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": _json(each)} for each in resources]}
    )


def _read(lines: Sequence[Line], patients: dict[str, Shape], results: dict[tuple[str, ...], Shape]) -> None:
    head = lines[0]
    sender, zone = head.text(4) or head.text(3), zone_of(head.text(7))
    patient, request = "", None
    for line in lines:
        if line.name == "PID":
            named = line.text(3) or line.text(2)
            found = patients.setdefault(named, {"resourceType": "Patient", "id": f"pid-{len(patients)}"})
            found |= _patient(line)
            patient, request = named, None
        elif line.name == "OBR":
            request = line
        elif line.name == "OBX" and line.text(11) != NO_RESULT:
            result = _result(line, request, sender, zone)
            if result is not None:
                if patient in patients:
                    result["subject"] = {"reference": f"Patient/{patients[patient]['id']}"}
                results[patient, *_key(line, request)] = result


def _patient(line: Line) -> Shape:
    sex, born = _SEXES.get(line.text(8).upper()), moment_of(line.text(7), "")
    told: Shape = {"gender": sex or "unknown"}
    if born is not None:
        told["birthDate"] = born[:10]
    if line.text(30).upper() == "Y":
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


def _key(line: Line, request: Line | None) -> Iterable[str]:
    """What tells one result from another: its order, what was measured, and which part of it."""
    order = (request.text(3) or request.text(2), request.text(4)) if request is not None else ("", "")
    drawn = line.text(14) or (request.text(7) if request is not None else "")
    return *order, drawn, line.text(3, 3), line.text(3, 1), line.text(4)


def _json(value: object) -> object:
    """With numbers as they are written."""
    if isinstance(value, Number):
        return msgspec.Raw(value.encode())
    if isinstance(value, dict):
        return {name: _json(part) for name, part in value.items()}
    return [_json(part) for part in value] if isinstance(value, list) else value
