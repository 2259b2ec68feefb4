"""A disk that is soon full: really mounted, where this user may."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def small_disk(folder: Path, kib: int) -> Iterator[bool]:
    """A file system of that size at a folder that is there; False where none may be mounted."""
    command = ["mount", "-t", "tmpfs", "-o", f"size={kib}k", "rilievo-test", str(folder)]
    try:
        mounted = subprocess.run(command, capture_output=True, check=False).returncode == 0
    except OSError:
        mounted = False
    try:
        yield mounted
    finally:
        if mounted:
            subprocess.run(["umount", str(folder)], check=True)
