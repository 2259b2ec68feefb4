"""Takes: recorded live, rendered again frame for frame."""

from __future__ import annotations

import shutil
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import OpenEXR
import pytest

from engine.errors import OutputError, SceneError
from engine.gpu import Gpu
from engine.media import DepthMap, FaceAndDepth, FaceMesh, FaceResult, live_input
from engine.output import FilesSink, Recorder, Sink
from engine.scene import AnalysisType, Light, Scene, ZDepthMap
from models import LiveResult
from passes import Renderer
from tests.support import small_networks
from tests.support.commands import Run
from ui.drawn import DrawnFrame, save_frame
from ui.retake import Take, TakeRenderer
from ui.session import Session
from ui.take import TakeWriter, folder_of, packed, unpacked

PASSES = ("beauty", "z")


@dataclass
class Recorded:
    """frames: by number, the passes as they were drawn."""

    frames: dict[int, dict[str, npt.NDArray[np.float32]]]
    written: int


def record(
    session: Session,
    gpu: Gpu,
    path: Path,
    count: int,
    *,
    extra: Sequence[Sink[DrawnFrame]] = (),
    **changes: object,
) -> Recorded:
    """Draw and record `count` live pictures; the light is moved and the camera turned meanwhile.
    changes: values of the map."""
    scene = session.new_scene(session.source.wait(15.0))
    (z_map,) = [node for node in scene.nodes if isinstance(node, ZDepthMap)]
    scene = scene.with_values(z_map.id, **changes)
    (light,) = [node for node in scene.nodes if isinstance(node, Light)]
    numbers: dict[int, dict[str, npt.NDArray[np.float32]]] = {}
    size = scene.size
    recorder: Recorder[DrawnFrame] = Recorder(
        [session.take_writer(path, size, 30.0), *extra], 30.0, depth=64
    )
    with Renderer(
        scene, session, samples=1, passes=PASSES, gpu=gpu, sources=session.sources
    ) as renderer:
        end = time.monotonic() + 40
        while len(numbers) < count and time.monotonic() < end:
            if not session.begin_frame():
                time.sleep(0.002)
                continue
            if not session.results and session.statistics.analysis.faces == 0:
                renderer.render(scene.first)  # asks for the first result
                session.end_frame()
                continue
            if len(numbers) == count // 2:
                scene = scene.with_values(light.id, intensity=2.0)
                renderer.show(scene)
            evaluated = scene.evaluate(scene.first)
            world = evaluated.camera.world.copy()
            world[0, 3] += 0.01 * len(numbers)
            camera = replace(evaluated.camera, world=world)
            evaluated = replace(evaluated, camera=camera)
            encoder = gpu.device.create_command_encoder()
            rendered = renderer.read_back(renderer.encode(evaluated, encoder), encoder)
            renderer.submit(encoder)
            session.end_frame()
            rendered.wait()
            number = recorder.offer(
                session.drawn(rendered, scene, evaluated).time,
                session.drawn(rendered, scene, evaluated),
            )
            if number is not None:
                numbers[number] = {name: rendered.array(name).copy() for name in PASSES}
    status = recorder.stop()
    assert not status.problem
    return Recorded(numbers, status.written)


