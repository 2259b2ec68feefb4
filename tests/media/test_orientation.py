"""How stored pixels are turned: as the file says, or as the media says in its place."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image, ImageOps

from engine.errors import MediaError
from engine.media import open_source
from engine.media.orientation import OF_QUARTERS, turned, undone

STORED = np.arange(4 * 6 * 3, dtype=np.uint8).reshape(4, 6, 3)
ORIENTATION_TAG = 0x0112


def _written(path: Path, orientation: int) -> Path:
    exif = Image.Exif()
    exif[ORIENTATION_TAG] = orientation
    Image.fromarray(STORED).save(path, exif=exif)
    return path


@pytest.mark.parametrize("orientation", range(1, 9))
def test_the_media_overrides_what_a_still_says(tmp_path: Path, orientation: int) -> None:
    path = _written(tmp_path / "photo.png", orientation)
    upright = np.asarray(ImageOps.exif_transpose(Image.open(path)))
    for asked, expected in ((None, upright), (1, STORED), (orientation, upright)):
        source = open_source(path, orientation=asked)
        picture = source.frame(0)
        np.testing.assert_array_equal(picture.planes[0], expected)
        assert source.info.size == picture.size == expected.shape[1::-1]
        assert source.info.orientation == (asked or orientation)
    np.testing.assert_array_equal(turned(upright, undone(orientation)), STORED)


def test_a_number_that_is_no_orientation(tmp_path: Path) -> None:
    path = _written(tmp_path / "photo.png", 1)
    with pytest.raises(MediaError, match="orientation 9 is not known"):
        open_source(path, orientation=9)


@pytest.mark.parametrize("quarters", range(4))
def test_quarter_turns_of_a_film(quarters: int) -> None:
    """A display matrix turns counterclockwise, as numpy does."""
    expected = np.rot90(STORED, quarters)
    np.testing.assert_array_equal(turned(STORED, OF_QUARTERS[quarters]), expected)


def test_the_media_overrides_what_a_film_says(tmp_path: Path) -> None:
    path = tmp_path / "film.mp4"
    picture = np.zeros((32, 48, 3), np.uint8)
    picture[:, :24] = 255  # the left half
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=25, options={"crf": "1"})
        assert isinstance(stream, av.VideoStream)
        stream.width, stream.height, stream.pix_fmt = 48, 32, "yuv420p"
        for packet in stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")):
            container.mux(packet)
        container.mux(stream.encode(None))
    source = open_source(path, orientation=6)  # a quarter clockwise: left becomes top
    try:
        luma = source.frame(0).planes[0][..., 0]
        assert source.info.size == (32, 48) == luma.shape[::-1]
        assert luma[:22].min() > 200 and luma[26:].max() < 60
    finally:
        source.close()
