"""PNG and JPEG, read back by Pillow."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from engine.output import write_jpeg, write_png

RNG = np.random.default_rng(0)


@pytest.mark.parametrize("shape", [(9, 7), (9, 7, 1), (9, 7, 3), (9, 7, 4), (1, 1, 3)])
def test_png_8_bit(tmp_path: Path, shape: tuple[int, ...]) -> None:
    values = RNG.integers(0, 256, shape, dtype=np.uint8)
    write_png(tmp_path / "a.png", values)
    got = np.array(Image.open(tmp_path / "a.png"))
    assert np.array_equal(got, values[..., 0] if shape[-1] == 1 else values)


def test_png_16_bit(tmp_path: Path) -> None:
    values = RNG.integers(0, 65536, (9, 7), dtype=np.uint16)
    write_png(tmp_path / "a.png", values)
    assert np.array_equal(np.array(Image.open(tmp_path / "a.png")), values)


def test_png_16_bit_in_colour(tmp_path: Path) -> None:
    import OpenImageIO

    values = RNG.integers(0, 65536, (9, 7, 3), dtype=np.uint16)
    write_png(tmp_path / "a.png", values)
    file = OpenImageIO.ImageInput.open(str(tmp_path / "a.png"))
    assert file is not None
    got: Any = file.read_image("uint16")
    assert np.array_equal(got, values)


def test_jpeg_has_its_colours_in_order(tmp_path: Path) -> None:
    values = np.zeros((16, 16, 3), np.uint8)
    values[:8] = (250, 120, 10)
    write_jpeg(tmp_path / "a.jpg", values, quality=95)
    got = np.array(Image.open(tmp_path / "a.jpg"))
    assert np.abs(got.astype(int) - values).max() <= 4
