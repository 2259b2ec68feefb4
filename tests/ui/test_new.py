"""`rilievo new`: documents that are right at once, and files that cannot be meant."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import OpenEXR
import pytest
from PIL import Image

from engine.scene import AnalysisType, DepthRange, Scene, Surface, ZDepthMap
from tests.support.commands import Run, complaint


def _map(scene: Scene) -> ZDepthMap:
    (found,) = [node for node in scene.nodes if isinstance(node, ZDepthMap)]
    return found


def test_new_with_a_depth_map(run: Run, picture: Path, depth: Path) -> None:
    result = run("new", picture, "--z", depth, "--range", "inverse", "-o", "shot.rilievo")
    assert result.exit_code == 0
    assert "shot.rilievo" in result.stdout
    scene = Scene.load("shot.rilievo")
    assert scene.size == (64, 48)
    assert [Path(media.path) for media in scene.media] == [picture, depth]
    z_map = _map(scene)
    assert z_map.depth_range is DepthRange.INVERSE
    assert z_map.displace
    assert not z_map.three_d


def test_new_takes_the_depth_of_a_render_for_depth(run: Run, picture: Path, tmp_path: Path) -> None:
    """Beauty and depth in one file, as renderers write them."""
    planes = {name: np.zeros((48, 64), np.float16) for name in "RGBA"}
    depth = {"depth.Z": np.full((48, 64), 1.2, np.float32)}
    parts = [
        OpenEXR.Part({"type": OpenEXR.scanlineimage}, channels, name)
        for name, channels in (("beauty", planes), ("depth", depth))
    ]
    OpenEXR.File(parts).write(str(tmp_path / "render.exr"))
    result = run("new", picture, "--z", "render.exr", "--range", "absolute", "-o", "shot.rilievo")
    assert result.exit_code == 0, result.output
    colour, z = Scene.load("shot.rilievo").media
    assert (colour.layer, z.layer) == (None, "depth.Z")
    assert run("new", "render.exr", "-o", "other.rilievo").exit_code == 0
    assert Scene.load("other.rilievo").media[0].layer is None


def test_new_with_a_face(run: Run, astronaut: Path) -> None:
    result = run("new", astronaut, "--analysis", "face", "--3d", "-o", "shot.rilievo")
    assert result.exit_code == 0
    z_map = _map(Scene.load("shot.rilievo"))
    assert z_map.analysis is AnalysisType.FACE
    assert z_map.three_d
    assert "no face" not in result.output


@pytest.mark.parametrize(
    ("analysis", "said"),
    [
        ("face", "no face was found in photo.png, so the surface stays flat: --analysis global"),
        ("face_global", "no face was found in photo.png: the depth of the whole picture stands"),
        ("global", None),
    ],
)
def test_a_picture_without_a_face_is_told(
    run: Run, tmp_path: Path, analysis: str, said: str | None
) -> None:
    rng = np.random.default_rng(3)
    Image.fromarray(rng.integers(0, 255, (90, 120, 3), np.uint8)).save(tmp_path / "photo.png")
    result = run("new", tmp_path / "photo.png", "--analysis", analysis, "-o", "shot.rilievo")
    assert result.exit_code == 0
    assert (said in result.output) if said else ("no face" not in result.output)
    assert _map(Scene.load("shot.rilievo")).analysis is AnalysisType(analysis)


def test_a_face_anywhere_in_a_clip_is_enough(run: Run, astronaut: Path, tmp_path: Path) -> None:
    face = Image.open(astronaut).convert("RGB").resize((256, 256))
    for frame in range(1, 6):
        shown = face if frame == 3 else Image.new("RGB", (256, 256), (90, 120, 60))
        shown.save(tmp_path / f"clip.{frame:04}.png")
    found = run("new", tmp_path / "clip.####.png", "--analysis", "face", "-o", "a.rilievo")
    assert found.exit_code == 0 and "no face" not in found.output
    (tmp_path / "clip.0003.png").write_bytes((tmp_path / "clip.0002.png").read_bytes())
    none = run("new", tmp_path / "clip.####.png", "--analysis", "face", "-o", "b.rilievo")
    assert "no face was found in 5 frames of clip.####.png" in none.output


def test_new_without_depth_is_a_flat_picture(run: Run, picture: Path) -> None:
    assert run("new", picture, "-o", "shot.rilievo").exit_code == 0
    scene = Scene.load("shot.rilievo")
    assert [type(node) for node in scene.nodes if isinstance(node, Surface | ZDepthMap)] == [
        Surface
    ]


def test_new_takes_range_and_rate_from_a_clip(run: Run, talking_head: Path) -> None:
    assert run("new", talking_head, "--analysis", "face", "-o", "shot.rilievo").exit_code == 0
    scene = Scene.load("shot.rilievo")
    assert len(scene.frames()) == 120
    assert scene.fps == pytest.approx(scene.media[0].fps)


def test_new_does_not_replace_a_document(
    run: Run,
    picture: Path,
) -> None:
    Path("shot.rilievo").write_text("mine")
    result = run("new", picture, "-o", "shot.rilievo")
    assert result.exit_code == 1
    assert "shot.rilievo" in complaint(result.stderr)
    assert Path("shot.rilievo").read_text() == "mine"
    assert run("new", picture, "-o", "shot.rilievo", "--force").exit_code == 0


def _missing(_: Path) -> None:
    pass


def _zero_bytes(path: Path) -> None:
    path.write_bytes(b"")


def _truncated(path: Path) -> None:
    astronaut = Path(__file__).parents[2] / "ui" / "demo" / "astronaut.png"
    path.write_bytes(astronaut.read_bytes()[:200_000])


def _wrong_type(path: Path) -> None:
    path.write_bytes(b"Dear diary, today I was an image.\n" * 40)


def _folder(path: Path) -> None:
    path.mkdir()


@pytest.mark.parametrize("spoil", [_missing, _zero_bytes, _truncated, _wrong_type, _folder])
@pytest.mark.parametrize("name", ["bad.png", "bad.exr", "bad.mp4", "bad.####.jpg"])
@pytest.mark.parametrize("role", ["media", "depth"])
def test_bad_media_gets_one_sentence_and_no_document(
    run: Run,
    picture: Path,
    spoil: Callable[[Path], None],
    name: str,
    role: str,
) -> None:
    spoil(picture.parent / name.replace("####", "1001"))
    arguments = [name] if role == "media" else [picture.name, "--z", name]
    result = run("new", *arguments, "-o", "shot.rilievo")
    assert result.exit_code == 1
    assert "bad." in complaint(result.stderr)
    assert not Path("shot.rilievo").exists()


def test_a_document_that_cannot_be_written(
    run: Run,
    picture: Path,
) -> None:
    Path("taken").write_text("a file where a folder is meant")
    result = run("new", picture, "-o", "taken/shot.rilievo")
    assert result.exit_code == 1
    assert "taken" in complaint(result.stderr)


@pytest.mark.parametrize("analysis", [[], ["--analysis", "face"]])
def test_a_range_without_a_depth_is_a_usage_error(
    run: Run, picture: Path, analysis: list[str]
) -> None:
    result = run("new", picture, *analysis, "--range", "inverse", "-o", "shot.rilievo")
    assert result.exit_code == 2
    assert "--z" in result.stderr
    assert not Path("shot.rilievo").exists()


@pytest.mark.parametrize("role", ["media", "depth"])
def test_the_media_is_not_overwritten(run: Run, picture: Path, depth: Path, role: str) -> None:
    """Not even with --force, by a name that ends as a document's does, or by another path."""
    target = picture if role == "media" else depth
    before = target.read_bytes()
    alias = target.with_name("alias.rilievo")
    alias.hardlink_to(target)
    arguments = ["new", picture, "--z", depth, "--force", "-o"]
    result = run(*arguments, target)
    assert result.exit_code == 2
    assert ".rilievo" in result.stderr
    result = run(*arguments, alias)
    assert result.exit_code == 1
    assert "alias.rilievo" in complaint(result.stderr)
    assert target.read_bytes() == before == alias.read_bytes()


