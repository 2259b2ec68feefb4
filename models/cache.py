"""Results of analyses, kept on disk, so that no picture is analysed twice.

One file a result, named by what it was made from: `folder/ab/cdef….result`. A file that is damaged,
of another version or of something else is removed and made again, never believed. What cannot be
kept (a full disk, a folder that may not be written) is only said: an analysis never fails for it.

`RILIEVO_CACHE` names another folder, or is `off`; `RILIEVO_CACHE_GB` how large it may grow, 4 by
default. The results that were used longest ago are given up first.
"""

from __future__ import annotations

import hashlib
import math
import os
import sys
import threading
import time
import zlib
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar

import msgspec
import numpy as np

from engine.folders import cache_folder

T = TypeVar("T")

FOLDER_VARIABLE, SIZE_VARIABLE = "RILIEVO_CACHE", "RILIEVO_CACHE_GB"
OFF = "off"
GIGABYTES = 4.0
MAGIC = b"RILIEVO\0"
VERSION = 1
ENDING = ".result"
ROOM = 0.9
"""Share of the limit that is left when results are given up, so that it does not happen each time.
"""
ABANDONED = 3600.0
"""Seconds after which a file that nobody finished is taken to be of a program that was killed."""


def folder_of_user() -> Path | None:
    """Where the system keeps what can be made again; None: nothing is to be kept."""
    named = os.environ.get(FOLDER_VARIABLE, "").strip()
    if named.lower() == OFF:
        return None
    if named:
        return Path(named).expanduser()
    return cache_folder() / "analysis"


def limit_of_user() -> tuple[int, str]:
    """Bytes that the results may take, and what there is to say of it: what is no number counts as
    the default."""
    said, problem = os.environ.get(SIZE_VARIABLE, ""), ""
    try:
        gigabytes = float(said) if said.strip() else GIGABYTES
    except ValueError:
        gigabytes = math.nan
    if math.isnan(gigabytes):
        gigabytes = GIGABYTES
        problem = f"{SIZE_VARIABLE} is {said!r}, which is no number: it counts as {GIGABYTES:g}"
    return int(min(max(gigabytes * 1e9, 0.0), sys.maxsize)), problem


def digest(*parts: Any) -> str:
    """The name of a result: 64 hexadecimal digits of what it is made from (plain data)."""
    return hashlib.sha256(msgspec.json.encode(parts)).hexdigest()


class ResultCache:
    """A folder of results. Safe to use from several threads, and by several programs at once."""

    def __init__(self, folder: Path | None = None, limit: int | None = None) -> None:
        """folder, limit (bytes): what the user's environment says by default."""
        self.limit, self._remark = limit_of_user() if limit is None else (limit, "")
        self.message = self._remark
        try:
            self.folder = folder_of_user() if folder is None else folder
        except RuntimeError as error:  # no home folder
            self.folder, self.message = None, f"results of analyses are not kept: {error}"
        self._lock = threading.Lock()
        self._size: int | None = None  # bytes; None: not looked yet

    def get(self, key: str, kind: type[T]) -> T | None:
        """The result of a name (see `digest`), or None where there is none that can be believed.

        kind: what it was when it was put: plain data, dataclasses, arrays in them.
        """
        if self.folder is None:
            return None
        path = self._path(key)
        try:
            content = path.read_bytes()
        except OSError:
            return None
        try:
            value = _unpacked(content, key, kind)
        except ValueError:
            with suppress(OSError):
                path.unlink()
            return None
        with suppress(OSError):
            os.utime(path)  # used now: given up late
        return value

    def has(self, key: str) -> bool:
        """Whether there is a file of that name; what is in it is seen by `get`."""
        return self.folder is not None and self._path(key).is_file()

    def put(self, key: str, value: Any) -> None:
        """Keep a result under a name."""
        if self.folder is None:
            return
        path = self._path(key)
        content = _packed(value, key)
        temporary = path.with_name(f"{path.stem}.{os.getpid()}.{threading.get_ident()}.tmp")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            temporary.write_bytes(content)
            os.replace(temporary, path)
        except OSError as error:
            with suppress(OSError):
                temporary.unlink(missing_ok=True)
            reason = error.strerror or str(error)
            self.message = f"results of analyses are not kept in {self.folder}: {reason}"
            return
        self.message = self._remark
        with self._lock:
            if self._size is None:
                self._size = sum(size for _, size, _ in self._files())
            else:
                self._size += len(content)
            if self._size > self.limit:
                self._size = self._give_up()

    def _path(self, key: str) -> Path:
        assert self.folder is not None
        return self.folder / key[:2] / f"{key[2:]}{ENDING}"

    def _files(self) -> Iterator[tuple[float, int, Path]]:
        """When each was used, its bytes, its path. Only what can be ours: the folder may be any."""
        assert self.folder is not None
        now = time.time()
        for path in self.folder.glob("[0-9a-f][0-9a-f]/*"):
            try:
                status = path.stat()
            except OSError:
                continue  # another program gave it up
            if path.suffix == ENDING:
                yield status.st_mtime, status.st_size, path
            elif path.suffix == ".tmp" and now - status.st_mtime > ABANDONED:
                with suppress(OSError):
                    path.unlink()

    def _give_up(self) -> int:
        """Remove what was used longest ago; the bytes that are left."""
        files = sorted(self._files())
        size = sum(bytes for _, bytes, _ in files)
        for _, bytes, path in files:
            if size <= ROOM * self.limit:
                break
            with suppress(OSError):
                path.unlink()
                size -= bytes
        return size


def _packed(value: Any, key: str) -> bytes:
    body = zlib.compress(msgspec.msgpack.encode(value, enc_hook=_from_array), 1)
    rest = bytes.fromhex(key) + body
    return MAGIC + VERSION.to_bytes(4, "little") + hashlib.sha256(rest).digest() + rest


def _unpacked(content: bytes, key: str, kind: type[T]) -> T:
    """Raises ValueError where the content is not what was packed for that name."""
    head, rest = content[:12], content[44:]
    if head != MAGIC + VERSION.to_bytes(4, "little"):
        raise ValueError("not of this version")
    if content[12:44] != hashlib.sha256(rest).digest() or rest[:32] != bytes.fromhex(key):
        raise ValueError("damaged")
    try:
        body = zlib.decompress(rest[32:])
        return msgspec.msgpack.decode(body, type=kind, dec_hook=_to_array)
    except (zlib.error, msgspec.MsgspecError) as error:
        raise ValueError(str(error)) from error


def _from_array(value: Any) -> Any:
    if isinstance(value, np.ndarray):
        return value.dtype.str, value.shape, np.ascontiguousarray(value).tobytes()
    if isinstance(value, np.generic):
        return value.item()
    raise NotImplementedError(f"a {type(value).__name__} is not plain data")


def _to_array(_kind: type, value: Any) -> Any:
    dtype, shape, data = value
    return np.frombuffer(data, dtype).reshape(shape).copy()
