"""`python -m service`: the server alone, without loading the command line's libraries."""

from __future__ import annotations

import gc
import sys


def main() -> None:
    """Run from the command line."""
    if len(sys.argv) > 1:
        sys.exit("python -m service takes no arguments; its settings are environment variables, see the README")
    gc.disable()  # what is loaded and built at start stays; the application enables it again
    from cds_hooks.judgement.knowledge.knowledge import KnowledgeError
    from service.http.server import serve
    from service.site.settings import StartRefused, read_settings

    try:
        serve(read_settings())
    except (StartRefused, KnowledgeError) as refused:
        sys.exit(str(refused))


if __name__ == "__main__":
    main()
