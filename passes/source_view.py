"""The pictures a scene was made of, as they came: flat, without light and depth, where they stand.

From the camera that took a picture, depth along its rays moves nothing, so that this and the result
lie over each other.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from engine.scene import NO_MAPS, EvaluatedFrame, EvaluatedSurface
from passes.draw import Drawing
from passes.frame import FrameGraph
from passes.kernels import Toolbox
from passes.resident import Resident


class SourceView:
    """Draws a document's source pictures for the eye."""

    def __init__(self, tools: Toolbox, resident: Resident, drawing: Drawing) -> None:
        self._graph = FrameGraph(tools, resident, None, (), ("beauty",), 1, drawing=drawing)

    def encode(
        self, frame: EvaluatedFrame, size: tuple[int, int], aspect: float, encoder: Any
    ) -> Any:
        """Record the drawing in the caller's encoder; the texture, rgba8unorm display colours.
        aspect: of the document's own picture. Raises RilievoError."""
        plain = replace(
            frame,
            lights=(),
            ambient=(0.0, 0.0, 0.0),
            surfaces=tuple(_flat(surface) for surface in frame.surfaces),
            geometries=(),
        )
        self._graph.encode(plain, size, aspect, encoder)
        self._graph.timer.resolve(encoder)
        return self._graph.display("beauty")

    def release(self) -> None:
        """Free all."""
        self._graph.release()


def _flat(surface: EvaluatedSurface) -> EvaluatedSurface:
    shading = replace(surface.shading, lit=False, receives_shadow=False, casts_shadow=False)
    return replace(surface, z_map=None, normal_map=None, maps=NO_MAPS, shading=shading)
