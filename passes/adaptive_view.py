"""The uniforms of the adaptive mesh: where the points of a relief land on the screen."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from engine.scene.evaluated import EvaluatedSurface, EvaluatedZMap, Projection
from passes.camera import source_row

Matrix = npt.NDArray[np.float64]

# A share of depth is weighed as the same share of a pixel's footprint: an error along the line of
# sight may be this many times smaller in effect than one across it. An intersection with a surface
# at 60 degrees to the line of sight then moves by no more than the tolerance.
DEPTH_WEIGHT = 0.5
# The outline of the relief against what is behind it shows every displaced pixel of its border,
# where inside the picture a texture only shifts: the border is held to this share of the tolerance.
BORDER_SHARE = 1 / 32
TILE = 128  # cells along a side of a root square; wgsl/adaptive_lattice.wgsl has the same
BLOCK = 16


@dataclass(frozen=True, slots=True)
class LatticeShape:
    """The vertices of an adaptive mesh over a picture of `picture` (width, height) pixels: pixel
    centres, and one more column and row on each border."""

    picture: tuple[int, int]

    @property
    def cells(self) -> tuple[int, int]:
        """Between vertices, across and down."""
        return self.picture[0] + 1, self.picture[1] + 1

    @property
    def tiles(self) -> tuple[int, int]:
        return -(-self.cells[0] // TILE), -(-self.cells[1] // TILE)

    @property
    def blocks(self) -> tuple[int, int]:
        """Of 16 x 16 vertices, the last ones with at least the border's."""
        return self.cells[0] // BLOCK + 1, self.cells[1] // BLOCK + 1

    @property
    def last_blocks(self) -> tuple[int, int]:
        """How many blocks from the end reach the border: the last holds it, and where it holds
        nothing else, the one before ends at it."""
        width, height = self.cells
        return 2 if width % BLOCK == 0 else 1, 2 if height % BLOCK == 0 else 1

    @property
    def border_blocks(self) -> int:
        """Blocks along the border; those at corners count twice."""
        (columns, rows), (right, lower) = self.blocks, self.last_blocks
        return (1 + lower) * columns + (1 + right) * rows

    @property
    def words(self) -> int:
        """32-bit words for one bit per vertex in a row."""
        return self.tiles[0] * (TILE // 32) + 1

    @property
    def rows(self) -> int:
        return self.tiles[1] * TILE + 1

    @property
    def triangles(self) -> int:
        """Of the full grid, which has every vertex."""
        return 2 * self.cells[0] * self.cells[1]


def screen_terms(
    surface_to_clip: Matrix, surface: EvaluatedSurface, z_map: EvaluatedZMap, lattice: Matrix
) -> dict[str, Matrix]:
    """Clip space of a point as `height * origin + corner + x * across + y * down`.

    x, y: pixels of the lattice from its top left corner. height: plane depth / depth along camera
    rays, where the sum is clip space times height, which is the same point; depth / plane depth
    along the normal. surface_to_clip: (4, 4).
    """
    width, height = surface.size
    eye = np.array([*z_map.source.world[:3, 3], 1.0])

    def clip(u: float, v: float, z: float = 0.0) -> Matrix:
        return surface_to_clip @ np.array([(u - 0.5) * width, (0.5 - v) * height, z, 1.0])

    if z_map.projection is Projection.SURFACE_NORMAL:
        # p = (q, eye.z (1 - t)): t moves it along the normal.
        origin = -eye[2] * surface_to_clip[:, 2]
        lift = float(eye[2])
        base = (clip(0, 0, lift), clip(1, 0, lift), clip(0, 1, lift))
    else:
        # p = eye + t (q - eye), so that clip(p) / t = clip(q) - clip(eye) + clip(eye) / t.
        origin = surface_to_clip @ eye
        base = tuple(clip(u, v) - origin for u, v in ((0, 0), (1, 0), (0, 1)))
    corner, right, below = base
    return {
        "origin": origin,
        "corner": corner,
        "across": (right - corner) / lattice[0],
        "down": (below - corner) / lattice[1],
    }


def plane_terms(surface: EvaluatedSurface, z_map: EvaluatedZMap, lattice: Matrix) -> Matrix:
    """(4,) plane depth as dot(terms, (x, y, 1, 0)) for x, y in pixels of the lattice."""
    row = source_row(z_map.source)
    width, height = surface.size
    across = row[0] * width / lattice[0]
    down = -row[1] * height / lattice[1]
    return np.array([across, down, row[3] - row[0] * width / 2 + row[1] * height / 2, 0.0])
