"""Numbered files on disk."""

from __future__ import annotations

import os
import re

from engine.errors import MediaError
from engine.frames import split_name


def check_name(path: str) -> None:
    """Raises MediaError if no file can have that name, or none that the libraries can open."""
    shown = path.encode("ascii", "backslashreplace").decode().replace("\0", "\\x00")
    if "\0" in path:
        raise MediaError(f"{shown} is no name of a file: it holds a NUL character.")
    try:
        path.encode("utf-8")
    except UnicodeEncodeError:
        raise MediaError(
            f"{shown} cannot be opened: its name, or the locale of this shell, is not in UTF-8."
        ) from None


def is_pattern(path: str) -> bool:
    """Whether the file name has a frame token: `####`, `%04d`, `@` or `$F4`."""
    return split_name(path) is not None


def frames_on_disk(path: str) -> dict[int, str]:
    """Frame number to file path of all files that a pattern like `shot.####.exr` names, in order.

    The token's width is the least number of digits, as in `engine.frames`; other widths are other
    sequences. Raises MediaError if the folder cannot be listed.
    """
    name = split_name(path)
    if name is None:
        raise MediaError(f"{path} has no frame number token such as #### or %04d.")
    folder, stem = os.path.split(name.before)
    try:
        files = os.listdir(folder or ".")
    except FileNotFoundError:
        raise MediaError(f"{path}: the folder {folder} does not exist.") from None
    except OSError as error:
        raise MediaError(f"{path}: its folder cannot be listed: {error.strerror}.") from error
    digits = re.compile(re.escape(stem) + r"(-?[0-9]+)" + re.escape(name.after))
    found: dict[int, str] = {}
    for file in files:
        if match := digits.fullmatch(file):
            frame = int(match[1])
            whole = os.path.join(folder, file)
            if os.path.basename(name.path(frame)) == file:
                found[frame] = whole
    return dict(sorted(found.items()))


def media_files(path: str) -> list[str]:
    """The files that a media of that path is read from: itself, or those of a sequence that are
    there; nothing where they cannot be listed."""
    if "\0" in path:
        return []
    if os.path.exists(path) or not is_pattern(path):
        return [path]
    try:
        return list(frames_on_disk(path).values())
    except MediaError:
        return []


def first_file(path: str | os.PathLike[str]) -> str:
    """A still's own name, or that of a sequence's first file. Raises MediaError."""
    name = os.fspath(path)
    check_name(name)
    if not os.path.exists(name) and is_pattern(name):
        files = frames_on_disk(name)
        if not files:
            raise MediaError(f"no file is named like {name}.")
        name = next(iter(files.values()))
    return name
