"""Smooth Steps: terraces of whole numbers are slopes again, and nothing moves by more than half a
step."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import numpy.typing as npt
import OpenEXR
import pytest
from PIL import Image
from scipy import ndimage

from engine.gpu import Gpu, UniformArena
from engine.graph import Read, RenderGraph
from engine.graph import Use as GraphUse
from engine.media import Encoding, Picture, Transfer, open_source
from engine.scene import (
    AnalysisType,
    EvaluatedZMap,
    Scene,
    ZDepthMap,
    map_defaults,
    new_media,
    new_scene,
)
from passes import Renderer
from passes.kernels import Toolbox
from passes.media_textures import MediaTexture, Use
from passes.resident import UploadPass
from passes.smooth_steps import SmoothStepsPass, levels_of
from tests.support.passes import FakePass
from tests.support.truth import FAR, FRAME, MAP, NEAR, render, write_png

Floats = npt.NDArray[np.float64]
SIZE = (320, 200)
HALF = 0.5 + 2e-3  # of a step, and what single precision leaves


def grid(width: int = SIZE[0], height: int = SIZE[1]) -> tuple[Floats, Floats]:
    """x and y of pixel centres, from the middle, in pixels."""
    y, x = np.mgrid[:height, :width].astype(np.float64)
    return x + 0.5 - width / 2, y + 0.5 - height / 2


X, Y = grid()
R = np.hypot(X, Y)
SURFACES = {
    "plane": 100 + 0.06 * X + 0.02 * Y,
    "steep plane": 120 + 0.43 * X - 0.31 * Y,
    "hardly a plane": 100 + 2.6 * X / SIZE[0] + 1.1 * Y / SIZE[1],
    "bowl": 90 + 0.0006 * R**2,
    "wedge": 90 + 0.15 * np.abs(X - 20) + 0.03 * Y,
    "ball before a wall": np.where(
        R < 80, 160 - 70 * np.sqrt(np.maximum(1 - (R / 80) ** 2, 0)), 200 + 0.04 * Y
    ),
    "outline of 20": 100 + 0.05 * X + 20 * (Y > 10 + 0.2 * X),
    "outline of 3": 100 + 0.05 * X + 3 * (Y > 10 + 0.2 * X),
}
STEPPED = {name: np.round(values) for name, values in SURFACES.items()}


def scene_of(folder: Path, depth: Path, size: tuple[int, int] = SIZE, **values: Any) -> Scene:
    """A picture of that size with a depth media, in default mode. The Z pass shows the map."""
    grey = np.full((*size[::-1], 3), 128, np.uint8)
    picture = new_media(write_png(folder / "picture.png", grey), size)
    info = open_source(depth).info
    z_media = new_media(
        depth, info.size, kind=info.kind, first=info.first, last=info.last, fps=info.fps
    )
    scene = new_scene(picture, z_media=z_media)
    chosen = {"depth_range": "normalized", "z_pass": True, "smooth_steps": True, **values}
    return scene.with_values(MAP, **chosen)


def png(folder: Path, codes: npt.ArrayLike, dtype: Any = np.uint8) -> Path:
    path = folder / "depth.png"
    Image.fromarray(np.asarray(codes).round().astype(dtype)).save(path)
    return path


def decoded(gpu: Gpu, scene: Scene, top: float = 255.0, frame: int = FRAME) -> Floats:
    """A normalized map's values after all, in codes of which `top` is white."""
    z = render(gpu, scene, frame=frame)["z"].squeeze().astype(np.float64)
    return (z - NEAR) / (FAR - NEAR) * top


def unrest(values: Floats, truth: Floats) -> float:
    """How far slopes are off in the mean, in codes a pixel."""
    across, down = np.gradient(values - truth)
    return float(np.hypot(across, down).mean())


@pytest.mark.parametrize("name", SURFACES)
def test_a_terraced_surface_is_smooth_again(gpu: Gpu, tmp_path: Path, name: str) -> None:
    truth, codes = SURFACES[name], STEPPED[name]
    found = decoded(gpu, scene_of(tmp_path, png(tmp_path, codes)))
    assert np.abs(found - codes).max() <= HALF  # an outline of any height too
    # A ball is as steep as you like beside its outline, where terraces are narrow.
    share = 0.35 if name.startswith("ball") else 0.15
    assert unrest(found, truth) < share * unrest(codes, truth)
    assert np.sqrt(np.mean((found - truth) ** 2)) < 0.5 * np.sqrt(np.mean((codes - truth) ** 2))


