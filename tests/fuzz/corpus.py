"""The inputs that are kept: good ones to start from, and small ones that once found something."""

from __future__ import annotations

from pathlib import Path

CORPUS = Path(__file__).parent / "corpus"


def inputs_of(reader: str) -> dict[str, bytes]:
    """A reader's inputs by name."""
    return {file.name: file.read_bytes() for file in sorted((CORPUS / reader).iterdir())}
