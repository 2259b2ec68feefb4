"""The main cases as pictures: looked at once, and compared ever after.

Each was judged by eye when it was kept. `--update-images` keeps new ones: look at them first.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from skimage import data

from engine.gpu import Gpu
from engine.scene import (
    AnalysisType,
    DepthRange,
    Geometry,
    LightType,
    Scene,
    Surface,
    new_light,
    new_media,
    new_scene,
)
from models import Analyses
from passes import Renderer
from tests.support.images import References
from tests.support.shots import grid_of, lit_from, media_of, with_camera_at

SIZE = (160, 120)
GOLD = (1.0, 0.7, 0.25)
# Levels of 255, and the share of pixels that may differ by more: edges move by the last bit.
LARGEST, SHARE = 3.0, 0.002


def checked(
    scene: Scene, gpu: Gpu, references: References, name: str, *views: str, **options: Any
) -> None:
    """Draw the views and compare each with its reference picture."""
    views = views or ("beauty",)
    with Renderer(
        scene, size=SIZE, passes=(), views=views, samples=4, gpu=gpu, **options
    ) as renderer:
        frame = renderer.render(1001)
        for view in views:
            picture = frame.display(view)
            references.check(f"{name}_{view}", picture, largest=LARGEST, share=SHARE)


def coffee(folder: Path) -> Scene:
    """A cup on a table, with a relief that has a rim, a slope and a flat ground."""
    picture = np.ascontiguousarray(data.coffee()[:, 50:583][::2, ::2])
    height, width = picture.shape[:2]
    x, y = grid_of((width, height))
    radius = np.hypot((x - 0.02) / 0.52, (y + 0.03) / 0.42)
    cup = 0.16 * np.clip((1.0 - radius) * 8.0, 0.0, 1.0)
    ripples = 0.01 * np.sin(60.0 * radius) * (radius < 0.8)
    scene = new_scene(
        media_of(folder / "coffee.png", picture),
        z_media=media_of(folder / "heights.exr", (cup + ripples).astype(np.float32)),
    )
    return scene.with_values("Z-Depth 1", depth_range=DepthRange.RELIEF, relief_depth=1.0)


def ring(scene: Scene, **values: Any) -> Scene:
    """A golden ring through which the relief sticks."""
    values = {"rotate": (38.0, 12.0, 0.0), "translate": (0.0, 0.0, 0.08), **values}
    node = Geometry(id="ring", mesh="torus", colour=GOLD, specular=0.5, roughness=0.35, **values)
    return scene.with_node(node)


def test_default_mode(gpu: Gpu, tmp_path: Path, references: References) -> None:
    """The flat picture with its depth replaced: the ring goes round the cup and behind it."""
    scene = ring(coffee(tmp_path)).with_settings(ambient=(0.6, 0.6, 0.6))
    scene = scene.with_node(new_light(scene)).with_values("Surface 1", lit=False)
    scene = scene.with_values("Z-Depth 1", z_pass=True)
    checked(scene, gpu, references, "default", "beauty", "z", "object_id")


def test_relief_under_a_light(gpu: Gpu, tmp_path: Path, references: References) -> None:
    """Extruded, lit from the upper left, seen from 15° to the right."""
    scene = coffee(tmp_path).with_values("Z-Depth 1", three_d=True, step=2)
    scene = ring(scene, scale=(0.5, 0.5, 0.5), translate=(-0.25, 0.2, 0.3))
    scene = scene.with_node(new_light(scene)).with_settings(ambient=(0.15, 0.15, 0.2))
    scene = with_camera_at(scene, (0.36, 0.0, 1.33))
    views = "beauty", "shadow", "normals", "z", "position", "uv", "albedo"
    checked(scene, gpu, references, "relief", *views)


def test_bumps(gpu: Gpu, tmp_path: Path, references: References) -> None:
    """Flat and in relief, with the ripples of the map in the shading."""
    for three_d in (False, True):
        scene = coffee(tmp_path).with_values("Z-Depth 1", bump=True, three_d=three_d, step=2)
        scene = lit_from(scene, (-1.5, 1.0, 0.8), LightType.DIRECTIONAL, intensity=1.5)
        name = "bump_relief" if three_d else "bump_flat"
        checked(scene, gpu, references, name, "beauty", "normals")


@pytest.mark.parametrize("kind", [LightType.POINT, LightType.SPOT])
def test_lights_close_by(gpu: Gpu, tmp_path: Path, references: References, kind: LightType) -> None:
    scene = coffee(tmp_path).with_values("Z-Depth 1", three_d=True, step=2)
    scene = ring(scene, scale=(0.35, 0.35, 0.35), translate=(0.0, 0.1, 0.25))
    scene = lit_from(
        scene, (-0.55, 0.5, 0.9), kind, intensity=1.6, shadow_softness=6.0, penumbra=10.0
    )
    scene = scene.with_settings(ambient=(0.05, 0.05, 0.05))
    checked(scene, gpu, references, f"{kind.value}_light", "beauty", "shadow")


def test_soft_mattes(gpu: Gpu, tmp_path: Path, references: References) -> None:
    """Two soft discs before and behind a ball, seen from the side."""
    x, y = grid_of((128, 128))
    soft = np.clip((0.48 - np.hypot(x, y)) * 5.0, 0.0, 0.85)
    medias = []
    for name, colour in (("red", (0.8, 0.1, 0.05)), ("blue", (0.05, 0.2, 0.8))):
        pixels = np.ones((128, 128, 4), np.float32)
        pixels[..., :3] = np.array(colour) * soft[..., None]
        pixels[..., 3] = soft
        medias.append(media_of(tmp_path / f"{name}.exr", pixels))
    ground = media_of(tmp_path / "ground.png", data.astronaut()[::4, ::4])
    scene = (
        new_scene(ground)
        .with_media(*medias)
        .with_values("Surface 1", translate=(0.0, 0.0, -0.8), scale=(5.0, 5.0, 1.0))
    )
    scene = scene.with_node(
        Surface(id="red", media=2, translate=(-0.15, 0.0, 0.25)),
        Surface(id="blue", media=3, translate=(0.15, 0.1, -0.25)),
        Geometry(id="ball", mesh="sphere", scale=(0.4, 0.4, 0.4), colour=(0.7, 0.7, 0.6)),
    )
    scene = with_camera_at(scene, (0.9, 0.3, 1.6))
    checked(scene, gpu, references, "mattes", "beauty", "matte", "object_id")


def test_a_face(gpu: Gpu, astronaut: Path, references: References) -> None:
    """The portrait as a relief, close by, the light from the left."""
    scene = new_scene(new_media(astronaut, (512, 512)), analysis=AnalysisType.FACE)
    # The bust's outline hangs on the last bits of the network: the face alone is compared.
    scene = scene.with_values("Z-Depth 1", three_d=True, step=2, head_and_shoulders=False)
    scene = lit_from(scene, (-1.2, 0.6, 1.0), LightType.DIRECTIONAL, intensity=1.3)
    scene = scene.with_settings(ambient=(0.2, 0.2, 0.2))
    scene = with_camera_at(scene, (0.12, 0.27, 0.62), (-0.06, 0.22, 0.0))
    with Renderer(
        scene, Analyses(scene, "cpu"), size=SIZE, passes=(), views=("beauty", "normals"),
        samples=4, gpu=gpu,
    ) as renderer:  # fmt: skip
        frame = renderer.render(1001)
        # The network's last bits differ between processors: hence looser.
        for view in ("beauty", "normals"):
            references.check(f"face_{view}", frame.display(view), largest=8, share=0.01)


def test_depth_as_numbers(gpu: Gpu, tmp_path: Path, references: References) -> None:
    """Z of the relief in scene units, not as a picture."""
    scene = coffee(tmp_path).with_values("Z-Depth 1", three_d=True, step=1)
    scene = with_camera_at(scene, (0.36, 0.0, 1.33))
    with Renderer(scene, size=(80, 60), passes=("z",), views=(), gpu=gpu) as renderer:
        z = renderer.render(1001).array("z")
    references.check("relief_z_values", z, largest=1e-4, share=0.01)


def test_references_say_which_adapter_made_them(references: References, gpu: Gpu) -> None:
    """What is compared tightly was made on the adapter that draws now, and each says on which."""
    assert references.adapter == gpu.summary
    made_on = references.made_on()
    for path in references.folder.glob("*"):
        if path.suffix in (".png", ".npy"):
            assert made_on.get(path.name), f"{path.name} does not say which adapter made it"
