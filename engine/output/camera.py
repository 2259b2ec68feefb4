"""Our camera in OpenEXR's words.

OpenEXR's standard attributes follow RenderMan: row vectors (p' = p M, translation in the last row),
camera space with x right, y up and +Z along the view (left-handed), and worldToNDC with (0, 0) in
the upper left corner of the display window and (1, 1) in the lower right, after division by w.
World space itself stays ours: right-handed, Y up.
Source: OpenEXR, ImfStandardAttributes.h.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Matrix = npt.NDArray[np.float64]

_FLIP_Z = np.diag([1.0, 1.0, -1.0, 1.0])
# Clip space -1..1 with y up, to 0..1 with y down.
_CLIP_TO_NDC = np.array([[0.5, 0, 0, 0.5], [0, -0.5, 0, 0.5], [0, 0, 1, 0], [0, 0, 0, 1.0]])


def world_to_camera(world_to_camera_column: Matrix) -> Matrix:
    """(4, 4) ours (column vectors, looking along -Z) to the attribute's row-vector matrix."""
    return (_FLIP_Z @ np.asarray(world_to_camera_column, np.float64)).T


def world_to_ndc(world_to_camera_column: Matrix, projection: Matrix) -> Matrix:
    """Row-vector matrix: world points to (x, y) 0..1 from the upper left; divide by w."""
    clip = np.asarray(projection, np.float64) @ np.asarray(world_to_camera_column, np.float64)
    return (_CLIP_TO_NDC @ clip).T


def projection_matrix(
    tan_half: tuple[float, float],
    shift: tuple[float, float] = (0.0, 0.0),
    near: float = 0.1,
    far: float = 1000.0,
) -> Matrix:
    """(4, 4) column-vector projection of a pinhole camera along -Z, depth 0 at near, 1 at far.

    tan_half: tangents of half the field of view, (x, y). shift: principal point offset in halves of
    the film, (x, y): camera point p lands at ndc = (p.xy / -p.z - shift * tan_half) / tan_half.
    """
    matrix = np.zeros((4, 4))
    matrix[0, 0], matrix[1, 1] = 1 / tan_half[0], 1 / tan_half[1]
    matrix[0, 2], matrix[1, 2] = shift
    matrix[2, 2], matrix[2, 3] = far / (near - far), near * far / (near - far)
    matrix[3, 2] = -1
    return matrix
