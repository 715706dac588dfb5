"""Searches a log for every patient of stories and demo: `python -m tests.logs.search FILE`; 1 when one is found.

Searched are ids, references, dates of birth, numbers and free texts of the charts, and the tokens that tests send.
"""

from __future__ import annotations

import json
import re
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from service.examples.chart import DEMO_DAY, read_charts
from tests.charts import chart
from tests.service.ehr.servers import TOKEN
from tests.service.test_errors import SECRET

STORIES = Path(__file__).parents[1] / "stories"
PERSONAL = frozenset({"text", "id", "reference", "birthDate", "valueString", "patientInstruction", "userId"})
SHORTEST = 9  # characters: a shorter word may stand in a log by chance
# What a chart says and a log may say for another reason.
COMMON = frozenset({"testosterone", "Practitioner"})
EXPECTED = 50_000  # bytes at least: a log of nothing would prove nothing


def patients() -> set[str]:
    """What the charts of every story and of the demo say about somebody."""
    stories = (
        story
        for file in sorted(STORIES.glob("*.toml"))
        for story in tomllib.loads(file.read_text(encoding="utf-8"))["story"]
    )
    resources: list[Any] = [entry["resource"] for story in stories for entry in chart(story)["entry"]]
    resources += [resource for one in read_charts(DEMO_DAY) for resource in one.resources]
    return {said for resource in resources for said in _personal(resource)} - COMMON


def _personal(node: Any, key: str = "") -> Iterator[str]:
    if isinstance(node, dict):
        for name, value in node.items():
            yield from _personal(value, name)
    elif isinstance(node, list):
        for value in node:
            yield from _personal(value, key)
    elif isinstance(node, str) and key in PERSONAL and len(node) >= SHORTEST:
        yield node
    elif isinstance(node, float) and len(repr(node)) >= SHORTEST:
        yield repr(node)


def found_in(text: str) -> list[str]:
    """What of any patient, and which token, stands in a text."""
    secrets = sorted({*patients(), TOKEN, SECRET}, key=len, reverse=True)
    lowered = text.lower()
    return sorted(one for one in secrets if re.search(rf"(?<!\w){re.escape(one.lower())}(?!\w)", lowered))


def main() -> int:
    """Search the file that is named."""
    text = Path(sys.argv[1]).read_text(encoding="utf-8", errors="replace")
    found = found_in(text)
    sys.stdout.write(json.dumps({"bytes": len(text), "patients": len(patients()), "found": found}, indent=1) + "\n")
    return 1 if found or len(text) < EXPECTED else 0


if __name__ == "__main__":
    sys.exit(main())
