"""The steps of the tour: each does something by pointer and keys, waits until the document says
so, and takes a picture."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import cv2

from tests.support.window_driver import Driver

MAP, AOV = "Z-Depth 1", "3D AOV 1"
ASIDE = 900, 10  # a place where the pointer touches nothing


class Tour:
    """Takes numbered pictures of a window into a folder."""

    def __init__(self, driver: Driver, out: Path, number: int = 0) -> None:
        self.driver = driver
        self.number = number
        self._out = out

    def picture(self, name: str, *, still: bool = True, pointer: bool = False) -> None:
        """`03-relief.png`. still: of a window that draws nothing by itself. pointer: it stays where
        it is, with what is said there."""
        self.number += 1
        if not pointer:
            self.driver.move(*ASIDE)
        if still:
            self.driver.settled()
        path = self._out / f"{self.number:02}-{name}.png"
        self.driver.screenshot(path, still=still)
        width, height = self.driver.report["size"]
        image = cv2.imread(str(path))
        assert image is not None
        cv2.imwrite(str(path), image[:height, :width])  # without the screen beside the window
        cut = self.driver.report["cut"]
        print(f"{path}{f'  cut off: {cut}' if cut else ''}", flush=True)

    def choose(self, field: str, entry: str) -> None:
        """From the list of a field of the map."""
        self.driver.choose(f"{MAP}.{field}", f"{MAP}.{field}.{entry}")

    def there(self, name: str) -> None:
        """Wait for a node of that name."""
        self.driver.wait(
            lambda r: any(node["id"] == name for node in r["scene"]["nodes"]), f"{name} is there"
        )

    def show(self, title: str, name: str = "") -> None:
        """Choose a pass for the view. A list that has just opened may still move under a pointer
        that is quicker than the window, as on a busy machine: then once more."""
        wanted = name or title.lower()
        for _ in range(3):
            self.driver.choose("view", title)
            if self.driver.settled()["view"] == wanted:
                return
        raise AssertionError(f"{title} is not shown")

    # -- the steps --

    def first_look(self) -> None:
        """What is there without a document."""
        self.driver.wait(lambda r: r["analysis"]["faces"] > 0, "the face is found")
        self.picture("first-look")

    def document(self) -> None:
        """A picture on a surface, and its depth in the media list."""
        self.driver.wait(lambda r: r["pictures"] > 0, "the picture is drawn")
        self.picture("document")

    def media(self) -> None:
        """The files of a folder, to be read; and the list, from which a media is chosen."""
        driver = self.driver
        driver.click("Read File")
        driver.place("file portrait_depth.exr")
        self.picture("read-file")
        driver.click("Media List")
        driver.click("media 2", 0.6)
        self.picture("media-chosen")

    def drag_a_map(self) -> None:
        """The depth is chosen, and a map dragged from the bin onto the picture."""
        driver = self.driver
        driver.choose("bin media", "[2] portrait_depth.exr")
        start = driver.place("bin Z-Depth Map", 0.3)
        driver.drag(start, driver.picture(0.3, 0.7), steps=8)
        self.there(MAP)
        assert driver.node(MAP)["media"] == 2
        self.picture("map-dragged-from-the-bin")

    def relief(self) -> None:
        """The numbers are distances. 3D on, and a look from the side."""
        driver = self.driver
        self.choose("depth_range", "Absolute")
        driver.wait(lambda _: driver.node(MAP)["depth_range"] == "absolute", "they are distances")
        driver.click(f"{MAP}.three_d")
        driver.wait(lambda _: driver.node(MAP)["three_d"], "the surface is extruded")
        start = driver.picture(0.8, 0.85)
        driver.drag(start, (start[0] - 70, start[1] - 12), steps=6)
        driver.wait(lambda r: r["free"], "the camera has moved")
        self.picture("relief-from-the-side")
        driver.key("c")
        driver.wait(lambda r: not r["free"], "the document's camera again")

    def distances(self) -> None:
        """The Z pass, and the distance under the pointer."""
        driver = self.driver
        self.show("Z-Depth", "z")
        driver.move(*driver.picture(0.44, 0.2))
        driver.wait(lambda r: r["readout"].startswith("Z "), "the distance is read")
        self.picture("distances-read", pointer=True)
        self.show("Beauty")

    def z_snap(self) -> None:
        """An axis, dragged with Shift: its Z is the depth under the pointer."""
        driver = self.driver
        driver.move(*driver.place("bin Axis"))
        driver.act("click", "--repeat", 2, "--delay", 90, 1)
        driver.wait(lambda r: "Axis 1" in r["axes"], "the axis has a handle")
        start, end = driver.settled()["axes"]["Axis 1"], driver.picture(0.44, 0.26)
        driver.move(*start)
        driver.act("keydown", "shift")
        driver.act("mousedown", 1)
        for step in range(1, 7):
            driver.move(*(a + step / 6 * (b - a) for a, b in zip(start, end, strict=True)))
        driver.wait(lambda r: r["snap"].startswith("Z "), "it says the Z that it takes")
        self.picture("z-snap", pointer=True)
        driver.act("mouseup", 1)
        driver.act("keyup", "shift")
        driver.wait(lambda _: driver.node("Axis 1")["translate"][2] > 0.05, "it is on the face")

    def analysis(self) -> None:
        """The depth from a network in place of the file."""
        driver = self.driver
        self.choose("depth_range", "Normalized")  # a face's depth is true to scale by itself
        self.choose("analysis", "Face")
        driver.wait(lambda _: driver.node(MAP)["analysis"] == "face", "it is a Face map")
        driver.wait(lambda r: r["analysis"]["faces"] > 0, "the face is found")
        driver.wait(lambda r: not r["analysis"]["message"].startswith("analysing"), "it is done")
        self.picture("face-analysis")

    def light(self) -> None:
        """A lamp, dragged to the side."""
        driver = self.driver
        if not driver.report["lights"]:  # a first one may have come with the analysis
            driver.click("+ Add a Light")
        driver.wait(lambda r: r["lights"], "its handle is in the picture")
        x, y = driver.settled()["lights"]["Light 1"]
        driver.drag((x, y), (x - 25, y + 40), steps=6)
        self.picture("light-dragged")

    def schematic(self) -> None:
        """The nodes and their links, tidied; a double click opens a node's parameters."""
        driver = self.driver
        driver.click("Schematic.tab", 0.3)
        driver.wait(lambda r: r["panels"]["Schematic"], "the Schematic is in front")
        driver.wait(lambda r: MAP in r["schematic"], "the map is in it")
        left, top, right, _ = driver.settled()["schematic"][MAP]["box"]
        driver.move((left + right) / 2, top + 14)
        driver.act("click", "--repeat", 2, "--delay", 90, 1)
        driver.wait(lambda r: r["panels"]["Object"], "its parameters are shown")
        driver.click("Tidy")
        driver.click("frame schematic")
        self.picture("schematic-and-object-menu")

    def aov(self) -> None:
        """A 3D AOV on the surface, the map that it needs, and its own pass in the view."""
        driver = self.driver
        driver.choose("bin media", "[1] portrait.png")
        left, top, right, _ = driver.settled()["schematic"]["Surface 1"]["box"]
        driver.move((left + right) / 2, top + 14)
        driver.act("mousedown", 1)
        driver.act("mouseup", 1)
        driver.wait(lambda r: r["selection"] == ["Surface 1"], "the surface is selected")
        driver.move(*driver.place("bin 3D AOV"))
        driver.act("click", "--repeat", 2, "--delay", 90, 1)
        self.there(AOV)
        driver.choose(f"{AOV}.kind", f"{AOV}.kind.Albedo")
        driver.click("create map")
        driver.click("[1] portrait.png")
        self.there("Diffuse Map 1")
        self.show(AOV, AOV)
        driver.click("Tidy")
        driver.click("frame schematic")
        self.picture("3d-aov-with-its-map")
        self.show("Beauty")

    def timeline(self) -> None:
        """Effect grows from the flat picture to the relief."""
        driver = self.driver
        self.select_map()
        driver.click("Timeline.tab", 0.3)
        driver.key("Home")
        driver.click(f"{MAP}.effect.key")
        driver.wait(lambda r: f"{MAP}.effect@1001" in r["keys"], "a key is set")
        driver.key("End")
        driver.click(f"{MAP}.effect.key")
        driver.wait(lambda r: f"{MAP}.effect@1048" in r["keys"], "and another one")
        driver.key("Home")
        x, y = driver.place(f"{MAP}.effect")
        driver.drag((x, y), (x - 90, y), steps=6)
        driver.wait(lambda _: driver.node(MAP)["effect"]["keys"][0]["value"] < 0.9, "it is less")
        driver.click("fit curves")
        for _ in range(12):
            driver.key("Right")
        self.picture("keys-and-curves")

    def select_map(self) -> None:
        """Its own menu, by a double click on it in the Schematic."""
        driver = self.driver
        driver.click("Schematic.tab", 0.3)
        driver.wait(lambda r: r["panels"]["Schematic"], "the Schematic is in front")
        left, top, right, _ = driver.settled()["schematic"][MAP]["box"]
        driver.move((left + right) / 2, top + 14)
        driver.act("click", "--repeat", 2, "--delay", 90, 1)
        driver.place(f"{MAP}.effect")

    def passes(self) -> None:
        """Any pass in the view."""
        driver = self.driver
        driver.key("End")
        for view in ("Normals", "Position", "Shadow"):
            self.show(view)
            self.picture(f"pass-{view.lower()}")
        self.show("Beauty")

    def region(self) -> None:
        """A region of interest, drawn on the picture."""
        driver = self.driver
        driver.key("i")
        driver.drag(driver.picture(0.28, 0.05), driver.picture(0.62, 0.45), steps=6)
        driver.wait(lambda _: driver.node(MAP).get("regions"), "the region is there")
        self.picture("region-of-interest", pointer=True)
        driver.key("ctrl+z")

    def recording(self) -> None:
        """What is seen is recorded while it plays."""
        driver = self.driver
        driver.click("Outputs.tab", 0.3)
        driver.key("Home")
        driver.key("r")
        driver.key("space")
        driver.wait(
            lambda r: r["recording"] and r["recording"]["written"] > 5, "frames are written"
        )
        self.picture("recording", still=False)
        driver.key("space")
        driver.key("r")
        driver.wait(lambda r: not r["recording"]["recording"], "the recording is closed")

    def render(self) -> None:
        """Frames are rendered to files beside the window."""
        driver = self.driver
        driver.key("ctrl+r")
        driver.place("start render")
        driver.click("render normals")
        driver.click("render z")
        self.picture("render")
        driver.click("start render")
        driver.wait(lambda r: r["work"] and r["work"]["done"] >= 2, "frames are rendered")
        self.picture("rendering", still=False)
        driver.click("cancel work")
        driver.wait(lambda r: r["work"] is None, "it has ended")

    def commands(self) -> None:
        """Every command by its name, and every key."""
        driver = self.driver
        driver.key("ctrl+p")
        driver.wait(lambda r: r["pointer"]["text"], "there is a line to type in")
        driver.xdotool("type", "--delay", 60, "key")
        driver.wait(lambda r: "Mark In command" not in r["items"], "what does not fit is gone")
        self.picture("commands", still=False)
        driver.key("Escape")
        driver.wait(lambda r: not r["pointer"]["text"], "it is closed")
        driver.key("question")
        driver.place("Close")
        self.picture("keys")
        driver.key("Escape")

    def workflow(self) -> tuple[Callable[[], None], ...]:
        """All steps on a document, in order."""
        return (
            self.document, self.media, self.drag_a_map, self.relief, self.distances, self.z_snap,
            self.analysis, self.light, self.schematic, self.aov, self.timeline, self.passes,
            self.region, self.recording, self.render, self.commands,
        )  # fmt: skip
