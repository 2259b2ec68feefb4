"""Damaged films: what is shown of them is said, and what is not shown is refused by name."""

from __future__ import annotations

import random
import warnings
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from engine.errors import MediaError
from engine.media import open_source
from engine.media.film_damage import damage_of, missing_bytes
from engine.scene import AnalysisType
from ui.new import new_document

SIZE, COUNT = (96, 64), 48


def write_film(path: Path, codec: str, pixel_format: str, options: dict[str, str]) -> bytes:
    """A film of noise over a moving wave. Its bytes."""
    xx = np.mgrid[0 : SIZE[1], 0 : SIZE[0]][1]
    with av.open(str(path), "w") as container:
        stream: Any = container.add_stream(codec, rate=24, options=options)
        stream.width, stream.height = SIZE
        stream.pix_fmt = pixel_format
        for number in range(COUNT):
            noise = np.random.default_rng(number).integers(0, 90, (*xx.shape, 3))
            wave = (noise + 80 + 60 * np.sin(xx / 7 + number / 3)[..., None]).astype(np.uint8)
            frame = av.VideoFrame.from_ndarray(wave, "rgb24").reformat(format=pixel_format)
            frame.pts = number
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path.read_bytes()


def damaged(path: Path, content: bytes, how: str, at: float = 0.5) -> None:
    """Overwrite 4000 bytes of a film's pictures with zeros or noise."""
    begin = round(at * len(content))
    new = bytes(4000) if how == "zeros" else random.Random(3).randbytes(4000)
    path.write_bytes(content[:begin] + new + content[begin + 4000 :])


def read_through(path: Path) -> tuple[list[str], dict[int, str]]:
    """All warnings of opening and reading each frame, and the frames that failed."""
    failed: dict[int, str] = {}
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        source = open_source(path)
        for t in range(source.info.last + 1):
            try:
                source.frame(t)
            except MediaError as error:
                failed[t] = str(error)
        source.close()
    return [str(entry.message) for entry in caught], failed


FILMS = [
    ("a.mp4", "libx264", "yuv420p", {"g": "12"}),
    ("b.mkv", "libx264", "yuv420p", {"g": "12"}),
    ("c.ts", "mpeg2video", "yuv420p", {"g": "12"}),
    ("d.mkv", "ffv1", "yuv420p", {"level": "3", "slicecrc": "1"}),
    ("e.mov", "prores_ks", "yuv422p10le", {}),
    ("f.mov", "png", "rgb24", {}),
]


@pytest.mark.parametrize("how", ["zeros", "noise"])
@pytest.mark.parametrize(("name", "codec", "pixel_format", "options"), FILMS)
def test_damage_in_the_middle_is_never_silent(
    name: str, codec: str, pixel_format: str, options: dict[str, str], how: str, tmp_path: Path
) -> None:
    """Number 34: frames that FFmpeg marks corrupt came without a word, as did gaps."""
    path = tmp_path / name
    content = write_film(path, codec, pixel_format, options)
    assert read_through(path) == ([], {}) and damage_of(str(path)) == []
    damaged(path, content, how)
    told, failed = read_through(path)
    assert told or failed
    for sentence in (*told, *failed.values()):
        assert str(path) in sentence and sentence.endswith(".")
        assert "ends before it" not in sentence  # which is not what happened


def test_one_damaged_picture_of_many_costs_one(tmp_path: Path) -> None:
    """Where each picture stands for itself, those after a damaged one are shown."""
    path = tmp_path / "a.mov"
    damaged(path, write_film(path, "png", "rgb24", {}), "noise")
    told, failed = read_through(path)
    assert not told and 1 <= len(failed) <= 2


@pytest.mark.parametrize(
    ("name", "codec", "options"),
    [
        ("a.mkv", "ffv1", {}),
        ("c.mp4", "mpeg4", {"movflags": "+faststart"}),
        ("d.avi", "mjpeg", {}),
    ],
)
@pytest.mark.parametrize("share", [0.97, 0.6])
def test_a_film_without_its_end_says_so(
    name: str, codec: str, options: dict[str, str], share: float, tmp_path: Path
) -> None:
    """Number 34: a Matroska cut at its end; a few per cent were not noticed, nor with sound."""
    path = tmp_path / name
    pixel_format = "yuvj420p" if codec == "mjpeg" else "yuv420p"
    content = write_film(path, codec, pixel_format, {})
    if "movflags" in options:  # its index first, as on the web
        content = with_index_first(path)
    elif options:
        content = write_film(path, codec, pixel_format, options)
    assert missing_bytes(str(path)) == 0
    cut = content[: round(share * len(content))]
    path.write_bytes(cut)
    if not name.endswith(".avi"):  # AVI may pad its list
        assert missing_bytes(str(path)) == len(content) - len(cut)
    with pytest.warns(UserWarning, match="is cut short"):
        open_source(path).close()


def with_index_first(path: Path) -> bytes:
    """The film again, with `moov` before its pictures."""
    other = path.with_name("first.mp4")
    with av.open(str(path)) as source, av.open(
        str(other), "w", options={"movflags": "+faststart"}
    ) as target:  # fmt: skip
        stream = target.add_stream_from_template(source.streams.video[0])
        for packet in source.demux(source.streams.video[0]):
            if packet.dts is not None:
                packet.stream = stream
                target.mux(packet)
    other.replace(path)
    return path.read_bytes()


@pytest.mark.parametrize(("name", "codec", "options"), [(f[0], f[1], f[3]) for f in FILMS[:2]])
def test_new_says_that_a_clip_is_damaged(
    name: str, codec: str, options: dict[str, str], tmp_path: Path
) -> None:
    """Number 26: a clip that is damaged in its middle made a document without a warning."""
    path = tmp_path / name
    content = write_film(path, codec, "yuv420p", options)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        good: list[str] = []
        new_document(str(path), None, None, None, three_d=False, tell=good.append)
    assert not good
    damaged(path, content, "noise")
    told: list[str] = []
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        new_document(str(path), None, AnalysisType.GLOBAL, None, three_d=False, tell=told.append)
    told += [str(entry.message) for entry in caught]
    assert any("is damaged" in sentence for sentence in told)


def test_looking_for_damage_takes_no_longer_than_it_may(tmp_path: Path) -> None:
    """In no time at all, nothing but the first packet is looked at."""
    path = tmp_path / "a.mp4"
    damaged(path, write_film(path, "libx264", "yuv420p", {"g": "12"}), "noise")
    assert damage_of(str(path)) and damage_of(str(path), seconds=0.0) == []


def test_zeros_after_a_picture_are_padding(tmp_path: Path) -> None:
    """Cameras round the size of a picture up."""
    path = tmp_path / "padded.avi"
    picture = np.random.default_rng(0).integers(0, 255, (48, 64, 3)).astype(np.uint8)
    with av.open(str(path), "w") as film:
        stream = film.add_stream("mjpeg", rate=25, options={"qscale": "3"})
        assert isinstance(stream, av.VideoStream)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuvj420p"
        for _ in range(5):
            for packet in stream.encode(av.VideoFrame.from_ndarray(picture)):
                padded = av.Packet(bytes(packet) + bytes(300))
                padded.stream, padded.pts, padded.dts = stream, packet.pts, packet.dts
                padded.time_base, padded.is_keyframe = packet.time_base, True
                film.mux(padded)
    assert damage_of(str(path)) == []
