"""The documentation's pages as they are on disk: which there are, for whom, and in which language."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import NamedTuple

from service.pages.words import FIRST

FOLDER = Path(__file__).parent
START = "index"
# For whom each page is, in the order of the contents; the groups' names are among the words.
GROUPS = (
    ("engineers", ("cds-hooks", "epic", "oracle-health", "athenahealth", "sandbox", "smart", "bundle", "trust")),
    ("clinicians", ("cards", "profiles")),
    ("operators", ("settings", "errors")),
)


class Written(NamedTuple):
    """One page: its name, the language it is there in, its title, the sentence below that, and all of its Markdown."""

    name: str
    language: str
    title: str
    lead: str
    text: str


@cache
def written(name: str, language: str) -> Written | None:
    """One page in a language, else in English; None: there is no such page."""
    if name != START and not any(name in names for _, names in GROUPS):
        return None
    found = next(code for code in (language, FIRST) if (FOLDER / code / f"{name}.md").is_file())
    text = (FOLDER / found / f"{name}.md").read_text(encoding="utf-8")
    title, lead = text.split("\n\n", 2)[:2]
    return Written(name, found, title.removeprefix("# "), lead.replace("\n", " "), text)
