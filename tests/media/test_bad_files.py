"""Files that cannot be read: one sentence that names the file, and nothing else."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from PIL import Image

from engine.errors import MediaError
from engine.media import open_source

PIXELS = np.random.default_rng(0).integers(0, 256, (60, 80, 3), dtype=np.uint8)


def refuse(path: Path) -> str:
    """The sentence that opening the file, or else reading it, is refused with."""
    with pytest.raises(MediaError) as caught:
        open_source(path).frame(0)
    text = str(caught.value)
    assert path.name in text and "\n" not in text and text.endswith("."), text
    return text


@pytest.mark.parametrize("name", ["a.png", "a.jpg", "a.exr", "a.mp4", "a"])
def test_missing(tmp_path: Path, name: str) -> None:
    assert "does not exist" in refuse(tmp_path / name)


@pytest.mark.parametrize("name", ["a.png", "a.jpg", "a.exr", "a.tif", "a.mp4", "a.mov"])
def test_zero_bytes(tmp_path: Path, name: str) -> None:
    (tmp_path / name).touch()
    assert "is empty (zero bytes)" in refuse(tmp_path / name)


@pytest.mark.parametrize("name", ["a.png", "a.jpg", "a.exr", "a.dpx", "a.txt", "a", "a.mp4"])
def test_text_is_no_picture(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("Dear compositor,\n" * 40)
    assert "that can be read" in refuse(tmp_path / name)


def test_a_folder(tmp_path: Path) -> None:
    (tmp_path / "footage.png").mkdir()
    assert "is a folder" in refuse(tmp_path / "footage.png")


@pytest.mark.parametrize("share", [0.02, 0.3, 0.7, 0.99])
@pytest.mark.parametrize("name", ["a.png", "a.jpg", "a.tif", "a.webp", "a.bmp"])
def test_truncated_picture(tmp_path: Path, name: str, share: float) -> None:
    path = tmp_path / name
    Image.fromarray(PIXELS).save(path)
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * share)])
    refuse(path)


@pytest.mark.parametrize("share", [0.02, 0.3, 0.7, 0.99])
@pytest.mark.parametrize("name", ["a.exr", "a.dpx", "a.hdr"])
def test_truncated_film_picture(write_image: Any, name: str, share: float) -> None:
    path = Path(write_image(name, PIXELS.astype(np.float32) / 255, "float"))
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * share)])
    refuse(path)


def test_a_truncated_png_leaves_the_console_clean(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    Image.fromarray(PIXELS).save(path)
    path.write_bytes(path.read_bytes()[:5000])
    code = (
        "import sys\nfrom engine.errors import MediaError\nfrom engine.media import open_source\n"
        "try: open_source(sys.argv[1]).frame(0)\nexcept MediaError as e: print(e)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(path)], capture_output=True, text=True, check=True
    )
    assert done.stdout == f"{path} cannot be read to its end: the PNG is cut short.\n"
    assert done.stderr == ""


def test_a_picture_under_a_wrong_ending_is_read(tmp_path: Path) -> None:
    Image.fromarray(PIXELS).save(tmp_path / "a.png")
    (tmp_path / "a.png").rename(tmp_path / "a.tif")
    assert np.array_equal(open_source(tmp_path / "a.tif").frame(0).planes[0], PIXELS)


def test_sound_without_a_picture(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    with av.open(str(path), "w") as container:
        stream: Any = container.add_stream("pcm_s16le", rate=8000)
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 800), np.int16), "s16", "mono")
        frame.rate = 8000
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    assert "has only sound" in refuse(path)


def test_unreadable_colour_space(tmp_path: Path) -> None:
    Image.fromarray(PIXELS).save(tmp_path / "a.png")
    with pytest.raises(
        MediaError, match=r"'Technicolor' is not in the OpenColorIO config .*ACEScg"
    ):
        open_source(tmp_path / "a.png", colour_space="Technicolor")
