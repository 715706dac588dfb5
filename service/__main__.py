"""`python -m service`: the server alone, without loading the command line's libraries."""

from __future__ import annotations

import sys

from service.server import read_settings, serve
from service.site import StartRefused

if __name__ == "__main__":
    try:
        serve(read_settings())
    except StartRefused as refused:
        sys.exit(str(refused))
