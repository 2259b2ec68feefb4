"""What cameras and meshes need of a glTF 2.0 file: its JSON, and accessors as arrays.

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

from engine.errors import RilievoError
from engine.regular import read_regular

JSON_CHUNK, BINARY_CHUNK = 0x4E4F534A, 0x004E4942
COMPONENTS = {5120: "<i1", 5121: "<u1", 5122: "<i2", 5123: "<u2", 5125: "<u4", 5126: "<f4"}
WIDTHS = {"SCALAR": 1, "VEC2": 2, "VEC3": 3, "VEC4": 4, "MAT4": 16}


MOST_VALUES = 2**27
"""Numbers that an accessor may claim without a buffer that holds them."""


class GltfFile:
    """A glTF file. Whatever is wrong with it raises `error`, naming the file and the place."""

    def __init__(self, path: Path, error: type[RilievoError]) -> None:
        self.path = path
        self._error = error
        self._binary: bytes | None = None
        self._buffers: dict[int, bytes] = {}
        data = self._bytes(path)
        text = self._unpacked(data) if data[:4] == b"glTF" else data
        try:
            self.json: dict[str, Any] = json.loads(text.decode("utf-8-sig"))
        except (UnicodeDecodeError, ValueError, RecursionError) as broken:
            line = f", line {broken.lineno}" if isinstance(broken, json.JSONDecodeError) else ""
            raise error(f"{path}{line}: this is not a glTF file (its JSON is broken)") from None
        if not isinstance(self.json, dict):
            self.fault("", "expected an object")
        version = self.get(self.json, "asset", dict, {}, "").get("version", "")
        if not str(version).startswith("2"):
            self.fault("asset.version", f"expected glTF 2, got {version!r}")

    def fault(self, place: str, message: str) -> NoReturn:
        """Raises the error for a place in the file's JSON."""
        raise self._error(f"{self.path}: {place + ': ' if place else ''}{message}")

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
        (3.6.2), sparse ones filled in (3.6.2.3)."""
        entry = self.entry("accessors", index, place)
        at = f"accessors[{index}]"
        kind = self.get(entry, "type", str, ..., at)
        component = self.get(entry, "componentType", int, ..., at)
        count = self.get(entry, "count", int, ..., at)
        if kind not in WIDTHS or component not in COMPONENTS or count < 1:
            self.fault(at, f"{count} values of type {kind} {component} are not possible")
        width = WIDTHS[kind]
        if "bufferView" in entry:
            values = self._values(entry, component, (count, width), at)
        elif count * width <= MOST_VALUES:
            values = np.zeros((count, width), COMPONENTS[component])
        else:
            self.fault(at, f"claims {count} values that no buffer holds; the file is damaged")
        if "sparse" in entry:
            values = self._with_sparse(entry, values, component, at)
        floats = values.astype(np.float64)
        if entry.get("normalized") and values.dtype.kind in "iu":
            floats = np.maximum(floats / np.iinfo(values.dtype).max, -1.0)
        if not np.isfinite(floats).all():
            self.fault(at, "holds a value that is not a finite number")
        return floats

    def _with_sparse(
        self, entry: dict[str, Any], values: npt.NDArray[Any], component: int, at: str
    ) -> npt.NDArray[Any]:
        """The values of an accessor with those that its `sparse` replaces."""
        sparse = self.get(entry, "sparse", dict, ..., at)
        at = f"{at}.sparse"
        count = self.get(sparse, "count", int, ..., at)
        if not 1 <= count <= len(values):
            self.fault(at, f"replaces {count} of {len(values)} values")
        places = self.get(sparse, "indices", dict, ..., at)
        kind = self.get(places, "componentType", int, ..., f"{at}.indices")
        if kind not in COMPONENTS or COMPONENTS[kind][1] != "u":
            self.fault(f"{at}.indices", f"{kind} is no type of an index")
        rows = self._values(places, kind, (count, 1), f"{at}.indices")[:, 0]
        if int(rows.max()) >= len(values):
            self.fault(f"{at}.indices", f"there is no value {int(rows.max())}")
        new = self.get(sparse, "values", dict, ..., at)
        out = np.array(values)
        out[rows] = self._values(new, component, (count, values.shape[1]), f"{at}.values")
        return out

    def _values(
        self, entry: dict[str, Any], component: int, shape: tuple[int, int], at: str
    ) -> npt.NDArray[Any]:
        """The (count, components) values that a bufferView holds for an accessor, or a part of a
        sparse one, as they are stored."""
        view = self.entry("bufferViews", entry.get("bufferView"), f"{at}.bufferView")
        view_at = f"bufferViews[{entry.get('bufferView')}]"
        data = self._buffer(view.get("buffer"), f"{view_at}.buffer")
        start = self.get(view, "byteOffset", int, 0, view_at)
        length = self.get(view, "byteLength", int, ..., view_at)
        offset = self.get(entry, "byteOffset", int, 0, at)
        dtype = np.dtype(COMPONENTS[component])
        row = dtype.itemsize * shape[1]
        stride = self.get(view, "byteStride", int, row, view_at)
        end = offset + stride * (shape[0] - 1) + row
        if min(start, offset) < 0 or stride < row or end > length or start + length > len(data):
            self.fault(at, "its values lie outside its buffer; the file is cut off or damaged")
        return np.ndarray(shape, dtype, data, start + offset, (stride, dtype.itemsize))

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
        # A stranger's file names what lies beside it, and nothing else of this machine.
        wanted = self.path.parent / unquote(uri)
        folder = self.path.parent.resolve()
        if "://" in uri or "\0" in unquote(uri) or not wanted.resolve().is_relative_to(folder):
            self.fault(place, f"{uri!r} lies outside the folder of the file; put it beside it")
        return self._bytes(wanted)

    def _bytes(self, path: Path) -> bytes:
        prefix = "" if path == self.path else f"{self.path}: needs "
        try:
            return read_regular(path)
        except FileNotFoundError:
            raise self._error(f"{prefix}{path}: there is no such file") from None
        except OSError as error:
            raise self._error(f"{prefix}{path}: cannot be read ({error.strerror})") from None
