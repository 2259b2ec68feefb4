"""Interlaced films: they are told, and whole pictures are made of their fields on wish."""

from __future__ import annotations

import warnings
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from av.filter import Graph

from engine.media import open_source, to_linear
from engine.scene import Media
from ui.new import new_document
from ui.recorded import Which

W, H = 96, 64


def write_woven(path: Path, codec: str, pixel_format: str, options: dict[str, str]) -> None:
    """A bright bar that moves 8 pixels from field to field, top field first."""
    graph = Graph()
    source = graph.add_buffer(
        width=W, height=H, format=av.VideoFormat(pixel_format), time_base=Fraction(1, 25)
    )
    flags, sink = graph.add("setfield", "tff"), graph.add("buffersink")
    source.link_to(flags)
    flags.link_to(sink)
    graph.configure()
    with av.open(str(path), "w") as container:
        stream: Any = container.add_stream(codec, rate=25, options=options)
        stream.width, stream.height, stream.pix_fmt = W, H, pixel_format
        for number in range(4):
            rgb = np.full((H, W, 3), 40, np.uint8)
            for field in (0, 1):
                left = 8 + 8 * (2 * number + field)
                rgb[field::2, left : left + 12] = 220
            frame = av.VideoFrame.from_ndarray(rgb, "rgb24").reformat(format=pixel_format)
            frame.pts = number
            source.push(frame)
            woven: Any = graph.pull()
            container.mux(stream.encode(woven))
        container.mux(stream.encode(None))


def combing(path: Path, **options: Any) -> float:
    """How much neighbouring lines differ where a line and the next but one do not."""
    source = open_source(path, **options)
    luma = to_linear(source.frame(2))[..., 1]
    source.close()
    return float(np.abs(luma[1:-1] - (luma[:-2] + luma[2:]) / 2).mean())


FILMS = [
    ("a.mkv", "mpeg2video", "yuv420p", {"flags": "+ildct+ilme", "b": "8M"}),
    ("b.mov", "prores_ks", "yuv422p10le", {"flags": "+ildct"}),
]


@pytest.mark.parametrize(("name", "codec", "pixel_format", "options"), FILMS)
def test_an_interlaced_film_is_told_and_deinterlaced_on_wish(
    name: str, codec: str, pixel_format: str, options: dict[str, str], tmp_path: Path
) -> None:
    """Number 6: it was combed without a word."""
    path = tmp_path / name
    write_woven(path, codec, pixel_format, options)
    with pytest.warns(UserWarning, match="is interlaced.*--deinterlace"):
        combed = combing(path)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        whole = combing(path, deinterlace=True)
    assert whole < 0.4 * combed


def test_deinterlaced_pictures_are_the_same_in_any_order(tmp_path: Path) -> None:
    path = tmp_path / "a.mkv"
    write_woven(path, *FILMS[0][1:])
    source = open_source(path, deinterlace=True)
    ahead = [source.frame(t).planes[0] for t in range(4)]
    source.close()
    source = open_source(path, deinterlace=True)
    for t in (3, 0, 2, 1):
        assert np.array_equal(source.frame(t).planes[0], ahead[t])
    source.close()


def test_new_writes_the_wish_and_documents_that_exist_do_not_have_it(tmp_path: Path) -> None:
    path = tmp_path / "a.mkv"
    write_woven(path, *FILMS[0][1:])
    which = Which(deinterlace=True)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        scene = new_document(str(path), None, None, None, three_d=False, which=which)
    assert scene.media[0].deinterlace
    assert not Media(name="a", path="a", size=(1, 1)).deinterlace


def test_a_progressive_film_is_let_be(write_video: Any, noise: Any) -> None:
    planes = [noise(16, 16, 255, 1), noise(8, 8, 255, 2), noise(8, 8, 255, 3)]
    path = write_video("a.mkv", "ffv1", "yuv420p", [planes] * 3, (16, 16))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert not open_source(path).info.sound
