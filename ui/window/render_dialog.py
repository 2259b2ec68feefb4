"""What is asked before frames are rendered to files from the window."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from imgui_bundle import icons_fontawesome_6 as icons
from imgui_bundle import imgui

from engine.errors import RilievoError
from engine.frames import parse_frames
from engine.scene import Scene
from passes import aov_passes
from passes.outputs import resolved
from passes.rendered import check_names
from ui.window import fields
from ui.window.desk import Desk
from ui.window.theme import RED, grown
from ui.window.view import output_titles

TITLE = "Render"
WIDTH = 460.0  # points
SAMPLES = 8


class RenderDialog:
    """Closed until `open`. What was chosen stays for the next time. pattern, movie: the files of
    the pictures and of the film, as typed."""

    def __init__(self) -> None:
        self.passes: set[str] = {"beauty"}
        self.pictures, self.film = True, False
        self.samples = SAMPLES
        self._frames = self.pattern = self.movie = self._range = ""
        self._opening = False
        self._document: tuple[Path, str] | None = None
        self._aovs: set[str] = set()  # the document's when it was open last

    def open(self, window: Desk) -> None:
        """Ask for the next rendering of the document."""
        scene, path = window.editor.scene, window.editor.path
        # 3D AOVs come and go; they are written with the picture unless that was unticked.
        aovs = {*aov_passes(scene)}
        self.passes = self.passes & {*output_titles(scene)} | aovs - self._aovs
        self._aovs = aovs
        played = _played(scene)
        if self._frames in ("", self._range):  # not typed over
            self._frames = played
        self._range = played
        folder = Path.cwd() if path is None else path.parent
        name = path.stem if path is not None else Path(scene.name or "untitled").name
        if (folder, name) != self._document or not self.pattern:  # not over another one's files
            self.pattern = str(folder / "render" / f"{name}.####.exr")
            self.movie = str(folder / "render" / f"{name}.mp4")
        self._document = folder, name
        self._opening = True

    def draw(self, window: Desk) -> bool:
        """Show it while it is open; whether it is."""
        if self._opening:
            imgui.open_popup(TITLE)
            self._opening = False
        viewport = imgui.get_main_viewport()
        centre = viewport.get_center()
        imgui.set_next_window_pos((centre.x, centre.y), imgui.Cond_.always, (0.5, 0.5))
        imgui.set_next_window_size((min(grown(WIDTH), viewport.size.x), 0.0))
        flags = imgui.WindowFlags_.no_saved_settings | imgui.WindowFlags_.no_move
        if not imgui.begin_popup_modal(TITLE, None, flags)[0]:
            return False
        self._choices(window.editor.scene)
        problem = self.problem(window.editor.scene)
        if problem:
            imgui.push_text_wrap_pos(0.0)
            imgui.text_colored(imgui.ImVec4(*RED), problem)
            imgui.pop_text_wrap_pos()
        imgui.separator()
        imgui.begin_disabled(bool(problem))
        if imgui.button(f"{icons.ICON_FA_PLAY} Render###start render"):
            self._start(window)
            imgui.close_current_popup()
        imgui.end_disabled()
        imgui.same_line()
        if imgui.button("Cancel") or imgui.is_key_pressed(imgui.Key.escape):
            imgui.close_current_popup()
        imgui.end_popup()
        return True

    def problem(self, scene: Scene) -> str:
        """What is missing or wrong; empty where it can begin."""
        if not self.pictures and not self.film:
            return "Choose pictures, a film, or both."
        if self.pictures and not self.passes:
            return "Choose at least one pass for the pictures."
        if self.pictures and not self.pattern.strip():
            return "Name the files of the pictures, such as shot.####.exr."
        if self.film and not self.movie.strip():
            return "Name the file of the film, such as shot.mp4."
        try:
            if self.pictures:
                check_names(resolved(scene, tuple(self.passes)))
            parse_frames(self._frames)
        except RilievoError as error:
            return str(error)
        return ""

    def arguments(self, document: Path) -> Sequence[str]:
        """Of the command `rilievo`."""
        found = ["render", str(document), "-f", self._frames, "--samples", str(self.samples)]
        if self.pictures:
            found += ["-o", _path(self.pattern), "--passes", ",".join(sorted(self.passes))]
        if self.film:
            found += ["--movie", _path(self.movie)]
        return found

    def _start(self, window: Desk) -> None:
        scene = window.editor.scene
        folders = [Path(_path(self.pattern)).parent] if self.pictures else []
        folders += [Path(_path(self.movie)).parent] if self.film else []
        window.work.start(f"Rendering {scene.name or 'untitled'}", self.arguments, scene, folders)

    def _choices(self, scene: Scene) -> None:
        if not fields.begin_table("render"):
            return
        fields.row("Frames", "1001-1100, 1-10x2 or 1,5,9-12")
        imgui.set_next_item_width(-1)
        _, self._frames = imgui.input_text("##render frames", self._frames)
        fields.row("Samples", "Of a pixel, against jagged edges")
        imgui.set_next_item_width(-1)
        _, self.samples = imgui.slider_int(
            "##render samples", self.samples, 1, 64, "%d", imgui.SliderFlags_.always_clamp
        )
        fields.row("Pictures", "EXR holds all passes; #### is the frame number")
        _, self.pictures = imgui.checkbox("##render pictures", self.pictures)
        self.pattern = _file("##render pattern", self.pattern, self.pictures)
        fields.row("Film", "Of the beauty")
        _, self.film = imgui.checkbox("##render film", self.film)
        self.movie = _file("##render movie", self.movie, self.film)
        imgui.end_table()
        imgui.separator_text("Passes")
        imgui.begin_disabled(not self.pictures)
        if imgui.begin_table("##render passes", 3, imgui.TableFlags_.sizing_stretch_same):
            for name, title in output_titles(scene).items():
                imgui.table_next_column()
                changed, ticked = imgui.checkbox(f"{title}###render {name}", name in self.passes)
                if changed:
                    (self.passes.add if ticked else self.passes.discard)(name)
            imgui.end_table()
        imgui.end_disabled()


def _path(typed: str) -> str:
    """A path as people type it: no shell is there to find their home."""
    return os.path.expanduser(typed.strip())


def _file(label: str, text: str, enabled: bool) -> str:
    """A line for the name of a file, beside its switch."""
    imgui.same_line()
    imgui.set_next_item_width(-1)
    imgui.begin_disabled(not enabled)
    _, text = imgui.input_text(label, text)
    imgui.end_disabled()
    return text


def _played(scene: Scene) -> str:
    """From In to Out, as the command wants it."""
    first, last = scene.played
    return f"{first}" if first == last else f"{first}-{last}"
