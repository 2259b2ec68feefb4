"""Names of files that are not whole yet, and the clearing of those that a killed program left.

The name holds host and process: on storage that machines share, another one may still write.
"""

from __future__ import annotations

import os
import platform
import re
import sys
import time
from contextlib import suppress
from pathlib import Path

OLD = 7 * 24 * 3600.0
"""Seconds after which nobody writes any more, whoever it was."""

LONGEST_NAME = 255  # bytes, on the file systems of the field

_LEFT = re.compile(r"\..*\.(?P<host>[A-Za-z0-9-]{1,32})\.(?P<process>\d+)\.tmp(?:\.[^.]*)?")
_cleared: set[str] = set()


def host() -> str:
    """This machine's name, as names of files hold it."""
    first = platform.node().partition(".")[0]
    return re.sub(r"[^A-Za-z0-9-]", "-", first)[:32] or "host"


def temporary_name(path: Path) -> Path:
    """`shot.1001.exr` -> `.shot.1001.<host>.<process>.tmp.exr`: beside the target, so that a rename
    is enough.

    The ending stays the last one, because encoders choose their format by it; the dot keeps what a
    killed program leaves from being taken for a frame.
    """
    stem = path.stem
    while True:
        name = f".{stem}.{host()}.{os.getpid()}.tmp{path.suffix}"
        if len(os.fsencode(name)) <= LONGEST_NAME or not stem:
            return path.with_name(name)
        stem = stem[:-1]


def clear_left(folder: Path) -> list[Path]:
    """Remove what killed programs left half-written in a folder, once for each folder and process:
    files of this host whose process is gone, and those of others after seven days. Returns them."""
    key = os.path.realpath(folder)
    if key in _cleared:
        return []
    _cleared.add(key)
    removed: list[Path] = []
    with suppress(OSError):
        for entry in os.scandir(folder):
            found = _LEFT.fullmatch(entry.name)
            if found is None or not entry.is_file(follow_symlinks=False):
                continue
            old = time.time() - entry.stat(follow_symlinks=False).st_mtime > OLD
            gone = found["host"] == host() and not is_running(int(found["process"]))
            if old or gone:
                with suppress(OSError):  # whoever may not remove it leaves it
                    os.unlink(entry.path)
                    removed.append(Path(entry.path))
    return removed


def sync(path: Path) -> None:
    """Wait until a file's content is on the disk, so that a name never stands for less than all of
    it after a loss of power. Raises OSError."""
    with open(path, "rb+") as file:
        os.fsync(file.fileno())


def is_running(process: int) -> bool:
    """Whether a process of this machine goes on."""
    if process == os.getpid():
        return True
    if sys.platform == "win32":
        return _is_running_on_windows(process)
    try:
        os.kill(process, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except OSError:  # another user's
        return True
    return True


def _is_running_on_windows(process: int) -> bool:
    # os.kill would end it there.
    import ctypes

    kernel = getattr(ctypes, "windll").kernel32  # noqa: B009 - there on Windows only
    handle = kernel.OpenProcess(0x00100000, False, process)  # SYNCHRONIZE
    if not handle:
        return bool(kernel.GetLastError() == 5)  # it is there, and another user's
    # What has ended is there as long as anyone holds on to it.
    running = kernel.WaitForSingleObject(handle, 0) == 0x102  # WAIT_TIMEOUT
    kernel.CloseHandle(handle)
    return bool(running)
