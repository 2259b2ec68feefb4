"""Video: exact samples, exact frames, and what the stream's tags mean."""

from __future__ import annotations

import random
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import numpy.typing as npt
import pytest

from engine.errors import MediaError
from engine.media import Alpha, Picture, Transfer, open_source, to_display_rgb8, to_linear
from engine.media.colour import working_space
from engine.media.planes import picture_of

W, H = 38, 22
SIZE = (W, H)


def planes(shape: str, peak: int, noise: Any, count: int = 4) -> list[list[npt.NDArray[Any]]]:
    """Noise for luma and chroma planes of '420', '422' or '444'."""
    cw = W if shape == "444" else W // 2
    ch = H // 2 if shape == "420" else H
    sizes = [(H, W), (ch, cw), (ch, cw)]
    return [[noise(h, w, peak, 10 * f + i) for i, (h, w) in enumerate(sizes)] for f in range(count)]


def same(picture: Picture, expected: list[npt.NDArray[Any]]) -> bool:
    return all(np.array_equal(a[..., 0], b) for a, b in zip(picture.planes, expected, strict=True))


@pytest.mark.parametrize("shape", ["420", "422", "444"])
@pytest.mark.parametrize("bits", [8, 10, 12])
def test_planes_come_back_bit_for_bit(write_video: Any, noise: Any, shape: str, bits: int) -> None:
    frames = planes(shape, 2**bits - 1, noise)
    name = f"yuv{shape}p" + (f"{bits}le" if bits > 8 else "")
    source = open_source(write_video("a.mkv", "ffv1", name, frames, SIZE))
    assert source.info.size == SIZE and source.info.last == 3 and source.info.kind == "video"
    for t in (2, 0, 3, 1):
        picture = source.frame(t)
        assert picture.encoding.model == "yuv" and picture.encoding.bits == bits
        assert same(picture, frames[t]) and picture.frame == t


