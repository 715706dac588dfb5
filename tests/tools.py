"""Tools from outside that some tests need: where they are missing, a named skip for a person and a failure in CI."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
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


def node(package: str, of: str) -> str:
    """The node of this machine, for a script in `tests/{of}` that needs this package of its lock file."""
    node_module(package, of)
    found = shutil.which("node")
    if found is None:
        absent("node", f"it runs the npm package {package}")
    return found


@contextmanager
def node_server(script: str, of: str, package: str, *arguments: str) -> Iterator[str]:
    """`tests/{of}/{script}` in a process of its own, ended at the end; yields the line it says when it is ready."""
    command = [node(package, of), script, *arguments]
    pipe, nowhere = subprocess.PIPE, subprocess.DEVNULL
    with subprocess.Popen(command, cwd=HERE / of, stdout=pipe, stderr=nowhere, text=True) as process:
        try:
            assert process.stdout is not None
            said = process.stdout.readline().strip()
            assert said, f"{script} did not start"
            yield said
        finally:
            process.kill()
