"""How log lines are written: as text for people, or as one JSON object a line for machines."""

from __future__ import annotations

import json
import logging
from datetime import UTC, datetime
from typing import Any

from service.http.watch import describe_fault
from service.operating.request_ids import under_way


class JSONLines(logging.Formatter):
    """One object a line: time in UTC, level, logger, message; of a request what `told` says of it, and its id.

    Of an exception only kind and place are written: its message may quote a chart.
    """

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        written = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        line: dict[str, Any] = {
            "time": written.replace("+00:00", "Z"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if identity := under_way.get():
            line["requestId"] = identity
        line |= getattr(record, "told", {})
        if record.exc_info and record.exc_info[1] is not None:
            line["fault"] = describe_fault(record.exc_info[1])
        return json.dumps(line)


def log_config(level: str, form: str) -> dict[str, Any]:
    """Logging to standard error, the same in every worker process; `form` is `text` or `json`."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "text": {"format": "%(asctime)s %(levelname)s %(message)s"},
            "json": {"()": "service.operating.logs.JSONLines"},
        },
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": form}},
        "root": {"level": level.upper(), "handlers": ["stderr"]},
    }
