"""Tools from outside that some tests need: where they are missing, a named skip for a person and a failure in CI."""

from __future__ import annotations

import os
from pathlib import Path
from typing import NoReturn

import pytest

HERE = Path(__file__).parent


def absent(tool: str, how: str) -> NoReturn:
    """A tool that is missing: a named skip for a person, a failure in CI, where the proof has to run."""
    said = f"{tool} is not installed: {how}"
    if os.environ.get("CI"):
        pytest.fail(said)
    pytest.skip(said)


def node_module(name: str, of: str) -> Path:
    """The folder of a package of the lock file in `tests/{of}`."""
    folder = HERE / of / "node_modules" / name
    if not folder.is_dir():
        absent(f"the npm package {name}", f"run npm ci --prefix tests/{of}")
    return folder