@pytest.mark.parametrize("kind", ["stream", "file"])
def test_a_take_renders_again_as_it_was_recorded(
    tmp_path: Path, gpu: Gpu, talking_head: Path, kind: str
) -> None:
    """From a stream the source is kept without loss; from a file the file's own frames are used."""
    # A clip through FFmpeg's filters comes as a live source does: nobody can ask for it again.
    endless = f"lavfi:movie=filename={talking_head}:loop=0,setpts=N/(30*TB)"
    text = endless if kind == "stream" else ""
    path = tmp_path / "take.rilievo"
    files = FilesSink(str(tmp_path / "live.####.exr"), save_frame)
    with Session(live_input(text or str(talking_head), loop=True), provider="cpu") as session:
        recorded = record(session, gpu, path, 6, extra=[files])
    assert recorded.written == len(recorded.frames) == 6

    folder = folder_of(path)
    assert (folder / "source.mkv").exists() == (kind == "stream")
    assert Scene.load(path).frames()[0] == 1001  # a document like any other
    take = Take.at(path)
    assert take is not None and take.frames == list(recorded.frames)
    first = take.result(0)
    assert isinstance(first, FaceResult)
    assert all(face.bust is not None and face.scale for face in first.faces)
    assert len({row.state for row in take.rows.values()}) == 2
    worst = 0.0
    with TakeRenderer(take, passes=PASSES, samples=1, gpu=gpu) as again:
        for number, was in recorded.frames.items():
            rendered = again.render(number)
            assert rendered.frame == number
            z, beauty = rendered.array("z"), rendered.array("beauty")
            worst = max(worst, float(np.abs(z - was["z"]).max()))
            # An edge of the mesh may fall to the other side of a pixel by the rounding of points.
            far = np.abs(beauty - was["beauty"]).max(axis=2) > 0.01
            assert far.mean() < 0.002
    assert worst < 0.02
    # The depth is a relief at all: otherwise the comparison would mean little.
    assert max(np.ptp(was["z"]) for was in recorded.frames.values()) > 0.02

    numbers = sorted(int(file.name.split(".")[1]) for file in tmp_path.glob("live.*.exr"))
    assert numbers == take.frames
    header = OpenEXR.File(str(tmp_path / f"live.{numbers[0]}.exr")).parts[0].header
    assert header["captureTime"].endswith("Z") and header["captureTime"].startswith("20")
    assert header["imageCounter"] == numbers[0]
    assert "sourceFrame" in header


def test_a_take_of_faces_in_the_depth_of_the_whole_picture(
    tmp_path: Path, gpu: Gpu, talking_head: Path
) -> None:
    network = small_networks.write(tmp_path / "red.onnx", small_networks.depth_network())
    (tmp_path / "red.json").write_text('{"input": {"short_side": 36, "multiple": 4}}')
    path = tmp_path / "take.rilievo"
    with Session(live_input(str(talking_head), loop=True), provider="cpu") as session:
        recorded = record(
            session, gpu, path, 3,
            analysis=AnalysisType.FACE_GLOBAL, network=str(network), near=0.8, far=2.2,
        )  # fmt: skip
    take = Take.at(path)
    assert take is not None and take.frames == list(recorded.frames)
    kinds = {type(take.result(n)) for row in take.rows.values() for n in row.frame.results.values()}
    assert kinds == {FaceAndDepth}
    with TakeRenderer(take, passes=PASSES, samples=1, gpu=gpu) as again:
        for number, was in recorded.frames.items():
            # By its last digit a pixel on an outline may go with what is on its other side.
            far = np.abs(again.render(number).array("z") - was["z"]) > 0.005
            assert far.mean() < 0.01
            assert np.ptp(was["z"]) > 0.3


def drawn(scene: Scene, results: dict[str, LiveResult], at: float) -> DrawnFrame:
    nothing: Any = None
    return DrawnFrame(nothing, at, scene, scene.evaluate(scene.first), None, results)


