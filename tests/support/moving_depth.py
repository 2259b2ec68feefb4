"""A clip of textured things that move, with its inverse depth, its motion and its outlines, all
exact; and the flicker that networks add to depth."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

F32 = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]

WIDTH, HEIGHT = 160, 120


@dataclass(frozen=True)
class Shown:
    """One frame. rgb: (h, w, 3) uint8. inverse: (h, w) inverse depth. flow: (h, w, 2), where each
    pixel was in the frame before, as an offset. seen: whether it was seen there. edges: the band
    of pixels on either side of a moving outline."""

    rgb: npt.NDArray[np.uint8]
    inverse: F32
    flow: F32
    seen: Mask
    edges: Mask


def _texture(rng: np.random.Generator, colour: tuple[float, float, float], size: int = 400) -> F32:
    """(size, size, 3) in 0..255: blotches of several sizes around a colour."""
    total = np.zeros((size, size, 3), np.float32)
    for cell, strength in ((40, 30.0), (12, 25.0), (4, 18.0)):
        coarse = rng.standard_normal((size // cell + 3, size // cell + 3, 3)).astype(np.float32)
        total += strength * cv2.resize(coarse, (size, size), interpolation=cv2.INTER_CUBIC)
    return np.clip(total * 0.7 + np.array(colour, np.float32), 0, 255).astype(np.float32)


class MovingScene:
    """Three things before a wall, or a floor that runs towards the camera; `pan` moves all of the
    background, in pixels a frame; approach: what one of them gains in inverse depth each frame."""

    def __init__(
        self,
        seed: int = 0,
        pan: tuple[float, float] = (0.0, 0.0),
        grain: float = 1.5,
        approach: float = 0.0,
    ) -> None:
        rng = np.random.default_rng(seed)
        self.pan = np.array(pan)
        self.grain = grain
        self.rates = np.array([0.0, 0.0, -0.4, 1.0]) * approach
        self._noise = np.random.default_rng(seed + 1000)
        self.textures = [
            _texture(rng, (110, 120, 100)), _texture(rng, (190, 110, 80)),
            _texture(rng, (70, 120, 190)), _texture(rng, (210, 200, 120)),
        ]  # fmt: skip
        self.starts = np.array([[0, 0], [35, 45], [120, 75], [80, 30]], np.float64)
        self.starts[1:] += rng.uniform(-8, 8, (3, 2))
        self.moves = np.array([pan, [2.3, 0.6], [-1.7, -0.5], [0.4, 1.3]], np.float64)
        self.moves[1:] += rng.uniform(-0.3, 0.3, (3, 2))
        self.depths = np.array([0.25, 0.62, 0.85, 0.45])
        self.sizes = [(0, 0), (20, 20), (14, 24), (3, 26)]

    def ids(self, frame: int) -> npt.NDArray[np.int64]:
        """(h, w): which thing each pixel shows; 0 is the background."""
        y, x = np.mgrid[0:HEIGHT, 0:WIDTH].astype(np.float64)
        found = np.zeros((HEIGHT, WIDTH), np.int64)
        for k in sorted((1, 2, 3), key=lambda k: self.depths[k]):
            cx, cy = self.starts[k] + frame * self.moves[k]
            rx, ry = self.sizes[k]
            u, v = (x - cx) / rx, (y - cy) / ry
            inside = u**2 + v**2 < 1 if k == 1 else (np.abs(u) < 1) & (np.abs(v) < 1)
            found[inside] = k
        return found

    def frame(self, number: int) -> Shown:
        ids = self.ids(number)
        y, x = np.mgrid[0:HEIGHT, 0:WIDTH].astype(np.float32)
        move = self.moves[ids]
        rgb = np.zeros((HEIGHT, WIDTH, 3), np.float32)
        for k, texture in enumerate(self.textures):
            at = self.starts[k] + number * self.moves[k]
            u = (x - np.float32(at[0])) * 0.8 + 200
            v = (y - np.float32(at[1])) * 0.8 + 200
            drawn = cv2.remap(texture, u, v, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT)
            rgb = np.where((ids == k)[..., None], drawn, rgb)
        rgb += self.grain * self._noise.standard_normal(rgb.shape).astype(np.float32)
        # The background is nearer at its foot; a thing has one depth, the ball bulges.
        inverse = (self.depths + number * self.rates)[ids].astype(np.float32)
        inverse += np.where(ids == 0, 0.25 * (y - self.pan[1] * number) / HEIGHT, 0)
        cx, cy = self.starts[1] + number * self.moves[1]
        bulge = np.sqrt(np.clip(1 - ((x - cx) ** 2 + (y - cy) ** 2) / 400, 0, 1))
        inverse += np.where(ids == 1, 0.12 * bulge, 0)
        seen = np.zeros((HEIGHT, WIDTH), np.bool_)
        if number > 0:
            before = self.ids(number - 1)
            px, py = np.rint(x - move[..., 0]), np.rint(y - move[..., 1])
            inside = (px >= 0) & (px < WIDTH) & (py >= 0) & (py < HEIGHT)
            px, py = (np.clip(a, 0, m - 1).astype(int) for a, m in ((px, WIDTH), (py, HEIGHT)))
            seen = inside & (before[py, px] == ids)
        outline = cv2.morphologyEx(
            ids.astype(np.uint8), cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8)
        )
        edges = cv2.dilate((outline > 0).astype(np.uint8), np.ones((5, 5), np.uint8)) > 0
        return Shown(
            np.clip(rgb, 0, 255).astype(np.uint8), inverse.astype(np.float32),
            -move.astype(np.float32), seen, edges,
        )  # fmt: skip

    def frames(self, count: int) -> list[Shown]:
        return [self.frame(number) for number in range(count)]


@dataclass(frozen=True)
class Flicker:
    """What a network adds to each frame: a scale and a shift of its own, noise of single pixels,
    and noise in blotches some pixels wide. All as shares of the range (standard deviations)."""

    scale: float = 0.1
    shift: float = 0.05
    noise: float = 0.02
    blotches: float = 0.0

    def add(self, clip: list[Shown], seed: int = 0) -> list[F32]:
        rng = np.random.default_rng(seed)
        found: list[F32] = []
        for shown in clip:
            shape = shown.inverse.shape
            noise = self.noise * rng.standard_normal(shape)
            coarse = rng.standard_normal((shape[0] // 8, shape[1] // 8))
            noise += self.blotches * cv2.resize(coarse, shape[::-1], interpolation=cv2.INTER_CUBIC)
            scale = np.exp(self.scale * rng.standard_normal())
            found.append(
                (scale * (shown.inverse + noise) + self.shift * rng.standard_normal()).astype(
                    np.float32
                )
            )
        return found
