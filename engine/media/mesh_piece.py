"""A part of a mesh as its file has it, before all parts become one."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)  # arrays do not compare to yes or no
class Piece:
    """positions: (n, 3). normals: (n, 3), of any length, or None. uv: (n, 2) with the origin top
    left, or None. triangles: (m, 3) into them, counter-clockwise seen from outside."""

    positions: Array
    normals: Array | None
    uv: Array | None
    triangles: npt.NDArray[np.int64]

    def moved(self, matrix: Array) -> Piece:
        """The piece moved by one (4, 4) matrix, or by one for each vertex (n, 4, 4). A matrix that
        mirrors turns the triangles over, so that the outside stays outside (glTF 2.0, 3.7.4)."""
        linear = matrix[..., :3, :3]
        positions = np.einsum("...ij,...j->...i", linear, self.positions) + matrix[..., :3, 3]
        normals = self.normals
        if normals is not None:
            # The cofactors are the inverse transpose but for its length, and exist for any matrix.
            normals = np.einsum("...ij,...j->...i", _cofactors(linear), normals)
        triangles = self.triangles
        if matrix.ndim == 2 and np.linalg.det(linear) < 0:
            triangles = triangles[:, ::-1]
            normals = None if normals is None else -normals
        return Piece(positions, normals, self.uv, triangles)


def _cofactors(linear: Array) -> Array:
    """(..., 3, 3) of (..., 3, 3)."""
    a, b, c = linear[..., 0, :], linear[..., 1, :], linear[..., 2, :]
    return np.stack([np.cross(b, c), np.cross(c, a), np.cross(a, b)], axis=-2)
