"""What the layers of multi-channel files are taken for, by their names."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import OpenEXR
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import MediaError
from engine.media.channels import choose_channels
from engine.media.layers import Layer, Role, layers_in, layers_of
from engine.media.views import Part


def told(*parts: tuple[str, str]) -> dict[str, str]:
    """Name → role of the layers of parts, each a name and channels with spaces between."""
    found = layers_in("x.exr", [Part(name, tuple(channels.split())) for name, channels in parts])
    return {layer.name: layer.role.name for layer in found}


def test_what_rilievo_writes() -> None:
    assert told(
        ("beauty", "R G B A"),
        ("depth", "depth.Z"),
        ("depthAA", "depthAA.Z"),
        ("normals", "N.X N.Y N.Z"),
        ("position", "P.X P.Y P.Z"),
        ("uv", "uv.U uv.V"),
        ("forward", "forward.u forward.v"),
        ("backward", "backward.u backward.v"),
        ("albedo", "albedo.R albedo.G albedo.B"),
        ("shadow", "shadow.R shadow.G shadow.B"),
        ("ids", "objectId.ID"),
        ("confidence", "depthConfidence.C"),
    ) == {
        "beauty": "PICTURE",
        "depth.Z": "DEPTH",
        "depthAA.Z": "AVERAGED_DEPTH",
        "N": "NORMALS",
        "P": "POSITION",
        "uv": "UV",
        "forward": "FORWARD",
        "backward": "BACKWARD",
        "albedo": "ALBEDO",
        "shadow": "OTHER",
        "objectId.ID": "OBJECT_ID",
        "depthConfidence.C": "CONFIDENCE",
    }


@pytest.mark.parametrize(
    ("channels", "expected"),
    [
        # Nuke and Arnold: all in one part, depth without a layer.
        (
            "A B G R Z N.X N.Y N.Z crypto_object00.R crypto_object00.G crypto_object00.B"
            " crypto_object00.A",
            {"ABGR": "PICTURE", "Z": "DEPTH", "N": "NORMALS", "crypto_object00": "CRYPTOMATTE"},
        ),
        # Blender.
        (
            "ViewLayer.Combined.R ViewLayer.Combined.G ViewLayer.Combined.B ViewLayer.Combined.A"
            " ViewLayer.Depth.Z ViewLayer.Normal.X ViewLayer.Normal.Y ViewLayer.Normal.Z"
            " ViewLayer.DiffCol.R ViewLayer.DiffCol.G ViewLayer.DiffCol.B"
            " ViewLayer.IndexOB.X ViewLayer.CryptoObject00.r",
            {
                "ViewLayer.Combined": "PICTURE",
                "ViewLayer.Depth.Z": "DEPTH",
                "ViewLayer.Normal": "NORMALS",
                "ViewLayer.DiffCol": "ALBEDO",
                "ViewLayer.IndexOB.X": "OBJECT_ID",
                "ViewLayer.CryptoObject00.r": "CRYPTOMATTE",
            },
        ),
        # V-Ray.
        (
            "R G B normals.X normals.Y normals.Z zDepth.R velocity.X velocity.Y velocity.Z",
            {"RGB": "PICTURE", "normals": "NORMALS", "zDepth.R": "DEPTH", "velocity": "FORWARD"},
        ),
        ("Z", {"Z": "DEPTH"}),
        ("U V", {"UV": "UV"}),
        ("N.X N.Y N.Z", {"N": "NORMALS"}),
        ("mask", {"mask": "OTHER"}),
        ("Y", {"Y": "PICTURE"}),
        # Four numbers are two vectors, or none that is known.
        ("R G B Vector.X Vector.Y Vector.Z Vector.W", {"RGB": "PICTURE", "Vector": "OTHER"}),
    ],
)
def test_what_others_write(channels: str, expected: dict[str, str]) -> None:
    assert told(("", channels)) == expected


def test_parts_that_are_layers_themselves() -> None:
    parts = [("rgba", "R G B A"), ("depth", "Z"), ("N", "R G B"), ("P", "X Y Z"), ("crypto00", "R")]
    assert told(*parts) == {
        "rgba": "PICTURE",
        "Z": "DEPTH",
        "N": "NORMALS",
        "P": "POSITION",
        "R": "CRYPTOMATTE",
    }
    found = layers_in("x.exr", [Part(name, tuple(names.split())) for name, names in parts])
    assert [(layer.layer, layer.part) for layer in found[1:4]] == [
        ("Z", None),
        (None, 2),
        (None, 3),
    ]


prefixes = st.sampled_from(
    ["", "", "depth.", "N.", "P.", "uv.", "albedo.", "forward.", "L.crypto00.", "L.Depth.", "x."]
)
components = st.sampled_from([*"RGBAXYZUVuvr", "ID", "mask", "depth"])
channels = st.builds(lambda a, b: a + b, prefixes, components)
parts = st.builds(
    lambda name, names: Part(name, tuple(names)),
    st.sampled_from(["", "rgba", "depth", "N", "crypto00"]),
    st.lists(channels, min_size=1, max_size=8, unique=True),
)


@given(st.lists(parts, min_size=1, max_size=4))
def test_every_channel_is_in_one_layer_and_what_is_known_can_be_read(found: list[Part]) -> None:
    layers = layers_in("x.exr", found)
    every = sorted(name for part in found for name in part.channels)
    assert sorted(name for layer in layers for name in layer.channels) == every
    for layer in layers:
        if layer.role in (Role.OTHER, Role.CRYPTOMATTE):
            continue
        choice = choose_channels("x.exr", found, layer.layer, layer.part)
        assert set(choice.names) == set(layer.channels)
    assert [layer.role for layer in layers].count(Role.PICTURE) <= 1


def test_of_a_file_and_of_a_sequence(tmp_path: Path) -> None:
    plane = np.zeros((4, 4), np.float32)
    header = {"type": OpenEXR.scanlineimage}
    names = ("R", "G", "B", "depth.Z")
    for frame in (1, 2):
        OpenEXR.File(header, dict.fromkeys(names, plane)).write(
            str(tmp_path / f"a.{frame:04d}.exr")
        )
    depth = Layer(Role.DEPTH, "depth.Z", ("depth.Z",), "depth", None)
    assert layers_of(tmp_path / "a.0001.exr")[-1] == depth
    assert layers_of(str(tmp_path / "a.####.exr"))[-1] == depth
    assert layers_of(tmp_path / "clip.mov") == ()
    with pytest.raises(MediaError, match="no file is named like"):
        layers_of(tmp_path / "b.####.exr")
    (tmp_path / "c.exr").write_bytes(b"no picture")
    with pytest.raises(MediaError, match=r"c\.exr"):
        layers_of(tmp_path / "c.exr")
