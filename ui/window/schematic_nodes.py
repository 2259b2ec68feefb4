"""One node of the Schematic, as it is drawn: two lines between the ends of its links."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import count

from imgui_bundle import icons_fontawesome_6 as icons
from imgui_bundle import imgui
from imgui_bundle import imgui_node_editor as nodes

from engine.scene import AnyNode, Scene, ZDepthMap
from ui.window.kinds import COLOURS, ICONS, detail, title
from ui.window.theme import FAINT

WIDTH = 132.0  # points between the ends of the links
ICON = 22.0
AXIS = 72.0  # that the axis of a map takes

Place = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Numbers:
    """What the node editor knows a node by."""

    node: nodes.NodeId
    parent_end: nodes.PinId  # where the link to its parent ends
    child_end: nodes.PinId
    link: nodes.LinkId  # to its parent


class Names:
    """Numbers for names, and names for numbers; a number is never used twice."""

    def __init__(self) -> None:
        self._of: dict[str, Numbers] = {}
        self._names: dict[int, tuple[str, str]] = {}
        self._count = count(1)

    def of(self, name: str) -> Numbers:
        """The numbers of a node."""
        found = self._of.get(name)
        if found is None:
            one, two, three, four = (next(self._count) for _ in range(4))
            found = Numbers(
                nodes.NodeId(one), nodes.PinId(two), nodes.PinId(three), nodes.LinkId(four)
            )
            self._of[name] = found
            for number, part in ((one, "node"), (two, "parent"), (three, "child"), (four, "link")):
                self._names[number] = (name, part)
        return found

    def name(self, number: int) -> tuple[str, str] | None:
        """The node that a number belongs to, and whether it is that of the "node" itself, of its
        end to its "parent" or to a "child", or of its "link"."""
        return self._names.get(number)

    def rename(self, old: str, new: str) -> None:
        """The node keeps its numbers under another name."""
        found = self._of.pop(old, None)
        if found is not None:
            self._of[new] = found
            for number, (name, part) in list(self._names.items()):
                if name == old:
                    self._names[number] = (new, part)


@dataclass(frozen=True, slots=True)
class Drawn:
    """Where the parts of a node are, in points: the middles of the ends of its links, and of the
    axis of its own that a map has. axis_pressed: whether that was clicked just now."""

    parent_end: Place
    child_end: Place
    axis: Place | None = None
    axis_pressed: bool = False


def draw(scene: Scene, node: AnyNode, numbers: Numbers, frame: float, carries: bool) -> Drawn:
    """Draw a node. carries: whether it has children."""
    nodes.begin_node(numbers.node)
    left = _end(numbers.parent_end, nodes.PinKind.input, node.parent is not None)
    imgui.same_line()
    imgui.begin_group()
    imgui.text_colored(imgui.ImVec4(*COLOURS[type(node)]), ICONS[type(node)])
    imgui.same_line()
    imgui.text(short(title(scene, node), WIDTH - ICON))
    has_axis = isinstance(node, ZDepthMap)
    room = WIDTH - AXIS if has_axis else WIDTH
    imgui.text_colored(imgui.ImVec4(*FAINT), short(detail(scene, node, frame), room))
    axis, pressed = _axis() if has_axis else (None, False)
    imgui.end_group()
    used = imgui.get_item_rect_size().x
    imgui.same_line(0.0, 8.0 + max(WIDTH - used, 0.0))
    right = _end(numbers.child_end, nodes.PinKind.output, carries)
    nodes.end_node()
    return Drawn(left, right, axis, pressed)


def short(text: str, room: float) -> str:
    """As much of a line as fits into so many points."""
    if imgui.calc_text_size(text).x <= room:
        return text
    while text and imgui.calc_text_size(f"{text}…").x > room:
        text = text[:-1]
    return f"{text}…"


def _end(number: nodes.PinId, kind: nodes.PinKind, linked: bool) -> Place:
    nodes.begin_pin(number, kind)
    imgui.text_colored(
        imgui.ImVec4(*(FAINT if linked else (0.4, 0.4, 0.41, 1.0))), icons.ICON_FA_CIRCLE
    )
    middle = _middle()
    nodes.pin_pivot_rect(middle, middle)
    nodes.end_pin()
    return middle


def _axis() -> tuple[Place, bool]:
    """The map's own axis, which places it on what it hangs on."""
    imgui.same_line(0.0, 8.0)
    pressed = imgui.small_button(f"{icons.ICON_FA_UP_DOWN_LEFT_RIGHT} Axis")
    return _middle(), pressed


def _middle() -> Place:
    low, high = imgui.get_item_rect_min(), imgui.get_item_rect_max()
    return (low.x + high.x) / 2, (low.y + high.y) / 2
