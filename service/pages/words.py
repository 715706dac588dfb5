"""The words of the pages, a TOML file for each language, and the choice of one by what a reader asks for.

Sentences of cards and protocols are knowledge, not words of a page: they stay as their files have them.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any

FOLDER = Path(__file__).parent / "words"
FIRST = "en"  # the language that every other is a copy of


@dataclass(frozen=True, slots=True)
class Language:
    """One language: its code (BCP 47), its own name, and its words, as `words.layout.skip`."""

    code: str
    name: str
    is_reviewed: bool
    words: SimpleNamespace


@cache
def languages() -> dict[str, Language]:
    """Every language there is a file for, English first."""
    files = sorted(FOLDER.glob("*.toml"), key=lambda file: (file.stem != FIRST, file.stem))
    return {file.stem: _language(file) for file in files}


def _language(file: Path) -> Language:
    written = tomllib.loads(file.read_text(encoding="utf-8"))
    told = written["language"]
    return Language(file.stem, told["name"], told["reviewed"], _spread(written))


def _spread(written: dict[str, Any]) -> SimpleNamespace:
    return SimpleNamespace(
        **{name.replace("-", "_"): _spread(one) if isinstance(one, dict) else one for name, one in written.items()}
    )


def chosen(asked: str | None, accepted: str) -> Language:
    """The language asked for by name, else the first of Accept-Language that there is, else English."""
    known = languages()
    wanted = [*([asked] if asked is not None else []), *_ranked(accepted)]
    found = next((code for code in map(_primary, wanted) if code in known), FIRST)
    return known[found]


def _primary(tag: str) -> str:
    return tag.strip().lower().partition("-")[0]


def _ranked(accepted: str) -> list[str]:
    """The tags of Accept-Language, the most wanted first; those not wanted (q=0) are left out."""
    parts = [part.partition(";q=")[::2] for part in accepted.replace(" ", "").split(",")]
    weighed = [(_weight(quality), tag) for tag, quality in parts if tag]
    return [tag for weight, tag in sorted(weighed, key=lambda pair: -pair[0]) if weight > 0]


def _weight(quality: str) -> float:
    try:
        return float(quality or 1)
    except ValueError:
        return 0
