"""3D AOVs in `rilievo render`: parts of the file by their own names."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
import OpenEXR
import pytest

from engine.scene import (
    Aov,
    AovDepth,
    AovMotion,
    AovType,
    MotionVectorsMap,
    PositionMap,
    Scene,
    Surface,
    curve,
)
from tests.support.commands import Run, complaint
from tests.support.shots import media_of

Array = npt.NDArray[np.float32]
SURFACE = "Surface 1"


@pytest.fixture
def document(run: Run, tmp_path: Path) -> Path:
    """A flat picture that comes nearer, with maps of motion and position, and AOVs of all sorts."""
    cv2.imwrite("grey.png", np.full((48, 64, 3), 128, np.uint8))
    assert run("new", "grey.png", "-o", "shot.rilievo").exit_code == 0
    scene = Scene.load("shot.rilievo")
    vectors = np.zeros((48, 64, 3), np.float32)
    vectors[..., 0], vectors[..., 1] = 3.0, -1.5
    places = np.arange(48 * 64 * 3, dtype=np.float32).reshape(48, 64, 3)
    scene = scene.with_media(
        media_of(tmp_path / "v.exr", vectors), media_of(tmp_path / "p.exr", places)
    )
    scene = scene.with_values(SURFACE, translate=(0.0, 0.0, curve([(1001, 0.0), (1002, 0.1)])))
    scene = scene.with_node(
        MotionVectorsMap(id="Motion", parent=SURFACE, media=2),
        PositionMap(id="Places", parent=SURFACE, media=3),
        Aov(id="Depth for comp", depth=AovDepth.NORMALIZED),
        Aov(id="mv.fwd", kind=AovType.MOTION_VECTORS, parent=SURFACE),
        Aov(id="Back", kind=AovType.MOTION_VECTORS, motion=AovMotion.BACKWARD),
        Aov(id="Where", kind=AovType.POSITION),
        Aov(id="Cover", kind=AovType.MATTE),
    )
    scene.save("shot.rilievo")
    return Path("shot.rilievo")


def parts(path: str) -> dict[str, dict[str, Array]]:
    """Part → channel → pixels."""
    with OpenEXR.File(path, separate_channels=True) as file:
        return {
            part.name(): {name: channel.pixels for name, channel in part.channels.items()}
            for part in file.parts
        }


def test_aovs_are_written_with_the_beauty_by_their_own_names(run: Run, document: Path) -> None:
    result = run("render", document, "-f", "1001", "-o", "a.exr", "--samples", "1")
    assert result.exit_code == 0, result.stderr
    found = parts("a.exr")
    assert {name: sorted(channels) for name, channels in found.items()} == {
        "beauty": ["A", "B", "G", "R"],
        "Depth for comp": ["Depth_for_comp.Z"],
        "mv.fwd": ["mv_fwd.u", "mv_fwd.v"],
        "Back": ["Back.u", "Back.v"],
        "Where": ["Where.X", "Where.Y", "Where.Z"],
        "Cover": ["Cover.A"],
    }
    # The camera frames the surface exactly: near half of its distance, far twice that.
    np.testing.assert_allclose(found["Depth for comp"]["Depth_for_comp.Z"], 1 / 3, atol=1e-3)
    places = np.arange(48 * 64 * 3, dtype=np.float32).reshape(48, 64, 3)
    for number, axis in enumerate("XYZ"):
        np.testing.assert_array_equal(found["Where"][f"Where.{axis}"], places[..., number])
    np.testing.assert_array_equal(found["Cover"]["Cover.A"], 1)
    # What was d away is d - 0.1 away in the next frame, and the picture moves by (3, -1.5).
    distance = 0.5 / np.tan(np.radians(20))
    grow = distance / (distance - 0.1)
    x, y = np.meshgrid(np.arange(64) - 31.5, 23.5 - np.arange(48))
    np.testing.assert_allclose(found["mv.fwd"]["mv_fwd.u"], (x + 3) * grow - x, atol=2e-3)
    np.testing.assert_allclose(found["mv.fwd"]["mv_fwd.v"], (y - 1.5) * grow - y, atol=2e-3)
    np.testing.assert_allclose(found["Back"]["Back.u"], 0, atol=1e-4)  # before the first key


@pytest.mark.slow
def test_aovs_are_chosen_like_passes(run: Run, document: Path) -> None:
    result = run("render", document, "-f", "1001", "-o", "a.exr", "--passes", "z,Where,mv.fwd")
    assert result.exit_code == 0, result.stderr
    assert list(parts("a.exr")) == ["depth", "mv.fwd", "Where"]
    result = run(
        "render", document, "-f", "1001", "-o", "b.exr", "--passes", "all", "--samples", "1"
    )
    assert result.exit_code == 0, result.stderr
    assert {"depth", "forward", "P", "Where", "Cover"} <= set(parts("b.exr"))
    result = run("render", document, "-f", "1001", "-o", "c.exr", "--passes", "z,Wher")
    assert result.exit_code == 2
    said = " ".join(result.stderr.replace("│", " ").split())
    assert "'Wher' is no pass and no 3D AOV" in said and "mv.fwd, Back, Where, Cover." in said


def test_an_aov_called_like_another_part_is_said(run: Run, document: Path) -> None:
    scene = Scene.load(document).with_node(Aov(id="depth"))
    scene.save(document)
    result = run("render", document, "-f", "1001", "-o", "a.exr", "--passes", "z,depth")
    assert result.exit_code == 1
    assert "the 3D AOV 'depth' has the name of a part that 'z' is" in complaint(result.stderr)
    assert not Path("a.exr").exists()
    result = run("render", document, "-f", "1001", "-o", "a.exr", "--passes", "depth")
    assert result.exit_code == 0, result.stderr


def test_documents_from_before_are_opened(run: Run, document: Path) -> None:
    text = Path(document).read_text(encoding="utf-8")
    assert '"aov"' in text and Scene.load(document).node("Back").parent is None
    assert run("new", "grey.png", "-o", "old.rilievo").exit_code == 0
    assert isinstance(Scene.load("old.rilievo").nodes[0], Surface)
    result = run("render", "old.rilievo", "-f", "1001", "-o", "a.exr", "--samples", "1")
    assert result.exit_code == 0, result.stderr
    assert list(parts("a.exr")) == ["beauty"]
