"""What the renderer asks: results by map and frame, from documents and files as they are."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
import OpenImageIO
import pytest
from skimage import data

from engine.errors import AnalysisError, MediaError
from engine.media import (
    AnalysisResult,
    Encoding,
    FaceMesh,
    FaceResult,
    Picture,
    Source,
    SourceInfo,
    open_source,
    srgb_to_linear,
)
from engine.scene import AnalysisType, EvaluatedZMap, Scene, new_media, new_scene
from models import Analyses, shipped
from models.cache import ResultCache
from models.face import FaceAnalysis

Array = npt.NDArray[np.generic]


def document(path: Path, pixel_aspect: float = 1.0) -> Scene:
    """A face document for a media that can be opened."""
    source = open_source(path)
    info = source.info
    source.close()
    media = new_media(
        path,
        info.size,
        kind=info.kind,
        first=info.first,
        last=info.last,
        fps=info.fps,
        pixel_aspect=pixel_aspect,
    )
    return new_scene(media, analysis=AnalysisType.FACE)


def map_of(scene: Scene, frame: int) -> EvaluatedZMap:
    found = scene.evaluate(frame).surfaces[0].z_map
    assert found is not None
    return found


def ask(analyses: Analyses, frame: int) -> FaceResult:
    result = analyses.result(map_of(analyses.scene, frame), frame)
    assert isinstance(result, FaceResult)
    return result


def write(path: Path, pixels: Array) -> Path:
    height, width, channels = pixels.shape
    output = OpenImageIO.ImageOutput.create(str(path))
    assert output is not None
    kinds = {
        "uint8": OpenImageIO.UINT8,
        "uint16": OpenImageIO.UINT16,
        "float32": OpenImageIO.FLOAT,
    }
    spec = OpenImageIO.ImageSpec(width, height, channels, kinds[pixels.dtype.name])
    spec["oiio:UnassociatedAlpha"] = 1
    assert output.open(str(path), spec), output.geterror()
    assert output.write_image(np.ascontiguousarray(pixels)), output.geterror()
    output.close()
    return path


@pytest.fixture(scope="module")
def mesh(portrait: npt.NDArray[np.uint8], tmp_path_factory: pytest.TempPathFactory) -> FaceMesh:
    """From an 8-bit PNG: the one that other files of the picture are compared with."""
    path = write(tmp_path_factory.mktemp("plain") / "portrait.png", portrait)
    (face,) = ask(Analyses(document(path), "cpu"), 1001).faces
    return face


def with_alpha(rgb: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """Solid around the head, falling off to clear at the border."""
    y, x = np.mgrid[-1:1:512j, -1:1:512j]
    alpha = np.clip(2.5 - 2.5 * np.hypot(x, y + 0.3) / 1.2, 0, 1)
    return np.dstack([rgb, np.round(alpha * 255).astype(np.uint8)])


FILES: dict[str, tuple[str, Callable[[npt.NDArray[np.uint8]], Array]]] = {
    "grey": ("grey.png", lambda p: p.mean(2, keepdims=True).round().astype(np.uint8)),
    "grey 16 bits": ("deep.tif", lambda p: (p.mean(2, keepdims=True) * 257).astype(np.uint16)),
    "16 bits": ("deep.png", lambda p: p.astype(np.uint16) * 257),
    "alpha": ("cut.png", with_alpha),
    "JPEG": ("photo.jpg", lambda p: p),
    "scene-linear": (
        "linear.exr",
        lambda p: srgb_to_linear(p.astype(np.float32) / 255).astype(np.float32),
    ),
}


@pytest.mark.parametrize("name", FILES)
def test_any_kind_of_file_shows_the_networks_the_same_face(
    name: str, portrait: npt.NDArray[np.uint8], mesh: FaceMesh, tmp_path: Path
) -> None:
    file, made = FILES[name]
    path = write(tmp_path / file, made(portrait))
    (face,) = ask(Analyses(document(path), "cpu"), 1001).faces
    apart = np.linalg.norm(face.points - mesh.points, axis=1) / np.ptp(mesh.points[:, 0])
    assert np.sqrt((apart**2).mean()) < 0.02
    assert face.score > 0.85


def test_video_is_analysed_at_the_frame_of_the_map(talking_head: Path) -> None:
    analyses = Analyses(document(talking_head), "cpu")
    first, last = analyses.scene.first, analyses.scene.last
    early, late = ask(analyses, first), ask(analyses, last)
    assert early.size == (176, 144)
    assert len(early.faces) == len(late.faces) == 1
    moved = late.faces[0].points[:, :2].mean(0) - early.faces[0].points[:, :2].mean(0)
    assert np.linalg.norm(moved) > 5
    analyses.close()
    again = ask(Analyses(analyses.scene, "cpu"), last)
    assert np.array_equal(again.faces[0].points, late.faces[0].points)


def test_squeezed_media_is_seen_at_its_true_width(
    portrait: npt.NDArray[np.uint8], mesh: FaceMesh, tmp_path: Path
) -> None:
    squeezed = np.asarray(cv2.resize(portrait, (256, 512), interpolation=cv2.INTER_AREA), np.uint8)
    path = write(tmp_path / "squeezed.png", squeezed)
    (face,) = ask(Analyses(document(path, pixel_aspect=2.0), "cpu"), 1001).faces
    apart = np.linalg.norm(face.points * (2, 1, 1) - mesh.points, axis=1)
    assert np.sqrt((apart**2).mean()) / np.ptp(mesh.points[:, 0]) < 0.012


def test_no_face_is_said_with_the_name_of_the_media(tmp_path: Path) -> None:
    analyses = Analyses(document(write(tmp_path / "coffee.png", data.coffee())), "cpu")
    assert analyses.messages == ()
    assert ask(analyses, 1001).faces == ()
    assert analyses.messages == ("coffee.png, frame 1001: no face found: the surface stays flat",)


def test_a_map_from_media_has_no_result_and_a_network_has_to_be_there(tmp_path: Path) -> None:
    scene = document(write(tmp_path / "grey.png", np.full((8, 8, 3), 99, np.uint8)))
    analyses = Analyses(scene, "cpu")
    assert analyses.result(replace(map_of(scene, 1001), analysis=AnalysisType.MEDIA), 1001) is None
    unknown = replace(map_of(scene, 1001), analysis=AnalysisType.GLOBAL, network="abacus")
    with pytest.raises(AnalysisError, match="no network 'abacus'"):
        analyses.result(unknown, 1001)


def test_faces_that_are_kept_need_no_network_and_no_picture(
    portrait: npt.NDArray[np.uint8], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(tmp_path / "portrait.png", portrait)
    scene, kept = document(path), ResultCache(tmp_path / "cache")
    (face,) = ask(Analyses(scene, "cpu", cache=kept), 1001).faces

    def fail(*_: object) -> FaceResult:
        raise AssertionError("a network ran for a picture that was analysed before")

    with monkeypatch.context() as patch:
        patch.setattr(FaceAnalysis, "analyse", fail)
        again = Analyses(scene, "cpu", lend(Unread()), cache=kept)
        (same,) = ask(again, 1001).faces
        np.testing.assert_array_equal(same.points, face.points)
        np.testing.assert_array_equal(same.triangles, face.triangles)
        assert (same.score, again.messages[-1]) == (
            face.score, f"portrait.png, frame 1001: 1 face found, best score {face.score:.2f}"
        )  # fmt: skip
        with pytest.raises(AnalysisError, match="'abacus' is not available"):
            ask(Analyses(scene, "abacus", cache=kept), 1001)
    for damaged in (tmp_path / "cache").rglob("*.result"):
        damaged.write_bytes(damaged.read_bytes()[:-7])
    (anew,) = ask(Analyses(scene, "cpu", cache=kept), 1001).faces
    np.testing.assert_array_equal(anew.points, face.points)
    write(path, np.ascontiguousarray(portrait[:, ::-1]))
    (mirrored,) = ask(Analyses(scene, "cpu", cache=kept), 1001).faces
    assert abs(mirrored.points[:, 0].mean() - face.points[:, 0].mean()) > 50


class Unread(Source):
    """Fails when a picture is wanted of it."""

    @property
    def info(self) -> SourceInfo:
        raise AssertionError("its picture is not needed")

    def frame(self, t: int) -> Picture:
        raise AssertionError("its picture is not needed")

    def close(self) -> None: ...


def test_a_media_that_has_gone_is_named(tmp_path: Path) -> None:
    path = write(tmp_path / "gone.png", np.full((8, 8, 3), 99, np.uint8))
    scene = document(path)
    path.unlink()
    with pytest.raises(MediaError, match=r"gone\.png"):
        ask(Analyses(scene, "cpu"), 1001)


def test_an_unknown_provider_is_an_error_at_the_first_result(tmp_path: Path) -> None:
    scene = document(write(tmp_path / "grey.png", np.full((8, 8, 3), 99, np.uint8)))
    analyses = Analyses(scene, "abacus")
    with pytest.raises(AnalysisError, match="'abacus' is not available"):
        ask(analyses, 1001)


class Counting:
    """A source that counts what it is asked, and fails when two threads ask at once."""

    def __init__(self, pixels: npt.NDArray[np.uint8]) -> None:
        height, width = pixels.shape[:2]
        self.info = SourceInfo("clip", "clip.mov", (width, height), 1, 100, 25.0, "video")
        self.pixels = pixels
        self.asked: list[int] = []
        self._lock = threading.Lock()

    def frame(self, t: int) -> Picture:
        assert self._lock.acquire(blocking=False), "two threads read one source"
        try:
            self.asked.append(t)
            return Picture((np.roll(self.pixels, t, axis=1),), Encoding(), t)
        finally:
            self._lock.release()

    def close(self) -> None:
        raise AssertionError("a source that was lent is not closed")


def clip(pixels: npt.NDArray[np.uint8]) -> tuple[Scene, Counting]:
    media = new_media("/nowhere/clip.mov", (256, 256), kind="video", first=1, last=100, fps=25.0)
    return new_scene(media, analysis=AnalysisType.FACE), Counting(pixels)


def lend(source: Source) -> Callable[[int], Source]:
    def sources(index: int) -> Source:
        assert index == 0
        return source

    return sources


def test_a_frame_is_analysed_once_and_the_cache_is_bounded(
    portrait: npt.NDArray[np.uint8],
) -> None:
    scene, source = clip(portrait[:256, 96:352])
    analyses = Analyses(scene, "cpu", lend(source), cached=2)
    first = ask(analyses, 1)
    assert ask(analyses, 1) is first
    ask(analyses, 2)
    ask(analyses, 1)
    assert source.asked == [1, 2]
    ask(analyses, 3)  # 2 was used longest ago and goes
    assert ask(analyses, 1) is first
    ask(analyses, 2)
    assert source.asked == [1, 2, 3, 2]
    analyses.close()


def test_an_edited_document_keeps_the_results_of_its_media(
    portrait: npt.NDArray[np.uint8],
) -> None:
    scene, source = clip(portrait[:256, 96:352])
    analyses = Analyses(scene, "cpu", lend(source))
    first = ask(analyses, 5)
    analyses.scene = scene.with_settings(name="another")
    assert ask(analyses, 5) is first
    moved = replace_media(scene, "/nowhere/other.mov")
    analyses.scene = moved
    assert ask(analyses, 5) is not first
    assert source.asked == [5, 5]
    assert all("other.mov" in message for message in analyses.messages)


def replace_media(scene: Scene, path: str) -> Scene:
    media = new_media(path, (256, 256), kind="video", first=1, last=100, fps=25.0)
    return scene.replace_media(1, media)


def test_many_threads(portrait: npt.NDArray[np.uint8]) -> None:
    scene, source = clip(portrait[:256, 96:352])
    analyses = Analyses(scene, "cpu", lend(source))
    frames = [1, 2, 3, 1, 2, 3, 1, 2]
    with ThreadPoolExecutor(8) as pool:
        results: list[AnalysisResult] = list(pool.map(lambda t: ask(analyses, t), frames))
    assert sorted(source.asked) == [1, 2, 3]
    assert all(result is results[frame - 1] for frame, result in zip(frames, results, strict=True))


def test_networks_are_loaded_at_first_use_and_once(
    portrait: npt.NDArray[np.uint8], monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[str] = []
    original = shipped.read

    def counted(name: str, folder: Path | None = None) -> bytes:
        read.append(name)
        return original(name, folder)

    monkeypatch.setattr(shipped, "read", counted)
    scene, source = clip(portrait[:256, 96:352])
    analyses = Analyses(scene, "cpu", lend(source))
    assert read == []
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda t: ask(analyses, t), [1, 2, 3, 4]))
    assert sorted(read) == sorted(set(shipped.SHA256) - {shipped.DEPTH_SMALL})
