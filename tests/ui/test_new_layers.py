"""`rilievo new` of files that hold more than one picture: which layer, view and track it takes."""

from __future__ import annotations

from pathlib import Path

import msgspec
import numpy as np
import numpy.typing as npt
import pytest

from engine.media import open_media
from engine.scene import DepthRange, Scene, ZDepthMap
from tests.support.commands import Run, complaint
from tests.support.layered import write_channels
from tests.support.tracks import write_tracks

SIZE = (32, 18)
Plane = npt.NDArray[np.float32]


def disc(inside: float, outside: float) -> Plane:
    """A disc in the middle of a small picture."""
    x, y = np.meshgrid(np.arange(SIZE[0]) - 15.5, np.arange(SIZE[1]) - 8.5)
    return np.where(np.hypot(x, y) < 5, inside, outside).astype(np.float32)


def grey(value: float = 0.4, prefix: str = "") -> dict[str, Plane]:
    return {f"{prefix}{name}": disc(value, value / 2) for name in "RGB"}


def values_of(scene: Scene, number: int) -> Plane:
    """The first channel of a media's first picture."""
    source = open_media(scene.media[number - 1])
    try:
        return source.frame(source.info.first).planes[0][..., 0].astype(np.float32)
    finally:
        source.close()


def z_map(scene: Scene) -> ZDepthMap:
    return next(node for node in scene.nodes if isinstance(node, ZDepthMap))


@pytest.mark.parametrize(
    ("names", "layer"),
    [
        ([f"VRayZDepth.{c}" for c in "RGB"], "VRayZDepth"),
        ([f"Z-Depth.{c}" for c in "RGB"], "Z-Depth"),
        (["CGeometry_ZDepth"], "CGeometry_ZDepth"),
        (["ZBuffer.R"], "ZBuffer.R"),
        (["Pz"], "Pz"),
        (["distance"], "distance"),
        (["ViewLayer.Depth.Z"], "ViewLayer.Depth.Z"),
        (["zfiltered", "z"], "z"),
    ],
)
def test_depth_is_found_in_the_same_file(
    run: Run, tmp_path: Path, names: list[str], layer: str
) -> None:
    planes = {name: disc(1.1, 1.9) for name in names}
    if "zfiltered" in planes:
        planes["zfiltered"] = disc(5, 5)
    write_channels(tmp_path / "x.exr", {**grey(), **planes})
    result = run("new", "x.exr", "--z", "x.exr", "--range", "absolute", "-o", "x.rilievo")
    assert result.exit_code == 0, result.output
    assert layer in result.stdout
    scene = Scene.load("x.rilievo")
    assert scene.media[0].layer is None and scene.media[1].layer == layer
    assert np.array_equal(values_of(scene, 2), disc(1.1, 1.9))


def test_a_filtered_depth_only_with_a_word(run: Run, tmp_path: Path) -> None:
    write_channels(tmp_path / "x.exr", {**grey(), "zfiltered": disc(1.1, 1.9)})
    result = run("new", "x.exr", "--z", "x.exr", "--range", "absolute", "-o", "x.rilievo")
    assert result.exit_code == 0
    assert "zfiltered, which is filtered" in result.stdout
    assert np.array_equal(values_of(Scene.load("x.rilievo"), 2), disc(1.1, 1.9))


@pytest.mark.parametrize("asked", [[], ["--range", "absolute"]])
def test_unreal_writes_centimetres(run: Run, tmp_path: Path, asked: list[str]) -> None:
    name = "FinalImageMovieRenderQueue_WorldDepth"
    depth = {f"{name}.{c}": disc(110, 190) for c in "RGB"}
    write_channels(tmp_path / "x.exr", {**grey(prefix="FinalImage."), **depth})
    result = run("new", "x.exr", "--z", "x.exr", *asked, "-o", "x.rilievo")
    assert result.exit_code == 0, result.output
    scene = Scene.load("x.rilievo")
    assert scene.media[0].layer in (None, "FinalImage")
    assert z_map(scene).depth_range is DepthRange.ABSOLUTE
    assert z_map(scene).depth_scale == pytest.approx(0.01)
    assert "Depth Scale 0.01" in result.stdout


@pytest.mark.parametrize("asked", [[], ["--range", "absolute"]])
def test_vray_writes_along_the_ray(run: Run, tmp_path: Path, asked: list[str]) -> None:
    write_channels(tmp_path / "x.exr", {**grey(), "VRayZDepth.R": disc(1.1, 1.9)})
    result = run("new", "x.exr", "--z", "x.exr", *asked, "-o", "x.rilievo")
    assert result.exit_code == 0 and "Depth Range Ray" in result.stdout


