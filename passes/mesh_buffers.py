"""The vertices and triangles of a mesh that is another one with each result."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from engine.gpu import Gpu


class MeshBuffers:
    """A vertex and an index buffer with room to spare, so that a new mesh seldom makes new ones.

    count: of the indices; 0: there is nothing to draw.
    """

    def __init__(self, gpu: Gpu, name: str) -> None:
        self.count = 0
        self._gpu, self._name = gpu, name
        self._vertices: Any = None
        self._indices: Any = None

    def write(
        self, meshes: Sequence[tuple[npt.NDArray[np.float32], npt.NDArray[np.uint32]]]
    ) -> None:
        """meshes: vertices (n, k) and triangles (m, 3) of each; they are drawn together."""
        self.count = sum(triangles.size for _, triangles in meshes)
        if not self.count:
            return
        begins = np.cumsum([0, *(len(vertices) for vertices, _ in meshes[:-1])]).astype(np.uint32)
        joined = [triangles + begin for (_, triangles), begin in zip(meshes, begins, strict=True)]
        points = np.concatenate([vertices for vertices, _ in meshes])
        self._vertices = self._store(self._vertices, points, "VERTEX")
        self._indices = self._store(self._indices, np.concatenate(joined), "INDEX")

    def draw(self, encoder: Any) -> None:
        """Draw all triangles with the pipeline that is set."""
        encoder.set_vertex_buffer(0, self._vertices)
        encoder.set_index_buffer(self._indices, "uint32")
        encoder.draw_indexed(self.count)

    def release(self) -> None:
        """Free the buffers."""
        for buffer in (self._vertices, self._indices):
            if buffer is not None:
                self._gpu.drop(buffer)
        self._vertices = self._indices = None

    def _store(self, buffer: Any, data: npt.NDArray[Any], usage: str) -> Any:
        if buffer is None or buffer.size < data.nbytes:
            if buffer is not None:
                self._gpu.drop(buffer)
            buffer = self._gpu.buffer(
                2 * data.nbytes, f"{usage} | COPY_DST", label=f"{self._name} {usage.lower()}"
            )
        self._gpu.queue.write_buffer(buffer, 0, np.ascontiguousarray(data))
        return buffer
