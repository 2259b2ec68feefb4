"""Parts, layers, channels and windows of EXR files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import OpenEXR
import pytest

from engine.errors import MediaError
from engine.media import Alpha, Transfer, find_depth_layer, open_source
from engine.media.channels import choose_channels
from engine.media.layers import depth_layer
from engine.media.views import Part


def ramp(scale: float = 1.0, kind: Any = np.float32) -> Any:
    return (np.arange(12 * 16).reshape(12, 16) * scale).astype(kind)


@pytest.fixture
def multi_part(tmp_path: Path) -> str:
    """Written by the OpenEXR library itself: beauty, depth, normals, ids and uv in one file."""

    def part(name: str, channels: dict[str, Any]) -> Any:
        header = {"name": name, "type": OpenEXR.scanlineimage}
        return OpenEXR.Part(header, channels, name)

    path = str(tmp_path / "multi.exr")
    beauty = {name: ramp(i + 1, np.float16) / np.float16(64) for i, name in enumerate("RGBA")}
    parts = [
        part("beauty", beauty),
        part("depth", {"depth.Z": ramp(0.5)}),
        part("normals", {f"N.{name}": ramp(i - 1) for i, name in enumerate("XYZ")}),
        part("ids", {"objectId.ID": ramp(1, np.uint32) + np.uint32(70000)}),
        part("uv", {"uv.U": ramp(0.1), "uv.V": ramp(0.2)}),
    ]
    OpenEXR.File(parts).write(path)
    return path


def test_the_first_colours_are_the_picture(multi_part: str) -> None:
    source = open_source(multi_part)
    got = source.frame(0)
    assert source.info.channels == ("R", "G", "B", "A")
    assert got.planes[0].dtype == np.float32 and got.encoding.alpha is Alpha.PREMULTIPLIED
    assert np.array_equal(got.planes[0][..., 2], (ramp(3, np.float16) / np.float16(64)))


@pytest.mark.parametrize("layer", ["depth", "depth.Z", "Depth"])
def test_a_layer_by_name(multi_part: str, layer: str) -> None:
    got = open_source(multi_part, layer=layer).frame(0)
    assert got.encoding.transfer is Transfer.RAW and got.planes[0].shape == (12, 16, 1)
    assert np.array_equal(got.planes[0][..., 0], ramp(0.5))


def test_vectors_keep_their_order_and_sign(multi_part: str) -> None:
    got = open_source(multi_part, layer="N").frame(0)
    assert got.encoding.transfer is Transfer.RAW
    assert np.array_equal(got.planes[0], np.stack([ramp(-1), ramp(0), ramp(1)], axis=2))


def test_one_channel_of_a_layer(multi_part: str) -> None:
    assert np.array_equal(open_source(multi_part, layer="N.Z").frame(0).planes[0][..., 0], ramp())


def test_a_part_by_name_and_by_number(multi_part: str) -> None:
    for part in ("normals", 2):
        assert open_source(multi_part, part=part).info.channels == ("N.X", "N.Y", "N.Z")


def test_object_numbers_are_not_scaled(multi_part: str) -> None:
    got = open_source(multi_part, layer="objectId").frame(0)
    assert np.array_equal(got.planes[0][..., 0], ramp() + 70000)


def test_two_data_channels_are_not_grey_and_alpha(multi_part: str) -> None:
    got = open_source(multi_part, layer="uv").frame(0)
    assert got.encoding.alpha is Alpha.NONE and got.planes[0].shape == (12, 16, 3)
    assert np.array_equal(got.planes[0][..., 1], ramp(0.2))
    assert not got.planes[0][..., 2].any()


def test_unknown_layers_and_parts_list_what_there_is(multi_part: str) -> None:
    with pytest.raises(MediaError, match=r"multi\.exr has no layer 'Zed': it has .*depth.*uv"):
        open_source(multi_part, layer="Zed")
    with pytest.raises(MediaError, match=r"no part 'back': it has beauty, depth"):
        open_source(multi_part, part="back")
    with pytest.raises(MediaError, match=r"no part 9: it has parts 0 to 4"):
        open_source(multi_part, part=9)


@pytest.mark.parametrize(
    ("channels", "layer", "expected", "data"),
    [
        (("R", "G", "B", "A", "Z"), None, "RGBA", False),
        (("R", "G", "B", "A", "Z"), "depth", "Z", True),
        (("A", "B", "G", "R"), None, "RGBA", False),
        (("Y",), None, "Y", False),
        (("Y", "A"), None, "YA", False),
        (("Z",), None, "Z", True),
        (("left.R", "left.G", "left.B"), None, ("left.R", "left.G", "left.B"), False),
        (("V.Depth.Z", "V.C.R", "V.C.G", "V.C.B"), "Depth", ("V.Depth.Z",), True),
        (("V.Depth.Z", "V.C.R", "V.C.G", "V.C.B"), None, ("V.C.R", "V.C.G", "V.C.B"), False),
        (("shadow.R", "shadow.G", "shadow.B"), "shadow", None, False),
        (("forward.u", "forward.v"), None, ("forward.u", "forward.v"), True),
        (("A", "R", "G", "B"), "A", "A", False),
        (("mask",), None, ("mask",), True),
    ],
)
def test_the_choice(
    channels: tuple[str, ...], layer: str | None, expected: Any, data: bool
) -> None:
    choice = choose_channels("x.exr", [Part("", channels)], layer)
    assert choice.names == (channels if expected is None else tuple(expected))
    assert choice.names == tuple(channels[i] for i in choice.indices)
    assert choice.data is data


def test_colour_is_found_in_a_later_part() -> None:
    parts = [Part("depth", ("depth.Z",)), Part("rgba", ("R", "G", "B"))]
    assert choose_channels("x.exr", parts).part == 1


def test_half_and_integer_channels_in_one_part(tmp_path: Path) -> None:
    path = str(tmp_path / "mixed.exr")
    channels = {"R": ramp(0.5, np.float16), "ID": ramp(1, np.uint32)}
    OpenEXR.File({"type": OpenEXR.scanlineimage}, channels).write(path)
    assert np.array_equal(open_source(path, layer="ID").frame(0).planes[0][..., 0], ramp())
    assert np.array_equal(open_source(path, layer="R").frame(0).planes[0][..., 0], ramp(0.5))


@pytest.mark.parametrize(
    ("corner", "full"),
    [((3, 2), (0, 0, 24, 20)), ((-3, -2), (0, 0, 10, 8)), ((7, 5), (5, 5, 20, 12))],
)
def test_a_data_window_is_placed_in_the_display_window(
    write_image: Any, corner: tuple[int, int], full: tuple[int, int, int, int]
) -> None:
    values = ramp()[..., None] + np.ones(3, np.float32)
    path = write_image("a.exr", values, window=(corner, full))
    source = open_source(path)
    got = source.frame(0).planes[0]
    assert source.info.size == full[2:] and got.shape[:2] == (full[3], full[2])
    for y in range(full[3]):
        for x in range(full[2]):
            row, column = y + full[1] - corner[1], x + full[0] - corner[0]
            inside = 0 <= row < 12 and 0 <= column < 16
            assert got[y, x, 0] == (values[row, column, 0] if inside else 0)


def test_outside_the_data_window_there_is_no_depth(write_image: Any) -> None:
    path = write_image(
        "a.exr", ramp()[..., None], names=["depth.Z"], window=((4, 4), (0, 0, 30, 30))
    )
    got = open_source(path).frame(0).planes[0]
    assert np.isnan(got[0, 0, 0]) and got[4, 5, 0] == 1


def test_pixel_aspect(write_image: Any) -> None:
    path = write_image("a.exr", ramp()[..., None].repeat(3, 2), PixelAspectRatio=2.0)
    assert open_source(path).info.pixel_aspect == 2.0


def test_deep_files_are_refused_in_words(tmp_path: Path) -> None:
    import OpenImageIO as Oiio

    path = str(tmp_path / "deep.exr")
    spec = Oiio.ImageSpec(2, 2, 5, "float")
    spec.channelnames = ("R", "G", "B", "A", "Z")
    spec.deep = True
    out = Oiio.ImageOutput.create(path)
    assert out is not None and out.open(path, spec)
    deep = Oiio.DeepData()
    deep.init(4, 5, (Oiio.TypeFloat,) * 5, spec.channelnames)
    assert out.write_deep_image(deep)
    out.close()
    with pytest.raises(MediaError, match=r"deep\.exr is a deep EXR"):
        open_source(path)


@pytest.mark.parametrize(
    ("channels", "expected"),
    [
        ("R G B A depth.Z depthAA.Z N.X", "depth.Z"),
        ("R G B A Z", "Z"),
        ("R G B A ZBack depth", "depth"),
        ("View.Combined.R View.Combined.G View.Combined.B View.Depth.Z", "View.Depth.Z"),
        ("R G B depth.R depth.G depth.B", "depth"),
        ("R G B A N.X N.Y N.Z P.Z", None),  # a position's Z is no depth
        ("Z", None),  # read anyway
        ("Y", None),
        ("R G B", None),
    ],
)
def test_depth_is_found_by_its_name(channels: str, expected: str | None) -> None:
    parts = [Part("", tuple(channels.split()))]
    assert depth_layer(parts) == expected
    if expected is not None:
        assert choose_channels("x.exr", parts, expected).depth


def test_depth_is_found_in_another_part(multi_part: str, tmp_path: Path) -> None:
    assert find_depth_layer(multi_part) == "depth.Z"
    parts = [Part("beauty", ("R", "G", "B")), Part("depth", ("V",))]
    assert depth_layer(parts) == "depth"
    assert choose_channels("x.exr", parts, "depth").part == 1
    with pytest.raises(MediaError, match="no file is named like"):
        find_depth_layer(tmp_path / "none.####.exr")
