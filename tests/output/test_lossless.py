"""Sources kept without loss, read back by the reader of videos."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from engine.errors import OutputError
from engine.media import open_source
from engine.output.lossless import LosslessMovie


def noise(shape: tuple[int, int, int], bits: int, seed: int) -> npt.NDArray[Any]:
    kind = np.uint8 if bits == 8 else np.uint16
    return np.random.default_rng(seed).integers(0, 2**bits, shape, dtype=kind)


@pytest.mark.parametrize("bits", [8, 10, 12, 16])
@pytest.mark.parametrize(("across", "down"), [(1, 1), (2, 1), (2, 2)])
def test_planes_come_back_as_they_were(tmp_path: Path, across: int, down: int, bits: int) -> None:
    shapes = [(48, 64, 1), *[(48 // down, 64 // across, 1)] * 2]
    pictures = [
        tuple(noise(shape, bits, 10 * n + i) for i, shape in enumerate(shapes)) for n in range(3)
    ]
    movie = LosslessMovie(tmp_path / "a.mkv", 30.0)
    assert [movie.write(planes, bits) for planes in pictures] == [0, 1, 2]
    movie.close()
    assert movie.bytes == (tmp_path / "a.mkv").stat().st_size
    source = open_source(tmp_path / "a.mkv")
    for n, planes in enumerate(pictures):
        for was, now in zip(planes, source.frame(n).planes, strict=True):
            np.testing.assert_array_equal(was, now)
    source.close()


@pytest.mark.parametrize(("channels", "bits"), [(1, 8), (3, 8), (4, 8), (1, 16), (3, 16), (4, 16)])
def test_interleaved_pictures_come_back(tmp_path: Path, channels: int, bits: int) -> None:
    pictures = [noise((31, 45, channels), bits, n) for n in range(3)]
    movie = LosslessMovie(tmp_path / "a.mkv", 25.0)
    for picture in pictures:
        movie.write((picture,), bits)
    movie.close()
    source = open_source(tmp_path / "a.mkv")
    for n, picture in enumerate(pictures):
        np.testing.assert_array_equal(source.frame(n).planes[0], picture)
    source.close()


def test_odd_sizes_are_padded(tmp_path: Path) -> None:
    planes = (noise((47, 63, 1), 8, 0), noise((24, 32, 1), 8, 1), noise((24, 32, 1), 8, 2))
    movie = LosslessMovie(tmp_path / "a.mkv", 25.0)
    movie.write(planes, 8)
    movie.close()
    source = open_source(tmp_path / "a.mkv")
    np.testing.assert_array_equal(source.frame(0).planes[0][:47, :63], planes[0])
    np.testing.assert_array_equal(source.frame(0).planes[1], planes[1])
    source.close()


def test_what_it_cannot_keep(tmp_path: Path) -> None:
    movie = LosslessMovie(tmp_path / "a.mkv", 25.0)
    with pytest.raises(OutputError, match="cannot be kept without loss"):
        movie.write((np.zeros((8, 8, 3), np.float32),), 32)
    movie.write((noise((8, 8, 3), 8, 0),), 8)
    with pytest.raises(OutputError, match="changed their size or kind"):
        movie.write((noise((9, 8, 3), 8, 0),), 8)
    movie.close()
