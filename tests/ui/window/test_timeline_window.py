"""The timeline by hand: a real window, pointer and keys; the document is what counts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from engine.scene import MediaKind, Scene, new_scene
from engine.scene.contents import Media
from tests.support.window_driver import Driver, window

MAP = "Z-Depth 1"
EFFECT = f"{MAP}.effect"
FIRST, LAST = 1001, 1024


@pytest.fixture
def document(tmp_path: Path) -> Path:
    """A short sequence of a ramp that is its own depth."""
    x, y = np.meshgrid(np.linspace(0, 1, 64), np.linspace(0, 1, 48))
    for frame in range(FIRST, LAST + 1):
        phase = frame / 6
        picture = np.dstack([x, y, 0.5 + 0.5 * np.sin(6 * x + phase)]) * 255
        cv2.imwrite(str(tmp_path / f"ramp.{frame}.png"), picture.astype(np.uint8))
    media = Media(
        name="ramp", path=str(tmp_path / "ramp.####.png"), size=(64, 48),
        kind=MediaKind.SEQUENCE, first=FIRST, last=LAST,
    )  # fmt: skip
    scene = new_scene(media, z_media=media)
    path = tmp_path / "shot.rilievo"
    scene.with_settings(first=FIRST, last=LAST, size=(64, 48)).with_values(MAP, displace=True).save(
        path
    )
    return path


def effect_keys(driver: Driver) -> list[tuple[float, float, str]]:
    """Frame, value and interpolation of each key of Effect, as the document has them."""
    value: Any = driver.node(MAP)["effect"]
    if isinstance(value, int | float):
        return []
    return [(k["frame"], k["value"], k.get("interpolation", "linear")) for k in value["keys"]]


def scrub(driver: Driver, frame: int) -> None:
    """Click the ruler where a frame is."""
    report = driver.report
    left, top, right, _ = report["items"]["ruler"]
    span = report["scene"]["last"] - report["scene"]["first"] + 1
    x = left + (frame - report["scene"]["first"] + 0.5) / span * (right - left)
    driver.move(x, top + 10)
    driver.act("mousedown", 1)
    driver.act("mouseup", 1)
    driver.wait(lambda r: r["frame"] == frame, f"frame {frame}")


def place_of(driver: Driver, key: str, kind: str = "keys") -> tuple[float, float]:
    """Where a key or a handle is."""
    driver.wait(lambda r: key in r[kind], f"{key} is in the graph: {sorted(driver.report[kind])}")
    x, y = driver.settled()[kind][key]
    return x, y


@pytest.mark.slow
def test_a_key_is_set_by_its_button_and_taken_back(
    display: str, document: Path, tmp_path: Path
) -> None:
    with window(display, tmp_path, "open", str(document)) as driver:
        scrub(driver, 1010)
        driver.click(f"{EFFECT}.key")
        driver.wait(lambda _: effect_keys(driver) == [(1010, 1, "bezier")], "a key is set")
        assert driver.report["channels"] == [EFFECT]
        driver.click(f"{EFFECT}.key")
        driver.wait(lambda _: driver.node(MAP)["effect"] == 1, "a second click takes it away")
        driver.key("ctrl+z")
        driver.wait(lambda _: effect_keys(driver), "which is undone")
        driver.quit()


@pytest.mark.slow
@pytest.mark.timeout(240)
def test_time_is_moved_in_by_pointer_and_keys(
    display: str, document: Path, tmp_path: Path, artifacts: Path
) -> None:
    with window(display, tmp_path, "open", str(document)) as driver:
        driver.place("ruler")
        scrub(driver, 1010)
        x, y = driver.place("ruler")
        driver.drag((x, y - 8), (x + 60, y - 8))  # scrubbed, not only clicked
        assert driver.report["frame"] > 1012
        for chord, frame in (
            ("Home", FIRST), ("Right", FIRST + 1), ("Right", FIRST + 2), ("Left", FIRST + 1),
            ("End", LAST), ("Right", LAST),
        ):  # fmt: skip
            driver.key(chord)
            driver.wait(lambda r, f=frame: r["frame"] == f, f"{chord}: frame {frame}")
        driver.click("first")
        driver.click("on")
        driver.wait(lambda r: r["frame"] == FIRST + 1, "a step by the button")

        # In and out by keys, and playing stays between them.
        scrub(driver, 1004)
        driver.key("bracketleft")
        driver.wait(lambda r: r["scene"]["mark_in"] == 1004, "in")
        scrub(driver, 1007)
        driver.click("mark out")
        driver.wait(lambda r: r["scene"]["mark_out"] == 1007, "out")
        seen = set()
        driver.key("space")
        driver.wait(
            lambda r: seen.add(r["frame"]) or {1004, 1005, 1006, 1007} <= seen, "it plays round"
        )
        assert driver.report["playing"]
        assert seen <= {1004, 1005, 1006, 1007}
        driver.click("play")
        driver.wait(lambda r: not r["playing"], "it stands")
        driver.key("l")
        driver.wait(lambda r: not r["loop"], "no loop")
        driver.key("space")
        driver.wait(lambda r: not r["playing"] and r["frame"] == 1007, "it stops at out")
        pictures = driver.report["cached"][0]
        assert {1004, 1005, 1006, 1007} <= set(pictures)
        driver.settled()
        driver.screenshot(artifacts / "window-timeline.png")
        driver.key("ctrl+z")
        driver.wait(lambda r: r["scene"]["mark_out"] is None, "out is undone")
        driver.key("ctrl+z")
        driver.wait(lambda r: r["scene"]["mark_in"] is None, "in is undone")
        assert "*" not in driver.report["title"]

        # At rest it is not drawn.
        before = driver.settled()["draws"]
        driver.xdotool("sleep", 1)
        assert driver.report["draws"] == before

        # A frame that was analysed is marked, and the next one when it is.
        driver.choose(f"{MAP}.analysis", f"{MAP}.analysis.Face")
        driver.wait(lambda r: r["cached"][1] == [1007], "the analysed frame is marked")
        driver.key("Right")
        driver.wait(lambda r: r["cached"][1] == [1007, 1008], "and another one")
        driver.key("ctrl+z")
        driver.wait(lambda r: r["cached"][1] == [], "without an analysis none is")

        # The shot is made longer by typing.
        driver.move(*driver.place("shot last"))
        driver.act("click", "--repeat", 2, "--delay", 60, 1)
        driver.wait(lambda r: r["pointer"]["text"], "there is a line to type in")
        driver.xdotool("type", "--delay", 60, "1100")
        driver.xdotool("key", "Return")
        driver.wait(lambda r: r["scene"]["last"] == 1100, "the shot is longer")
        driver.quit()


@pytest.mark.slow
@pytest.mark.timeout(240)
def test_keys_are_set_moved_shaped_and_copied(
    display: str, document: Path, tmp_path: Path, artifacts: Path
) -> None:
    with window(display, tmp_path, "open", str(document)) as driver:
        # Two keys of Effect: by its diamond, and by its slider at another frame.
        driver.click(f"{EFFECT}.key")
        driver.wait(lambda _: effect_keys(driver) == [(1001, 1, "bezier")], "a key is set")
        scrub(driver, 1013)
        x, y = driver.place(EFFECT)
        driver.drag((x, y), (x + 60, y))
        driver.wait(lambda _: len(effect_keys(driver)) == 2, "another one by dragging the value")
        first, second = effect_keys(driver)
        assert second[0] == 1013 and second[1] > 1.2 and second[2] == "bezier"
        assert driver.report["channels"] == [EFFECT]
        driver.click(f"{EFFECT}.key")
        driver.wait(lambda _: effect_keys(driver) == [first], "the key is taken away")
        driver.key("ctrl+z")
        driver.wait(lambda _: effect_keys(driver) == [first, second], "and is back")

        # Dragged in the graph: one step of undo.
        driver.click("fit curves")
        x, y = place_of(driver, f"{EFFECT}@1013")
        left, _, right, _ = driver.report["items"]["curves"]
        frame = (right - left) / (LAST - FIRST + 1)
        driver.drag((x, y), (x + 4 * frame, y + 20))
        driver.wait(lambda _: effect_keys(driver)[1][0] == 1017, "it is moved in time")
        moved = effect_keys(driver)
        assert moved[1][1] < second[1]
        driver.key("ctrl+z")
        driver.wait(lambda _: effect_keys(driver) == [first, second], "one step back")
        driver.key("ctrl+shift+z")
        driver.wait(lambda _: effect_keys(driver) == moved, "and on")

        # A handle.
        driver.move(*place_of(driver, f"{EFFECT}@1001"))
        driver.act("mousedown", 1)
        driver.act("mouseup", 1)
        driver.wait(lambda r: r["selected"] == [f"{EFFECT}@1001"], "the first key is selected")
        x, y = place_of(driver, f"{EFFECT}@1001.out", "grips")
        driver.drag((x, y), (x + 20, y - 30))
        driver.wait(
            lambda _: (driver.node(MAP)["effect"]["keys"][0].get("tangent_out") or [0, 0])[1] > 0,
            "the handle is pulled up",
        )
        driver.settled()
        driver.screenshot(artifacts / "window-curves.png")

        # Its interpolation, by the buttons and by the menu of the graph.
        driver.click("hold")
        driver.wait(lambda _: effect_keys(driver)[0][2] == "hold", "hold")
        driver.move(*place_of(driver, f"{EFFECT}@1001"))
        driver.act("mousedown", 3)
        driver.act("mouseup", 3)
        driver.click("Linear.menu")
        driver.wait(lambda _: effect_keys(driver)[0][2] == "linear", "linear")
        driver.key("ctrl+z")
        driver.wait(lambda _: effect_keys(driver)[0][2] == "hold", "undone")
        driver.click("linear")

        # Both selected by a box; copied, and pasted at another frame.
        left, top, right, bottom = driver.report["items"]["curves"]
        driver.drag((left + 3, bottom - 3), (right - 3, top + 3))
        driver.wait(lambda r: len(r["selected"]) == 2, "both are selected")
        driver.key("ctrl+c")
        scrub(driver, 1019)
        driver.key("ctrl+v")
        driver.wait(lambda _: len(effect_keys(driver)) == 4, "they are pasted")
        found = effect_keys(driver)
        assert [key[0] for key in found] == [1001, 1017, 1019, 1035]
        assert [key[1:] for key in found[2:]] == [key[1:] for key in found[:2]]
        driver.key("Delete")
        driver.wait(lambda _: len(effect_keys(driver)) == 2, "what is selected is deleted")

        # A double click on the curve makes a key, K sets one, and keys are gone to.
        x, y = place_of(driver, f"{EFFECT}@1017")
        driver.move(x + 4 * frame, y)
        driver.act("click", "--repeat", 2, "--delay", 60, 1)
        driver.wait(lambda _: 1021 in [key[0] for key in effect_keys(driver)], "a key by clicks")
        driver.key("Up")
        driver.wait(lambda r: r["frame"] == 1017, "the key before")
        scrub(driver, 1008)
        driver.key("k")
        driver.wait(lambda _: 1008 in [key[0] for key in effect_keys(driver)], "a key by K")

        # All taken back, one by one, to the document as it was opened.
        while driver.report["title"].startswith("shot.rilievo *"):
            driver.key("ctrl+z")
        assert driver.node(MAP)["effect"] == 1.0
        driver.quit()


@pytest.mark.slow
@pytest.mark.timeout(240)
def test_a_vector_an_ambient_light_and_a_still_are_animated(
    display: str, document: Path, tmp_path: Path, artifacts: Path
) -> None:
    Scene.load(document).with_settings(last=FIRST).save(document)
    with window(display, tmp_path, "open", str(document)) as driver:
        assert "Timeline" not in driver.report["open"]  # nothing moves yet
        driver.click("View")
        driver.click("Timeline.menu")
        driver.click("Lights.tab", 0.3)
        driver.click("+ Add a Light")
        driver.click("key")  # that of ambient light, which is no node's
        driver.wait(lambda r: len(r["channels"]) == 3, "ambient light has keys")
        assert all("keys" in part for part in driver.report["scene"]["ambient"])
        driver.click("Light 1.colour.key")
        driver.wait(
            lambda _: all("keys" in p for p in driver.node("Light 1")["colour"]), "a colour"
        )
        driver.settled()
        driver.screenshot(artifacts / "window-timeline-still.png")
        # All keys away, by the button's own menu.
        driver.move(*driver.place("Light 1.colour.key"))
        driver.act("mousedown", 3)
        driver.act("mouseup", 3)
        driver.click("Light 1.colour.Remove All Keys.menu")
        driver.wait(lambda _: driver.node("Light 1")["colour"] == [1, 1, 1], "a plain colour")
        driver.quit()
