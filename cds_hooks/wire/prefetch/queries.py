"""A prefetch template with its tokens replaced: the query that brings what a key lacks."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import NamedTuple
from urllib.parse import quote


class Query(NamedTuple):
    """A relative FHIR read (`Patient/1`) or search (`Observation?…`), and the resource type it is about."""

    kind: str
    relative: str

    @property
    def is_search(self) -> bool:
        """Whether it is answered with a Bundle."""
        return "?" in self.relative


def resolve(template: str, patient_id: str, today: date) -> Query | None:
    """The template's query about a patient; None when it has a token that cannot be replaced here."""

    def put(found: re.Match[str]) -> str:
        return _value(found[1].strip(), is_search, patient_id, today) or found[0]

    is_search = "?" in template
    relative = _TOKEN.sub(put, template)
    if "{{" in relative:
        return None
    return Query(re.split(r"[/?]", relative, maxsplit=1)[0], relative)


def _value(token: str, is_search: bool, patient_id: str, today: date) -> str | None:
    if token.removeprefix("%") == "context.patientId":
        # In a search a comma would ask for two patients; FHIR's own escapes keep it part of the id.
        return quote(_SEPARATOR.sub(r"\\\1", patient_id) if is_search else patient_id, safe="")
    if found := _TODAY.fullmatch(token):
        days = timedelta(int(found[2] or 0))
        return (today - days if found[1] == "-" else today + days).isoformat()
    return None


_TOKEN = re.compile(r"\{\{(.*?)\}\}")
_TODAY = re.compile(r"today\(\)(?:\s*([+-])\s*(\d{1,5})\s*days?)?")
_SEPARATOR = re.compile(r"([\\,|$])")
