"""Why an export cannot go on, in words for whoever started it; never a token, nor an address with its query."""

from __future__ import annotations


class ExportFailed(Exception):
    """The export stopped. What was brought is kept, and the same command goes on from there.

    `status` is what the server answered, where that is why.
    """

    def __init__(self, why: str, status: int | None = None) -> None:
        super().__init__(why)
        self.status = status


class Over(ExportFailed):
    """The server has let the export go: only a new one, into another folder, comes to an end."""


def on_one_line(said: str) -> str:
    """Some words of a server, which cannot move the cursor of a terminal."""
    return "".join(letter if letter.isprintable() else " " for letter in said[:300])
