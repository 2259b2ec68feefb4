"""Outputs: what is recorded, where it goes, and how the recording stands."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from imgui_bundle import icons_fontawesome_6 as icons
from imgui_bundle import imgui

from engine.output import ENDINGS, holds
from engine.scene import Scene
from ui.window import fields
from ui.window.recording import Recording
from ui.window.theme import ACCENT, FAINT, RED
from ui.window.view import output_titles
from ui.window.virtual import VirtualOutput

TITLE = "Outputs"
CODECS = {"h264": "H.264", "prores": "ProRes 422 HQ"}
CONTAINERS = {".mov": "QuickTime (.mov)", ".mp4": "MP4 (.mp4)", ".mkv": "Matroska (.mkv)"}


def draw(
    recording: Recording,
    toggle: Callable[[], None],
    live: bool,
    virtual: VirtualOutput,
    scene: Scene,
) -> None:
    """The panel's content. toggle: starts and stops a recording. live: whether the source is.
    scene: whose 3D AOVs can be recorded."""
    on = recording.on
    imgui.begin_disabled(recording.finishing)
    imgui.push_style_color(imgui.Col_.button, RED if on else (0.35, 0.13, 0.12, 1.0))
    imgui.push_style_color(imgui.Col_.button_hovered, (0.75, 0.25, 0.22, 1.0))
    icon = icons.ICON_FA_STOP if on else icons.ICON_FA_CIRCLE
    pressed = imgui.button(
        f"{icon} {'Stop' if on else 'Record'}###record", (-1, 1.3 * imgui.get_frame_height())
    )
    imgui.pop_style_color(2)
    imgui.set_item_tooltip("Record what the view shows (R)")
    imgui.end_disabled()
    if pressed:
        toggle()
    _status(recording)
    imgui.begin_disabled(on or recording.finishing)
    _choice(recording, live, scene)
    imgui.end_disabled()
    imgui.separator_text("Camera for calls")
    _virtual(virtual)


def _status(recording: Recording) -> None:
    status = recording.status
    if status is None:
        return
    lost = len(status.dropped) + recording.crowded
    if fields.begin_table("recording"):
        for label, value in (
            ("Frames", f"{status.written}"),
            ("Length", f"{status.seconds:.1f} s"),
            ("Size", f"{status.bytes / 1e6:.1f} MB"),
        ):
            fields.row(label)
            imgui.text(value)
        fields.row("Dropped", "Frames that came but could not be written in time.")
        imgui.text_colored(imgui.ImVec4(*(RED if lost else FAINT)), str(lost))
        if status.away:
            fields.row("Without source", "Places in time while the source was gone.")
            imgui.text_colored(imgui.ImVec4(*ACCENT), str(status.away))
        fields.row("Missed", "Places in time for which no picture came though the source ran.")
        imgui.text_colored(
            imgui.ImVec4(*(ACCENT if status.missed else FAINT)), str(len(status.missed))
        )
        fields.row("Held", "Places in the film in which the picture before stands still.")
        imgui.text_colored(imgui.ImVec4(*(ACCENT if status.held else FAINT)), str(status.held))
        imgui.end_table()
    if recording.finishing:
        imgui.text_wrapped("The files are being finished …")
    if recording.folder is not None:
        imgui.push_style_color(imgui.Col_.text, FAINT)
        imgui.text_wrapped(str(recording.folder))
        imgui.pop_style_color()


def _virtual(virtual: VirtualOutput) -> None:
    changed, wanted = imgui.checkbox("Virtual Camera", virtual.wanted)
    imgui.set_item_tooltip("Other programs see the beauty as if it came from a camera")
    if changed:
        virtual.switch(wanted)
    camera = virtual.camera
    if camera is not None and fields.begin_table("virtual camera"):
        for label, value, meaning in (
            ("Device", camera.device, "What to choose in the other program."),
            ("Size", f"{camera.size[0]} × {camera.size[1]}", "Other sizes are fitted into it."),
            ("Sent", str(camera.sent), "Also the same picture again, while nothing changes."),
            ("Not sent", str(camera.replaced), "A newer picture came before."),
        ):
            fields.row(label, meaning)
            imgui.text(value)
        imgui.end_table()


def _choice(recording: Recording, live: bool, scene: Scene) -> None:
    choice = recording.choice
    imgui.separator_text("Movie")
    _, choice.movie = imgui.checkbox("Beauty", choice.movie)
    imgui.same_line()
    imgui.set_next_item_width(-1)
    names = list(CODECS)
    chosen = fields.choose("##codec", names.index(choice.codec), list(CODECS.values()))
    if chosen is not None:
        choice.codec = names[chosen]
    _container(recording)
    if live:
        _, choice.take = imgui.checkbox("Take", choice.take)
        imgui.set_item_tooltip(
            "Keeps the source without loss, the analysis and the document,\n"
            "so that `rilievo render` can make the same frames again, better"
        )
    imgui.separator_text("EXR sequence")
    if imgui.begin_table("##passes", 2, imgui.TableFlags_.sizing_stretch_same):
        for name, title in output_titles(scene).items():
            imgui.table_next_column()
            label = f"{title}##exr" if name != title else f"{title}##aov"
            changed, ticked = imgui.checkbox(label, name in choice.passes)
            if changed:
                (choice.passes.add if ticked else choice.passes.discard)(name)
        imgui.end_table()
    imgui.separator_text("Folder")
    imgui.set_next_item_width(-1)
    _, folder = imgui.input_text("##folder", str(choice.folder))
    if imgui.is_item_deactivated_after_edit() and folder.strip():
        choice.folder = Path(folder.strip()).expanduser()


def _container(recording: Recording) -> None:
    """What kind of file the movie is; only kinds that hold its codec are offered."""
    choice = recording.choice
    endings = [ending for ending in ENDINGS if holds(ending, choice.codec)]
    if choice.container not in endings:
        choice.container = endings[0]
    imgui.set_next_item_width(-1)
    titles = [CONTAINERS[ending] for ending in endings]
    chosen = fields.choose("##container", endings.index(choice.container), titles)
    imgui.set_item_tooltip("The kind of file; QuickTime is what editing programs take")
    if chosen is not None:
        choice.container = endings[chosen]
