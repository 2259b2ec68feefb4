"""Head and shoulders around a face: the shape of an ordinary body, placed by the head's pose.

Lengths are in centimetres, in axes at the head's origin: x right, y up, z toward the camera, those
of the picture or, where it says so, of the head. The sizes are those of an adult of mean build
(Pheasant and Haslegrave, "Bodyspace", 2005): a head 15.5 wide, 19.5 deep and 23 high without hair,
shoulders 46 wide.

A bust is a height h(x, y) = plane + rise * (front - plane). front: how near the body is, a field
that goes on beyond its outline. rise: 0 outside the outline to 1 well inside it, from the distance
to the outline. So one rule serves the outline of the ordinary body, which is only roughly that of
the person and therefore soft, and one found in the picture.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from models.face.pose import FLIP, HeadPose
from models.face.relief import lengths

Floats = npt.NDArray[np.float64]
Distance = Callable[[Floats], Floats]
"""(n, 2) points to (n,) centimetres inside the outline; negative outside."""

RINGS = 0.5  # to each point of the rim: 72 around a face that was subdivided twice
FIRST_RING = 0.35  # cm between the rim and the first ring; the steps grow outwards

# The oval within which a bust is drawn: it fades out towards the chest, the picture's edge or the
# plane, whichever comes first.
REACH_MIDDLE = np.array([0.0, -27.0])
REACH = np.array([40.0, 54.0])
FADE = 0.45  # share of the way to the oval where the fading begins

# In the head's axes: the skull with some hair, and where it sits on the neck.
SKULL = np.array([0.0, 3.0, -4.5])
SKULL_RADII = np.array([8.2, 11.5, 10.3])
PIVOT = np.array([0.0, -3.0, -6.0])
HAIR = 0.22  # of the skull's depth: how far before its middle what lies beside it stands

NECK_LENGTH = 15.0
NECK_RADIUS = 5.8
SHOULDER_WIDTH = 21.5  # half, and a sleeve
SHOULDER_TOP = -9.0  # below the neck's foot: where the lines of the two shoulders would meet
SHOULDER_SLOPE = 0.45
CHEST_WIDTH = 23.0  # half, at the arms
FOLLOWS_ROLL = 0.3  # the share of the head's roll that the trunk takes part in
FOLLOWS_YAW = 0.35

DEPTH = 6.8  # from the head's origin back to the plane, unless the face itself reaches farther
CLEAR = 1.0  # least height of the rim over the plane
SOFT = (-3.0, 6.5)  # rise begins and ends here inside the ordinary body's outline
FOOT, ROUND = -0.6, 5.0  # the same for an outline that was found


@dataclass(frozen=True, slots=True, eq=False)  # arrays do not compare to yes or no
class Body:
    """A body placed by a head's pose: axes of the picture, centimetres from the head's origin.

    skull: its middle. radii: its turned quadratic form, (3, 3). pivot, foot: ends of the neck.
    across, down: (2,) directions of the trunk in the picture. turn: sine of its yaw.
    """

    skull: Floats
    form: Floats
    pivot: Floats
    foot: Floats
    across: Floats
    down: Floats
    turn: float


def body_of(pose: HeadPose) -> Body:
    """The body that belongs to a head: it stands upright, and takes part in the head's turns."""
    turned = pose.rotation
    roll = float(np.arctan2(turned[1, 0], turned[0, 0]))
    # A head that lies on its side has a trunk that does.
    lean = roll - np.clip(roll, -0.6, 0.6) * (1.0 - FOLLOWS_ROLL)
    across = np.array([np.cos(lean), np.sin(lean)])
    down = np.array([across[1], -across[0]])
    pivot = turned @ PIVOT
    foot = pivot + NECK_LENGTH * np.append(down, -0.08)
    form = turned @ np.diag(SKULL_RADII**-2.0) @ turned.T
    return Body(turned @ SKULL, form, pivot, foot, across, down, FOLLOWS_YAW * float(turned[0, 2]))


def front(body: Body, points: Floats) -> Floats:
    """(n,) how near the body's front is at points (n, 2) of the picture, also beside it."""
    skull = _skull_front(body, points)
    along, beside = _segment(points, body.pivot[:2], body.foot[:2])
    axis = body.pivot[2] + along * (body.foot[2] - body.pivot[2])
    neck = axis + NECK_RADIUS * np.sqrt(np.maximum(1.0 - (beside / NECK_RADIUS) ** 2, 0.0))
    u, v = _trunk(body, points)
    # From the nape, which is behind, over the collar bones to the breast.
    rise = 10.5 * _step((v + 11.5) / 24.0)
    chest = body.foot[2] + rise * np.sqrt(np.maximum(1.0 - (u / CHEST_WIDTH) ** 2, 0.04))
    chest -= np.clip(u, -CHEST_WIDTH, CHEST_WIDTH) * body.turn
    return _larger(_larger(skull, chest, 2.5), neck, 4.0)


def outline(body: Body, points: Floats) -> Floats:
    """(n,) how far inside the ordinary body's outline points (n, 2) are; negative outside."""
    neck = NECK_RADIUS - _segment(points, body.pivot[:2], body.foot[:2])[1]
    u, v = _trunk(body, points)
    side = SHOULDER_WIDTH - np.abs(u)
    top = (v - SHOULDER_TOP - SHOULDER_SLOPE * np.abs(u)) / np.hypot(1.0, SHOULDER_SLOPE)
    trunk = -_larger(-side, -top, 9.0)
    return _larger(_larger(skull_outline(body, points), neck, 2.0), trunk, 3.0)


