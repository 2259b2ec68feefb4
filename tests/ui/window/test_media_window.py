"""The Media panel by pointer and keys: what becomes of the document is checked after each step."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from engine.scene import DepthRange, Geometry, Scene, new_media
from tests.support.layered import write_channels, write_layered
from tests.support.tracks import write_tracks
from tests.support.window_driver import Driver, window
from ui.new import new_document
from ui.recorded import recorded


@pytest.fixture
def document(picture: Path, depth: Path, tmp_path: Path) -> Path:
    """A small ramp with its depth, and beside them another depth and a file that is gone."""
    other = tmp_path / "other depth.png"
    values = cv2.imread(str(depth), cv2.IMREAD_UNCHANGED)
    assert values is not None
    cv2.imwrite(str(other), values[::-1])
    scene = new_document(str(picture), str(depth), None, DepthRange.NORMALIZED, three_d=False)
    gone = new_media(tmp_path / "gone.0001.png", (64, 48), kind="still")
    scene = scene.with_media(recorded(str(other)), gone)
    path = tmp_path / "shot.rilievo"
    scene.with_settings(size=(64, 48)).save(path)
    return path


@pytest.fixture
def shots(tmp_path: Path) -> Path:
    """A folder with a sequence, one frame of which is missing, a still, and a folder in it."""
    folder = tmp_path / "shots"
    (folder / "older").mkdir(parents=True)
    grey = np.full((24, 32, 3), 90, np.uint8)
    for frame in (1001, 1002, 1004):
        cv2.imwrite(str(folder / f"plate.{frame}.png"), grey)
    cv2.imwrite(str(folder / "older" / "matte.png"), grey)
    (folder / "notes.txt").write_text("no picture", encoding="utf-8")
    return folder


def media_names(driver: Driver) -> list[str]:
    return [media["name"] for media in driver.report["scene"]["media"]]


def browse(driver: Driver, folder: Path) -> None:
    """List a folder in the Read File tab, by typing its name."""
    driver.click("Read File")
    driver.click("folder")  # all of it is selected then
    driver.wait(lambda r: r["pointer"]["text"], "it is typed over")
    driver.act("type", "--delay", 25, str(folder))
    driver.key("Return")
    driver.settled()


def double(driver: Driver, item: str) -> None:
    driver.move(*driver.place(item, 0.3))
    driver.act("click", "--repeat", 2, "--delay", 90, 1)


@pytest.mark.slow
@pytest.mark.timeout(240)
def test_media_are_chosen_applied_relinked_and_removed(
    display: str, document: Path, tmp_path: Path, artifacts: Path
) -> None:
    with window(display, tmp_path, "open", str(document)) as driver:
        driver.settled()
        shown = cv2.imread(str(driver.screenshot(artifacts / "window-media.png")))
        assert shown is not None
        # Its thumbnail looks as the picture does: red on the left, blue on the right.
        left, top, _, bottom = (round(part) for part in driver.report["items"]["media 1"])
        blue, _, red = (shown[top + 8 : bottom - 8, left + 10 : left + 66, c] for c in range(3))
        assert red[:, 6].mean() > 180 > 80 > blue[:, 6].mean()
        assert blue[:, -6].mean() > 180 > 80 > red[:, -6].mean()
        # Choose, then Apply: the selected map shows it; the node bin has chosen it as well.
        driver.click("media 3", 0.6)
        driver.click("apply media")
        driver.wait(lambda _: driver.node("Z-Depth 1")["media"] == 3, "the map has the other depth")
        assert driver.node("Surface 1")["media"] == 1
        driver.key("ctrl+z")
        driver.wait(lambda _: driver.node("Z-Depth 1")["media"] == 2, "one step")
        # By keys: the one above, and Enter.
        driver.click("media 2", 0.6)
        driver.key("Up")
        driver.key("Return")
        driver.wait(lambda _: driver.node("Z-Depth 1")["media"] == 1, "by keys as well")
        driver.key("ctrl+z")
        driver.wait(lambda _: driver.node("Z-Depth 1")["media"] == 2, "and undone")

        # A file that is gone says so, and another one takes its place.
        driver.move(*driver.place("media 2", 0.6))
        driver.act("click", "--repeat", 3, 5)
        driver.click("media 4", 0.6)
        driver.settled()
        driver.screenshot(artifacts / "window-media-missing.png")
        driver.click("Relink")
        driver.place("file other depth.png")
        driver.screenshot(artifacts / "window-media-relink.png")
        double(driver, "file other depth.png")
        driver.wait(lambda _: media_names(driver)[3] == "other depth.png", "it is another file")
        assert driver.report["scene"]["media"][3]["path"].endswith("other depth.png")

        # By its menu, the last one on the list.
        driver.move(*driver.place("media 4", 0.6))
        driver.act("mousedown", 3)
        driver.act("mouseup", 3)
        driver.click("remove media.menu", 0.3)
        driver.wait(lambda _: len(media_names(driver)) == 3, "it is gone")
        driver.key("ctrl+z")
        driver.wait(lambda _: len(media_names(driver)) == 4, "and back")

        # What nothing shows goes, in one step.
        driver.click("Remove Unused")
        driver.wait(lambda _: media_names(driver) == ["ramp.png", "depth.png"], "two are left")
        driver.key("ctrl+z")
        driver.wait(lambda _: len(media_names(driver)) == 4, "and back")
        driver.quit()


@pytest.mark.slow
@pytest.mark.timeout(240)
def test_files_are_read(
    display: str, document: Path, shots: Path, tmp_path: Path, artifacts: Path
) -> None:
    with window(display, tmp_path, "open", str(document)) as driver:
        driver.settled()
        browse(driver, shots)
        driver.place("file plate.####.png")
        assert "file notes.txt" not in driver.report["items"]
        driver.screenshot(artifacts / "window-read-file.png")

        # A double click reads: one media for the whole sequence.
        double(driver, "file plate.####.png")
        driver.wait(lambda _: media_names(driver)[-1] == "plate.####.png", "it is on the list")
        entry = driver.report["scene"]["media"][-1]
        assert (entry["kind"], entry["first"], entry["last"]) == ("sequence", 1001, 1004)
        assert driver.node("Z-Depth 1")["media"] == 2

        # By keys: into a folder, down to the file, back to the parent.
        driver.click("file older", 0.3)
        driver.key("Return")
        driver.place("file matte.png")
        driver.key("Down")
        driver.key("Return")
        driver.wait(lambda _: media_names(driver)[-1] == "matte.png", "Enter reads")
        driver.key("BackSpace")
        driver.place("file plate.####.png")
        assert driver.report["frame"] == 1001 and driver.report["scene"]["nodes"]

        # Read and Apply: the map shows it at once, in one step.
        driver.click("file plate.####.png", 0.3)
        driver.click("Read and Apply")
        driver.wait(lambda _: driver.node("Z-Depth 1")["media"] == 5, "the map shows it")
        assert len(media_names(driver)) == 6
        driver.key("ctrl+z")
        driver.wait(lambda _: driver.node("Z-Depth 1")["media"] == 2, "undone")

        # Away, and back to a folder that files were read from.
        driver.click("parent folder")
        driver.place("file shots")
        driver.click("recent folders")
        driver.click("shots.menu", 0.3)
        driver.place("file plate.####.png")

        # Other files, and one by one.
        driver.choose("file types", "All files")
        driver.place("file notes.txt")
        driver.click("Sequences")
        driver.place("file plate.1004.png")
        double(driver, "file notes.txt")
        driver.wait(lambda r: "notes.txt" in r["messages"][-1], "it cannot be read, and why")
        driver.quit()


@pytest.mark.slow
@pytest.mark.timeout(240)
def test_a_layered_picture_makes_all_its_maps(
    display: str, document: Path, tmp_path: Path, artifacts: Path
) -> None:
    layered = write_layered(tmp_path / "render.exr")
    with window(display, tmp_path, "open", str(document)) as driver:
        before = driver.settled()["scene"]
        driver.drop(layered, at=driver.picture(0.5, 0.5))
        driver.place("Make All Maps")
        driver.screenshot(artifacts / "window-layers.png")
        driver.click("Make All Maps")
        driver.wait(
            lambda r: len(r["scene"]["nodes"]) == len(before["nodes"]) + 5, "five maps more"
        )
        report = driver.settled()
        driver.screenshot(artifacts / "window-layers-made.png")
        shown = {n["id"]: n["media"] for n in report["scene"]["nodes"] if n.get("media")}
        layers = {name: report["scene"]["media"][m - 1].get("layer") for name, m in shown.items()}
        assert layers == {
            "Surface 1": None, "Z-Depth 1": "depth", "Normal Map 1": "N", "Position Map 1": "P",
            "UV Map 1": "uv", "Motion Vectors Map 1": "forward", "Diffuse Map 1": "albedo",
        }  # fmt: skip
        assert report["scene"]["media"][0]["name"] == "render.exr"
        said = " ".join(report["messages"])
        assert "depth.Z is Z-Depth 1" in said and "crypto00 (Cryptomatte, 2 layers)" in said
        driver.key("ctrl+z")
        driver.wait(lambda r: r["scene"] == before, "all in one step")

        # Read into the list alone.
        browse(driver, tmp_path)
        double(driver, "file render.exr")
        driver.click("Layers to the List")
        driver.wait(lambda r: len(r["scene"]["media"]) == 4 + 8, "the picture and seven layers")
        assert driver.report["scene"]["nodes"] == before["nodes"]
        driver.click("Media List")
        driver.settled()
        driver.screenshot(artifacts / "window-layers-list.png")
        # Another layer for one of them, from its menu.
        driver.move(*driver.place("media 5", 0.6))
        driver.act("mousedown", 3)
        driver.act("mouseup", 3)
        driver.move(*driver.place("Layer"))
        driver.place("depth.Z.menu")
        driver.screenshot(artifacts / "window-layers-menu.png")
        driver.click("depth.Z.menu", 0.3)
        driver.wait(lambda r: r["scene"]["media"][4].get("layer") == "depth", "it is the depth")
        driver.quit()


@pytest.mark.slow
@pytest.mark.timeout(240)
def test_media_are_dragged_into_the_picture_and_the_schematic(
    display: str, document: Path, tmp_path: Path, artifacts: Path
) -> None:
    scene = Scene.load(document)
    ball = Geometry(id="Ball", mesh="sphere", translate=(0.45, 0.0, 0.2), scale=(0.3, 0.3, 0.3))
    scene.with_node(ball).save(document)
    with window(display, tmp_path, "open", str(document)) as driver:
        driver.settled()
        driver.drag(driver.place("media 3", 0.6), driver.picture(0.3, 0.5))
        driver.place("Z-Depth Map.menu")
        driver.screenshot(artifacts / "window-media-dropped.png")
        driver.click("Z-Depth Map.menu")
        driver.wait(lambda _: driver.node("Z-Depth 1")["media"] == 3, "its map shows it")
        # On the ball, which stands in front: as its picture, and as a map that it had not.
        driver.drag(driver.place("media 1", 0.6), driver.picture(0.84, 0.5))
        driver.click("Picture.menu")
        driver.wait(lambda _: driver.node("Ball").get("media") == 1, "the ball shows it")
        driver.drag(driver.place("media 2", 0.6), driver.picture(0.84, 0.5))
        driver.click("Normal Map.menu")
        driver.wait(
            lambda r: any(n.get("parent") == "Ball" for n in r["scene"]["nodes"]), "it has a map"
        )
        assert driver.node("Normal Map 1")["media"] == 2

        # Into the Schematic: on a node, and into the empty.
        left, top, right, _ = driver.settled()["schematic"]["Surface 1"]["box"]
        driver.drag(driver.place("media 2", 0.6), ((left + right) / 2, top + 14))
        driver.wait(lambda _: driver.node("Surface 1")["media"] == 2, "the surface shows it")
        x, y, _, height = driver.report["canvas"]
        driver.drag(driver.place("media 3", 0.6), (x + 12, y + height - 60))
        driver.wait(lambda r: any(n["id"] == "Surface 2" for n in r["scene"]["nodes"]), "a new one")
        assert driver.node("Surface 2")["media"] == 3

        # A file dropped on the ball is its picture; on the panel it is one more on the list.
        count = len(media_names(driver))
        wide = tmp_path / "wide.png"
        cv2.imwrite(str(wide), np.full((20, 60, 3), 60, np.uint8))
        driver.drop(wide, at=driver.picture(0.84, 0.5))
        driver.wait(lambda _: "wide.png" in media_names(driver), "it is there")
        shown = driver.node("Ball")["media"]
        assert media_names(driver)[shown - 1] == "wide.png"
        matte = tmp_path / "matte.png"
        cv2.imwrite(str(matte), np.full((20, 60), 60, np.uint8))
        driver.drop(matte, at=driver.place("media 1", 0.6))
        driver.wait(lambda _: media_names(driver)[-1] == "matte.png", "it is on the list")
        assert len(media_names(driver)) >= count + 1
        driver.quit()


@pytest.mark.slow
@pytest.mark.timeout(240)
def test_views_and_tracks_are_chosen_from_the_menu(
    display: str, picture: Path, tmp_path: Path, artifacts: Path
) -> None:
    plane = np.full((24, 32), 0.5, np.float32)
    names = [f"{view}.{name}" for view in ("left", "right") for name in "RGBZ"]
    stereo = write_channels(tmp_path / "stereo.exr", dict.fromkeys(names, plane))
    film = write_tracks(tmp_path / "film.mkv", (0.2, 0.6), titles=("plate", "depth"))
    scene = new_document(str(picture), None, None, None, three_d=False)
    path = tmp_path / "shot.rilievo"
    scene.with_media(recorded(str(stereo)), recorded(str(film))).save(path)
    with window(display, tmp_path, "open", str(path)) as driver:
        driver.settled()
        for row, kind, choice, field, expected in (
            ("media 2", "View", "right.menu", "view", "right"),
            ("media 3", "Track", "2  depth.menu", "track", 2),
        ):
            driver.move(*driver.place(row, 0.6))
            driver.act("mousedown", 3)
            driver.act("mouseup", 3)
            driver.move(*driver.place(kind))
            driver.place(choice)
            driver.screenshot(artifacts / f"window-media-{field}.png")
            driver.click(choice, 0.3)
            number = int(row.removeprefix("media ")) - 1
            driver.wait(
                lambda r, n=number, f=field, e=expected: r["scene"]["media"][n].get(f) == e,
                f"the media is of another {field}",
            )
        driver.quit()
