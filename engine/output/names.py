"""File names of frames."""

from __future__ import annotations

import os

from engine.frames import split_name


def has_frame_token(path: str | os.PathLike[str]) -> bool:
    """Whether the file name has a place for the frame number: `####`, `%04d`, `@`, `$F4`."""
    return split_name(os.fspath(path)) is not None


def frame_path(path: str | os.PathLike[str], frame: int) -> str:
    """`out/shot.####.exr`, 12 -> `out/shot.0012.exr`; a name without a token stays as it is.

    One digit per `#` or `@`; `%04d` and `$F4` have four, `%d` and `$F` as many as it takes. As with
    printf, longer numbers are not cut, and the minus sign counts: -5 is `-005`.
    """
    name = split_name(os.fspath(path))
    return os.fspath(path) if name is None else name.path(frame)
