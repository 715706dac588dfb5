"""What every Python probe does with its library in a process of its own: load it, put the questions, take the time."""

from __future__ import annotations

import gc
import json
import sys
from collections.abc import Callable
from pathlib import Path
from time import perf_counter
from typing import Any, NamedTuple

AT_LEAST = 0.2  # seconds of a measurement of a known unit
ROUNDS = 5


class Library(NamedTuple):
    """A library once loaded. `convert` gives None, or raises anything, when it refuses."""

    version: str
    is_unit: Callable[[str], bool]
    convert: Callable[[float, str, str], float | None]
    weigh: Callable[[str, float, str, str], float | None]  # analyte, molar mass, from, to
    look_up: Callable[[str, str], Any]  # a unit a chart wrote, and the unit wanted


def probe(load: Callable[[], Library]) -> None:
    """Answer the questions on standard input, as JSON on standard output."""
    asked = json.load(sys.stdin)
    gc.collect()
    before, began = resident(), perf_counter()
    library = load()
    loaded = perf_counter() - began
    answers = {
        "version": library.version,
        "load_ms": loaded * 1000,
        "memory_mib": resident() - before,
        "validation": [answer(library.is_unit, text) is True for text in asked["validation"]],
        "conversion": [answer(library.convert, *question) for question in asked["conversion"]],
        "safe": [answer(library.convert, 1, *pair) for pair in asked["safe"]],
        "mass": [answer(library.weigh, *question) for question in asked["mass"]],
        "new_us": each_new(library, asked["new"]),
        "known_us": known(library, *asked["known"]),
        "worst_ms": max(each_new(library, [(text, "ng/dL")]) for text in asked["worst"]) / 1000,
    }
    json.dump(answers, sys.stdout)


def answer(ask: Callable[..., Any], *question: Any) -> Any:
    """What the library says, or None when it refuses, in whatever way."""
    try:
        return ask(*question)
    except Exception:
        return None


def each_new(library: Library, pairs: list[tuple[str, str]]) -> float:
    """Microseconds for a unit never seen before."""
    began = perf_counter()
    for pair in pairs:
        answer(library.look_up, *pair)
    return (perf_counter() - began) / len(pairs) * 1e6


def known(library: Library, unit: str, wanted: str) -> float:
    """Microseconds for one that was seen just before, the least of all rounds."""
    times, least = 1, float("inf")
    for _ in range(ROUNDS):
        while True:
            began = perf_counter()
            for _ in range(times):
                library.look_up(unit, wanted)
            took = perf_counter() - began
            if took >= AT_LEAST / ROUNDS:
                break
            times *= 4
        least = min(least, took / times)
    return least * 1e6


def resident() -> float:
    """Memory of this process, in MiB."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS:")) / 1024
