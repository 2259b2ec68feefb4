"""What lies in a folder, as an artist looks for it: numbered files as one sequence."""

from __future__ import annotations

import os
import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise

from engine.errors import MediaError
from engine.frames import FrameName, split_name
from engine.media.open import VIDEO_EXTENSIONS

PICTURE_EXTENSIONS = frozenset(
    {".exr", ".sxr", ".tif", ".tiff", ".tx", ".jpg", ".jpeg", ".jpe", ".jfif", ".bmp", ".dib"}
    | {".cin", ".dpx", ".fits", ".hdr", ".rgbe", ".iff", ".jp2", ".j2k", ".jxl", ".png", ".ppm"}
    | {".pgm", ".pbm", ".pnm", ".pfm", ".psd", ".psb", ".rla", ".sgi", ".rgb", ".rgba", ".bw"}
    | {".pic", ".tga", ".webp", ".dds"}
)
"""File name endings that go to OpenImageIO."""

SOUND_EXTENSIONS = frozenset({".mp3", ".wav", ".m4a", ".aac", ".flac", ".ogg", ".opus"})

# The last number of a name counts, unless it is a version: "plate_1001", "v2_plate_1001".
_NUMBER = re.compile(r"(?<![0-9])((?:(?<=[._])-)?[0-9]+)(?=[^0-9]*\Z)")
_SEPARATORS = "_- "
_FEW = 8  # files, above which names that end in numbers are frames whatever the numbers
_SIZES = frozenset(
    {*(2**n for n in range(1, 15)), 10, 12, 14, 24, 48, 240, 360, 480, 540, 576, 720, 1080, 1440}
    | {2160, 3072, 4320, 6144}
)
"""Bits of a value and sides of pictures, which names end in as well: "norm8", "tex_1024"."""
_VERSION = re.compile(r"(?:^|[._ -])[vV]\Z")


class EntryKind(StrEnum):
    FOLDER = "folder"
    STILL = "still"
    SEQUENCE = "sequence"
    VIDEO = "video"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a folder.

    path: what `open_source` takes; of a sequence the pattern, such as `shot.####.exr`. name: the
    same without the folder. frames: the numbers of a sequence's files, in order; empty for others.
    """

    name: str
    path: str
    kind: EntryKind
    frames: tuple[int, ...] = ()

    @property
    def gaps(self) -> int:
        """How many frames between the first and the last of a sequence have no file."""
        return self.frames[-1] - self.frames[0] + 1 - len(self.frames) if self.frames else 0


def list_folder(
    folder: str | os.PathLike[str], *, sequences: bool = True, hidden: bool = False
) -> list[Entry]:
    """Folders first, then files, each by name as people sort them (2 before 10).

    sequences: whether numbered pictures are one line; a single one is a still. hidden: whether
    names that begin with a dot are listed. Raises MediaError where the folder cannot be read.
    """
    root = os.path.abspath(os.fspath(folder))
    folders: list[str] = []
    files: list[str] = []
    try:
        with os.scandir(root) as found:
            for item in found:
                if hidden or not item.name.startswith("."):
                    (folders if _is_folder(item) else files).append(item.name)
    except FileNotFoundError:
        raise MediaError(f"there is no folder {root}.") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise MediaError(f"the folder {root} cannot be listed: {reason}.") from error
    entries = [Entry(name, os.path.join(root, name), EntryKind.FOLDER) for name in folders]
    entries.sort(key=lambda entry: _order(entry.name))
    return entries + grouped(root, files, sequences=sequences)


def grouped(folder: str, names: Iterable[str], *, sequences: bool = True) -> list[Entry]:
    """Entries for files of these names in a folder, sorted by name. Each name is in one of them at
    least; the frames of a sequence are those that `frames_on_disk` finds of its pattern."""
    numbered: dict[tuple[str, str], list[str]] = defaultdict(list)
    single: list[str] = []
    for name in names:
        parts = _split(name) if sequences and kind_of(name) is EntryKind.STILL else None
        if parts is None:
            single.append(name)
        else:
            numbered[parts[0], parts[2]].append(parts[1])
    entries: list[Entry] = []
    for (before, after), numbers in numbered.items():
        alone = set(numbers)
        for width in _widths(numbers):
            pattern = f"{before}{'#' * width}{after}"
            frames = [int(text) for text in numbers if _is_of(text, width)]
            if _are_sizes(before, numbers):
                continue
            if len(frames) > 1 and split_name(pattern) == FrameName(before, width, after):
                alone -= {text for text in numbers if _is_of(text, width)}
                path = os.path.join(folder, pattern)
                found = tuple(sorted(frames))
                entries.append(Entry(pattern, path, EntryKind.SEQUENCE, found))
        single += [f"{before}{text}{after}" for text in alone]
    entries += [Entry(name, os.path.join(folder, name), kind_of(name)) for name in single]
    return sorted(entries, key=lambda entry: _order(entry.name))


def kind_of(name: str) -> EntryKind:
    """Whether a file is a still, a video or something else, by the end of its name."""
    ending = os.path.splitext(name)[1].lower()
    if ending in PICTURE_EXTENSIONS:
        return EntryKind.STILL
    is_video = ending in VIDEO_EXTENSIONS and ending not in SOUND_EXTENSIONS
    return EntryKind.VIDEO if is_video else EntryKind.OTHER


def _split(name: str) -> tuple[str, str, str] | None:
    """What is before the frame number of a file name, the number, and the rest."""
    stem = os.path.splitext(name)[0]
    while (match := _NUMBER.search(stem)) is not None:
        if _VERSION.search(stem[: match.start()]) is None:
            after = name[match.end() :]
            return stem[: match.start()], match[0], after
        stem = stem[: match.start()]
    return None


def _widths(numbers: list[str]) -> list[int]:
    """How many digits the numbers have at least: one width for each kind of padding."""
    padded = {len(text) for text in numbers if not _is_of(text, 1)}
    rest = [len(text) for text in numbers if not any(_is_of(text, width) for width in padded)]
    return sorted({*padded, *([min(rest)] if rest else [])})


def _are_sizes(before: str, numbers: list[str]) -> bool:
    """Whether the numbers at the ends of a few names tell different pictures apart ("norm8" and
    "norm16") rather than frames: there is nothing or no dot between them and the name, none has
    leading zeros, no two follow each other, and they are sizes or no regular steps."""
    if not before or before[-1] == "." or len(numbers) > _FEW:
        return False
    if any(not text.isdigit() or not _is_of(text, 1) for text in numbers):
        return False
    found = sorted(int(text) for text in numbers)
    steps = [later - earlier for earlier, later in pairwise(found)]
    if not steps or 1 in steps:
        return False
    if _SIZES.issuperset(found):
        return True
    regular = len(steps) > 1 and len(set(steps)) == 1
    return before[-1] not in _SEPARATORS and before[-1].isalpha() and not regular


def _is_of(text: str, width: int) -> bool:
    """Whether a number is written with so many digits at least, as printf does it."""
    return text == f"{int(text):0{width}d}"


def _is_folder(item: os.DirEntry[str]) -> bool:
    try:
        return item.is_dir()
    except OSError:
        return False


def _order(name: str) -> tuple[tuple[int, int, str], ...]:
    """Numbers in a name sort as numbers, letters whatever their case."""
    parts = re.split(r"([0-9]+)", name)
    keys = [(1, int(p), "") if p.isascii() and p.isdigit() else (0, 0, p.lower()) for p in parts]
    return (*keys, (2, 0, name))
