"""What layers are by the names that renderers give them: the picture, the depth, data."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import OpenEXR
import pytest

from engine.media import open_source
from engine.media.layer_names import named
from engine.media.layer_words import DepthKind
from engine.media.layers import (
    Role,
    convention_of,
    depth_layer,
    depth_of,
    layers_in,
    picture_of_file,
)
from engine.media.views import Part
from tests.support.layered import write_channels

GREY = ("R", "G", "B")


def of(name: str, *components: str) -> tuple[str, ...]:
    """The channels of a layer; without components the layer is one channel."""
    return tuple(f"{name}.{c}" for c in components) if components else (name,)


@pytest.mark.parametrize(
    "channels",
    [
        of("VRayZDepth", *GREY),
        of("VRayZDepth", "R"),
        of("ZDepth", *GREY),
        of("zDepth", "R"),
        of("Z-Depth", *GREY),
        of("Z Depth", *GREY),
        of("CGeometry_ZDepth"),
        of("CGeometry_ZDepth", *GREY),
        of("FinalImageMovieRenderQueue_WorldDepth", *GREY, "A"),
        of("Pz"),
        of("ZBuffer", "R"),
        of("zbuffer"),
        of("distance"),
        of("ViewLayer.Depth", "Z"),
        of("ViewLayer.Depth", "V"),
        of("View Layer 1.Depth", "Z"),
        of("depth", "Z"),
        of("Depth", "Y"),
        of("DEPTH"),
        of("Z"),
        of("Redshift_Z", *GREY),
        of("rsZDepth", "R"),
        of("Octane_Z-Depth", *GREY),
        of("RPR_Depth", *GREY),
        of("RenderPass_Z", "R"),
        of("Z_0"),
        of("depth2", "Z"),
        of("main", "Z"),
        of("ViewLayer", "Z"),
        of("Camera Depth", "R"),
        of("distance_to_image_plane"),
        of("scene_depth", *GREY),
        of("depth_raw"),
        of("Z_noAA", "R"),
    ],
)
def test_depth_by_all_its_names(channels: tuple[str, ...]) -> None:
    part = Part("", ("R", "G", "B", "A", *channels))
    asked = depth_layer([part])
    assert asked is not None
    found = next(layer for layer in layers_in("x.exr", [part]) if layer.depth is not None)
    assert found.role is Role.DEPTH and set(found.channels) == set(channels)


@pytest.mark.parametrize(
    "channels",
    [
        of("N", "X", "Y", "Z"),
        of("P", "Z"),
        of("position", "X", "Y", "Z"),
        of("pos_z"),
        of("shadow_depth"),
        of("light1.depth_of_field"),
        of("depthConfidence", "C"),
        of("ViewLayer.Mist", "Z"),
        of("ZBack"),
        of("zone"),
        of("uCryptoDepth00", *GREY),
        of("ray_depth"),
    ],
)
def test_what_only_sounds_like_depth(channels: tuple[str, ...]) -> None:
    assert depth_layer([Part("", ("R", "G", "B", *channels))]) is None


@pytest.mark.parametrize("name", ["zfiltered", "depthAA", "Z_AA", "depth_filtered", "ZDepth_AA"])
def test_filtered_depth_is_told_and_comes_last(name: str) -> None:
    found = named("", name, (f"{name}.R",))
    assert found.role is Role.AVERAGED_DEPTH and found.depth is not None and found.depth.filtered
    assert depth_layer([Part("", ("R", "G", "B", name))]) == name
    for other in ("z", "VRayZDepth", "Pz"):
        assert depth_layer([Part("", ("R", "G", "B", name, other))]) == other


@pytest.mark.parametrize(
    ("name", "kind", "scale"),
    [
        ("VRayZDepth", DepthKind.RAY, None),
        ("hitPz", DepthKind.RAY, None),
        ("distance_to_camera", DepthKind.RAY, 1.0),
        ("Pz", DepthKind.PLANAR, None),
        ("FinalImageMovieRenderQueue_WorldDepth", DepthKind.PLANAR, 0.01),
        ("FinalImageSceneDepth", DepthKind.PLANAR, 0.01),
        ("disparity", DepthKind.INVERSE, None),
        ("depth_cm", DepthKind.UNKNOWN, 0.01),
        ("Z_mm", DepthKind.UNKNOWN, 0.001),
        ("normalized_depth", DepthKind.NORMALIZED, None),
        ("Z", DepthKind.UNKNOWN, None),
    ],
)
def test_what_is_known_of_its_numbers(name: str, kind: DepthKind, scale: float | None) -> None:
    found = named("", name, (f"{name}.R",)).depth
    assert found is not None and (found.kind, found.scale) == (kind, scale)
    assert bool(found.sentence(name)) == (kind is not DepthKind.UNKNOWN or scale is not None)
    assert ("Depth Range Ray" in found.sentence(name)) == (kind is DepthKind.RAY)


@pytest.mark.parametrize(
    ("layers", "expected"),
    [
        ("ViewLayer.AO ViewLayer.Combined", "ViewLayer.Combined"),
        ("ViewLayer.AO ViewLayer.CryptoObject00 ViewLayer.Combined", "ViewLayer.Combined"),
        ("Albedo FinalImage FinalImageMovieRenderQueue_WorldDepth", "FinalImage"),
        ("AO diffuse beauty", "beauty"),
        ("CESSENTIAL_Mask CGeometry_NormalsShading BEAUTY", "BEAUTY"),
        ("AO C", "C"),
        ("N RGBA", "RGBA"),
        ("N P Ci", "Ci"),
        ("VRayMtlID VRayNormals RGB_color", "RGB_color"),
        ("mask_01 MultiMatteElement comp", "comp"),
        ("AO N left_wall", "left_wall"),  # no name that is known, but no data either
        ("diffuse AO mask", "diffuse"),
        ("id mask AO", "AO"),
        ("AO", "AO"),
        ("N P VRayZDepth", None),
        ("cryptomatte00", None),
    ],
)
def test_the_picture_is_what_its_renderer_calls_so(layers: str, expected: str | None) -> None:
    names = [f"{layer}.{c}" for layer in layers.split() for c in "RGB"]
    found = layers_in("x.exr", [Part("", tuple(names))])
    pictures = [layer.name for layer in found if layer.role is Role.PICTURE]
    assert pictures == ([expected] if expected else [])


def test_the_picture_among_parts() -> None:
    parts = [
        Part(name, ("R", "G", "B")) for name in ("AO", "depth", "N", "crypto00", "rgba", "sss")
    ]
    layers = layers_in("x.exr", parts)
    found = next(layer for layer in layers if layer.role is Role.PICTURE)
    assert (found.name, found.layer, found.part) == ("rgba", None, 4)
    assert [layer.role for layer in layers if layer.depth] == [Role.DEPTH]


def test_a_plain_picture_needs_no_name() -> None:
    channels = ("R", "G", "B", "A", "beauty.R", "beauty.G", "beauty.B", "AO.R", "AO.G", "AO.B")
    layers = layers_in("x.exr", [Part("", channels)])
    found = next(layer for layer in layers if layer.role is Role.PICTURE)
    assert (found.channels, found.layer, found.part) == (("R", "G", "B", "A"), None, None)


def test_grey_depth_is_one_channel_of_numbers(tmp_path: Path) -> None:
    """Without its alpha where that is empty, and with nothing outside the data window."""
    depth = np.full((6, 8), 1.9, np.float32)
    depth[2:4, 2:4] = 1.1
    names = [f"WorldDepth.{c}" for c in "RGB"]
    planes = {**dict.fromkeys(names, depth), "WorldDepth.A": np.zeros_like(depth)}
    header = {"dataWindow": ((2, 1), (9, 6)), "displayWindow": ((0, 0), (11, 9))}
    path = write_channels(
        tmp_path / "a.exr", {**planes, "R": depth, "G": depth, "B": depth}, header
    )
    picture = open_source(path, layer="WorldDepth").frame(0)
    assert picture.planes[0].shape == (10, 12, 1)
    assert np.array_equal(picture.planes[0][1:7, 2:10, 0], depth)
    assert np.isnan(picture.planes[0]).sum() == 120 - 48
    found, colour = depth_of(path), picture_of_file(path)
    assert found is not None and found.layer == "WorldDepth"
    assert colour is not None and colour.channels == ("R", "G", "B")
    # Unequal channels are somebody's false colours, and stay.
    planes["WorldDepth.G"] = depth * 2
    path = write_channels(tmp_path / "b.exr", planes)
    assert open_source(path, layer="WorldDepth").frame(0).planes[0].shape[2] == 3


@pytest.mark.parametrize(
    ("header", "writer"),
    [
        ({"vrayInfo/vrayversion": "V-Ray 6"}, "V-Ray"),
        ({"husk:version": "20.5"}, "Karma"),
        ({"software": "Karma XPU"}, "Karma"),
        ({"software": "Blender"}, ""),
    ],
)
def test_who_writes_along_the_ray_is_told_by_the_header(
    tmp_path: Path, header: dict[str, str], writer: str
) -> None:
    planes = dict.fromkeys(("R", "G", "B", "Z"), np.ones((4, 4), np.float32))
    path = write_channels(tmp_path / "a.exr", planes, header)
    found = convention_of(path, "Z")
    assert found is not None and found.writer == writer
    assert (found.kind is DepthKind.RAY) == bool(writer)
    assert convention_of(path) is None


def test_what_rilievo_wrote_is_known(tmp_path: Path) -> None:
    depth = {"depth.Z": np.ones((4, 4), np.float32)}
    own = write_channels(tmp_path / "own.exr", depth, {"software": "Rilievo 1"})
    found = convention_of(own)
    assert found is not None and (found.kind, found.scale) == (DepthKind.PLANAR, 1.0)
    other = convention_of(write_channels(tmp_path / "other.exr", depth))
    assert other is not None and other.kind is DepthKind.UNKNOWN
    picture = write_channels(tmp_path / "c.exr", dict.fromkeys("RGB", np.ones((4, 4), np.float32)))
    assert convention_of(picture) is None
    assert convention_of(tmp_path / "clip.mov") is None
    assert OpenEXR.File(str(own)).header()["software"] == "Rilievo 1"
