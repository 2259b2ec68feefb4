"""What lies under a place of the picture: a few pixels of it, drawn by themselves.

A camera that sees nothing but those pixels costs next to nothing, whatever the picture's size, and
can leave things out. It shows every Z-Depth map, whether or not the picture does: who asks where
something is, asks for the depth.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from engine.gpu import ReadbackRing, Ticket
from engine.scene import (
    NO_MAPS,
    DepthRange,
    EvaluatedCamera,
    EvaluatedFrame,
    EvaluatedGeometry,
    EvaluatedSurface,
)
from passes.camera import fitted
from passes.draw import Drawing
from passes.frame import FrameGraph
from passes.kernels import Toolbox
from passes.resident import AnalysisProvider, Resident

REACH = 2
"""Pixels that are looked at on each side of the one that was asked for."""

Drawn = TypeVar("Drawn", EvaluatedSurface, EvaluatedGeometry)

OUTPUTS = ("position", "object_id", "confidence")
FAR_SHARE = 1.0 - 1e-4  # of far, from which on a map says no more than that something is far


@dataclass(frozen=True, slots=True)
class Seen:
    """The pixels around a place, (5, 5), top row first.

    points: (5, 5, 3) float64, world space. depths: planar Z in scene units, positive in front of
    the camera. objects: `EvaluatedSurface.object_id`, 0 where there is nothing. known: where there
    is something whose depth is known: not in a hole of its map, and not at the map's far.
    """

    points: npt.NDArray[np.float64]
    depths: npt.NDArray[np.float64]
    objects: npt.NDArray[np.int64]
    known: npt.NDArray[np.bool_]

    @property
    def object(self) -> int:
        """The object in the middle, 0 for none."""
        return int(self.objects[REACH, REACH])


class Look:
    """A look under way. `done()` says whether `seen()` would return without waiting."""

    def __init__(self, frame: EvaluatedFrame, tickets: dict[str, Ticket]) -> None:
        self.frame = frame
        self._tickets = tickets
        self._seen: Seen | None = None

    @property
    def taken(self) -> bool:
        """Whether nobody waits for it any more."""
        return not self._tickets

    def discard(self) -> None:
        """Leave it: nobody wants to know."""
        for ticket in self._tickets.values():
            ticket.discard()
        self._tickets = {}

    def done(self) -> bool:
        """Whether it has come back."""
        return all(ticket.done() for ticket in self._tickets.values())

    def seen(self) -> Seen:
        """What is there; waits for it. Raises DeviceError when the device was lost."""
        if self._seen is None:
            tickets, self._tickets = self._tickets, {}
            arrays = {name: ticket.array() for name, ticket in tickets.items()}
            points = arrays["position"][..., :3].astype(np.float64)
            objects = np.rint(arrays["object_id"][..., 0]).astype(np.int64)
            sure = arrays["confidence"][..., 0] >= 0.5
            known = (objects > 0) & sure & ~_far(self.frame, points, objects)
            self._seen = Seen(points, planar(self.frame.camera, points), objects, known)
        return self._seen


class Looker:
    """Looks at places of a document's picture; keeps the decoded depth of its maps meanwhile."""

    def __init__(self, tools: Toolbox, resident: Resident, drawing: Drawing) -> None:
        self._gpu = tools.gpu
        self._graph = FrameGraph(tools, resident, None, OUTPUTS, (), 1, drawing=drawing)
        self._ring = ReadbackRing(tools.gpu, depth=2 * len(OUTPUTS))

    def look(
        self,
        frame: EvaluatedFrame,
        aspect: float,
        size: tuple[int, int],
        pixel: tuple[int, int],
        analyses: AnalysisProvider | None,
        without: Collection[str] = (),
    ) -> Look:
        """Draw the pixels around one and submit that at once. aspect: of the document's own
        picture. size: (width, height) of the picture that `pixel` (x, y) is one of. without:
        surfaces and geometries that are left out. Raises RilievoError."""
        tan_half = fitted(frame.camera, aspect, size[0] / size[1])
        camera = cropped(replace(frame.camera, tan_half=tan_half), size, pixel, REACH)
        self._graph.analyses = analyses
        encoder = self._gpu.device.create_command_encoder(label="look")
        side = 2 * REACH + 1
        self._graph.encode(_plain(frame, camera, without), (side, side), 1.0, encoder)
        tickets = {name: self._ring.request(encoder, self._graph.texture(name)) for name in OUTPUTS}
        self._graph.timer.resolve(encoder)
        self._gpu.submit(encoder)
        self._graph.timer.submitted()
        self._ring.submitted()
        return Look(frame, tickets)

    def release(self) -> None:
        """Free all."""
        self._graph.release()
        self._ring.release()


def cropped(
    camera: EvaluatedCamera, size: tuple[int, int], pixel: tuple[int, int], reach: int
) -> EvaluatedCamera:
    """The camera whose whole picture is the square of pixels within `reach` of one pixel (x, y) of
    this camera's picture of `size` (width, height): a part of the same film."""
    side = 2 * reach + 1
    share = np.array([side / size[0], side / size[1]])
    centre = np.array([2 * (pixel[0] + 0.5) / size[0] - 1, 1 - 2 * (pixel[1] + 0.5) / size[1]])
    tan_half = np.array(camera.tan_half) * share
    shift = (np.array(camera.shift) + centre) / share
    return replace(
        camera,
        tan_half=(float(tan_half[0]), float(tan_half[1])),
        shift=(float(shift[0]), float(shift[1])),
    )


def planar(camera: EvaluatedCamera, points: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Planar Z, in scene units, of world points (..., 3): positive in front of the camera."""
    row = -np.linalg.inv(camera.world)[2]
    return points @ row[:3] + row[3]


def _plain(
    frame: EvaluatedFrame, camera: EvaluatedCamera, without: Collection[str]
) -> EvaluatedFrame:
    """The frame without light, with its maps in the passes, and without what is left out."""
    return replace(
        frame,
        camera=camera,
        lights=(),
        surfaces=tuple(_mapped(s) for s in frame.surfaces if s.id not in without),
        geometries=tuple(_mapped(g) for g in frame.geometries if g.id not in without),
    )


def _mapped(drawn: Drawn) -> Drawn:
    z_map = None if drawn.z_map is None else replace(drawn.z_map, z_pass=True)
    return replace(drawn, z_map=z_map, maps=NO_MAPS)  # a Position map is not where things are


def _far(
    frame: EvaluatedFrame, points: npt.NDArray[np.float64], objects: npt.NDArray[np.int64]
) -> npt.NDArray[np.bool_]:
    """Where a map of a surface is at its far: the sky, of which no depth is known."""
    result = np.zeros(objects.shape, bool)
    for surface in frame.surfaces:
        z_map = surface.z_map
        here = objects == surface.object_id
        if z_map is None or z_map.effect != 1.0 or not here.any():
            continue
        if z_map.range is DepthRange.RELIEF:  # a height, which knows no far
            continue
        to_source = np.linalg.inv(surface.world @ z_map.source.world)
        depth = -(points @ to_source[2, :3] + to_source[2, 3])
        result |= here & (depth >= (z_map.source.far + z_map.z_offset) * FAR_SHARE)
    return result