@pytest.mark.parametrize("name", ["shot", "shot.json", "shot.rilievo.png"])
def test_a_document_is_named_as_one(run: Run, picture: Path, name: str) -> None:
    result = run("new", picture, "-o", name)
    assert result.exit_code == 2
    assert ".rilievo" in result.stderr
    assert not Path(name).exists()


def test_the_folder_of_a_document_is_made(run: Run, picture: Path) -> None:
    assert run("new", picture, "-o", "sub/deep/x.rilievo").exit_code == 0
    assert Path(Scene.load("sub/deep/x.rilievo").media[0].path) == picture
    assert run("new", "nowhere.png", "-o", "other/x.rilievo").exit_code == 1
    assert not Path("other").exists()


def test_distances_that_leave_the_camera_bring_their_own_near_and_far(
    run: Run, picture: Path, tmp_path: Path
) -> None:
    z = np.linspace(2.7, 12.0, 48 * 64, dtype=np.float32).reshape(48, 64)
    z[0, 0] = np.inf
    header = {"type": OpenEXR.scanlineimage}
    OpenEXR.File(header, {"Z": z}).write(str(tmp_path / "z.exr"))
    options = ("--z", "z.exr", "--range", "absolute", "-o")
    assert run("new", picture, *options, "a.rilievo").exit_code == 0
    z_map = _map(Scene.load("a.rilievo"))
    assert isinstance(z_map.near, float) and isinstance(z_map.far, float)
    assert z_map.near < 2.7 and 12.0 < z_map.far < 16.0
    z[z > 2.7] = 1.3
    OpenEXR.File(header, {"Z": np.minimum(z, 1.4)}).write(str(tmp_path / "z.exr"))
    assert run("new", picture, *options, "b.rilievo").exit_code == 0
    assert _map(Scene.load("b.rilievo")).far is None
