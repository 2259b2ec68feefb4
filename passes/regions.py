"""A map's region of interest as a mask: outside it the surface keeps its own plane."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from engine.scene import EvaluatedRegion
from passes.kernels import Toolbox

SIDE = 1024  # texels of the mask along the map's picture; its edges are as soft as one of them
SHIFT = 8  # bits of fraction in the corners that OpenCV is given


def region_mask(
    regions: Sequence[EvaluatedRegion],
    side: int = SIDE,
    fade: tuple[float, float] = (0.0, 0.0),
) -> npt.NDArray[np.uint8]:
    """(side, side) over the map's picture, 255 where the map counts.

    All that is included, less what is excluded; with nothing included, the whole picture is. fade:
    over which shares of the picture's width and height its edge falls from 255 to 0, all of it
    inside. The picture's own border is no edge.
    """
    included = [region for region in regions if not region.exclude]
    mask = np.full((side, side), 0 if included else 255, np.uint8)
    for region in (*included, *(region for region in regions if region.exclude)):
        # OpenCV's pixel centres are whole numbers, a picture's are halves.
        corners = np.array(region.points, np.float64) * side - 0.5
        fixed = np.round(np.clip(corners, -16 * side, 16 * side) * 2**SHIFT).astype(np.int32)
        cv2.fillPoly(mask, [fixed], 0 if region.exclude else 255, cv2.LINE_AA, SHIFT)
    return mask if max(fade) <= 0 else _faded(mask, fade)


def _faded(mask: npt.NDArray[np.uint8], fade: tuple[float, float]) -> npt.NDArray[np.uint8]:
    """The mask with edges that are soft inwards: a box mean of it in which only the upper half
    counts, bent so that it begins and ends level."""
    side = len(mask)
    width, height = (2 * max(1, round(share * side)) + 1 for share in fade)
    mean = cv2.blur(mask.astype(np.float32), (width, height), borderType=cv2.BORDER_REPLICATE)
    inner = np.clip(mean / 127.5 - 1, 0, 1)
    return np.round(255 * inner * inner * (3 - 2 * inner)).astype(np.uint8)


class RegionMask:
    """The mask of one map on the GPU, drawn anew when its regions change."""

    def __init__(self, tools: Toolbox) -> None:
        self._tools = tools
        self._regions: tuple[object, ...] | None = None
        self._texture: Any = None
        self.update(())

    def update(
        self, regions: Sequence[EvaluatedRegion], fade: tuple[float, float] = (0.0, 0.0)
    ) -> None:
        """Take the regions of a frame and how their edges fade (see `region_mask`); without any a
        single texel says that all counts."""
        wanted = (tuple(regions), fade)
        if wanted == self._regions:
            return
        side = SIDE if regions else 1
        mask = region_mask(regions, side, fade if regions else (0.0, 0.0))
        gpu = self._tools.gpu
        if self._texture is None or self._texture.size[0] != side:
            self.release()
            self._texture = gpu.texture(
                "r8unorm",
                mask.shape[::-1],
                "TEXTURE_BINDING | COPY_DST",
                label="region of interest",
            )
        gpu.write_texture(self._texture, mask)
        self._regions = wanted

    @property
    def view(self) -> Any:
        return self._tools.gpu.view(self._texture)

    def fingerprint(self) -> bytes:
        """What tells one mask from another."""
        return repr(self._regions).encode()

    def release(self) -> None:
        """Free the texture."""
        if self._texture is not None:
            self._tools.gpu.drop(self._texture)
            self._texture = None
