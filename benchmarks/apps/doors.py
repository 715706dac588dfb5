"""The doors alone: this service with everything on, which reads, judges and presents the first chart only.

Every later call gets that answer. What it costs is decoding, transport, the line, memory, counts and log: the part of a
call that no faster judgement would save.
"""

from __future__ import annotations

from service import hooks
from service.__main__ import main

answer_to = hooks.answer_to
first: list[object] = []


def answer_as_before(*asked: object, **more: object) -> object:
    """The first answer, whatever is asked."""
    if not first:
        first.append(answer_to(*asked, **more))  # type: ignore[arg-type]
    return first[0]


hooks.answer_to = answer_as_before  # type: ignore[assignment]

if __name__ == "__main__":
    main()
