"""`python -m service`: the server alone, without loading the command line's libraries."""

from __future__ import annotations

import sys

from cds_hooks.judgement.knowledge import KnowledgeError
from service.server import serve
from service.settings import StartRefused, read_settings

if __name__ == "__main__":
    if len(sys.argv) > 1:
        sys.exit("python -m service takes no arguments; its settings are environment variables, see the README")
    try:
        serve(read_settings())
    except (StartRefused, KnowledgeError) as refused:
        sys.exit(str(refused))
