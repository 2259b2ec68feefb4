"""Regular files, told from what can make whoever reads it wait for ever."""

from __future__ import annotations

import errno
import os
import stat
from os import PathLike

from engine.limits import Limits

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


def read_regular(path: str | PathLike[str], limit: Limits | None = None) -> bytes:
    """Read a regular file whole, if it has no more bytes than a limit.

    Raises OSError, with a `strerror` that completes "cannot be read (…)", also for what is no
    regular file and for a larger one.
    """
    what = what_it_is(path)
    if what:
        raise OSError(errno.EINVAL, f"it {what}, not a file", os.fspath(path))
    with open(path, "rb") as file:
        size = os.fstat(file.fileno()).st_size
        excess = limit.excess(size) if limit is not None else ""
        if excess:
            raise OSError(errno.EFBIG, f"it has {size:,} bytes, {excess}", os.fspath(path))
        return file.read()
