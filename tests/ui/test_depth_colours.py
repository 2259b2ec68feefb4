"""Depth that comes in the colours of a colour map, and what is no depth at all."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import av
import cv2
import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image

from engine.errors import MediaError
from engine.gpu import Gpu
from engine.media import open_source
from engine.media.colour_maps import NAMES, recognised, without_colours
from engine.media.picture import Encoding, Picture
from engine.scene import DepthRange, Scene, ZDepthMap
from passes import Renderer
from tests.support.commands import Run
from tests.support.depth_scenes import room

Z = room()
NEARNESS = np.round(255 * (1 / Z - 1 / Z.max()) / (1 / Z.min() - 1 / Z.max())).astype(np.uint8)
Codes = npt.NDArray[np.uint8]


def _spectral(codes: Codes) -> Codes:
    """ColorBrewer's Spectral, interpolated and cut to bytes, as Depth Anything draws it."""
    anchors = "9e0142d53e4ff46d43fdae61fee08bffffbfe6f598abdda466c2a53288bd5e4fa2"
    colours = np.frombuffer(bytes.fromhex(anchors), np.uint8).reshape(11, 3)
    at = codes / 25.5
    parts = [np.interp(at, np.arange(11), colours[:, channel]) for channel in range(3)]
    return np.stack(parts, axis=2).astype(np.uint8)


def _opencv(name: str) -> Callable[[Codes], Codes]:
    number = getattr(cv2, f"COLORMAP_{name.upper()}")
    return lambda codes: np.array(cv2.applyColorMap(codes, number)[..., ::-1], np.uint8)


CURVES = {
    "spectral": _spectral,
    **{n: _opencv(n) for n in ("inferno", "turbo", "jet", "magma", "plasma", "viridis", "bone")},
}


def _found(run: Run, picture: Path, z: Path) -> tuple[ZDepthMap, str]:
    result = run("new", picture, "--z", z, "-o", "shot.rilievo", "--force")
    assert result.exit_code == 0, result.output
    nodes = Scene.load("shot.rilievo").nodes
    return next(node for node in nodes if isinstance(node, ZDepthMap)), result.stdout


@pytest.mark.parametrize("name", CURVES)
@pytest.mark.parametrize("reverse", [False, True])
def test_a_colour_map_is_known_and_undone(
    run: Run, picture: Path, tmp_path: Path, name: str, reverse: bool
) -> None:
    """Whichever way it runs: which end is near is found as for a grey map."""
    codes = 255 - NEARNESS if reverse else NEARNESS
    Image.fromarray(CURVES[name](codes)).save(tmp_path / "z.png")
    z_map, said = _found(run, picture, tmp_path / "z.png")
    assert z_map.colour_map == name and f"colours of {name}" in said
    assert (z_map.depth_range, z_map.invert) == (DepthRange.NORMALIZED, not reverse)
    pictured = open_source(tmp_path / "z.png").frame(0)
    values = without_colours(pictured, name).planes[0]
    assert np.abs(values[..., 0].astype(int) - codes).max() <= (1 if name != "spectral" else 2)
    assert values[..., 1].min() == 255


@pytest.mark.parametrize("quality", [75, 92])
def test_what_jpeg_moved_is_still_known(tmp_path: Path, quality: int) -> None:
    for name in ("spectral", "inferno", "turbo"):
        Image.fromarray(CURVES[name](NEARNESS)).save(tmp_path / "z.jpg", quality=quality)
        pictured = open_source(tmp_path / "z.jpg").frame(0)
        assert recognised(pictured) == name
        values = without_colours(pictured, name).planes[0][..., 0].astype(int)
        assert np.abs(values - NEARNESS).mean() < 2


def test_a_film_in_colours(tmp_path: Path) -> None:
    path = tmp_path / "z.mp4"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=25, options={"crf": "12"})
        assert isinstance(stream, av.VideoStream)
        height, width = NEARNESS.shape
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv444p"
        frame = av.VideoFrame.from_ndarray(CURVES["turbo"](NEARNESS), format="rgb24")
        for packet in (*stream.encode(frame), *stream.encode(None)):
            container.mux(packet)
    source = open_source(path)
    try:
        pictured = source.frame(0)
    finally:
        source.close()
    assert recognised(pictured) == "turbo"
    values = without_colours(pictured, "turbo").planes[0][..., 0].astype(int)
    assert np.abs(values - NEARNESS).mean() < 3


@pytest.mark.slow
def test_all_curves_are_told_apart() -> None:
    """Each is found by its own name, wherever its numbers lie."""
    codes = np.linspace(0, 255, 64 * 64).reshape(64, 64).astype(np.uint8)
    for name in NAMES:
        if name.endswith("_matplotlib") or name in ("spectral", "rdylbu", "rdylgn", "coolwarm"):
            continue
        pictured = Picture((_opencv(name)(codes),), Encoding())
        found = recognised(pictured)
        assert found is not None
        values = without_colours(pictured, found).planes[0][..., 0].astype(int)
        assert np.abs(values - codes).max() <= 4, (name, found)


def test_labels_and_backgrounds_are_no_depth() -> None:
    colours = _opencv("turbo")(NEARNESS)
    colours[:10], colours[-10:] = 255, 0
    values = without_colours(Picture((colours,), Encoding()), "turbo").planes[0]
    assert values[:10, :, 1].max() == 0 == values[-10:, :, 1].max()
    assert values[10:-10, :, 1].min() == 255


def test_a_photo_given_as_depth_is_told(run: Run, astronaut: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.png"  # as its own depth it is not taken at all
    other.write_bytes(astronaut.read_bytes())
    z_map, said = _found(run, astronaut, other)
    assert z_map.colour_map is None
    assert "is a picture in colours" in said and "luminance" in said


def test_a_grey_map_with_a_tint_is_not(run: Run, picture: Path, tmp_path: Path) -> None:
    grey = np.repeat(NEARNESS[..., None], 3, axis=2)
    Image.fromarray(grey).save(tmp_path / "z.jpg", quality=60)
    z_map, said = _found(run, picture, tmp_path / "z.jpg")
    assert z_map.colour_map is None and "colours" not in said


def test_it_draws_what_the_grey_map_draws(
    gpu: Gpu, run: Run, picture: Path, tmp_path: Path
) -> None:
    Image.fromarray(_opencv("turbo")(NEARNESS)).save(tmp_path / "z.png")
    Image.fromarray(NEARNESS).save(tmp_path / "grey.png")
    drawn = []
    for name in ("z.png", "grey.png"):
        _found(run, picture, tmp_path / name)
        scene = Scene.load("shot.rilievo").with_values("Z-Depth 1", z_pass=True)
        with Renderer(scene, gpu=gpu, passes=("z",), views=()) as renderer:
            drawn.append(renderer.render(1001).array("z"))
    assert np.ptp(drawn[1]) > 0.5
    step = 2.1 / 255  # near to far of a new camera, in codes
    assert np.abs(drawn[0] - drawn[1]).max() <= 1.5 * step


def test_a_colour_map_that_is_not_known_is_named() -> None:
    pictured = Picture((_opencv("turbo")(NEARNESS),), Encoding())
    with pytest.raises(MediaError, match="colour map 'sunset' is not known: choose turbo, jet"):
        without_colours(pictured, "sunset")
