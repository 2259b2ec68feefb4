"""Ctrl-C and SIGTERM while a command starts: the libraries that it loads may swallow them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.commands import complaint

pytestmark = pytest.mark.skipif(os.name == "nt", reason="signals between processes are Unix's own")

# A library that is interrupted while it is loaded, and would go on as if nothing had been.
SWALLOWING = """
import importlib.abc, os, signal, sys, time

class Finder(importlib.abc.MetaPathFinder):
    done = False
    def find_spec(self, name, path, target=None):
        if name == {library!r} and not Finder.done:
            Finder.done = True
            try:
                os.kill(os.getpid(), signal.{number})
                time.sleep(0.5)
            except BaseException:
                pass
        return None

sys.meta_path.insert(0, Finder())
from ui.commands import main
main()
"""


@pytest.mark.parametrize(
    ("number", "library", "words"),
    [
        (signal.SIGINT, "imgui_bundle", ["open", "ramp.png"]),
        (signal.SIGTERM, "rendercanvas", ["live", "--source", "lavfi:testsrc2"]),
        (signal.SIGINT, "trimesh", ["demo", "--out", "demo"]),
        (signal.SIGTERM, "passes", ["render", "shot.rilievo", "-o", "a.png"]),
    ],
)
def test_a_signal_that_a_library_swallows_still_stops(
    document: Path, number: signal.Signals, library: str, words: list[str]
) -> None:
    code = SWALLOWING.format(library=library, number=number.name)
    done = subprocess.run(
        [sys.executable, "-c", code, *words],
        cwd=document.parent, capture_output=True, text=True, timeout=60, check=False,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
    )  # fmt: skip
    assert done.returncode == 130, done.stderr
    assert "stopped" in complaint(done.stderr)
    assert not (document.parent / "demo").exists()
    assert not (document.parent / "a.png").exists()


# Half of a library is worse than none: nanobind aborts the process, Pillow says it is not there.
LOADING = """
import os, signal, time
os.kill(os.getpid(), signal.SIGINT)
time.sleep(0.2)
WHOLE = True
"""

LOADS = """
import time
from ui.failures import stop_on_signals

stop_on_signals()
try:
    import loading
    time.sleep(30)
except KeyboardInterrupt:
    print("whole" if "loading" in dir() and loading.WHOLE else "half")
"""


def while_loading(code: str, folder: Path) -> str:
    """What a program prints that imports `LOADING`."""
    (folder / "loading.py").write_text(LOADING)
    paths = os.pathsep.join((str(Path(__file__).parents[2]), str(folder)))
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True, text=True, timeout=20, check=True,
        env={**os.environ, "PYTHONPATH": paths},
    )  # fmt: skip
    assert not done.stderr
    return done.stdout


def test_a_library_that_loads_is_loaded_whole_before_the_command_stops(tmp_path: Path) -> None:
    assert while_loading(LOADS, tmp_path) == "whole\n"


LOADS_AND_LOOKS = """
import time
from ui.failures import check_stopped, stop_on_signals

stop_on_signals()
told = 0
try:
    import loading
    check_stopped()
except KeyboardInterrupt:
    told += 1
    try:
        time.sleep(0.3)
    except KeyboardInterrupt:
        told += 1
print(told)
"""


def test_a_command_that_has_been_told_ends_undisturbed(tmp_path: Path) -> None:
    """The signal that waits for a library must not come into the ending as a second one."""
    assert while_loading(LOADS_AND_LOOKS, tmp_path) == "1\n"


IN_A_CALLBACK = """
import os, signal, sys, time
from cffi import FFI
from ui.failures import check_stopped, stop_on_signals

stop_on_signals()
ffi = FFI()

@ffi.callback("void(int)")
def called(raised):
    if raised:
        raise ValueError("a fault")
    os.kill(os.getpid(), signal.SIGINT)
    time.sleep(5)

called(0)
if "fault" in sys.argv:
    called(1)
try:
    check_stopped()
except KeyboardInterrupt:
    print("stopped")
"""


@pytest.mark.parametrize("fault", [False, True])
def test_a_signal_within_a_callback_from_c_stops_and_says_nothing_else(fault: bool) -> None:
    """wgpu tells of a picture that has been read back in such a callback."""
    done = subprocess.run(
        [sys.executable, "-c", IN_A_CALLBACK, *(["fault"] if fault else [])],
        capture_output=True, text=True, timeout=60, check=True,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
    )  # fmt: skip
    assert done.stdout == "stopped\n"
    assert "KeyboardInterrupt" not in done.stderr
    assert ("a fault" in done.stderr) == fault
