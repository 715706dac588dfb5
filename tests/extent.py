"""How much is tried: `make test` has ten minutes; `make test-all` sets TESTS=all, and nothing is left out."""

from __future__ import annotations

import os

ALL = os.environ.get("TESTS") == "all"
