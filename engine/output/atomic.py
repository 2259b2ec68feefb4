"""Files that are whole or not there."""

from __future__ import annotations

import errno
import os
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path

from engine.errors import OutputError
from engine.temporary import clear_left, sync, temporary_name


def prepare(path: Path) -> Path:
    """Make the target's folder, clear what killed programs left there, and hand out the temporary
    name. Raises OutputError."""
    try:
        str(path).encode("utf-8")
    except UnicodeEncodeError:
        shown = str(path).encode("ascii", "backslashreplace").decode()
        raise OutputError(
            f"{shown} cannot be written: its name, or the locale of this shell, is not in UTF-8."
        ) from None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        is_folder = path.is_dir()
    except OSError as error:
        raise output_error(path, error) from error
    if is_folder:
        raise OutputError(f"{path} is a folder: give the name of a file.")
    clear_left(path.parent)
    return temporary_name(path)


def check_place(path: str | os.PathLike[str]) -> None:
    """Raises OutputError where `path` could not be written, before hours of work go into it. Leaves
    nothing behind, not even the folder that is yet to be made."""
    target = Path(path)
    folder = target.absolute().parent
    try:
        while not folder.exists():
            folder = folder.parent
        if target.is_dir():
            raise OutputError(f"{target} is a folder: give the name of a file.")
        probe = temporary_name(folder / "place")
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise output_error(target, error) from error


def discard(temporary: Path) -> None:
    """Remove what was not finished. Where even that is refused, as on a read-only volume, the error
    that led here is the one worth telling."""
    with suppress(OSError):
        temporary.unlink(missing_ok=True)


def finish(temporary: Path, path: Path) -> None:
    """Give the whole file its final name, over an older one, once it is on the disk. Raises
    OutputError."""
    try:
        sync(temporary)
        os.replace(temporary, path)
    except OSError as error:
        discard(temporary)
        raise output_error(path, error) from error


@contextmanager
def atomic(path: str | os.PathLike[str]) -> Generator[Path, None, None]:
    """Write to the name this yields; it becomes `path` when the block ends, and goes if it fails.

    OSError of any kind (full disk, no permission) becomes an OutputError that names `path`.
    """
    target = Path(path)
    temporary = prepare(target)
    try:
        yield temporary
    except OSError as error:
        discard(temporary)
        raise output_error(target, error) from error
    except BaseException:
        discard(temporary)
        raise
    finish(temporary, target)


def output_error(path: str | os.PathLike[str], error: BaseException | str) -> OutputError:
    """One sentence for a failed write of `path`, which is then not there."""
    number = error.errno if isinstance(error, OSError) else None
    if number in (errno.ENOSPC, errno.EDQUOT):
        return OutputError(f"{path} could not be written: the disk is full.")
    if number == errno.EFBIG:
        return OutputError(f"{path} could not be written: it is larger than files may be here.")
    text = getattr(error, "strerror", None) or str(error) or type(error).__name__
    reason = " ".join(str(text).split()).rstrip(".")
    return OutputError(f"{path} could not be written: {reason}.")