@pytest.mark.parametrize("bump", [False, pytest.param(True, marks=pytest.mark.slow)])
def test_the_normals_of_a_bowl_of_8_bits_are_those_of_its_floats(
    gpu: Gpu, tmp_path: Path, bump: bool
) -> None:
    """1920 x 1080, in 3D: 0.5 degrees in the mean, 2 at the 95th percentile, where they are 3 and
    12 with terraces; and those of Bump, which no softness helps."""
    x, y = grid(1920, 1080)
    bowl = np.clip(0.5 + 0.25 * (x**2 + y**2) / 900**2, 0, 1)
    exact = tmp_path / "depth.exr"
    OpenEXR.File({}, {"Y": bowl.astype(np.float32)}).write(str(exact))
    normals = []
    for depth in (exact, png(tmp_path, 255 * bowl)):
        scene = scene_of(tmp_path, depth, (1920, 1080), three_d=True, step=16, bump=bump)
        normals.append(render(gpu, scene, ("normals",), size=(640, 360))["normals"])
    off = angles(*normals)
    assert off.mean() <= 0.5
    assert np.percentile(off, 95) <= 2.0


def angles(one: npt.NDArray[np.float32], other: npt.NDArray[np.float32]) -> Floats:
    """(n,): degrees between normals (h, w, 3), where there are any."""
    a, b = (n.reshape(-1, 3).astype(np.float64) for n in (one, other))
    lengths = np.linalg.norm(a, axis=1) * np.linalg.norm(b, axis=1)
    there = lengths > 0.5
    return np.degrees(np.arccos(np.clip((a * b).sum(axis=1)[there] / lengths[there], -1, 1)))


@pytest.mark.parametrize("kind", ["any", "dither", "lines", "jpeg"])
def test_nothing_is_made_up(gpu: Gpu, tmp_path: Path, kind: str) -> None:
    """Whatever a map holds, each value stays within half a step of what is stored."""
    rng = np.random.default_rng(7)
    codes = np.clip({
        "any": rng.integers(0, 256, X.shape).astype(np.float64),
        "dither": np.round(100 + 0.05 * X + rng.uniform(-1.5, 1.5, X.shape)),
        "lines": 100 + 2 * (X % 24 < 1) - 90 * (Y % 40 < 2) + rng.integers(0, 2, X.shape),
        "jpeg": np.round(SURFACES["ball before a wall"]),
    }[kind], 0, 255)  # fmt: skip
    path = png(tmp_path, codes)
    if kind == "jpeg":
        path = tmp_path / "depth.jpg"
        Image.fromarray(codes.astype(np.uint8)).save(path, quality=80)
        codes = np.asarray(Image.open(path)).astype(np.float64)
    found = decoded(gpu, scene_of(tmp_path, path))
    assert np.abs(found - codes).max() <= HALF
    assert found.min() >= -1e-3
    assert found.max() <= 255 + 1e-3


def test_a_map_of_another_size_and_place(gpu: Gpu, tmp_path: Path) -> None:
    """Softness, Fit and Repeat come after: of a smooth map they make a smooth one."""
    truth = 100 + 0.09 * X
    path = png(tmp_path, truth)
    values = {"fit": "fill", "repeat": "mirror", "softness": (1.0, 1.0)}
    scene = scene_of(tmp_path, path, (480, 360), **values)
    found = decoded(gpu, scene)
    stepped = decoded(gpu, scene.with_values(MAP, smooth_steps=False))
    bend = [float(np.abs(np.diff(v, 2, axis=1)).mean()) for v in (found, stepped)]
    assert bend[0] < 0.2 * bend[1]
    assert np.abs(found - stepped).max() < 0.6


def test_documents_that_do_not_name_it_are_as_they_were(gpu: Gpu, tmp_path: Path) -> None:
    assert not ZDepthMap(id="z").smooth_steps
    scene = scene_of(tmp_path, png(tmp_path, STEPPED["bowl"]), smooth_steps=False)
    np.testing.assert_allclose(decoded(gpu, scene), STEPPED["bowl"], atol=2e-3)
    # A new map of a media has it; what an analysis makes has no steps.
    assert map_defaults(scene, "Surface 1", AnalysisType.MEDIA)["smooth_steps"]
    assert not map_defaults(scene, "Surface 1", AnalysisType.GLOBAL)["smooth_steps"]


@pytest.mark.parametrize("dtype", [np.float16, np.float32])
def test_floats_are_left_alone(gpu: Gpu, tmp_path: Path, dtype: Any) -> None:
    path = tmp_path / "depth.exr"
    OpenEXR.File({}, {"Y": (SURFACES["bowl"] / 255).astype(dtype)}).write(str(path))
    scene = scene_of(tmp_path, path)
    plain = render(gpu, scene.with_values(MAP, smooth_steps=False))["z"]
    np.testing.assert_array_equal(render(gpu, scene)["z"], plain)


