"""A document in a real window, with a real pointer and real keys."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.scene import AnalysisType, DepthRange, Scene, ZDepthMap
from tests.support.window_driver import window
from ui.new import new_document

MAP = "Z-Depth 1"


@pytest.fixture
def document(astronaut: Path, tmp_path: Path) -> Path:
    """The portrait as a relief, coarse enough for a software renderer to be quick."""
    scene = new_document(
        str(astronaut), None, AnalysisType.FACE, DepthRange.NORMALIZED, three_d=True
    )
    path = tmp_path / "shot.rilievo"
    scene.with_values(MAP, step=8).with_settings(size=(384, 384)).save(path)
    return path


@pytest.mark.slow
def test_a_document_is_looked_at_and_changed(
    display: str, document: Path, tmp_path: Path, artifacts: Path
) -> None:
    with window(display, tmp_path, "open", str(document)) as driver:
        driver.wait(lambda r: r["analysis"]["faces"] == 1, "the face is found")
        driver.settled()
        driver.screenshot(artifacts / "window-document.png")

        # 3D off and on again by its switch.
        driver.click(f"{MAP}.three_d")
        driver.wait(lambda _: not driver.node(MAP)["three_d"], "3D is off")
        driver.click(f"{MAP}.three_d")
        driver.wait(lambda _: driver.node(MAP)["three_d"], "3D is on")

        # Effect, dragged like the number field it is; one drag is one step of undo.
        x, y = driver.place(f"{MAP}.effect")
        driver.drag((x, y), (x + 60, y))
        driver.settled()
        effect = driver.node(MAP)["effect"]
        assert effect > 1.2
        driver.key("ctrl+z")
        driver.wait(lambda _: driver.node(MAP)["effect"] == 1.0, "the drag is undone")
        driver.key("ctrl+shift+z")
        driver.wait(lambda _: driver.node(MAP)["effect"] == effect, "and done again")

        # By the size of the face the scene is in metres, and as it was again.
        driver.click("Analysis")
        driver.place("metric scale")
        driver.screenshot(artifacts / "window-analysis.png", still=False)
        driver.click("metric scale")
        driver.wait(lambda _: 0.7 < driver.node("Surface 1")["scale"][1] < 0.9, "it is in metres")
        driver.key("ctrl+z")
        driver.wait(lambda _: driver.node("Surface 1")["scale"] == [1, 1, 1], "it was undone")

        # Softness that keeps outlines, and the mesh: by a step set by hand, then automatic.
        driver.click(f"{MAP}.edge_aware")
        driver.wait(lambda _: driver.node(MAP)["edge_aware"], "softness keeps outlines")
        driver.click("Statistics")
        report = driver.wait(lambda r: r["meshes"], "triangles are counted")
        assert report["meshes"]["Surface 1"]["path"] == "fixed grid"
        assert 2 * 64**2 <= report["meshes"]["Surface 1"]["triangles"] <= 2 * 66**2
        driver.click("Mesh")
        driver.move(*driver.place("Mesh"))
        driver.act("click", "--repeat", 30, "--delay", 10, 5)  # so that what it holds is in sight
        driver.settled()
        driver.click(f"{MAP}.step.reset")
        driver.wait(lambda _: driver.node(MAP)["step"] is None, "the mesh is automatic")
        driver.wait(lambda r: r["meshes"]["Surface 1"]["path"] != "fixed grid", "it is counted")
        driver.place(f"{MAP}.tear")
        for name in ("tolerance", "tear_threshold"):
            x, y = driver.place(f"{MAP}.{name}")
            before = driver.node(MAP)[name]
            driver.drag((x, y), (x + 40, y))
            driver.wait(lambda _, n=name, b=before: driver.node(MAP)[n] != b, f"{name} changes")
        driver.settled()
        driver.screenshot(artifacts / "window-mesh.png")
        driver.click("Mesh")

        # Around the head, and everything in view again.
        middle = driver.picture(0.5, 0.3)
        driver.drag(middle, (middle[0] + 120, middle[1] + 20))
        driver.wait(lambda r: r["free"], "the camera was moved")
        driver.settled()
        driver.screenshot(artifacts / "window-orbit.png")
        driver.key("f")
        driver.key("c")
        driver.wait(lambda r: not r["free"], "the document's camera is back")

        # The light, from the left to the right of the face.
        driver.settled()
        light = driver.node("Light 1")["translate"]
        x, y = driver.report["lights"]["Light 1"]
        driver.drag((x, y), (x + 120, y))
        driver.wait(lambda _: driver.node("Light 1")["translate"][0] > light[0] + 0.2, "it moved")

        # A panel that is closed is not drawn.
        driver.wait(lambda r: r["panels"]["Statistics"], "the statistics are shown")
        driver.settled()
        driver.screenshot(artifacts / "window-statistics.png")
        driver.click("View")
        driver.click("Statistics.menu")
        driver.wait(lambda r: not r["panels"]["Statistics"], "they are closed")
        driver.key("F11")
        driver.wait(lambda r: r["size"] == [1500, 940], "the window fills the screen")
        driver.key("F11")
        driver.wait(lambda r: r["size"] == [1400, 860], "the window is as it was")

        # Another pass, and its value under the pointer.
        driver.choose("view", "Z-Depth")
        driver.move(*driver.picture(0.42, 0.28))
        report = driver.wait(
            lambda r: r["view"] == "z" and r["value"] and r["pixel"], "a value of Z is shown"
        )
        assert 0.5 < report["value"][0] < 2.0
        driver.settled()
        driver.screenshot(artifacts / "window-z.png")

        driver.resize(1000, 700)
        driver.screenshot(artifacts / "window-small.png")

        driver.key("ctrl+s")
        driver.wait(lambda r: "*" not in r["title"], "the document is saved")
        assert not driver.quit().strip()
    saved = Scene.load(document).node(MAP)
    assert isinstance(saved, ZDepthMap)
    assert saved.effect == effect
    assert saved.three_d
