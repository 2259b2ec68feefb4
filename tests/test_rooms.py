"""The arrows between the rooms: the contract can fail, and no files import each other."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import grimp
import pytest

ROOT = Path(__file__).parents[1]
LINT = "from importlinter.cli import lint_imports_command as main; main()"
ROOMS = tuple(
    tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"][
        "root_packages"
    ]
)


def _lint(folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", LINT, "--no-cache"],
        cwd=folder,
        env={"PATH": "", "PYTHONPATH": str(folder), "COLUMNS": "400"},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def rooms(tmp_path: Path) -> Path:
    """A copy of the sources that a test may spoil."""
    for room in ROOMS:
        shutil.copytree(
            ROOT / room,
            tmp_path / room,
            ignore=lambda _, names: [n for n in names if "." in n and not n.endswith(".py")],
        )
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def test_the_contract_holds(rooms: Path) -> None:
    lint = _lint(rooms)
    assert lint.returncode == 0, lint.stdout + lint.stderr


@pytest.mark.parametrize(
    ("file", "line", "broken"),
    [
        ("engine/errors.py", "import passes", "Arrows between rooms"),
        ("models/runtime.py", "import passes", "Arrows between rooms"),
        ("passes/__init__.py", "import ui", "Arrows between rooms"),
        ("models/runtime.py", "import engine.gpu", "Networks know"),
        ("engine/output/__init__.py", "import engine.scene", "Inside the engine"),
        ("engine/gpu/__init__.py", "import engine.graph", "Inside the engine"),
        ("engine/graph.py", "import engine.media", "The graph knows"),
        ("engine/media/__init__.py", "import engine.gpu", "plain CPU code"),
        ("engine/scene/__init__.py", "import wgpu", "plain CPU code"),
        ("passes/__init__.py", "import wgsl", "Shaders are read"),
        ("ui/commands.py", "import glfw", "Commands never"),
    ],
)
def test_the_contract_can_fail(rooms: Path, file: str, line: str, broken: str) -> None:
    with (rooms / file).open("a", encoding="utf-8") as text:
        text.write(f"\n{line}\n")
    lint = _lint(rooms)
    assert lint.returncode == 1, lint.stdout + lint.stderr
    fault = next(row for row in lint.stdout.splitlines() if broken in row)
    assert "BROKEN" in fault


def test_no_files_import_each_other() -> None:
    """Not by any way round, imports inside functions and for types included."""
    graph = grimp.build_graph(*ROOMS, cache_dir=None)
    rings = [
        sorted(chain)
        for module in graph.modules
        for imported in graph.find_modules_directly_imported_by(module)
        if (chain := graph.find_shortest_chain(imported, module)) is not None
    ]
    assert not rings, f"these import each other: {sorted({tuple(r) for r in rings})}"
