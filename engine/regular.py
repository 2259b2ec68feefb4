"""Regular files, told from what can make whoever reads it wait for ever."""

from __future__ import annotations

import errno
import os
import stat
from os import PathLike

_KINDS = (
    (stat.S_ISDIR, "is a folder"),
    (stat.S_ISFIFO, "is a pipe"),
    (stat.S_ISSOCK, "is a socket"),
    (stat.S_ISCHR, "is a device"),
    (stat.S_ISBLK, "is a device"),
)


def what_it_is(path: str | PathLike[str]) -> str:
    """Say what a path that is no regular file is: "is a pipe"; empty for a regular file. Opening a
    pipe waits for whoever writes it, and a device may never end. Raises OSError."""
    mode = os.stat(path).st_mode
    return next((text for test, text in _KINDS if test(mode)), "")


def read_regular(path: str | PathLike[str], most: int | None = None) -> bytes:
    """Read a regular file whole. most: bytes that it may have.

    Raises OSError, with a `strerror` that completes "cannot be read (…)", also for what is no
    regular file and for more bytes than that.
    """
    what = what_it_is(path)
    if what:
        raise OSError(errno.EINVAL, f"it {what}, not a file", os.fspath(path))
    with open(path, "rb") as file:
        data = file.read() if most is None else file.read(most + 1)
    if most is not None and len(data) > most:
        raise OSError(errno.EFBIG, f"it is larger than {most} bytes", os.fspath(path))
    return data
