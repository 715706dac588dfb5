"""One guideline's variant of the numbers of a protocol, as a file writes it."""

from __future__ import annotations

from pydantic import Field

from cds_hooks.judgement.planning.schedule import Visit
from cds_hooks.judgement.written.strict import Strict
from cds_hooks.judgement.written.threshold import OPERATORS


class LimitFile(Strict):
    """A named safety limit. `floor` is the loosest any profile may make it."""

    at_least: str | None = None
    above: str | None = None
    at_most: str | None = None
    below: str | None = None
    analyte: str | None = None
    floor: dict[str, str] | None = None
    source: tuple[str, ...] = ()
    note: str = ""

    def operators(self) -> dict[str, str]:
        """The one comparison that is written."""
        return {name: value for name in OPERATORS if (value := getattr(self, name)) is not None}


class BandFile(Strict):
    """A named target range."""

    low: str
    high: str
    source: tuple[str, ...]
    note: str = ""


class ProfileFile(Strict):
    """One guideline's variant of the numbers and visits."""

    title: str
    about: str = ""
    default: bool = False
    extends: str | None = None  # another profile of the protocol: what is not written here is as there
    limit: dict[str, LimitFile] = Field(default_factory=dict)
    band: dict[str, BandFile] = Field(default_factory=dict)
    visit: tuple[Visit, ...] | None = None
    source: tuple[str, ...] = ()
