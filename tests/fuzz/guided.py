"""Fuzzes one reader, guided by which of our lines an input reaches; run by `tests.fuzz.run` where atheris is installed.

Arguments: the reader's name, then libFuzzer's (`-max_total_time=60`, folders of inputs …).
"""

from __future__ import annotations

import sys
from random import Random

import atheris

with atheris.instrument_imports(include=["cds_hooks", "terminology", "service"]):
    from tests.fuzz.corpus import inputs_of
    from tests.fuzz.mutation import MOST, mutated
    from tests.fuzz.readers import READERS, TREES


def change(name: str, content: bytes, most: int, seed: int) -> bytes:
    """Our own change to an input, or one of libFuzzer's."""
    random = Random(seed)
    if random.random() < 0.3:
        return bytes(atheris.Mutate(content, most))
    return mutated(content, random, name in TREES)[:most]


def main() -> None:
    """Fuzz until told to stop."""
    name, *options = sys.argv[1:]
    reader = READERS[name]
    for content in inputs_of(name).values():  # what is built once takes longer than an input may
        reader(content)
    settings = [sys.argv[0], f"-max_len={MOST}", "-timeout=10", "-rss_limit_mb=2048", *options]
    atheris.Setup(settings, reader, custom_mutator=lambda content, most, seed: change(name, content, most, seed))
    atheris.Fuzz()


if __name__ == "__main__":
    main()
