"""The menu bar, and the keys that do the same."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from imgui_bundle import imgui

from engine.scene import AnalysisType, Interpolation, Shape, ZDepthMap
from ui.window import documents, leaving, schematic
from ui.window.desk import Desk
from ui.window.gizmo import Mode
from ui.window.overlay import Press
from ui.window.panels import timeline
from ui.window.popups import close_all

KEYS = {
    "Space": " ", "Left": "arrowleft", "Right": "arrowright", "Up": "arrowup", "Down": "arrowdown",
}  # fmt: skip
"""As the canvas calls them."""


@dataclass(frozen=True, slots=True)
class Command:
    """Something the user can do. keys: as the menu shows them. others: that do the same. panel:
    whose keys these are: they count where it was clicked last."""

    label: str
    keys: str
    act: Callable[[Desk], None]
    enabled: Callable[[Desk], bool] = lambda _: True
    others: tuple[str, ...] = ()
    panel: str = ""


def _can_revert(window: Desk) -> bool:
    return window.editor.path is not None and not window.editor.history.is_saved


FILE = (
    Command("New", "Ctrl+N", documents.new),
    Command("Open…", "Ctrl+O", documents.ask_to_open),
    Command("Save", "Ctrl+S", leaving.save),
    Command("Save As…", "Ctrl+Shift+S", leaving.save_as),
    Command("Revert", "", documents.revert, _can_revert),
    Command("Read File", "Ctrl+I", lambda w: w.read_file()),
    Command("Quit", "Ctrl+Q", lambda w: w.quit(), others=("Escape",)),
)
EDIT = (
    Command(
        "Undo", "Ctrl+Z", lambda w: w.editor.undo(),
        lambda w: w.editor.history.undo_label is not None,
    ),
    Command(
        "Redo", "Ctrl+Shift+Z",
        lambda w: w.editor.redo(), lambda w: w.editor.history.redo_label is not None, ("Ctrl+Y",),
    ),
)  # fmt: skip


def _any_node(window: Desk) -> bool:
    return bool(window.editor.selection)


NODE = (
    Command("Copy", "Ctrl+C", lambda w: w.actions.copy(), _any_node, panel=schematic.TITLE),
    Command(
        "Paste", "Ctrl+V", lambda w: w.actions.paste(), lambda w: w.actions.can_paste,
        panel=schematic.TITLE,
    ),
    Command("Duplicate", "Ctrl+D", lambda w: w.actions.duplicate(), _any_node),
    Command("Rename", "F2", lambda w: w.schematic.rename(), _any_node),
    Command(
        "Delete", "Delete", lambda w: w.schematic.delete(), lambda w: w.schematic.can_delete,
        ("Backspace",), panel=schematic.TITLE,
    ),
    Command(
        "Track Axis", "", lambda w: w.tools.track_selected(), lambda w: w.tools.can_track_selected()
    ),
    Command("Tidy Schematic", "T", lambda w: w.schematic.tidy(), panel=schematic.TITLE),
)  # fmt: skip
VIEW = (
    Command("Move Handles", "W", lambda w: w.tools.gizmo.toggle(Mode.MOVE)),
    Command("Rotate Handles", "E", lambda w: w.tools.gizmo.toggle(Mode.ROTATE)),
    Command("Scale Handles", "S", lambda w: w.tools.gizmo.toggle(Mode.SCALE)),
    Command("World or Own Axes", "X", lambda w: w.tools.gizmo.swap_axes()),
    Command("Axis Handles", "", lambda w: w.tools.axes.toggle()),
    Command("Safe Areas", "", lambda w: w.tools.safe.toggle()),
    Command("Compare with Source", "", lambda w: w.tools.wipe.toggle()),
    Command("False Colours", "", lambda w: w.tools.toggle_colours()),
    Command("Frame All", "F", lambda w: w.frame()),
    Command("Document's Camera", "C", lambda w: w.preview.camera.reset()),
    Command("Fit Picture", "0", lambda w: w.view.fit()),
    Command("Fullscreen", "F11", lambda w: w.fullscreen.toggle()),
    Command("Larger Text", "Ctrl+=", lambda w: w.scale_text(1.1), others=("Ctrl++",)),
    Command("Smaller Text", "Ctrl+-", lambda w: w.scale_text(1 / 1.1)),
)


def _has_time(window: Desk) -> bool:
    return window.live is None and window.editor.scene.last > window.editor.scene.first


def _selected(window: Desk) -> bool:
    return bool(window.timeline.animation.selected)


def _shape(how: Interpolation) -> Command:
    return Command(how.value.capitalize(), "", lambda w: w.timeline.animation.shape(how), _selected)


def _toggle_loop(window: Desk) -> None:
    window.editor.loop = not window.editor.loop
    window.messages.note(f"Playing {'begins anew' if window.editor.loop else 'stops'} at the end")


PLAY = (
    Command("Play", "Space", lambda w: w.play(), _has_time),
    Command("Next Frame", "Right", lambda w: w.editor.go(w.editor.frame + 1), _has_time),
    Command("Previous Frame", "Left", lambda w: w.editor.go(w.editor.frame - 1), _has_time),
    Command("First Frame", "Home", lambda w: w.editor.go(w.editor.scene.first), _has_time),
    Command("Last Frame", "End", lambda w: w.editor.go(w.editor.scene.last), _has_time),
    Command("Mark In", "[", lambda w: w.editor.mark(start=w.editor.frame), _has_time),
    Command("Mark Out", "]", lambda w: w.editor.mark(end=w.editor.frame), _has_time),
    Command("Loop", "L", _toggle_loop, _has_time),
)
KEYFRAMES = (
    Command("Set Key", "K", lambda w: w.timeline.animation.set_key()),
    Command("Next Key", "Down", lambda w: w.timeline.animation.neighbour(1)),
    Command("Previous Key", "Up", lambda w: w.timeline.animation.neighbour(-1)),
    *(_shape(how) for how in Interpolation),
    Command(
        "Copy Keys", "Ctrl+C", lambda w: w.timeline.animation.copy(), _selected,
        panel=timeline.TITLE,
    ),
    Command(
        "Cut Keys", "Ctrl+X", lambda w: w.timeline.animation.cut(), _selected,
        panel=timeline.TITLE,
    ),
    Command(
        "Paste Keys", "Ctrl+V", lambda w: w.timeline.animation.paste(),
        lambda w: w.timeline.animation.can_paste, panel=timeline.TITLE,
    ),
    Command(
        "Delete Keys", "Delete", lambda w: w.timeline.animation.delete(), _selected,
        others=("Backspace",), panel=timeline.TITLE,
    ),
    Command(
        "Select All Keys", "Ctrl+A", lambda w: w.timeline.animation.select_all(),
        panel=timeline.TITLE,
    ),
    Command("Show All of the Timeline", "", lambda w: w.timeline.fit()),
)  # fmt: skip


def _analyses(window: Desk) -> bool:
    maps = [node for node in window.editor.scene.nodes if isinstance(node, ZDepthMap)]
    made = any(node.analysis is not AnalysisType.MEDIA for node in maps)
    return made and window.live is None and window.work.now is None


def _analyse_shot(window: Desk) -> None:
    """Have all analyses of the document made and kept, from In to Out."""
    scene = window.editor.scene
    first, last = scene.played
    frames = ("-f", f"{first}" if first == last else f"{first}-{last}")
    window.work.start(
        f"Analysing {scene.name or 'untitled'}",
        lambda document: ("analyse", str(document), *frames),
        scene,
    )


OUTPUT = (
    Command("Record", "R", lambda w: w.record()),
    Command(
        "Render…", "Ctrl+R", lambda w: w.ask_to_render(),
        lambda w: w.live is None and w.work.now is None,
    ),
    Command(
        "Cancel Rendering or Analysis", "", lambda w: w.work.cancel(),
        lambda w: w.work.now is not None,
    ),
)  # fmt: skip
ANALYSIS = (
    Command("Run or Pause", "A", lambda w: w.toggle_analysis()),
    Command("Analyse Shot", "Ctrl+Shift+A", _analyse_shot, _analyses),
    Command("Draw a Rectangle", "I", lambda w: w.regions.toggle(Shape.RECTANGLE)),
    Command("Draw a Polygon", "P", lambda w: w.regions.toggle(Shape.POLYGON)),
)
HELP = (
    Command("Find a Command", "Ctrl+P", lambda w: w.find_command()),
    Command("Keys", "?", lambda w: w.show_keys()),
    Command("First Steps", "", lambda w: w.show_first_steps()),
)
MENUS = (
    ("File", FILE),
    ("Edit", EDIT),
    ("Node", NODE),
    ("View", VIEW),
    ("Play", PLAY),
    ("Keyframes", KEYFRAMES),
    ("Analysis", ANALYSIS),
    ("Output", OUTPUT),
    ("Help", HELP),
)


def draw(window: Desk) -> None:
    """The menus."""
    for title, commands in MENUS:
        if not imgui.begin_menu(title):
            continue
        for command in commands:
            label = labelled(command, window)
            if imgui.menu_item(label, command.keys, False, command.enabled(window))[0]:
                command.act(window)
            if command.label == "Open…":
                _recent(window)
        if title == "View":
            imgui.separator()
            for panel in window.panels:
                _, panel.open = imgui.menu_item(panel.title, "", panel.open)
            imgui.separator()
            if imgui.menu_item("Panels as at First", "", False)[0]:
                window.arrange_anew()
        imgui.end_menu()


def labelled(command: Command, window: Desk) -> str:
    """What the menu calls a command now: what would be undone is named."""
    history = window.editor.history
    steps = {"Undo": history.undo_label, "Redo": history.redo_label}
    step = steps.get(command.label)
    return f"{command.label} {step}" if step else command.label


def _recent(window: Desk) -> None:
    """Files that were open before."""
    files = documents.recent(window)
    if not imgui.begin_menu("Open Recent", bool(files)):
        return
    for path in files:
        if imgui.menu_item(f"{path.name}##{path}", str(path.parent), False)[0]:
            window.open(path)
    imgui.separator()
    if imgui.menu_item("Forget These", "", False)[0]:
        window.settings.change(recent=())
    imgui.end_menu()


def shortcuts(window: Desk, presses: Sequence[Press]) -> None:
    """Do what keys ask for; lists and menus that are open are closed for it."""
    for press in presses:
        for command in _meant(window, press):
            close_all()
            command.act(window)


def is_meant(window: Desk, press: Press) -> bool:
    """Whether a key press asks for a command that can be done now."""
    return any(_meant(window, press))


def _meant(window: Desk, press: Press) -> Iterator[Command]:
    """The commands that a key press asks for, of those that can be done now."""
    for _, commands in MENUS:
        for command in commands:
            here = not command.panel or window.focused(command.panel)
            asked = here and any(_is(press, chord) for chord in (command.keys, *command.others))
            if asked and command.enabled(window):
                yield command


def _is(press: Press, chord: str) -> bool:
    """Whether a key press is this chord, such as "Ctrl+Shift+Z"."""
    *held, key = chord.removesuffix("++").split("+")
    if chord.endswith("++"):
        held, key = [*held, key], "+"
    names = {"Ctrl": "Control"}
    wanted = frozenset(names.get(name, name) for name in held)
    # On a Mac, Command does what Ctrl does elsewhere.
    given = frozenset("Control" if name == "Meta" else name for name in press.held)
    return press.key == KEYS.get(key, key.lower()) and wanted == given
