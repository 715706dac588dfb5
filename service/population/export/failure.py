"""Why an export cannot go on, in words for whoever started it; never a token, nor an address with its query."""

from __future__ import annotations


class ExportFailed(Exception):
    """The export stopped. What was brought is kept, and the same command goes on from there."""