def test_no_layer_of_depth_lists_what_there_is(run: Run, picture: Path, tmp_path: Path) -> None:
    normals = {f"N.{c}": disc(0, 1) for c in "XYZ"}
    write_channels(tmp_path / "x.exr", {**grey(), **normals, "foo.R": disc(1.1, 1.9)})
    for shown in ("x.exr", picture):
        result = run("new", shown, "--z", "x.exr", "-o", "x.rilievo")
        assert result.exit_code == 1
        said = complaint(result.stderr)
        assert "RGB" in said and "N" in said and "foo.R" in said and "--z-layer" in said
        assert not Path("x.rilievo").exists()
    result = run("new", "x.exr", "--z-layer", "foo", "--range", "absolute", "-o", "x.rilievo")
    assert result.exit_code == 0, result.output
    assert np.array_equal(values_of(Scene.load("x.rilievo"), 2), disc(1.1, 1.9))


def test_a_picture_is_not_its_own_depth_in_silence(run: Run, picture: Path, tmp_path: Path) -> None:
    write_channels(tmp_path / "x.exr", grey())
    for path, channel in ((picture, "R"), ("x.exr", "R")):
        result = run("new", path, "--z", path, "-o", "x.rilievo")
        assert result.exit_code == 1
        assert "is the picture itself" in complaint(result.stderr)
        result = run("new", path, "--z-layer", channel, "--range", "relief", "-o", "x.rilievo")
        assert result.exit_code == 0, result.output
        Path("x.rilievo").unlink()
    # Another file of nothing but a picture is depth, as it always was.
    (tmp_path / "z.exr").write_bytes((tmp_path / "x.exr").read_bytes())
    assert run("new", "x.exr", "--z", "z.exr", "-o", "x.rilievo").exit_code == 0


def test_the_picture_is_not_the_first_layer_but_the_one_that_is_called_so(
    run: Run, tmp_path: Path
) -> None:
    layers = {**grey(0.9, "ViewLayer.AO."), **grey(0.4, "ViewLayer.Combined.")}
    write_channels(tmp_path / "x.exr", {**layers, "ViewLayer.Depth.Z": disc(1.1, 1.9)})
    assert run("new", "x.exr", "--z", "x.exr", "-o", "x.rilievo").exit_code == 0
    scene = Scene.load("x.rilievo")
    assert scene.media[0].layer == "ViewLayer.Combined"
    assert np.array_equal(values_of(scene, 1), disc(0.4, 0.2))
    # A document that names no layer shows what it always did.
    unnamed = msgspec.structs.replace(scene.media[0], layer=None)
    assert np.array_equal(values_of(scene.replace_media(1, unnamed), 1), disc(0.9, 0.45))
    assert run("new", "x.exr", "--layer", "AO", "-o", "ao.rilievo").exit_code == 0
    assert np.array_equal(values_of(Scene.load("ao.rilievo"), 1), disc(0.9, 0.45))
    result = run("new", "x.exr", "--layer", "beauty", "-o", "no.rilievo")
    assert result.exit_code == 1 and "ViewLayer.AO" in complaint(result.stderr)


def test_picture_and_depth_are_of_one_view(run: Run, tmp_path: Path) -> None:
    planes = {**grey(0.8, "right."), "right.Z": disc(2.1, 2.9), **grey(0.4), "Z": disc(1.1, 1.9)}
    write_channels(tmp_path / "x.exr", planes, {"multiView": ["left", "right"]})
    for view, colour, depth in (("left", 0.4, 1.1), ("right", 0.8, 2.1)):
        more = ["--view", view] if view == "right" else []
        options = ("--range", "absolute", *more, "--force", "-o", "x.rilievo")
        result = run("new", "x.exr", "--z", "x.exr", *options)
        assert result.exit_code == 0
        assert ("has the views left, right: left is taken" in result.stdout) == (view == "left")
        scene = Scene.load("x.rilievo")
        assert [media.view for media in scene.media] == [view, view]
        assert np.array_equal(values_of(scene, 1), disc(colour, colour / 2))
        assert np.array_equal(values_of(scene, 2), disc(depth, round(depth + 0.8, 1)))
    result = run("new", "x.exr", "--view", "middle", "-o", "y.rilievo")
    assert result.exit_code == 1 and "left, right" in complaint(result.stderr)


