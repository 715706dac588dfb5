"""What was pasted, dropped or uploaded, as a request: a FHIR Bundle or a CDS Hooks call of one patient."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, NamedTuple

from cds_hooks.record.hl7v2.bundle import bundle_of, is_message
from cds_hooks.refusal import Refusal
from service.pages.trying.readings import Shape, parse, write

Kind = Literal["bundle", "hook", "laboratory"]


class Given(NamedTuple):
    """One patient's chart. What is no JSON at all is handed on as it is: the door refuses it and says why."""

    kind: Kind
    body: bytes
    node: Any = None  # decoded, with numbers as they are written


class Choice(NamedTuple):
    """Several patients, of whom one is to be chosen: a line about each."""

    patients: tuple[str, ...]


def given_in(content: bytes, patient: int | None, is_laboratory: bool = False) -> Given | Choice:
    """What was sent, or whom there is to choose from.

    Raises:
        Refusal: it is a laboratory's message that cannot be read, or nested too deeply.
    """
    content = content.removeprefix(b"\xef\xbb\xbf").strip()
    if is_message(content):
        return _chosen("laboratory", _by_patient([parse(bundle_of(content))]), patient)
    try:
        node = parse(content)
    except ValueError:
        lines = _lines(content)
        return _chosen("bundle", _by_patient(lines), patient) if lines else Given("bundle", content)
    except RecursionError:
        raise Refusal(400, "structure", "The chart is nested too deeply.") from None
    if isinstance(node, dict) and "hook" in node and "resourceType" not in node:
        return Given("hook", content, node)
    return Given("laboratory" if is_laboratory else "bundle", content, node)


def resources_of(node: Any) -> list[Shape]:
    """The resources of a Bundle, or of a hook call's prefetch and drafts; what is no resource is left out."""
    if not isinstance(node, dict):
        return []
    if node.get("resourceType") == "Bundle":
        entries = node.get("entry")
        found = (
            [entry.get("resource") for entry in entries if isinstance(entry, dict)] if isinstance(entries, list) else []
        )
        return [one for one in found if isinstance(one, dict) and isinstance(one.get("resourceType"), str)]
    if isinstance(node.get("resourceType"), str):
        return [node]
    inside = [node.get(name) for name in ("prefetch", "context")]
    return [one for part in inside if isinstance(part, dict) for value in part.values() for one in resources_of(value)]


def bundle_with(resources: list[Shape]) -> Shape:
    """Resources as a Bundle, those of one type and id once."""
    kept = {(one["resourceType"], _id(one) or place): one for place, one in enumerate(resources)}
    entries = [{"resource": one} for one in kept.values()]
    return {"resourceType": "Bundle", "type": "collection", "entry": entries}


def _id(one: Shape) -> str | None:
    found = one.get("id")
    return found if isinstance(found, str) else None


def _lines(content: bytes) -> list[Any]:
    """The lines of NDJSON; none when it is not that."""
    try:
        return [parse(line) for line in content.splitlines() if line.strip()]
    except (ValueError, RecursionError):
        return []


def _by_patient(nodes: list[Any]) -> list[Shape]:
    """A Bundle for each patient: as the lines have them, or sorted out of single resources and mixed Bundles."""
    bundles = [node for node in nodes if isinstance(node, dict) and node.get("resourceType") == "Bundle"]
    if len(bundles) == len(nodes) > 1:
        return bundles
    resources = [one for node in nodes for one in resources_of(node)]
    people = [f"Patient/{one.get('id')}" for one in resources if one["resourceType"] == "Patient"]
    if len(people) < 2:
        return [bundle_with(resources)]
    return [bundle_with([one for one in resources if _whose(one) in (person, None)]) for person in people]


def _whose(one: Mapping[str, Any]) -> str | None:
    if one["resourceType"] == "Patient":
        return f"Patient/{one.get('id')}"
    subject = one.get("subject") or one.get("patient")
    reference = subject.get("reference") if isinstance(subject, dict) else None
    return reference if isinstance(reference, str) else None


def _chosen(kind: Kind, bundles: list[Shape], patient: int | None) -> Given | Choice:
    if len(bundles) > 1 and (patient is None or patient >= len(bundles)):
        return Choice(tuple(_line(bundle) for bundle in bundles))
    bundle = bundles[patient or 0]
    return Given(kind, write(bundle), bundle)


def _line(bundle: Shape) -> str:
    resources = resources_of(bundle)
    person = next((one for one in resources if one["resourceType"] == "Patient"), {})
    told = [str(person[name]) for name in ("id", "gender", "birthDate") if isinstance(person.get(name), str)]
    return f"{', '.join(told) or '?'} ({len(resources)})"