def test_packed_chroma_is_unpacked_bit_for_bit(write_video: Any, noise: Any) -> None:
    frames = planes("420", 255, noise)
    packed = [[y, np.stack([u, v], axis=2).reshape(H // 2, W)] for y, u, v in frames]
    source = open_source(write_video("a.mkv", "rawvideo", "nv12", packed, SIZE))
    assert all(same(source.frame(t), frames[t]) for t in range(4))
    frames = planes("422", 255, noise)
    packed = [
        [np.stack([y[:, ::2], u, y[:, 1::2], v], axis=2).reshape(H, 2 * W)] for y, u, v in frames
    ]
    source = open_source(write_video("b.mkv", "rawvideo", "yuyv422", packed, SIZE))
    assert all(same(source.frame(t), frames[t]) for t in range(4))


@pytest.mark.parametrize(
    ("codec", "name", "channels", "alpha"),
    [("rawvideo", "rgb24", 3, Alpha.NONE), ("png", "rgba", 4, Alpha.STRAIGHT)],
)
def test_rgb_video(
    write_video: Any, noise: Any, codec: str, name: str, channels: int, alpha: Alpha
) -> None:
    frames = [[noise(H, W * channels, 255, f)] for f in range(3)]
    source = open_source(write_video("a.mov", codec, name, frames, SIZE))
    picture = source.frame(1)
    assert picture.encoding.model == "rgb" and picture.encoding.alpha is alpha
    assert np.array_equal(picture.planes[0].reshape(H, -1), frames[1][0])


def test_planar_rgb_of_ten_bits_keeps_them(write_video: Any, noise: Any) -> None:
    frames = [[noise(H, W, 1023, f + i) for i in range(3)] for f in range(2)]  # G, B, R
    picture = open_source(write_video("a.mkv", "ffv1", "gbrp10le", frames, SIZE)).frame(1)
    assert picture.encoding.bits == 16
    for channel, plane in ((0, 2), (1, 0), (2, 1)):
        values = picture.planes[0][..., channel].astype(float) / 65535
        assert values == pytest.approx(frames[1][plane] / 1023, abs=1 / 1023)


def test_grey_video(write_video: Any, noise: Any) -> None:
    frames = [[noise(H, W, 255, f)] for f in range(2)]
    picture = open_source(write_video("a.mkv", "ffv1", "gray", frames, SIZE)).frame(1)
    assert picture.channels == 1 and np.array_equal(picture.planes[0][..., 0], frames[1][0])


def test_video_with_alpha_uses_the_streams_matrix(write_video: Any) -> None:
    """Red of BT.709 in limited range, half transparent."""
    red = [np.full((H, W), value, np.uint8) for value in (63, 102, 240, 128)]
    path = write_video("a.mkv", "ffv1", "yuva444p", [red], SIZE, tags={"colorspace": 1})
    picture = open_source(path).frame(0)
    assert picture.encoding.alpha is Alpha.STRAIGHT
    assert np.abs(picture.planes[0][3, 3].astype(int) - [255, 0, 0, 128]).max() <= 2


CONTAINERS = [
    ("a.mp4", "libx264", {"bf": "3", "g": "250", "sc_threshold": "0"}),
    ("b.mp4", "libx264", {"bf": "3", "g": "15", "x264-params": "open-gop=1:bframes=3"}),
    ("c.mkv", "libx265", {"x265-params": "log-level=none:open-gop=1:bframes=4:keyint=20"}),
    ("d.ts", "libx264", {"bf": "2", "g": "30"}),
    ("e.avi", "libx264", {"bf": "3", "g": "40"}),
    ("f.avi", "mpeg4", {"bf": "2", "g": "12"}),
    ("g.webm", "libvpx", {"auto-alt-ref": "1", "lag-in-frames": "16", "b": "200k", "g": "30"}),
    ("h.mpg", "mpeg2video", {"bf": "2", "g": "12", "b": "2M"}),
    ("i.mov", "prores_ks", {}),
    ("j.ts", "libx264", {"x264-params": "open-gop=1:bframes=3:keyint=15:scenecut=0"}),
    ("k.ts", "mpeg2video", {"bf": "2", "g": "12", "b": "2M"}),
]


@pytest.mark.parametrize(("name", "codec", "options"), CONTAINERS)
def test_seeking_is_frame_exact(
    write_video: Any, name: str, codec: str, options: dict[str, str]
) -> None:
    """Frames in random order equal those of decoding from start to end."""
    size, count = (64, 48), 70
    yy, xx = np.mgrid[0:48, 0:64]
    shape = "yuv422p10le" if codec == "prores_ks" else "yuv420p"
    frames = []
    for f in range(count):
        luma = (128 + 100 * np.sin(xx / 7 + f / 3) * np.cos(yy / 9 - f / 5)).astype(np.uint8)
        luma[4:12, 4 : 4 + f % 50] = 235
        if shape == "yuv420p":
            frames.append([luma, luma[::2, ::2], 255 - luma[::2, ::2]])
        else:
            wide = luma.astype(np.uint16) * 4
            frames.append([wide, wide[:, ::2], 1023 - wide[:, ::2]])
    path: str = write_video(name, codec, shape, frames, size, options=options)
    with av.open(path, "r") as container:
        whole = [picture_of(f, 0, working_space()).planes for f in container.decode(video=0)]
    assert len(whole) == count
    assert any(not np.array_equal(whole[0][0], planes[0]) for planes in whole[1:])

    chance = random.Random(7)
    order = [chance.randrange(count) for _ in range(25)]
    order += [*range(count - 1, count - 8, -1), *range(30, 45), 0, count - 1]
    source = open_source(path)
    assert source.info.last == count - 1 and source.info.fps == pytest.approx(25)
    source._ahead._cache._limit = 1  # pyright: ignore[reportAttributeAccessIssue]  # no help
    for t in order:
        picture = source.frame(t)
        assert picture.frame == t
        assert all(np.array_equal(a, b) for a, b in zip(picture.planes, whole[t], strict=True)), t
    source.close()
    for t in (1, 2, 9, 19, 33, 61):  # and as the first frame that is asked for
        source = open_source(path)
        picture = source.frame(t)
        assert all(np.array_equal(a, b) for a, b in zip(picture.planes, whole[t], strict=True)), t
        source.close()


def test_a_varying_rate_is_counted_in_frames(tmp_path: Path) -> None:
    path = str(tmp_path / "vfr.mkv")
    with av.open(path, "w") as container:
        stream: Any = container.add_stream("ffv1", rate=1000)
        stream.width, stream.height, stream.pix_fmt = 16, 16, "yuv420p"
        for t, pts in enumerate([0, 40, 45, 400, 401, 1000]):
            frame = av.VideoFrame(16, 16, "yuv420p")
            for plane in frame.planes:
                plane.update(bytes([20 * t]) * (plane.line_size * plane.height))
            frame.pts, frame.time_base = pts, Fraction(1, 1000)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    source = open_source(path)
    assert source.info.last == 5
    assert [int(source.frame(t).planes[0][0, 0, 0]) for t in (5, 1, 4, 0)] == [100, 20, 80, 0]


@pytest.mark.parametrize(
    ("tags", "height", "matrix", "full", "transfer"),
    [
        ({}, 480, (0.299, 0.114), False, Transfer.SRGB),
        ({}, 576, (0.299, 0.114), False, Transfer.SRGB),
        ({}, 578, (0.2126, 0.0722), False, Transfer.SRGB),
        ({"colorspace": 1, "color_trc": 1}, 22, (0.2126, 0.0722), False, Transfer.SRGB),
        ({"colorspace": 5, "color_range": 2}, 800, (0.299, 0.114), True, Transfer.SRGB),
        ({"colorspace": 9, "color_trc": 16}, 22, (0.2627, 0.0593), False, Transfer.PQ),
        ({"colorspace": 9, "color_trc": 18}, 22, (0.2627, 0.0593), False, Transfer.HLG),
        ({"color_trc": 8}, 22, (0.299, 0.114), False, Transfer.LINEAR),
        ({"color_trc": 4}, 22, (0.299, 0.114), False, Transfer.GAMMA22),
    ],
)
def test_tags(
    write_video: Any, tags: Any, height: int, matrix: Any, full: bool, transfer: Transfer
) -> None:
    frame = [np.full((height, 16), 90, np.uint8), *[np.full((height // 2, 8), 128, np.uint8)] * 2]
    path = write_video("a.mkv", "ffv1", "yuv420p", [frame], (16, height), tags=tags)
    encoding = open_source(path).frame(0).encoding
    assert encoding.matrix == matrix
    assert encoding.full_range is full
    assert encoding.transfer is transfer


def test_wide_primaries_become_the_working_ones(write_video: Any) -> None:
    frame = [np.full((H, W), 90, np.uint8), *[np.full((H // 2, W // 2), 128, np.uint8)] * 2]
    tags = {"color_primaries": 9, "colorspace": 9}
    got = open_source(write_video("a.mkv", "ffv1", "yuv420p", [frame], SIZE, tags=tags)).frame(0)
    # BT.2020 red in BT.709 (ITU-R BT.2087, table of the matrix).
    assert np.array(got.encoding.to_working)[:, 0] == pytest.approx(
        [1.6605, -0.1246, -0.0182], abs=1e-3
    )


def test_jpeg_range_and_siting(write_video: Any, noise: Any) -> None:
    frame = planes("422", 255, noise, 1)
    got = open_source(write_video("a.avi", "mjpeg", "yuvj422p", frame, SIZE)).frame(0)
    assert got.encoding.full_range and got.encoding.chroma_site == (0.5, 0.5)


@pytest.mark.parametrize(
    ("rgb", "yuv"),
    [  # 8-bit BT.709, limited: ITU-R BT.709, 75 % and 100 % colour bars
        ((255, 255, 255), (235, 128, 128)),
        ((0, 0, 0), (16, 128, 128)),
        ((191, 0, 0), (51, 109, 212)),
        ((0, 191, 0), (133, 63, 52)),
        ((0, 0, 191), (28, 212, 120)),
    ],
)
def test_known_colours(write_video: Any, rgb: Any, yuv: Any) -> None:
    y, u, v = yuv
    frame = [
        np.full((H, W), y, np.uint8),
        np.full((H // 2, W // 2), u, np.uint8),
        np.full((H // 2, W // 2), v, np.uint8),
    ]
    path = write_video("a.mkv", "ffv1", "yuv420p", [frame], SIZE, tags={"colorspace": 1})
    got = to_display_rgb8(open_source(path).frame(0))
    assert np.abs(got.astype(int) - rgb).max() <= 2


@pytest.mark.parametrize("degrees", [90, 180, 270])
def test_rotation_is_applied(write_video: Any, noise: Any, degrees: int) -> None:
    frames = planes("422", 255, noise, 2)
    path = write_video("a.mp4", "libx264", "yuv422p", frames, SIZE, options={"qp": "0"})
    turned = write_video(
        "b.mp4", "libx264", "yuv422p", frames, SIZE, options={"qp": "0"}, degrees=degrees
    )
    source = open_source(turned)
    expected = to_display_rgb8(open_source(path).frame(1))
    expected = np.rot90(expected, degrees // 90)
    assert source.info.size == (expected.shape[1], expected.shape[0])
    got = to_display_rgb8(source.frame(1))
    assert np.array_equal(got, expected)  # colour too: chroma sites turn with the picture


def test_missing_frames_of_a_video(write_video: Any, noise: Any) -> None:
    path = write_video("a.mkv", "ffv1", "yuv420p", planes("420", 255, noise), SIZE)
    with pytest.raises(MediaError, match=r"a\.mkv has no frame 4: it has frames 0 to 3"):
        open_source(path).frame(4)
    assert open_source(path, missing="hold").frame(99).frame == 3
    assert open_source(path, missing="nearest").frame(-3).frame == 0
    black = open_source(path, missing="black").frame(77)
    assert black.frame == 77 and not to_display_rgb8(black).any()


def test_an_explicit_colour_space(write_video: Any, noise: Any) -> None:
    path = write_video("a.mkv", "ffv1", "yuv444p", planes("444", 255, noise), SIZE)
    own = open_source(path).frame(1)
    named = open_source(path, colour_space="sRGB Encoded Rec.709 (sRGB)").frame(1)
    assert named.encoding.transfer is Transfer.LINEAR and named.encoding.model == "rgb"
    light = to_linear(own)[..., :3]
    inside = np.all((light > 0) & (light < 1), axis=2)
    assert inside.any()
    assert to_linear(named)[inside] == pytest.approx(to_linear(own)[inside], abs=1e-4)


def test_data_in_a_video(write_video: Any, noise: Any) -> None:
    path = write_video("a.mkv", "ffv1", "yuv444p", planes("444", 255, noise), SIZE)
    assert open_source(path, colour_space="raw").frame(0).encoding.transfer is Transfer.RAW


def test_a_file_that_ends_early_names_the_first_frame_lost(write_video: Any, noise: Any) -> None:
    frames = planes("420", 255, noise, 30)
    options = {"movflags": "+faststart", "g": "10"}
    path = Path(write_video("a.mp4", "mpeg4", "yuv420p", frames, SIZE, options=options))
    with av.open(str(path), "r") as container:
        ends = [p.pos + p.size for p in container.demux(video=0) if p.pos is not None and p.size]
    path.write_bytes(path.read_bytes()[: ends[-5]])  # the table of frames is at the end: gone too
    with pytest.raises(MediaError, match=r"a\.mp4 is no video that can be read"):
        open_source(path)


def test_a_matroska_cut_short_plays_and_says_so(write_video: Any, noise: Any) -> None:
    frames = planes("420", 255, noise, 60)
    path = Path(write_video("a.mkv", "ffv1", "yuv420p", frames, SIZE))
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])
    with pytest.warns(UserWarning, match=r"a\.mkv is cut short: it has 1\.\d of 2\.4 seconds"):
        source = open_source(path)
    last = source.info.last
    assert 20 < last < 40 and same(source.frame(last - 1), frames[last - 1])


def test_closing_lets_go_of_the_file(write_video: Any, noise: Any) -> None:
    path = write_video("a.mkv", "ffv1", "yuv420p", planes("420", 255, noise), SIZE)
    source = open_source(path)
    for t in range(4):
        source.frame(t)
    source.close()
    Path(path).unlink()
