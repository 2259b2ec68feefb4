"""What a camera import needs of a glTF 2.0 file: its JSON, and accessors as arrays.

Section numbers are those of the Khronos glTF 2.0 specification.
"""

from __future__ import annotations

import base64
import binascii
import json
import struct
from pathlib import Path
from typing import Any, NoReturn
from urllib.parse import unquote

import numpy as np
import numpy.typing as npt

from engine.errors import SceneError

JSON_CHUNK, BINARY_CHUNK = 0x4E4F534A, 0x004E4942
COMPONENTS = {5120: "<i1", 5121: "<u1", 5122: "<i2", 5123: "<u2", 5125: "<u4", 5126: "<f4"}
WIDTHS = {"SCALAR": 1, "VEC2": 2, "VEC3": 3, "VEC4": 4, "MAT4": 16}


class GltfFile:
    """A glTF file. Whatever is wrong with it raises SceneError naming the file and the place."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._binary: bytes | None = None
        self._buffers: dict[int, bytes] = {}
        data = _bytes(path, path)
        text = self._unpacked(data) if data[:4] == b"glTF" else data
        try:
            self.json: dict[str, Any] = json.loads(text.decode("utf-8-sig"))
        except (UnicodeDecodeError, ValueError, RecursionError) as error:
            line = f", line {error.lineno}" if isinstance(error, json.JSONDecodeError) else ""
            raise SceneError(
                f"{path}{line}: this is not a glTF file (its JSON is broken)"
            ) from None
        if not isinstance(self.json, dict):
            self.fault("", "expected an object")
        version = self.get(self.json, "asset", dict, {}, "").get("version", "")
        if not str(version).startswith("2"):
            self.fault("asset.version", f"expected glTF 2, got {version!r}")

    def fault(self, place: str, message: str) -> NoReturn:
        """Raises the SceneError for a place in the file's JSON."""
        raise SceneError(f"{self.path}: {place + ': ' if place else ''}{message}")

    def get(self, entry: dict[str, Any], field: str, kind: Any, default: Any, place: str) -> Any:
        """A field of an object, which must have that type; with `...` as default, it must exist."""
        value = entry.get(field, default)
        at = f"{place}.{field}" if place else field
        if value is ...:
            self.fault(at, "is missing")
        if value is not default and (not isinstance(value, kind) or isinstance(value, bool)):
            self.fault(at, f"has the wrong type ({type(value).__name__})")
        return value

    def objects(self, entry: dict[str, Any], field: str, place: str) -> list[dict[str, Any]]:
        """A field that is a list of objects; empty where there is none."""
        found = self.get(entry, field, list, [], place)
        for index, item in enumerate(found):
            if not isinstance(item, dict):
                at = f"{place}.{field}" if place else field
                self.fault(f"{at}[{index}]", "expected an object")
        return found

    def entry(self, list_name: str, index: Any, place: str) -> dict[str, Any]:
        """An object of one of the file's lists, by an index found at a place."""
        entries = self.objects(self.json, list_name, "")
        if not isinstance(index, int) or not 0 <= index < len(entries):
            self.fault(place, f"there is no {list_name}[{index}]")
        return entries[index]

    def accessor(self, index: Any, place: str) -> npt.NDArray[np.float64]:
        """The values of an accessor, (count, components), normalised integers as 0..1 or -1..1
        (3.6.2)."""
        entry = self.entry("accessors", index, place)
        at = f"accessors[{index}]"
        if "sparse" in entry:
            self.fault(at, "sparse values are not supported; export the animation without them")
        kind = self.get(entry, "type", str, ..., at)
        component = self.get(entry, "componentType", int, ..., at)
        count = self.get(entry, "count", int, ..., at)
        if kind not in WIDTHS or component not in COMPONENTS or count < 1:
            self.fault(at, f"{count} values of type {kind} {component} are not possible")
        dtype, width = np.dtype(COMPONENTS[component]), WIDTHS[kind]
        if "bufferView" not in entry:
            return np.zeros((count, width))
        view = self.entry("bufferViews", entry["bufferView"], f"{at}.bufferView")
        view_at = f"bufferViews[{entry['bufferView']}]"
        data = self._buffer(view.get("buffer"), f"{view_at}.buffer")
        start = self.get(view, "byteOffset", int, 0, view_at)
        length = self.get(view, "byteLength", int, ..., view_at)
        offset = self.get(entry, "byteOffset", int, 0, at)
        row = dtype.itemsize * width
        stride = self.get(view, "byteStride", int, row, view_at)
        end = offset + stride * (count - 1) + row
        if min(start, offset) < 0 or stride < row or end > length or start + length > len(data):
            self.fault(at, "its values lie outside its buffer; the file is cut off or damaged")
        values = np.ndarray(
            (count, width), dtype, data, start + offset, (stride, dtype.itemsize)
        ).astype(np.float64)
        if entry.get("normalized") and dtype.kind in "iu":
            values = np.maximum(values / np.iinfo(dtype).max, -1.0)
        if not np.isfinite(values).all():
            self.fault(at, "holds a value that is not a finite number")
        return values

    def _unpacked(self, data: bytes) -> bytes:
        """The JSON of a binary file (4); its binary chunk is kept."""
        text = b""
        try:
            _, version, length = struct.unpack_from("<4sII", data)
            if version != 2:
                self.fault("", f"expected glTF 2, got version {version}")
            if length > len(data):
                self.fault("", f"the file is cut off: {len(data)} of {length} bytes")
            at = 12
            while at < length:
                size, kind = struct.unpack_from("<II", data, at)
                chunk = data[at + 8 : at + 8 + size]
                if kind == JSON_CHUNK:
                    text = chunk
                elif kind == BINARY_CHUNK and self._binary is None:
                    self._binary = chunk
                at += 8 + size
        except struct.error:
            self.fault("", "the file is cut off")
        return text

    def _buffer(self, index: Any, place: str) -> bytes:
        entry = self.entry("buffers", index, place)
        if index not in self._buffers:
            self._buffers[index] = self._read_buffer(entry, f"buffers[{index}].uri")
        return self._buffers[index]

    def _read_buffer(self, entry: dict[str, Any], place: str) -> bytes:
        uri = entry.get("uri")
        if uri is None:
            if self._binary is None:
                self.fault(place, "is missing")
            return self._binary
        if not isinstance(uri, str):
            self.fault(place, "expected a string")
        if uri.startswith("data:"):
            try:
                return base64.b64decode(uri.partition(",")[2], validate=True)
            except (binascii.Error, ValueError):
                self.fault(place, "the data in it is not base64")
        return _bytes(self.path.parent / unquote(uri), self.path)


def _bytes(path: Path, asked: Path) -> bytes:
    prefix = "" if path == asked else f"{asked}: needs "
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise SceneError(f"{prefix}{path}: there is no such file") from None
    except OSError as error:
        raise SceneError(f"{prefix}{path}: cannot be read ({error.strerror})") from None
