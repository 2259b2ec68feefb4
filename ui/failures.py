"""How a command ends: what it prints, and the exit status it leaves.

0 all done; 1 something failed, told in one sentence on stderr; 2 the command was called wrongly;
130 stopped with Ctrl-C. A traceback means a bug in Rilievo.
"""

from __future__ import annotations

import _thread
import errno
import os
import signal
import sys
import threading
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import TextIOWrapper
from types import FrameType
from typing import Any

import typer
from typer.core import TyperGroup
from typer.exceptions import TyperException

from engine.errors import RilievoError
from ui.plain_text import plain

FAILED = 1
STOPPED = 128 + signal.SIGINT
UNWRITTEN = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO)


class Commands(TyperGroup):
    """The group of all commands: turns what is raised into a sentence and an exit status."""

    def make_context(self, *given: Any, **more: Any) -> Any:
        with _plain_usage():
            return super().make_context(*given, **more)

    def invoke(self, ctx: Any) -> Any:
        try:
            with _plain_usage():
                return super().invoke(ctx)
        except RilievoError as error:
            complain(str(error))
            raise typer.Exit(FAILED) from error
        except KeyboardInterrupt as error:
            complain("stopped; what was written before is whole")
            raise typer.Exit(STOPPED) from error


@contextmanager
def _plain_usage() -> Iterator[None]:
    """What is said of a wrong call names its arguments, which may be names of strangers' files."""
    try:
        yield
    except TyperException as error:
        told = getattr(error, "message", None)
        if isinstance(told, str):
            vars(error)["message"] = plain(told)
        raise


def run(app: Callable[[], Any]) -> None:
    """Call the commands, so that what cannot be shown is told as well: characters that the terminal
    has no code for are shown as escapes, and a stdout that cannot be written is a failure."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    try:
        try:
            app()
        finally:
            sys.stdout.flush()
    except OSError as error:
        if error.filename is not None or error.errno not in UNWRITTEN:
            raise
        # What is still buffered would fail again when Python ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        reason = (error.strerror or "the disk is full").lower()
        complain(f"what there is to say could not be written to stdout: {reason}")
        raise SystemExit(FAILED) from error


def complain(sentence: str) -> None:
    """One sentence on stderr."""
    # Not through rich: file names with brackets are no markup, and long lines stay one line.
    print(plain(f"rilievo: {sentence}"), file=sys.stderr, flush=True)


def tell(sentence: str) -> None:
    """One sentence on stdout."""
    print(plain(sentence), flush=True)


def tell_warnings() -> None:
    """Let warnings be told as sentences on stderr, without the line of source that they come from;
    those of libraries for their developers stay untold, as Python has it."""

    def show(message: Warning | str, *_: Any, **__: Any) -> None:
        complain(f"warning: {message}")

    warnings.showwarning = show


def stop_on_signals() -> None:
    """Let Ctrl-C and SIGTERM end a command alike, so that nothing half-written stays; while a
    library loads they wait until it is whole."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _interrupt)
    sys.unraisablehook = _tell_of_faults


def check_stopped() -> None:
    """Raise KeyboardInterrupt if a signal came before and was lost: what is raised within a call
    from C is swallowed by some libraries, and while one loads nothing is raised yet."""
    if _stopped.is_set():
        _raised.set()
        raise KeyboardInterrupt


def _tell_of_faults(what: sys.UnraisableHookArgs) -> None:
    """Print what is raised where nobody can catch it, but for the stop that wgpu's callbacks may
    get: `check_stopped` knows of that."""
    if not (_stopped.is_set() and isinstance(what.exc_value, KeyboardInterrupt)):
        sys.__unraisablehook__(what)


_stopped = threading.Event()  # a signal came
_raised = threading.Event()  # and the command was told
# How long a signal waits, in seconds, before it comes again to a library that was still loading.
AGAIN_IN = 0.02


def _interrupt(number: int, frame: FrameType | None) -> None:
    _stopped.set()
    if _loads_a_library(frame):
        again = threading.Timer(AGAIN_IN, _send_again, (number,))
        again.daemon = True
        again.start()
    else:
        _raised.set()
        raise KeyboardInterrupt


def _send_again(number: int) -> None:
    if _raised.is_set():  # by `check_stopped`: a second one would come into the ending
        return
    if sys.platform == "win32":
        _thread.interrupt_main(signal.Signals(number))  # os.kill would end the process
    else:
        os.kill(os.getpid(), number)  # wakes the main thread from what it waits for


def _loads_a_library(frame: FrameType | None) -> bool:
    """Whether an `import` is under way: a library that is half loaded may abort the whole process
    (nanobind does), or tell of a fault that it does not have."""
    while frame is not None:
        if frame.f_code.co_filename == "<frozen importlib._bootstrap>":
            return True
        frame = frame.f_back
    return False
