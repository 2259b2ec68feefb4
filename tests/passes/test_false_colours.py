"""False colours: the same on the GPU and here, and told apart by every eye."""

from __future__ import annotations

from itertools import combinations
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from engine.gpu import Gpu
from passes import Renderer
from passes.false_colours import OBJECTS, viridis
from tests.support.truth import FRAME, mapped, of_function

SIZE = (64, 48)
Colours = npt.NDArray[np.float64]

# What eyes without one kind of receptor make of linear RGB (Machado, Oliveira and Fernandes, "A
# Physiologically-based Model for Simulation of Color Vision Deficiency", 2009, severity 1.0).
EYES = {
    "full": np.eye(3),
    "protan": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216],
               [-0.003882, -0.048116, 1.051998]],
    "deutan": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413],
               [-0.011820, 0.042940, 0.968881]],
    "tritan": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602],
               [0.004733, 0.691367, 0.303900]],
}  # fmt: skip


def lab(colours: Colours, eye: str) -> Colours:
    """CIE L*a*b* (D65) of display colours (n, 3), 0..1, as an eye sees them."""
    linear = np.where(colours <= 0.04045, colours / 12.92, ((colours + 0.055) / 1.055) ** 2.4)
    linear = np.clip(linear @ np.array(EYES[eye]).T, 0.0, 1.0)
    xyz = linear @ np.array(
        [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750],
         [0.0193339, 0.1191920, 0.9503041]]
    ).T / (0.95047, 1.0, 1.08883)  # fmt: skip
    f = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    return np.stack(
        [116 * f[:, 1] - 16, 500 * (f[:, 0] - f[:, 1]), 200 * (f[:, 1] - f[:, 2])], axis=1
    )


@pytest.mark.parametrize("eye", list(EYES))
def test_scalars_get_lighter_for_every_eye(eye: str) -> None:
    lightness = lab(viridis(np.linspace(0, 1, 64)), eye)[:, 0]
    assert (np.diff(lightness) > 0).all()
    assert lightness[-1] - lightness[0] > 60


def test_the_polynomial_is_viridis() -> None:
    """Against colours of the published table, at its ends, quarters and middle."""
    table = ["#440154", "#3b528b", "#21918c", "#5ec962", "#fde725"]
    wanted = [[int(c[i : i + 2], 16) / 255 for i in (1, 3, 5)] for c in table]
    assert np.abs(viridis(np.linspace(0, 1, 5)) - wanted).max() < 0.02


@pytest.mark.parametrize("eye", list(EYES))
def test_objects_are_told_apart_by_every_eye(eye: str) -> None:
    seen = lab(np.array(OBJECTS) / 255, eye)
    nearest = min(float(np.linalg.norm(a - b)) for a, b in combinations(seen, 2))
    assert nearest > 10  # a difference of 2.3 can just be seen


def test_the_view_has_these_colours(gpu: Gpu, tmp_path: Path) -> None:
    values = of_function(lambda u, v: 0.85 + 1.1 * u + 0.0 * v, *SIZE)
    scene = mapped(tmp_path, values, displace=True).with_settings(size=SIZE)
    views = ("z", "object_id", "uv")
    with Renderer(scene, gpu=gpu, passes=("z",), views=views, samples=1) as renderer:
        renderer.false_colours = True
        frame = renderer.render(FRAME)
        low, high = renderer.shown_range("z")
        shown, z = frame.display("z") / 255, frame.array("z")
        assert np.abs(shown - viridis((z - low) / (high - low))).max() < 0.006
        assert (frame.display("object_id") == OBJECTS[0]).all()
        # Red and green are left: more to the right is more yellow, further up is lighter.
        uv = lab(frame.display("uv")[24] / 255, "deutan")
        assert (np.diff(uv[:, 2]) > 0).mean() > 0.9
        assert (np.diff(lab(frame.display("uv")[:, 32] / 255, "deutan")[:, 0]) < 0).mean() > 0.9
        renderer.false_colours = False
        grey = renderer.render(FRAME).display("z")
        assert (grey[..., 0] == grey[..., 2]).all()


@pytest.mark.slow
def test_mattes_and_normals_have_them_too(gpu: Gpu, tmp_path: Path) -> None:
    values = of_function(lambda u, v: 1.2 + 0.3 * u + 0.0 * v, *SIZE)
    scene = mapped(tmp_path, values, displace=True, three_d=True).with_settings(size=SIZE)
    views = ("normals", "matte")
    with Renderer(scene, gpu=gpu, passes=("z",), views=views, samples=1) as renderer:
        renderer.false_colours = True
        frame = renderer.render(FRAME)
        assert np.abs(frame.display("matte")[24, 32] / 255 - viridis(1.0)).max() < 0.006
        # What goes away to the right faces right, which is yellow.
        red, _, blue = frame.display("normals")[24, 32].astype(int)
        assert red > blue
