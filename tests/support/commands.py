"""Calling the commands as a shell does."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from subprocess import CompletedProcess

from typer.testing import Result

Run = Callable[..., Result]
Shell = Callable[..., CompletedProcess[str]]

# Neither Vulkan nor OpenGL finds a driver with these.
NO_DRIVERS = {
    "VK_DRIVER_FILES": "/nonexistent",
    "VK_ICD_FILENAMES": "/nonexistent",
    "__EGL_VENDOR_LIBRARY_FILENAMES": "/nonexistent",
}


def command(*arguments: str | os.PathLike[str]) -> list[str]:
    """The command line of `rilievo` with these arguments."""
    start = [sys.executable, "-c", "from ui.commands import main; main()"]
    return [*start, *(os.fspath(argument) for argument in arguments)]


def complaint(stderr: str) -> str:
    """The one sentence on a stderr; fails on a traceback, on none and on several."""
    assert "Traceback" not in stderr, stderr
    lines = [line for line in stderr.splitlines() if line.startswith("rilievo: ")]
    assert len(lines) == 1, stderr
    return lines[0].removeprefix("rilievo: ")
