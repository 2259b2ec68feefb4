"""What follows from a face's landmarks: how large a centimetre is, and the body around the face."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from engine.media import FaceMesh
from models.face.bust import bust
from models.face.canonical import POINTS, CanonicalFace
from models.face.crop import Rgb
from models.face.matte import outline_in
from models.face.pose import HeadPose, head_pose


def with_body(
    face: FaceMesh,
    shape: CanonicalFace,
    pixel_aspect: float = 1.0,
    *,
    rgb: Rgb | None = None,
    others: Sequence[FaceMesh] = (),
) -> FaceMesh:
    """The face with its scale and its bust; see `FaceMesh`.

    pixel_aspect: width of a pixel of the picture over its height. rgb: (h, w, 3) uint8, the
    picture: the bust gets the person's outline, where that can be told. That takes some 30 ms, and
    the outlines of neighbouring frames are found apart from each other: for stills. Without, it
    gets the soft one of an ordinary body, within 4 ms. others: the picture's other faces.
    """
    square = np.array([pixel_aspect, 1.0, 1.0], np.float32)
    points = face.points * square
    pose = pose_of(face, shape, pixel_aspect)
    found = None
    if rgb is not None:
        rims = [other.points[other.rim] * square for other in others]
        found = outline_in(rgb, points, face.rim, pose, rims, pixel_aspect)
    around = bust(points, face.rim, pose, found)
    return replace(face, scale=pose.scale, bust=around / square)


def pose_of(face: FaceMesh, shape: CanonicalFace, pixel_aspect: float = 1.0) -> HeadPose:
    """The pose of its head, in square pixels."""
    landmarks = face.points[:POINTS].astype(np.float64) * (pixel_aspect, 1.0, 1.0)
    return head_pose(landmarks, shape.points)
