"""A file with its final name is whole; a failure leaves nothing and says one sentence."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.errors import OutputError
from engine.output import atomic
from engine.temporary import host

WRITERS = {
    "out.exr": """
        parts = [Part("beauty", ("R", "G", "B", "A"), noise(4).astype(np.float32), True),
                 Part("depth", ("depth.Z",), noise(1).astype(np.float32))]
        write_exr(path, parts, ExrHeader())""",
    "out.png": "write_png(path, noise(3))",
    "out.jpg": "write_jpeg(path, noise(3))",
    "out.mp4": """
        with MovieWriter(path, (640, 480), 24, crf=1) as movie:
            for _ in range(12):
                movie.write(noise(3))""",
}
TINY = {
    "tiny.exr": """
        values = np.random.default_rng(0).random((20, 20), np.float32)
        write_exr(path, [Part("depth", ("depth.Z",), values)], ExrHeader())""",
}
SCRIPT = """
import os, sys
import numpy as np
from engine.errors import OutputError
from engine.output import ExrHeader, MovieWriter, Part, write_exr, write_jpeg, write_png

def noise(channels):
    return np.random.default_rng(0).integers(0, 256, (480, 640, channels), dtype=np.uint8)

def write(path):
{body}

limit = int(sys.argv[2])
if limit:
    import resource, signal
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
try:
    write(sys.argv[1])
except OutputError as error:
    print(error)
    sys.exit(3)
"""


def run(path: Path, limit: int = 0) -> subprocess.CompletedProcess[str]:
    body = textwrap.indent(textwrap.dedent((WRITERS | TINY)[path.name]), "    ")
    script = SCRIPT.format(body=body)
    return subprocess.run(
        [sys.executable, "-c", script, str(path), str(limit)],
        capture_output=True,
        text=True,
        check=False,
        timeout=100,
    )


@pytest.fixture(scope="module")
def full_disk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A file system of 64 KiB."""
    folder = tmp_path_factory.mktemp("full")
    command = ["mount", "-t", "tmpfs", "-o", "size=64k", "rilievo-test", str(folder)]
    try:
        done = subprocess.run(command, capture_output=True, check=False)
    except OSError:
        pytest.skip("no mount command: the limit on file sizes is tested in its place")
    if done.returncode:
        pytest.skip("may not mount a file system: the limit on file sizes is tested in its place")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


@pytest.mark.parametrize("name", WRITERS)
def test_a_full_disk(full_disk: Path, name: str) -> None:
    done = run(full_disk / name)
    assert done.returncode == 3, done.stdout + done.stderr
    assert done.stdout == f"{full_disk / name} could not be written: the disk is full.\n"
    assert "Traceback" not in done.stderr
    assert list(full_disk.iterdir()) == []


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no limit on file sizes")
@pytest.mark.parametrize("limit", [1, 5000, 70_000])
@pytest.mark.parametrize("name", WRITERS)
def test_a_write_that_fails_on_the_way(tmp_path: Path, name: str, limit: int) -> None:
    """The system refuses to let any file grow past the limit."""
    done = run(tmp_path / name, limit)
    assert done.returncode == 3, done.stdout + done.stderr
    assert done.stdout.startswith(f"{tmp_path / name} could not be written")
    assert done.stdout.count("\n") == 1 and done.stdout.endswith(".\n")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no limit on file sizes")
@pytest.mark.parametrize("limit", [1, 300, 1500, 2000])
def test_a_write_that_fails_in_the_very_last_flush(tmp_path: Path, limit: int) -> None:
    """A file smaller than the library's buffer: closing it fails, and the library says nothing."""
    done = run(tmp_path / "tiny.exr", limit)
    assert done.returncode == 3, done.stdout + done.stderr
    assert done.stdout.startswith(f"{tmp_path / 'tiny.exr'} could not be written")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", [*WRITERS, *TINY])
def test_the_same_without_a_fault(tmp_path: Path, name: str) -> None:
    done = run(tmp_path / name)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout == done.stderr == ""
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_an_old_file_survives_a_failed_write(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("old")

    class BugError(Exception):
        pass

    def write() -> None:
        with atomic(path) as temporary:
            temporary.write_text("half")
            assert path.read_text() == "old"
            raise BugError

    with pytest.raises(BugError):
        write()
    assert path.read_text() == "old" and list(tmp_path.iterdir()) == [path]


def test_the_temporary_name_lies_beside_and_keeps_the_ending(tmp_path: Path) -> None:
    with atomic(tmp_path / "shot.1001.exr") as temporary:
        temporary.write_text("x")
        assert temporary == tmp_path / f".shot.1001.{host()}.{os.getpid()}.tmp.exr"
    assert (tmp_path / "shot.1001.exr").read_text() == "x"


def test_errors_of_the_system_become_a_sentence(tmp_path: Path) -> None:
    with (
        pytest.raises(OutputError, match=r"a\.bin could not be written: the disk is full\."),
        atomic(tmp_path / "a.bin"),
    ):
        raise OSError(errno.ENOSPC, "No space left on device")


def test_a_folder_in_the_way(tmp_path: Path) -> None:
    (tmp_path / "a.png").mkdir()
    with pytest.raises(OutputError, match=r"a\.png is a folder"), atomic(tmp_path / "a.png"):
        pass
    (tmp_path / "file").touch()
    with pytest.raises(OutputError, match="could not be written"), atomic(tmp_path / "file" / "b"):
        pass


@pytest.mark.parametrize("length", [252, 300])
def test_a_name_that_is_too_long_is_told_in_one_sentence(tmp_path: Path, length: int) -> None:
    target = tmp_path / ("a" * length + ".png")
    with (
        pytest.raises(OutputError, match="could not be written") as caught,
        atomic(target) as temporary,
    ):
        temporary.write_bytes(b"x")
    assert "\n" not in str(caught.value)
    assert not list(tmp_path.iterdir())


def test_a_name_that_is_not_utf_8_is_refused(tmp_path: Path) -> None:
    with (
        pytest.raises(OutputError, match=r"udcf6n.*not in UTF-8"),
        atomic(tmp_path / "gr\udcf6n.png"),
    ):
        pytest.fail("nothing can be written there")
