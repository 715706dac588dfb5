"""The house stands as drawn: rooms know only the rooms before them, and no file imports itself in a circle."""

from __future__ import annotations

import ast
from collections import Counter
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
ROOMS = ("terminology", "cds_hooks", "service")
FILES = {
    ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path
    for room in ROOMS
    for path in (ROOT / room).rglob("*.py")
}
A_DOZEN = 12
WORLDLY = {"fastapi", "starlette", "uvicorn", "httpx", "socket", "sqlite3", "logging", "random", "pathlib", "os", "io"}


def imports_of(module: str) -> set[str]:
    """Absolute names a module imports, as far down as they name a module of ours."""
    names = set()
    for node in ast.walk(ast.parse(FILES[module].read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            parent = node.module or ""
            parts = {f"{parent}.{alias.name}" for alias in node.names}
            names |= {part if part in FILES else parent for part in parts}
    return names


@pytest.mark.parametrize("module", sorted(FILES))
def test_a_room_imports_only_the_rooms_before_it(module: str) -> None:
    room = ROOMS.index(module.partition(".")[0])
    later = {name for name in imports_of(module) if name.partition(".")[0] in (*ROOMS[room + 1 :], "tests")}
    assert not later


@pytest.mark.parametrize("module", sorted(name for name in FILES if not name.startswith("service")))
def test_words_and_judgement_know_nothing_of_the_world(module: str) -> None:
    assert not {name for name in imports_of(module) if name.partition(".")[0] in WORLDLY}


def test_no_file_imports_in_a_circle() -> None:
    try:
        TopologicalSorter({module: imports_of(module) & FILES.keys() - {module} for module in FILES}).prepare()
    except CycleError as error:
        pytest.fail(f"circle: {' imports '.join(reversed(error.args[1]))}")


def test_no_folder_holds_more_modules_than_one_can_keep_in_mind() -> None:
    folders = Counter(path.parent.relative_to(ROOT) for path in FILES.values() if path.name != "__init__.py")
    assert {str(folder): number for folder, number in folders.items() if number > A_DOZEN} == {}
