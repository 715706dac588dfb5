"""A pytest plugin (`-p tests.logs.plugin -s`): whatever is logged during a run, debug too, goes to standard error.

Services in processes of their own write there themselves; what tests' own clients log is left out.
"""

from __future__ import annotations

import logging
import os
import sys

OF_TESTS = frozenset({"httpx", "urllib3", "hypothesis", "schemathesis", "harfile"})


def pytest_configure() -> None:
    """Listen to everything from now on."""
    os.environ["HORMONE_CDS_LOG_LEVEL"] = "debug"
    heard = logging.StreamHandler(sys.stderr)
    heard.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s %(message)s"))
    heard.addFilter(lambda record: record.name.partition(".")[0] not in OF_TESTS)
    logging.getLogger().addHandler(heard)
    logging.getLogger().setLevel(logging.DEBUG)
