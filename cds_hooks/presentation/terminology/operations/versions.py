"""What to say about the version of a code system that a caller names."""

from __future__ import annotations

from collections.abc import Iterator

from cds_hooks.presentation.terminology.catalogue import Catalogue
from cds_hooks.presentation.terminology.definitions import CodeSystem
from cds_hooks.presentation.terminology.operations.answers import Issue


def about_version(catalogue: Catalogue, system: CodeSystem, version: str | None) -> Iterator[Issue]:
    """An error where another version is held, a warning where it is not known which one is.

    Real codings carry the release of LOINC or SNOMED CT they were made with. Fragments gathered from several releases
    can neither confirm nor deny one, so the code is judged all the same.
    """
    if catalogue.is_other_version(system, version):
        yield Issue("error", "not-found", "not-found", catalogue.remedy_for_version(system), "version")
    elif version and catalogue.version_of(system) is None:
        yield Issue("warning", "not-found", "not-found", unheld_version(system.label), "version")


def unheld_version(label: str) -> str:
    """What to tell who names a version of a code system whose version here is not known."""
    return (
        f"The version asked for was not checked: no whole version of {label} is held. The code was judged by the "
        "fragment held here."
    )
