"""What killed programs left half-written is cleared by the next that writes there."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from engine import temporary
from engine.output import is_whole, write_png
from engine.output.atomic import prepare
from engine.scene import Scene


@pytest.fixture(autouse=True)
def fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    """As in a process that has cleared nothing yet."""
    monkeypatch.setattr(temporary, "_cleared", set())


def left(folder: Path, host: str, process: int, age: float = 0.0) -> Path:
    path = folder / f".shot.1001.{host}.{process}.tmp.exr"
    path.write_bytes(b"half")
    os.utime(path, (time.time() - age, time.time() - age))
    return path


def gone() -> int:
    """The number of a process that has ended."""
    done = subprocess.Popen([sys.executable, "-c", ""])
    done.wait()
    return done.pid


def test_this_hosts_of_processes_that_are_gone(tmp_path: Path) -> None:
    mine, dead = temporary.host(), gone()
    cleared = left(tmp_path, mine, dead)
    running = left(tmp_path, mine, os.getppid())
    others = left(tmp_path, "elsewhere", dead)
    old = left(tmp_path, "elsewhere", 1, age=8 * 24 * 3600)
    files = [tmp_path / name for name in ("shot.1001.exr", ".hidden", ".a.tmp", ".x.1.tmp.exr.bak")]
    for path in files:
        path.write_bytes(b"kept")
    write_png(tmp_path / "new.png", np.zeros((2, 2, 3), np.uint8))
    assert not cleared.exists()
    assert not old.exists()
    assert running.exists()
    assert others.exists()
    assert all(path.exists() for path in files)


def test_a_killed_writer_leaves_nothing_for_long(tmp_path: Path) -> None:
    code = (
        "import os, sys; from pathlib import Path; from engine.output.atomic import prepare; "
        "prepare(Path(sys.argv[1])).write_bytes(b'half'); os.kill(os.getpid(), 9)"
    )
    subprocess.run([sys.executable, "-c", code, str(tmp_path / "a.exr")], check=False)
    assert len(list(tmp_path.iterdir())) == 1
    prepare(tmp_path / "b.exr")
    assert list(tmp_path.iterdir()) == []


def test_documents_as_well(tmp_path: Path) -> None:
    path = left(tmp_path, temporary.host(), gone())
    Scene().save(tmp_path / "s.rilievo")
    assert not path.exists()
    assert [item.name for item in tmp_path.iterdir()] == ["s.rilievo"]


def test_names_fit_the_file_system(tmp_path: Path) -> None:
    for stem in ("x" * 251, "ü" * 125):
        path = tmp_path / f"{stem}.png"
        name = temporary.temporary_name(path).name
        assert len(os.fsencode(name)) <= temporary.LONGEST_NAME
        write_png(path, np.zeros((2, 2, 3), np.uint8))
        assert path.exists()


def test_a_file_that_was_cut_is_not_whole(tmp_path: Path) -> None:
    import OpenEXR

    path = tmp_path / "z.exr"
    pixels = np.random.default_rng(0).random((64, 64)).astype(np.float32)
    with OpenEXR.File({"compression": OpenEXR.ZIP_COMPRESSION}, {"Z": pixels}) as file:
        file.write(str(path))
    assert is_whole(path)
    content = path.read_bytes()
    for share in (0.2, 0.6, 0.99):
        path.write_bytes(content[: int(share * len(content))])
        assert not is_whole(path)
    assert not is_whole(tmp_path / "none.exr")