def skull_outline(body: Body, points: Floats) -> Floats:
    """The same for the head alone."""
    offset = points - body.skull[:2]
    # The outline of an ellipsoid seen along z: its form with z eliminated.
    form = body.form
    flat = form[:2, :2] - np.outer(form[:2, 2], form[2, :2]) / form[2, 2]
    size = np.sqrt(np.maximum(_form(flat, offset), 1e-12))
    slope = lengths(offset @ flat) / size
    return (1.0 - size) / np.maximum(slope, 1e-6) + 1.0  # and hair


def bust(
    points: npt.NDArray[np.float32],
    rim: npt.NDArray[np.int32],
    pose: HeadPose,
    found: Distance | None = None,
) -> npt.NDArray[np.float32]:
    """(rings, k, 3) float32 points around a face, see `engine.media.FaceMesh.bust`.

    points: (n, 3) of the face in square pixels. rim: (k,) its outline. found: the outline in the
    picture, in place of that of the ordinary body.
    """
    body = body_of(pose)
    edge = (points[rim].astype(np.float64) - pose.origin) * (FLIP / pose.scale)
    plan = _rays(edge[:, :2])
    flat = plan.reshape(-1, 2)
    if found is None:
        rise = _step((outline(body, flat) - SOFT[0]) / (SOFT[1] - SOFT[0]))
    else:
        rise = _round((found(flat) - FOOT) / (ROUND - FOOT))
    away = lengths((flat - REACH_MIDDLE) / REACH)
    rise *= 1.0 - _step((away - FADE) / (1.0 - FADE))
    plane = min(-DEPTH, float(edge[:, 2].min()) - CLEAR)
    heights = plane + rise * np.maximum(front(body, flat) - plane, 0.0)
    rings = np.empty((*plan.shape[:2], 3))
    rings[..., :2] = plan
    rings[..., 2] = heights.reshape(plan.shape[:2])
    return (rings * (FLIP * pose.scale) + pose.origin).astype(np.float32)


def _rays(edge: Floats) -> Floats:
    """(rings, k, 2) from each point of the rim (k, 2) straight away from its middle to the oval."""
    middle = edge.mean(0)
    out = edge - middle
    out /= np.maximum(lengths(out)[:, None], 1e-9)
    start, way = (edge - REACH_MIDDLE) / REACH, out / REACH
    a, b = (way**2).sum(1), (start * way).sum(1)
    c = (start**2).sum(1) - 1.0
    length = np.maximum((np.sqrt(np.maximum(b**2 - a * c, 0.0)) - b) / a, 2.0 * FIRST_RING)
    rings = round(RINGS * len(edge))
    share = np.linspace(0.0, 1.0, rings + 1)[1:, None]
    # Steps that grow evenly from the first one to the end of the ray.
    first = np.minimum(FIRST_RING * rings / length, 1.0)
    return edge + out * ((first * share + (1.0 - first) * share**2) * length)[:, :, None]


def _skull_front(body: Body, points: Floats) -> Floats:
    offset = points - body.skull[:2]
    form = body.form
    # form as a quadratic in z: a z^2 + 2 b z + c = 1
    a, b = form[2, 2], offset @ form[:2, 2]
    c = _form(form[:2, :2], offset)
    inside = (b**2 - a * (c - 1.0)) / a  # 1 in the middle, 0 at the outline
    dome = (np.sqrt(_larger(inside, np.full_like(inside, HAIR**2), 0.08)) * np.sqrt(a) - b) / a
    # Far beside the head the tilt of its middle plane must not go on.
    beside = lengths(offset)
    level = HAIR / np.sqrt(a)
    keep = 1.0 - _step((beside - 12.0) / 10.0)
    return body.skull[2] + level + keep * (dome - level)


def _form(form: Floats, vectors: Floats) -> Floats:
    """(n,) the quadratic form (2, 2) of vectors (n, 2)."""
    return np.einsum("nc,nc->n", vectors @ form, vectors)


def _trunk(body: Body, points: Floats) -> tuple[Floats, Floats]:
    """Across and down from the neck's foot, in the trunk's own directions."""
    offset = points - body.foot[:2]
    return offset @ body.across, offset @ body.down


def _segment(points: Floats, start: Floats, end: Floats) -> tuple[Floats, Floats]:
    """(n,) share of the way from start to end that is nearest to points (n, 2), and (n,) how far
    they are from there."""
    way = end - start
    along = np.clip((points - start) @ way / (way @ way), 0.0, 1.0)
    return along, lengths(points - start - along[:, None] * way)


def _larger(a: Floats, b: Floats, over: float) -> Floats:
    """The larger of two, rounded off where they differ by less than `over` (a polynomial smooth
    maximum: Quilez, "Smooth minimum", 2013)."""
    near = np.maximum(over - np.abs(a - b), 0.0)
    return np.maximum(a, b) + near**2 / (4.0 * over)


def _round(x: Floats) -> Floats:
    """0 below 0, 1 above 1, as a body rounds off: steep near its outline, with a small foot."""
    x = np.clip(x, 0.0, 1.0)
    return np.sin(0.5 * np.pi * x) * (1.0 - (1.0 - x) ** 8)


def _step(x: Floats) -> Floats:
    """0 below 0, 1 above 1, level and without a jump of curvature at both ends, which light would
    show as a crease (Perlin, "Improving Noise", 2002)."""
    x = np.clip(x, 0.0, 1.0)
    return x * x * x * (x * (6.0 * x - 15.0) + 10.0)