@pytest.mark.parametrize("factor", [257, 256, 180.7])
def test_16_bits_that_hold_8(gpu: Gpu, tmp_path: Path, factor: float) -> None:
    truth, codes = SURFACES["bowl"], STEPPED["bowl"]
    path = png(tmp_path, codes * factor, np.uint16)
    found = decoded(gpu, scene_of(tmp_path, path), 65535.0 / factor)
    assert np.abs(found - codes).max() <= HALF + 0.5 / factor
    assert unrest(found, truth) < 0.15 * unrest(codes, truth)


def test_16_bits_that_hold_16_move_by_half_a_code_of_theirs(gpu: Gpu, tmp_path: Path) -> None:
    codes = np.round(SURFACES["ball before a wall"] * 257)
    found = decoded(gpu, scene_of(tmp_path, png(tmp_path, codes, np.uint16)), 65535.0)
    assert np.abs(found - codes).max() <= 0.6


@pytest.mark.parametrize(("format", "bits"), [("yuv420p", 8), ("yuv420p10le", 10)])
def test_codes_of_video(gpu: Gpu, tmp_path: Path, format: str, bits: int) -> None:
    """Limited range: white is 219 steps over black, and each frame is smoothed anew."""
    scale = 2 ** (bits - 8)
    path, planes = tmp_path / "depth.mkv", []
    with av.open(str(path), "w") as file:
        stream = file.add_stream("ffv1", rate=Fraction(24))
        stream.width, stream.height, stream.pix_fmt = *SIZE, format
        for truth in (SURFACES["bowl"], SURFACES["plane"]):
            frame = av.VideoFrame(*SIZE, format)
            values = [16 * scale + np.round(truth / 255 * 219 * scale)]
            values += [np.full((SIZE[1] // 2, SIZE[0] // 2), 128 * scale)] * 2
            for plane, rows in zip(frame.planes, values, strict=True):
                line = np.zeros((plane.height, plane.line_size), np.uint8)
                line[:, : rows.shape[1] * (1 if bits == 8 else 2)] = rows.astype(
                    np.uint8 if bits == 8 else "<u2"
                ).view(np.uint8)
                plane.update(line.tobytes())
            planes.append((truth * 219 * scale / 255, values[0] - 16 * scale))
            for packet in stream.encode(frame):
                file.mux(packet)
        for packet in stream.encode(None):
            file.mux(packet)
    scene = scene_of(tmp_path, path)
    for index, (truth, codes) in enumerate(planes):
        found = decoded(gpu, scene, 219.0 * scale, frame=scene.first + index)
        assert np.abs(found - codes).max() <= HALF
        assert unrest(found, truth) < 0.2 * unrest(codes, truth)


def test_what_is_missing_stays_missing_and_is_not_averaged_with(gpu: Gpu, tmp_path: Path) -> None:
    truth = 100 + 0.05 * X
    hole = (R > 30) & (R < 50)
    codes = np.where(hole, 0, np.round(truth)).astype(np.uint8)
    alpha = np.where(Y < -60, 0, 255).astype(np.uint8)
    path = tmp_path / "depth.png"
    Image.fromarray(np.stack([codes, alpha], axis=2), "LA").save(path)
    scene = scene_of(tmp_path, path, depth_range="absolute", depth_scale=4.0)
    plain = render(gpu, scene.with_values(MAP, smooth_steps=False), ("z", "confidence"))
    found = render(gpu, scene, ("z", "confidence"))
    np.testing.assert_array_equal(found["confidence"], plain["confidence"])
    there = plain["confidence"].squeeze() > 0
    np.testing.assert_array_equal(there, ~hole & (alpha > 0))
    values = found["z"].squeeze().astype(np.float64) / 4.0 * 255
    assert np.abs(values - truth)[there].max() < 0.3
    assert np.abs(values - codes)[there].max() <= HALF
    np.testing.assert_array_equal(found["z"].squeeze()[~there], plain["z"].squeeze()[~there])


def test_flat_parts_stay_exactly_what_they_are(gpu: Gpu, tmp_path: Path) -> None:
    """Black, white and walls: a value that stands for something is still that value."""
    codes = np.full(X.shape, 40.0)
    codes[:60], codes[60:120, 100:200] = 255, 0
    scene = scene_of(tmp_path, png(tmp_path, codes))
    plain = render(gpu, scene.with_values(MAP, smooth_steps=False))["z"]
    np.testing.assert_array_equal(render(gpu, scene)["z"], plain)


def test_values_that_mean_nothing_stay_and_count_for_nothing(gpu: Gpu, tmp_path: Path) -> None:
    """Also where they lie one step beside a depth, so that only the map can tell them apart."""
    codes = np.round(100 + 0.05 * X)
    top, odd = 109 / 255, 104 / 255
    assert codes.max() > 107
    codes[codes >= 107] = 109
    scene = scene_of(tmp_path, png(tmp_path, codes)).evaluate(FRAME)
    z_map = scene.surfaces[0].z_map
    assert z_map is not None
    found = {}
    for label, values in (("plain", {}), ("marked", {"far_value": top, "missing_value": odd})):
        found[label] = smoothed(gpu, codes.astype(np.uint8), replace(z_map, **values)) * 255
    marked = (codes >= 109) | (codes == 104)
    np.testing.assert_allclose(found["marked"][marked], codes[marked], rtol=1e-6)
    assert np.abs(found["plain"] - codes)[codes == 104].max() > 0.2
    assert np.abs(found["marked"] - codes).max() <= HALF


def smoothed(gpu: Gpu, codes: npt.NDArray[np.uint8], z_map: EvaluatedZMap) -> Floats:
    """The pass alone, over a map of 8 bits: its values."""
    tools, arena = Toolbox(gpu), UniformArena(gpu, 64 * 1024)
    texture = MediaTexture(tools, arena, 0, Use.DATA)
    texture.load(Picture((codes[..., None],), Encoding(transfer=Transfer.RAW)))
    item = SmoothStepsPass(tools, arena, "S", texture)
    item.update(z_map, texture)
    graph = RenderGraph(gpu)
    graph.import_texture(texture.name, texture.texture)
    graph.add(UploadPass([texture]))
    graph.add(item)
    # Whoever copies it makes it readable.
    graph.add(FakePass("look", [Read(item.map, GraphUse.COPY_SRC)], always=True))
    plan = graph.compile(texture.size, [item.map])
    arena.upload()
    encoder = gpu.device.create_command_encoder()
    graph.execute(encoder, plan)
    gpu.queue.submit([encoder.finish()])
    width, height = texture.size
    data = gpu.queue.read_texture(
        {"texture": graph.texture(item.map)}, {"bytes_per_row": 8 * width}, (width, height, 1)
    )
    values = np.frombuffer(data, np.float32).reshape(height, width, 2)
    graph.release()
    texture.release()
    return values[..., 0].astype(np.float64)


def test_once_for_a_still_and_it_is_kept(gpu: Gpu, tmp_path: Path) -> None:
    """Whatever else of the map is animated; another picture is smoothed anew."""
    scene = scene_of(tmp_path, png(tmp_path, STEPPED["bowl"]))
    with Renderer(scene, gpu=gpu, passes=("z",), views=()) as renderer:
        renderer.render(FRAME)
        (chain,) = renderer._frame.chains
        assert chain.smooth is not None
        first = chain.smooth.stale
        renderer.show(scene.with_values(MAP, effect=0.5, near=0.6, softness=(0.0, 0.0)))
        renderer.render(FRAME)
        (kept,) = renderer._frame.chains
        assert kept.smooth is not None
        assert kept.zdepth is not None
        assert (first, kept.smooth.stale, kept.zdepth.stale) == (True, False, True)
        plan = renderer._frame.graph.describe()
    assert "smooth_steps Surface 1" in plan
    assert "smooth map: rg32float 320x200, 512,000 bytes" in plan


def test_the_cells_of_a_large_map_fit_a_binding() -> None:
    limit = 128 << 20  # bytes: what every adapter has
    assert levels_of((8192, 8192), limit).cell == 4
    huge = levels_of((16384, 16384), limit)
    assert huge.cell == 8
    assert huge.bytes <= limit
    assert levels_of((1, 1), limit).sizes == [(1, 1)]


def test_cells_of_8_pixels_are_as_good(
    gpu: Gpu, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from passes import smooth_steps

    monkeypatch.setattr(smooth_steps, "levels_of", lambda size, _: smooth_steps.Levels(size, 8))
    truth, codes = SURFACES["bowl"], STEPPED["bowl"]
    found = decoded(gpu, scene_of(tmp_path, png(tmp_path, codes), bump=True))
    assert np.abs(found - codes).max() <= HALF
    assert unrest(found, truth) < 0.15 * unrest(codes, truth)


def test_jpeg_gets_no_worse(gpu: Gpu, tmp_path: Path) -> None:
    """Its blocks have steps and noise of their own."""
    truth = SURFACES["bowl"]
    path = tmp_path / "depth.jpg"
    Image.fromarray(truth.round().astype(np.uint8)).save(path, quality=90)
    codes = np.asarray(Image.open(path)).astype(np.float64)
    found = decoded(gpu, scene_of(tmp_path, path))
    soft = [ndimage.gaussian_filter(v, 4) for v in (found, codes)]  # as the relief's normals are
    assert unrest(soft[0], truth) < 0.75 * unrest(soft[1], truth)
