"""Planar Z of small scenes, ray-cast by numpy: what depth maps of known kind are written from."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
WIDTH, HEIGHT = 160, 120


def _rays(tilt: float = 0.0, field: float = 50.0) -> tuple[Floats, Floats, Floats]:
    """Directions x right, y up, z forward in the world; planar Z runs along the camera's axis.
    tilt: degrees downwards."""
    half = np.tan(np.radians(field / 2))
    x = (np.arange(WIDTH) + 0.5 - WIDTH / 2) / (HEIGHT / 2) * half
    y = (HEIGHT / 2 - np.arange(HEIGHT) - 0.5) / (HEIGHT / 2) * half
    x, y = np.meshgrid(x, y)
    c, s = np.cos(np.radians(tilt)), np.sin(np.radians(tilt))
    return x, c * y - s, s * y + c


def _plane(
    rays: tuple[Floats, Floats, Floats], normal: tuple[float, float, float], distance: float
) -> Floats:
    """Z where rays meet a plane normal · p = distance, infinite where they do not."""
    along = sum(n * d for n, d in zip(normal, rays, strict=True))
    with np.errstate(divide="ignore"):
        z = distance / along
    return np.where(z > 0, z, np.inf)


def _ball(
    rays: tuple[Floats, Floats, Floats], centre: tuple[float, float, float], radius: float
) -> Floats:
    a = sum(d * d for d in rays)
    b = sum(d * c for d, c in zip(rays, centre, strict=True))
    root = b * b - a * (sum(c * c for c in centre) - radius**2)
    return np.where(root > 0, (b - np.sqrt(np.maximum(root, 0))) / a, np.inf)


def _box(
    rays: tuple[Floats, Floats, Floats], low: tuple[float, ...], high: tuple[float, ...]
) -> Floats:
    with np.errstate(divide="ignore", invalid="ignore"):
        ends = [
            (np.array([a, b])[:, None, None] / d) for a, b, d in zip(low, high, rays, strict=True)
        ]
    enter = np.max([e.min(axis=0) for e in ends], axis=0)
    leave = np.min([e.max(axis=0) for e in ends], axis=0)
    return np.where((enter < leave) & (enter > 0), enter, np.inf)


def room() -> Floats:
    """A closed room with a crate and a ball on its floor, 2 to 6 m."""
    rays = _rays(8)
    walls = [
        _plane(rays, (0, -1, 0), 1.4), _plane(rays, (0, 1, 0), 1.2), _plane(rays, (-1, 0, 0), 2.2),
        _plane(rays, (1, 0, 0), 1.9), _plane(rays, (0.1, 0, 1), 6.0),
    ]  # fmt: skip
    return np.min([*walls, _box(rays, (-1.2, -1.4, 3), (-0.4, -0.6, 3.8)),
                   _ball(rays, (0.6, -1.0, 3.2), 0.4)], axis=0)  # fmt: skip


def street() -> Floats:
    """A street between houses under an open sky, 3 to 60 m; the sky is infinitely far."""
    rays = _rays(3, 60)
    houses = [_box(rays, (-9, -2, 5 + 9 * k), (-5, 7 - k, 12 + 9 * k)) for k in range(5)]
    houses += [_box(rays, (5, -2, 8 + 11 * k), (9, 5 + k, 16 + 11 * k)) for k in range(4)]
    ground = _plane(rays, (0, -1, 0), 1.7)
    car = _box(rays, (-2.2, -1.7, 7), (-0.6, -0.4, 10.5))
    return np.min([*houses, np.where(ground < 60, ground, np.inf), car], axis=0)


def portrait() -> Floats:
    """Head and shoulders before a wall that is seen at an angle, 0.8 to 2 m."""
    rays = _rays(0, 36)
    head = _ball(rays, (0.02, 0.06, 1.0), 0.13)
    body = _ball(rays, (0.0, -0.36, 1.08), 0.3)
    return np.min([head, body, _plane(rays, (0.35, 0.05, 1), 2.0)], axis=0)


def table() -> Floats:
    """A table top seen from above, with things on it, 0.5 to 1.2 m."""
    rays = _rays(40, 45)
    top = _plane(rays, (0, -1, 0), 0.55)
    things = [
        _box(rays, (-0.25, -0.55, 0.5), (-0.1, -0.4, 0.62)),
        _ball(rays, (0.1, -0.48, 0.55), 0.07),
        _box(rays, (0.15, -0.55, 0.75), (0.3, -0.3, 0.85)),
    ]
    wall = _plane(rays, (0, 0, 1), 1.3)
    return np.min([top, wall, *things], axis=0)


def corridor() -> Floats:
    """A corridor that runs away from the camera: the middle is far, 1 to 14 m."""
    rays = _rays(0, 60)
    sides = [((0, -1, 0), 1.3), ((0, 1, 0), 1.1), ((-1, 0, 0), 0.9), ((1, 0, 0), 1.2)]
    walls = [_plane(rays, normal, distance) for normal, distance in sides]
    return np.min([*walls, _plane(rays, (0, 0, 1), 14.0)], axis=0)


def ceiling() -> Floats:
    """Looking up at a ceiling with lamps: what is high in the picture is near."""
    rays = _rays(-35, 50)
    lamps = [_ball(rays, (0.3, 1.3, 1.6), 0.15), _ball(rays, (-0.5, 1.25, 2.4), 0.15)]
    return np.min([_plane(rays, (0, 1, 0), 1.5), _plane(rays, (0, 0, 1), 5.0), *lamps], axis=0)


def hills() -> Floats:
    """Rolling ground under a sky, 4 to 90 m, without a single plane."""
    x, y = np.meshgrid(np.linspace(-1, 1, WIDTH), np.linspace(0, 1, HEIGHT))
    skyline = 0.38 + 0.06 * np.sin(4 * x) + 0.03 * np.sin(11 * x)
    below = y - skyline + 0.018 + 0.01 * np.sin(9 * x + 14 * y)
    return np.where(y > skyline, 1.9 / np.maximum(below, 0.012), np.inf)


SCENES: dict[str, Callable[[], Floats]] = {
    "room": room, "street": street, "portrait": portrait, "table": table,
    "corridor": corridor, "ceiling": ceiling, "hills": hills,
}  # fmt: skip
