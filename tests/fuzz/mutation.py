"""Changes an input while it keeps most of its structure: JSON as a tree, everything else as text."""

from __future__ import annotations

import copy
import json
from random import Random
from typing import Any

Path = tuple[Any, ...]
MOST = 200_000  # bytes of an input
LARGE = 1e15  # beyond it a number is changed as what it is written as
ODD: tuple[Any, ...] = (
    *(None, True, False, 0, -1, 1, 0.5, 1e300, -1e-300, 10**40, 2**63, "", " ", "\u200b", "\u0000", "x" * 600),
    *("2026-02-30", "9999-12-31T23:59:59-14:00", "0001-01-01T00:00:00+14:00", "2026-09-04", "2026", "24:00"),
    *("Patient/1", "Patient/", "#", "#x", "urn:uuid:", "http://loinc.org", "4544-3", "%", "L/L", "ng/dL", "wk", "d"),
    *("final", "entered-in-error", "cancelled", "active", "draft", "male", "female", "Bundle", "Parameters"),
    *([], {}, [[]], [None], [{}], {"reference": "#"}, {"coding": [{}]}, {"value": "1"}, {"start": "2026-09-04"}),
)
WORDS = (
    *("testosterone", "200 mg", "every 2 weeks", "IM", "weekly", "twice", "per day", "1/2", "0,5", "½", "µg", "mg/mL"),
    *("q2w", "bid", "mo", "every", "-", "–", "to", "10*3/uL", "[IU]/L", "{x}", "10^", "^", "/", ".", "(", ")", "%"),
    *("2026", "-09", "-04", "T24:00", "Z", "+14:00", "-00:00", ":60", ".999999999", "|", "&", "~", "\\", "\r", "\n"),
    *("OBX|1|NM|4544-3^H^LN||47|%|", "PID|1||1", "MSH|^~\\&|", "OBR|1", "\x0b", "\x1c", "é", "１", "\u202e", "∞", "-0"),
)


def mutated(content: bytes, random: Random, is_tree: bool) -> bytes:
    """The input with one to four changes; a tree that is none is changed as text."""
    changed = content
    for _ in range(random.randint(1, 4)):
        tree = _tree(changed) if is_tree and random.random() < 0.9 else None
        changed = _of_text(changed, random) if tree is None else _written(_of_tree(tree, random))
    return changed[:MOST]


def _tree(content: bytes) -> Any:
    try:
        return json.loads(content)
    except (ValueError, RecursionError):
        return None


def _written(tree: Any) -> bytes:
    return json.dumps(tree, ensure_ascii=False).encode("utf-8", "surrogatepass")


def _of_tree(tree: Any, random: Random) -> Any:
    places = _places(tree)
    if not places:
        return random.choice(ODD)
    parent, key = random.choice(places)
    match random.randrange(7):
        case 0:
            parent[key] = copy.deepcopy(random.choice(ODD))
        case 1:
            other, name = random.choice(places)
            parent[key] = copy.deepcopy(other[name])
        case 2:
            del parent[key]
        case 3:
            parent[key] = [copy.deepcopy(parent[key])] * random.randint(1, 3)
        case 4 if isinstance(parent, dict):
            parent[random.choice(places)[1] if random.random() < 0.5 else f"_{key}"] = parent.pop(key)
        case 5 if isinstance(parent, list):
            parent.insert(random.randint(0, len(parent)), copy.deepcopy(parent[key]))
        case _:
            parent[key] = _of_value(parent[key], random)
    return tree


def _of_value(value: Any, random: Random) -> Any:
    if isinstance(value, str):
        return _of_text(value.encode("utf-8", "surrogatepass"), random).decode("utf-8", "replace")
    if isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < LARGE:
        return random.choice((-value, value * 10, value / 1000, value + 1, str(value), int(min(value, 1e9))))
    return {"x": value} if random.random() < 0.5 else str(value)[:50]


def _places(node: Any) -> list[tuple[Any, Any]]:
    """Every member of every object and list, by what holds it."""
    found: list[tuple[Any, Any]] = []
    waiting = [node]
    while waiting and len(found) < 5_000:
        here = waiting.pop()
        items = here.items() if isinstance(here, dict) else enumerate(here) if isinstance(here, list) else ()
        for key, child in items:
            found.append((here, str(key) if isinstance(here, dict) else key))
            waiting.append(child)
    return found


def _of_text(content: bytes, random: Random) -> bytes:
    start, end = sorted(random.randint(0, len(content)) for _ in range(2))
    end = min(end, start + 40)
    match random.randrange(5):
        case 0:
            return content[:start] + random.choice(WORDS).encode() + content[start:]
        case 1:
            return content[:start] + content[end:]
        case 2:
            return content[:end] + content[start:end] * random.randint(1, 20) + content[end:]
        case 3:
            return content[:start] + random.choice(WORDS).encode() + content[end:]
        case _:
            return content[:start] + bytes([random.randrange(256)]) + content[start + 1 :]