def test_the_view_of_a_picture_is_that_of_a_depth_beside_it(run: Run, tmp_path: Path) -> None:
    write_channels(tmp_path / "x.exr", {**grey(0.4, "left."), **grey(0.8, "right.")})
    write_channels(tmp_path / "z.exr", {"left.Z": disc(1.1, 1.9), "right.Z": disc(2.1, 2.9)})
    write_channels(tmp_path / "one.exr", {"Z": disc(1.1, 1.9)})
    for depth, expected in (("z.exr", "right"), ("one.exr", None)):
        options = ("--view", "right", "--force", "-o", "x.rilievo")
        assert run("new", "x.exr", "--z", depth, *options).exit_code == 0
        assert [media.view for media in Scene.load("x.rilievo").media] == ["right", expected]


@pytest.mark.parametrize("name", ["film.mov", "film.mkv"])
def test_a_track_of_a_film_is_its_depth(run: Run, tmp_path: Path, name: str) -> None:
    write_tracks(tmp_path / name, (disc(0.2, 0.3), disc(0.4, 0.8)), titles=("picture", "Z depth"))
    for z in ([], ["--z", name]):
        result = run("new", name, *z, "--z-track", "2", "--force", "-o", "x.rilievo")
        assert result.exit_code == 0, result.output
        scene = Scene.load("x.rilievo")
        assert [media.track for media in scene.media] == [None, 2]
        assert (scene.media[1].first, scene.media[1].last) == (0, 1)
        assert np.allclose(values_of(scene, 1) / 65535, disc(0.2, 0.3), atol=1e-4)
        assert np.allclose(values_of(scene, 2) / 65535, disc(0.4, 0.8), atol=1e-4)
    # Any frame of either, in any order.
    source = open_media(scene.media[1])
    for frame in (1, 0, 1):
        codes = source.frame(frame).planes[0][..., 0].astype(np.float32)
        assert np.allclose(codes / 65535, disc(0.4, 0.8), atol=1e-4)
    source.close()
    result = run("new", name, "--force", "-o", "x.rilievo")
    assert f"{name} has 2 video tracks" in result.stdout
    # Without a word on which one, it is asked for.
    result = run("new", name, "--z", name, "-o", "y.rilievo")
    assert result.exit_code == 1
    said = complaint(result.stderr)
    assert "1 (32 x 18" in said and "2 (32 x 18, Z depth)" in said and "--z-track 2" in said
    result = run("new", name, "--track", "3", "-o", "y.rilievo")
    assert result.exit_code == 1 and "no video track 3: it has 1 to 2" in complaint(result.stderr)


def test_a_film_of_one_track_and_its_own_depth(run: Run, tmp_path: Path) -> None:
    write_tracks(tmp_path / "film.mov", (disc(0.2, 0.3),))
    result = run("new", "film.mov", "--z", "film.mov", "-o", "x.rilievo")
    assert result.exit_code == 1 and "only one video track" in complaint(result.stderr)
    # Who says so, means it.
    result = run("new", "film.mov", "--z-track", "1", "-o", "x.rilievo")
    assert result.exit_code == 0 and "the picture itself" in result.stdout
    assert Scene.load("x.rilievo").media[1].track == 1


def test_options_that_do_not_fit_the_file(run: Run, picture: Path) -> None:
    for option, word in (("--track", "1"), ("--view", "left"), ("--layer", "depth")):
        result = run("new", picture, option, word, "-o", "x.rilievo")
        assert result.exit_code == 1
        assert picture.name in complaint(result.stderr)
    result = run("new", picture, "--z-layer", "Z", "--analysis", "face", "-o", "x.rilievo")
    assert result.exit_code == 2


def test_the_view_of_the_depth_alone(run: Run, tmp_path: Path) -> None:
    """A mono picture with a stereo depth: the view is that of the depth, and said."""
    write_channels(tmp_path / "q.exr", grey(0.4))
    planes = {"Z": disc(1.1, 1.9), "right.Z": disc(2.1, 2.9)}
    write_channels(tmp_path / "z.exr", planes, {"multiView": ["left", "right"]})
    for view, near in (("left", 1.1), ("right", 2.1)):
        more = ["--view", view] if view == "right" else []
        options = ("--range", "absolute", *more, "--force", "-o", "x.rilievo")
        result = run("new", "q.exr", "--z", "z.exr", *options)
        assert result.exit_code == 0, result.output
        assert ("z.exr has the views left, right: left is taken" in result.stdout) == (not more)
        scene = Scene.load("x.rilievo")
        assert [media.view for media in scene.media] == [None, view]
        assert values_of(scene, 2).min() == np.float32(near)


def test_a_still_has_no_fields(run: Run, tmp_path: Path) -> None:
    write_channels(tmp_path / "q.exr", grey(0.4))
    result = run("new", "q.exr", "--deinterlace", "-o", "x.rilievo")
    assert result.exit_code == 1
    assert "no film" in complaint(result.stderr)
    assert not (tmp_path / "x.rilievo").exists()