def test_depth_comes_back_from_a_take(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    values = rng.normal(0.5, 0.3, (7, 9)).astype(np.float32)
    values[2, 3] = np.nan
    sure = DepthMap(values, rng.random((7, 9)).astype(np.float32), "depth by red")
    plain, wide = DepthMap(values[:, :5]), DepthMap(np.full((2, 2), 3.0, np.float32))
    points = rng.normal(0, 50, (5, 3)).astype(np.float32)
    triangles = np.array([[0, 1, 2], [2, 3, 4]], np.int32)
    face = FaceResult((64, 48), (FaceMesh(points, triangles, np.arange(5, dtype=np.int32), 0.9),))
    path = tmp_path / "take.rilievo"
    writer = TakeWriter(path, 25.0, (64, 48))
    scene = Scene()
    shown = [sure, sure, plain, face, FaceAndDepth(face, wide)]
    kept = {id(result): LiveResult(result, 1, 0.5, 9.0, 0.7, 0) for result in shown}
    for number, result in enumerate(shown, 1):
        writer.write(number, drawn(scene, {"Z-Depth 1": kept[id(result)]}, number / 25))
    writer.close()
    take = Take(path)
    numbers = [take.rows[n].frame.results["Z-Depth 1"] for n in take.frames]
    assert numbers == [0, 0, 1, 2, 3]  # the same result is kept once
    for number, was in zip(numbers, shown, strict=True):
        got = take.result(number)
        assert type(got) is type(was)
        a = got.depth if isinstance(got, FaceAndDepth) else got
        b = was.depth if isinstance(was, FaceAndDepth) else was
        if isinstance(a, DepthMap) and isinstance(b, DepthMap):
            np.testing.assert_allclose(a.values, b.values, atol=2e-5)
            assert a.message == b.message and (a.confidence is None) == (b.confidence is None)
            if a.confidence is not None:
                assert b.confidence is not None
                np.testing.assert_allclose(a.confidence, b.confidence, atol=0.002)
        faces = got.face if isinstance(got, FaceAndDepth) else got
        if isinstance(faces, FaceResult):
            np.testing.assert_allclose(faces.faces[0].points, points, atol=0.01)
    take.close()
    results = folder_of(path) / "results.bin"
    results.write_bytes(results.read_bytes()[:40])
    damaged = Take(path)
    with pytest.raises(SceneError, match=r"results\.bin is damaged"):
        damaged.result(numbers[-1])
    damaged.close()


def test_a_take_is_good_up_to_where_it_was_cut(
    tmp_path: Path, gpu: Gpu, talking_head: Path
) -> None:
    path = tmp_path / "take.rilievo"
    with Session(live_input(str(talking_head), loop=True), provider="cpu") as session:
        recorded = record(session, gpu, path, 4)
    log = folder_of(path) / "log.jsonl"
    text = log.read_bytes()
    log.write_bytes(text[:-20])  # killed in the middle of the last line
    take = Take.at(path)
    assert take is not None
    assert take.frames == list(recorded.frames)[:-1]
    with pytest.raises(SceneError, match="frame 9 was not recorded; it has 1001"):
        take.row(9)
    take.close()
    log.write_bytes(text[:40] + b"\n" + text[40:])
    with pytest.raises(SceneError, match="line 1: "):
        Take.at(path)
    shutil.rmtree(folder_of(path))
    assert Take.at(path) is None


def test_the_command_renders_a_take_at_any_size(
    tmp_path: Path, gpu: Gpu, talking_head: Path, run: Run
) -> None:
    path = tmp_path / "take.rilievo"
    with Session(live_input(str(talking_head), loop=True), provider="cpu") as session:
        recorded = record(session, gpu, path, 3)
    pattern = str(tmp_path / "again.####.exr")
    result = run(
        "render", str(path), "-o", pattern, "--size", "352x288", "--samples", "4",
        "--passes", "beauty,z",
    )  # fmt: skip
    assert result.exit_code == 0, result.output
    files = sorted(tmp_path.glob("again.*.exr"))
    assert [int(file.name.split(".")[1]) for file in files] == list(recorded.frames)
    for file, was in zip(files, recorded.frames.values(), strict=True):
        parts = {part.header["name"]: part for part in OpenEXR.File(str(file)).parts}
        z = next(iter(parts["depth"].channels.values())).pixels
        assert z.shape == (288, 352)
        # Twice the size: the same relief, seen by the same camera.
        assert np.abs(z[::2, ::2] - was["z"]).mean() < 0.01
    result = run("render", str(path), "-o", pattern, "-f", "5")
    assert result.exit_code == 1
    assert "frame 5 was not recorded" in result.output
    result = run("render", str(path), "-o", pattern, "--missing", "hold")
    assert result.exit_code == 1
    assert "leave out --missing" in result.output


def test_a_take_does_not_overwrite_another(tmp_path: Path) -> None:
    (tmp_path / "take.rilievo").write_text("{}")
    with Session(live_input("lavfi:testsrc2=size=32x32:rate=10")) as session:
        with pytest.raises(OutputError, match="is there already"):
            session.take_writer(tmp_path / "take.rilievo", (32, 32), 30.0)
        with pytest.raises(OutputError, match=r"should end in \.rilievo"):
            session.take_writer(tmp_path / "take.mkv", (32, 32), 30.0)


def test_points_are_packed_far_finer_than_a_network_sees() -> None:
    points = np.random.default_rng(0).normal(0, 300, (500, 3)).astype(np.float32)
    points[:, 2] = 7.0
    back = unpacked(packed(points)[0], 500, *packed(points)[1:])
    span = np.ptp(points, axis=0)
    assert np.all(np.abs(back - points).max(0) <= span / 131000 + 1e-3)
    np.testing.assert_array_equal(back[:, 2], 7.0)
