"""Global Analysis in a real window: its network is chosen, its depth shown, its lack told."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from engine.scene import AnalysisType, DepthRange
from tests.support import small_networks
from tests.support.window_driver import window
from ui.new import new_document

MAP = "Z-Depth 1"


@pytest.fixture
def document(astronaut: Path, tmp_path: Path) -> Path:
    """The portrait with depth by a network that takes red for near."""
    red = small_networks.write(tmp_path / "red.onnx", small_networks.depth_network())
    rules = {"short_side": 64, "multiple": 4, "mean": [0, 0, 0], "deviation": [1, 1, 1]}
    (tmp_path / "red.json").write_text(json.dumps({"title": "red", "input": rules}))
    scene = new_document(
        str(astronaut), None, AnalysisType.GLOBAL, DepthRange.NORMALIZED, three_d=True
    )
    path = tmp_path / "shot.rilievo"
    scene = scene.with_values(MAP, step=8, network=str(red)).with_settings(size=(256, 256))
    scene.save(path)
    return path


@pytest.mark.slow
def test_its_network_is_chosen_and_its_state_shown(
    display: str, document: Path, tmp_path: Path, artifacts: Path
) -> None:
    with window(display, tmp_path, "open", str(document)) as driver:
        driver.wait(lambda r: r["analysis"]["network"].endswith("red"), "the network has answered")
        driver.click("Analysis.tab", 0.3)
        driver.wait(lambda r: r["panels"]["Analysis"], "its panel is in front")
        driver.settled()
        driver.screenshot(artifacts / "window-global.png")
        x, y = driver.place(f"{MAP}.stabilise")
        driver.drag((x, y), (x + 60, y))
        driver.wait(lambda _: driver.node(MAP)["stabilise"] > 0.55, "it is made steadier")
        driver.choose(f"{MAP}.analysis", f"{MAP}.analysis.Face Global")
        driver.wait(lambda r: r["analysis"]["faces"] == 1, "the face is found within the depth")
        driver.settled()
        driver.screenshot(artifacts / "window-face-global.png")
        assert not [text for text in driver.report["messages"] if "network" in text]
