"""A copy of a document with unsaved changes, for the day the program or the machine gives up.

One file for each document and each program that has it open, in the user's state folder. It goes
when the document is saved or closed in order; what is left of a program that is gone is offered
when the document is opened again.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from engine.errors import RilievoError
from engine.folders import state_folder
from engine.scene import Scene
from engine.temporary import is_running

EVERY = 10.0
"""Seconds between two copies, at least."""
KEPT = 20
"""Copies of programs that are gone; the oldest are removed."""
Rest = Callable[[], object]
"""Called again and again by what works beside others."""
Run = Callable[[Callable[[Rest], None]], None]
"""Does something: at once, or in turn in another thread."""


def at_once(act: Callable[[Rest], None]) -> None:
    """Do it now."""
    act(lambda: None)


class Autosave:
    """document: the file that is edited, or the picture that a document was made for. run: does
    what takes its time, each after the other."""

    def __init__(self, document: Path, folder: Path | None = None, run: Run = at_once) -> None:
        self._run = run
        self._copying = False
        self._folder = folder or state_folder() / "autosave"
        self.document = document
        self._copied: Scene | None = None
        self._next = 0.0
        self.problem = ""
        """Why the last copy could not be written, or empty."""

    @property
    def path(self) -> Path:
        """Where the copy of this program is."""
        return self._folder / f"{_key(self.document)}.{os.getpid()}.rilievo"

    def work(self, scene: Scene, is_saved: bool, now: float) -> None:
        """To be called often: copies the document when it is time. now: seconds."""
        if is_saved:
            self.clear()
        elif scene is not self._copied and now >= self._next and not self._copying:
            self.copy(scene)
            self._next = now + EVERY

    def copy(self, scene: Scene, then: Callable[[], object] = lambda: None) -> None:
        """Copy it. then: is called where it is copied, once it is whole; never if it cannot be."""

        def write(rest: Rest) -> None:
            try:
                self._folder.mkdir(parents=True, exist_ok=True)
                scene.save(self.path, rest)
                self.problem = ""
            except (OSError, RilievoError) as error:
                self.problem = f"no copy of unsaved changes could be kept: {error}"
                return
            finally:
                self._copying = False
            then()

        self._copying, self._copied = True, scene
        self._run(write)

    def clear(self) -> None:
        """Nothing is unsaved: the copy goes."""
        if self._copied is not None:
            self._copied = None
            path = self.path

            def remove(_: Rest) -> None:
                with suppress(OSError):
                    path.unlink(missing_ok=True)

            self._run(remove)

    def left(self) -> Path | None:
        """The newest copy that a program left which is gone; None where there is none."""
        return max(self._orphans(_key(self.document)), key=_time, default=None)

    def forget(self) -> None:
        """Remove the copies of this document that such programs left, and old ones of others."""
        with suppress(OSError):
            for path in self._orphans(_key(self.document)):
                path.unlink(missing_ok=True)
            for path in sorted(self._orphans("*"), key=_time)[:-KEPT]:
                path.unlink(missing_ok=True)

    def _orphans(self, key: str) -> list[Path]:
        return [path for path in self._folder.glob(f"{key}.*.rilievo") if not _is_in_use(path)]


def _key(document: Path) -> str:
    """A name for a document: its own and a few digits, since others may be called the same."""
    full = os.path.abspath(document)
    digest = hashlib.sha256(os.fsencode(full)).hexdigest()[:12]
    return f"{digest}-{document.stem[:40].replace('[', '_').replace('*', '_').replace('?', '_')}"


def _time(path: Path) -> float:
    with suppress(OSError):
        return path.stat().st_mtime
    return 0.0


def _is_in_use(path: Path) -> bool:
    """Whether the program that wrote a copy still runs."""
    number = path.suffixes[-2].removeprefix(".") if len(path.suffixes) > 1 else ""
    if not number.isdigit():
        return False
    return is_running(int(number))
