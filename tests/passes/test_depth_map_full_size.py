"""Global Analysis at 1080p and 4K: what networks see small has the picture's outlines there too."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.gpu import Gpu
from tests.support.enlarging import assert_crisp, enlarged
from tests.support.upsampling import scene_of, seen_small

HD, UHD = (1920, 1080), (3840, 2160)
NETWORKS = ((256, 192), (518, 294))  # what they see, up to 15 pixels of the picture to one
SHARPEST, GRAINY, FAINT = (0.0, 1.0, 2.0), (1.0, 1.0, 6.0), (1.0, 0.3, 2.0)

CASES = [
    *(
        (HD, name, kind)
        for name in ("still life", "portrait")
        for kind in (SHARPEST, GRAINY, FAINT)
    ),
    (UHD, "still life", FAINT),
    (UHD, "portrait", SHARPEST),
]

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


@pytest.mark.parametrize(("size", "name", "kind"), CASES)
def test_outlines_are_crisp_at_full_size(
    gpu: Gpu,
    tmp_path: Path,
    size: tuple[int, int],
    name: str,
    kind: tuple[float, float, float],
) -> None:
    """At most half of bilinear's error beside outlines, and none of the picture elsewhere: from
    maps that are sharp or blurred, with grain, with outlines as faint as what is painted inside."""
    blur, contrast, grain = kind
    truth = scene_of(name, size, contrast, grain)
    for small in NETWORKS:
        depth = seen_small(truth, small, blur)
        assert_crisp(enlarged(gpu, tmp_path, truth.picture, depth)[0], truth, depth)
