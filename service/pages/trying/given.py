"""What was pasted, dropped or uploaded, as a request: a FHIR Bundle or a CDS Hooks call of one patient."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal, NamedTuple

from cds_hooks.record.hl7v2.bundle import bundle_of, is_message
from cds_hooks.refusal import Refusal
from service.http.body import require_few
from service.pages.trying.readings import Shape, parse, write

Kind = Literal["bundle", "hook", "laboratory"]
Key = tuple[str, str | int]  # type and id of a resource, or its place where it has none


class Given(NamedTuple):
    """One patient's chart. What is no JSON at all is handed on as it is: the door refuses it and says why."""

    kind: Kind
    body: bytes
    node: Any = None  # decoded, with numbers as they are written


class Choice(NamedTuple):
    """Several patients, of whom one is to be chosen: a line about each."""

    patients: tuple[str, ...]


class _Mixed(NamedTuple):
    """Resources of several patients: the places of each one's own, and of those that are of nobody."""

    resources: Sequence[Shape]
    own: Mapping[str | None, list[int]]
    shared: Sequence[int]


def given_in(content: bytes, patient: int | None, most: int, is_laboratory: bool = False) -> Given | Choice:
    """What was sent, or whom there is to choose from.

    Raises:
        Refusal: it is a laboratory's message that cannot be read, nested too deeply, or what is to be sorted by patient
            has more than `most` lines or resources.
    """
    content = content.removeprefix(b"\xef\xbb\xbf").strip()
    if is_message(content):
        return _one_of("laboratory", [parse(bundle_of(content))], patient, most)
    try:
        node = parse(content)
    except ValueError:
        lines = _lines(content, most)
        return _one_of("bundle", lines, patient, most) if lines else Given("bundle", content)
    except RecursionError:
        raise Refusal(400, "structure", "The chart is nested too deeply.") from None
    if isinstance(node, dict) and "hook" in node and "resourceType" not in node:
        return Given("hook", content, node)
    return Given("laboratory" if is_laboratory else "bundle", content, node)


def all_in(content: bytes, most: int) -> list[Given]:
    """Every patient's chart of what was sent, in its order; read as one that is chosen is. Last come those without a
    Patient.

    Raises:
        Refusal: as `given_in` does.
    """
    first = given_in(content, None, most)
    if isinstance(first, Given):
        return [first]
    lines = _lines(content, most)
    kind: Kind = "bundle" if lines else "laboratory"
    nodes = lines or [parse(bundle_of(content.removeprefix(b"\xef\xbb\xbf").strip()))]
    bundles = [node for node in nodes if node.get("resourceType") == "Bundle"]
    if len(bundles) == len(nodes) > 1:
        return [_given(kind, bundle) for bundle in bundles]
    mixed = _sorted_out([one for node in nodes for one in resources_of(node)])
    return [_given(kind, _chart_of(mixed, own)) for own in (*mixed.own.values(), *_of_strangers(mixed))]


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


def bundle_with(resources: Iterable[Shape]) -> Shape:
    """Resources as a Bundle, those of one type and id once."""
    kept = {_key(one, place): one for place, one in enumerate(resources)}
    entries = [{"resource": one} for one in kept.values()]
    return {"resourceType": "Bundle", "type": "collection", "entry": entries}


def _key(one: Shape, place: int) -> Key:
    found = one.get("id")
    return one["resourceType"], found if found and isinstance(found, str) else place


def _lines(content: bytes, most: int) -> list[Any]:
    """The lines of NDJSON; none when it is not that."""
    found: list[Any] = []
    try:
        for line in content.splitlines():
            if line.strip():
                found.append(parse(line))
                require_few(len(found), most)
    except (ValueError, RecursionError):
        return []
    return found


def _one_of(kind: Kind, nodes: list[Any], patient: int | None, most: int) -> Given | Choice:
    """The chart of one patient: a Bundle as its line has it, or sorted out of single resources and mixed Bundles."""
    bundles = [node for node in nodes if isinstance(node, dict) and node.get("resourceType") == "Bundle"]
    if len(bundles) == len(nodes) > 1:
        if patient is None or patient >= len(bundles):
            return Choice(tuple(map(_line_of, bundles)))
        return _given(kind, bundles[patient])
    resources = [one for node in nodes for one in resources_of(node)]
    require_few(len(resources), most)
    mixed = _sorted_out(resources)
    if len(mixed.own) < 2:
        return _given(kind, bundle_with(resources))
    if patient is None or patient >= len(mixed.own):
        return Choice(_lines_about(mixed))
    return _given(kind, _chart_of(mixed, list(mixed.own.values())[patient]))


def _chart_of(mixed: _Mixed, own: Sequence[int]) -> Shape:
    """One patient's own resources, and those that are of nobody."""
    return bundle_with(mixed.resources[place] for place in sorted((*own, *mixed.shared)))


def _sorted_out(resources: Sequence[Shape]) -> _Mixed:
    whose = [_whose(one) for one in resources]
    own: dict[str | None, list[int]] = {_whose(one): [] for one in resources if one["resourceType"] == "Patient"}
    shared: list[int] = []
    for place, person in enumerate(whose):
        if person is None:
            shared.append(place)
        elif person in own:
            own[person].append(place)
    return _Mixed(resources, own, shared)


def _of_strangers(mixed: _Mixed) -> Iterable[list[int]]:
    """The places of each one's own of whom there is no Patient."""
    found: dict[str, list[int]] = {}
    for place, one in enumerate(mixed.resources):
        person = _whose(one)
        if person is not None and "Patient/" in person and person not in mixed.own:
            found.setdefault(person, []).append(place)
    return found.values()


def _whose(one: Mapping[str, Any]) -> str | None:
    if one["resourceType"] == "Patient":
        return f"Patient/{one.get('id')}"
    subject = one.get("subject") or one.get("patient")
    reference = subject.get("reference") if isinstance(subject, dict) else None
    return reference if isinstance(reference, str) else None


def _given(kind: Kind, bundle: Shape) -> Given:
    return Given(kind, write(bundle), bundle)


def _lines_about(mixed: _Mixed) -> tuple[str, ...]:
    """A line about each patient. What is of nobody is in every chart, and is counted, not gone through for each."""
    shared = {_key(mixed.resources[place], place) for place in mixed.shared}
    lines = []
    for places in mixed.own.values():
        keys = {_key(mixed.resources[place], place) for place in places}
        person = next(one for place in places if (one := mixed.resources[place])["resourceType"] == "Patient")
        lines.append(_line(person, len(keys) + len(shared) - sum(key in shared for key in keys)))
    return tuple(lines)


def _line_of(bundle: Shape) -> str:
    resources = resources_of(bundle)
    return _line(next((one for one in resources if one["resourceType"] == "Patient"), {}), len(resources))


def _line(person: Mapping[str, Any], resources: int) -> str:
    told = [str(person[name]) for name in ("id", "gender", "birthDate") if isinstance(person.get(name), str)]
    return f"{', '.join(told) or '?'} ({resources})"
