"""glTF files with animated cameras and meshes, written for the tests."""

from __future__ import annotations

import base64
import json
import struct
from pathlib import Path
from typing import Any

import numpy as np

COMPONENTS = {
    "<i1": 5120, "<u1": 5121, "<i2": 5122, "<u2": 5123, "<u4": 5125, "<f4": 5126,
}  # fmt: skip


class GltfWriter:
    """Collects nodes, cameras and animated properties, and writes `.gltf` or `.glb`."""

    def __init__(self) -> None:
        self.data = b""
        self.json: dict[str, Any] = {
            "asset": {"version": "2.0"}, "accessors": [], "bufferViews": [], "cameras": [],
            "nodes": [], "animations": [{"channels": [], "samplers": []}],
        }  # fmt: skip

    def camera(self, name: str = "", **perspective: float) -> int:
        lens = {"yfov": 0.7, "znear": 0.1, "zfar": 50.0} | perspective
        entry = {"type": "perspective", "perspective": lens} | ({"name": name} if name else {})
        self.json["cameras"].append(entry)
        return len(self.json["cameras"]) - 1

    def node(self, **fields: Any) -> int:
        self.json["nodes"].append(fields)
        return len(self.json["nodes"]) - 1

    def accessor(self, values: Any, dtype: str = "<f4", normalized: bool = False) -> int:
        array = np.atleast_2d(np.asarray(values, dtype))
        if array.shape[0] == 1 and np.ndim(values) == 1:
            array = array.T
        kind = {1: "SCALAR", 2: "VEC2", 3: "VEC3", 4: "VEC4", 16: "MAT4"}[array.shape[1]]
        self.data += b"\0" * (-len(self.data) % 4)
        view = {"buffer": 0, "byteOffset": len(self.data), "byteLength": array.nbytes}
        self.data += array.tobytes()
        self.json["bufferViews"].append(view)
        component = COMPONENTS[dtype]
        entry = {
            "bufferView": len(self.json["bufferViews"]) - 1, "componentType": component,
            "count": len(array), "type": kind, "normalized": normalized,
        }  # fmt: skip
        self.json["accessors"].append(entry)
        return len(self.json["accessors"]) - 1

    def mesh(self, attributes: dict[str, int], **fields: Any) -> int:
        """A mesh of one primitive with these accessors. fields: of the primitive, such as `indices`
        or `mode`."""
        self.json.setdefault("meshes", []).append(
            {"primitives": [{"attributes": attributes} | fields]}
        )
        return len(self.json["meshes"]) - 1

    def animate(
        self, node: int, path: str, times: Any, values: Any, how: str | None = None, **layout: Any
    ) -> None:
        animation = self.json["animations"][0]
        sampler = {"input": self.accessor(times), "output": self.accessor(values, **layout)}
        animation["samplers"].append(sampler | ({"interpolation": how} if how else {}))
        target = {"node": node, "path": path}
        channel = {"sampler": len(animation["samplers"]) - 1, "target": target}
        animation["channels"].append(channel)

    def write(self, path: Path, *, beside: bool = False) -> Path:
        """Writes the file: `.glb`, or `.gltf` with its data inside or in a file beside it."""
        buffer: dict[str, Any] = {"byteLength": len(self.data)}
        document = self.json | {"buffers": [buffer]}
        if path.suffix == ".glb":
            text = json.dumps(document).encode()
            text += b" " * (-len(text) % 4)
            binary = self.data + b"\0" * (-len(self.data) % 4)
            chunks = struct.pack("<II", len(text), 0x4E4F534A) + text
            chunks += struct.pack("<II", len(binary), 0x004E4942) + binary
            path.write_bytes(struct.pack("<4sII", b"glTF", 2, 12 + len(chunks)) + chunks)
            return path
        if beside:
            path.with_name("some data.bin").write_bytes(self.data)
            buffer["uri"] = "some%20data.bin"
        else:
            text = base64.b64encode(self.data).decode()
            buffer["uri"] = f"data:application/octet-stream;base64,{text}"
        path.write_text(json.dumps(document))
        return path
