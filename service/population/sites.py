"""Where a patient is cared for: what the Patient says, else the newest Encounter."""

from __future__ import annotations

import msgspec

from service.population.grouping.charts import Chart

ALL = "*"  # every site, or every protocol, in counts
NOWHERE = "(no site)"


class _Place(msgspec.Struct, gc=False):
    reference: str | None = None
    display: str | None = None

    @property
    def name(self) -> str:
        """As people call it, else where it is written down."""
        name = self.display or self.reference or ""
        return name if name != ALL else ""  # nobody's site is all sites


class _Visited(msgspec.Struct, gc=False):
    location: _Place | None = None


class _Period(msgspec.Struct, gc=False):
    start: str = ""


class _Told(msgspec.Struct, gc=False):
    managingOrganization: _Place | None = None
    serviceProvider: _Place | None = None
    location: list[_Visited] = []
    period: _Period | None = None


class _Entry(msgspec.Struct, gc=False):
    resource: _Told


_ENTRY = msgspec.json.Decoder(_Entry)


def site_of(chart: Chart) -> str:
    """The Patient's managing organization, else provider or place of the newest Encounter, else that there is none."""
    named = [_told(entry) for kind, entry in chart.entries if kind == "Patient"]
    names = [told.managingOrganization.name for told in named if told.managingOrganization is not None]
    if any(names):
        return next(filter(None, names))
    visits = [_told(entry) for kind, entry in chart.entries if kind == "Encounter"]
    newest = sorted(visits, key=lambda told: told.period.start if told.period is not None else "", reverse=True)
    return next(filter(None, (_provider(visit) for visit in newest)), NOWHERE)


def _provider(visit: _Told) -> str:
    places = [visit.serviceProvider, *(visited.location for visited in visit.location)]
    return next((place.name for place in places if place is not None and place.name), "")


def _told(entry: bytes) -> _Told:
    try:
        return _ENTRY.decode(entry).resource
    except msgspec.DecodeError:
        return _Told()
