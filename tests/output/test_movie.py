"""Movies, decoded again."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import numpy.typing as npt
import pytest

from engine.errors import OutputError
from engine.media import open_source
from engine.output import LiveMovie, MovieWriter


def frame(t: int, width: int = 64, height: int = 48) -> npt.NDArray[np.uint8]:
    y, x = np.mgrid[0:height, 0:width]
    planes = [x * 200 // width + 20, y * 200 // height + 20, np.full_like(x, 40 + 8 * t)]
    return np.stack(planes, axis=2).astype(np.uint8)


def plane(source: Any) -> npt.NDArray[Any]:
    lines = np.frombuffer(source, np.uint8).reshape(source.height, source.line_size)
    return lines[:, : source.width].astype(int)


@pytest.mark.parametrize("codec", ["h264", "hevc"])
@pytest.mark.parametrize("name", ["a.mp4", "a.mov", "a.mkv"])
def test_frames_rate_tags_and_colours(tmp_path: Path, name: str, codec: str) -> None:
    path = tmp_path / name
    with MovieWriter(path, (64, 48), 23.976, codec=codec, crf=8) as movie:
        for t in range(20):
            movie.write(frame(t))
        assert not path.exists()
    assert [file.name for file in tmp_path.iterdir()] == [name]
    with av.open(str(path), "r") as container:
        stream = container.streams.video[0]
        assert stream.codec_context.name == codec
        assert stream.average_rate == Fraction(24000, 1001)
        frames = list(container.decode(stream))
    assert len(frames) == 20
    for t, got in enumerate(frames):
        assert got.format.name == "yuv420p"
        assert (got.colorspace, got.color_primaries, got.color_trc, got.color_range) == (1, 1, 1, 1)
        # By the definition of BT.709, not by the library that wrote it.
        y, cb, cr = (plane(p) for p in got.planes)
        rgb = frame(t)[::2, ::2] / 255.0
        luma = rgb @ [0.2126, 0.7152, 0.0722]
        assert np.abs(y[::2, ::2] - (16 + 219 * luma)).mean() < 2
        assert np.abs(cb - (128 + 224 * (rgb[..., 2] - luma) / 1.8556)).mean() < 2.5
        assert np.abs(cr - (128 + 224 * (rgb[..., 0] - luma) / 1.5748)).mean() < 2.5


@pytest.mark.parametrize("size", [(33, 21), (1, 1), (64, 47)])
def test_odd_sizes_are_padded_with_the_last_line(tmp_path: Path, size: tuple[int, int]) -> None:
    path = tmp_path / "a.mp4"
    with MovieWriter(path, size, 25, crf=1) as movie:
        movie.write(frame(3, *size))
        assert movie.coded_size == (size[0] + size[0] % 2, size[1] + size[1] % 2)
    with av.open(str(path), "r") as container:
        got = next(container.decode(video=0))
    assert (got.width, got.height) == movie.coded_size
    luma = plane(got.planes[0])
    assert np.abs(luma[-1, : size[0]] - luma[size[1] - 1, : size[0]]).max() <= 6


def test_the_table_of_frames_comes_first(tmp_path: Path) -> None:
    with MovieWriter(tmp_path / "a.mp4", (64, 48), 25) as movie:
        for t in range(5):
            movie.write(frame(t))
    data = (tmp_path / "a.mp4").read_bytes()
    assert data.index(b"moov") < data.index(b"mdat")


def test_an_exception_leaves_nothing(tmp_path: Path) -> None:
    def write() -> None:
        with MovieWriter(tmp_path / "a.mp4", (64, 48), 25) as movie:
            movie.write(frame(0))
            raise KeyError

    with pytest.raises(KeyError):
        write()
    assert list(tmp_path.iterdir()) == []


def test_abort_after_close_keeps_the_file(tmp_path: Path) -> None:
    movie = MovieWriter(tmp_path / "a.mp4", (64, 48), 25)
    movie.write(frame(0))
    movie.close()
    movie.close()
    movie.abort()
    assert movie.path == tmp_path / "a.mp4" and movie.path.exists()


def test_a_movie_without_frames_is_not_written(tmp_path: Path) -> None:
    movie = MovieWriter(tmp_path / "a.mp4", (64, 48), 25)
    with pytest.raises(OutputError, match=r"a\.mp4 was not written: no frame"):
        movie.close()
    assert list(tmp_path.iterdir()) == []


def test_bad_requests_are_sentences(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match=r"a\.gif: a movie's name should end in \.mp4"):
        MovieWriter(tmp_path / "a.gif", (64, 48), 25)
    with pytest.raises(OutputError, match=r"codec 'divx' is not known: h264, hevc"):
        MovieWriter(tmp_path / "a.mp4", (64, 48), 25, codec="divx")
    with pytest.raises(OutputError, match=r"-1 frames per second is no frame rate"):
        MovieWriter(tmp_path / "a.mp4", (64, 48), -1)
    with pytest.raises(OutputError, match=r"0 x 48 pixels cannot be written"):
        MovieWriter(tmp_path / "a.mp4", (0, 48), 25)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("kind", [MovieWriter, LiveMovie])
@pytest.mark.parametrize("name", ["a.mp4", "a.mov", "a.mkv"])
@pytest.mark.parametrize(
    ("aspect", "ratio"),
    [
        (1.0, Fraction(1)),
        (2.0, Fraction(2)),
        (1.0667, Fraction(16, 15)),
        (0.9091, Fraction(10, 11)),
    ],
)
def test_players_are_told_the_shape_of_a_pixel(
    tmp_path: Path, kind: Any, name: str, aspect: float, ratio: Fraction
) -> None:
    movie = kind(tmp_path / name, (64, 48), 25, pixel_aspect=aspect)
    movie.write(*((frame(0),) if kind is MovieWriter else (1001, frame(0))))
    movie.close()
    with av.open(str(tmp_path / name)) as container:
        found = container.streams.video[0].sample_aspect_ratio
    assert found == pytest.approx(ratio, rel=1e-3)
    assert open_source(tmp_path / name).info.pixel_aspect == pytest.approx(aspect, rel=1e-3)
