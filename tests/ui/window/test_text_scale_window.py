"""Large text: nothing is cut off at the sides of the panels, and the status line grows."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.support.window_driver import window


@pytest.mark.slow
@pytest.mark.timeout(240)
@pytest.mark.parametrize("scale", [1.0, 1.6])
def test_no_panel_is_cut_off(
    display: str, tmp_path: Path, artifacts: Path, monkeypatch: pytest.MonkeyPatch, scale: float
) -> None:
    monkeypatch.setenv("RILIEVO_HOME", str(tmp_path / "home"))
    settings = tmp_path / "home/config/settings.json"
    settings.parent.mkdir(parents=True)
    settings.write_text(json.dumps({"text_scale": scale, "first_steps": False}))
    with window(display, tmp_path, "open") as driver:
        for panel in driver.settled()["panels"]:
            driver.click(f"{panel}.tab", 0.3)
            driver.wait(lambda r, p=panel: r["panels"][p], f"{panel} is in front")
            assert panel not in driver.settled()["cut"], panel
        left, top, _, bottom = driver.report["items"]["play"]
        height = driver.report["size"][1]
        assert left >= 0 and bottom <= height  # of the transport in the status line
        assert bottom - top > 15 * scale
        driver.screenshot(artifacts / f"window-text-{scale:g}.png")
        driver.quit()


@pytest.mark.slow
@pytest.mark.timeout(240)
def test_a_small_window_shows_all_buttons(
    display: str, tmp_path: Path, artifacts: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RILIEVO_HOME", str(tmp_path / "home"))
    with window(display, tmp_path, "open") as driver:
        driver.resize(900, 620)
        for panel in ("Schematic", "Timeline"):
            driver.click(f"{panel}.tab", 0.3)
            driver.wait(lambda r, p=panel: r["panels"][p], f"{panel} is in front")
            assert not {panel, "Result"} & {*driver.settled()["cut"]}, panel
        report = driver.report
        left, _, right, _ = report["windows"]["Result"]
        for name in ("view", "resolution", "fit", "all", "camera", "move", "safe", "track"):
            low, _, high, _ = report["items"][name]
            assert left <= low and high <= right, name
        driver.screenshot(artifacts / "window-small.png")
        driver.quit()
