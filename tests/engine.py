"""The whole middle in one call, as both doors use it: a chart's bytes to the report, with the packaged knowledge."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date, datetime
from functools import cache
from typing import Any

import msgspec

from cds_hooks.judgement.stories import moment
from service.evaluation import report_on
from service.site.settings import Settings
from service.site.site import Site, open_site


@cache
def site() -> Site:
    """The packaged knowledge with default settings."""
    return open_site(Settings())


def report_of(bundle: dict[str, Any], today: date | datetime, profiles: Sequence[str] = ()) -> dict[str, Any]:
    """The report as a caller would read it."""
    return report_of_bytes(json.dumps(bundle).encode(), today, profiles)


def report_of_bytes(body: bytes, today: date | datetime, profiles: Sequence[str] = ()) -> dict[str, Any]:
    """The report on a body as sent."""
    found, _ = report_on(site(), body, moment(today), tuple(profiles))
    decoded: dict[str, Any] = json.loads(msgspec.json.Encoder(decimal_format="number").encode(found))
    return decoded


def states(report: dict[str, Any]) -> dict[str, str]:
    """State by check."""
    return {finding["check"]: finding["state"] for finding in report["findings"]}
