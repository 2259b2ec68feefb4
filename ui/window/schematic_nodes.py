"""One node of the Schematic, as it is drawn: two lines between the ends of its links."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import count

from imgui_bundle import icons_fontawesome_6 as icons
from imgui_bundle import imgui
from imgui_bundle import imgui_node_editor as nodes

from engine.scene import AnyNode, Scene, ZDepthMap
from ui.window.flow import button_width
from ui.window.kinds import COLOURS, ICONS, detail, title
from ui.window.schematic_layout import NODE
from ui.window.theme import FAINT, grown

ENDS = 63.0  # points of a node's width that the ends of its links and its margin take
WIDEST = 420.0  # points that a node grows to with its name, at text scale 1
AXIS = f"{icons.ICON_FA_UP_DOWN_LEFT_RIGHT} Axis"

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
    axis of its own that a map has. axis_pressed: whether that was clicked just now. whole: its two
    lines, where they are not seen in full; or empty."""

    parent_end: Place
    child_end: Place
    axis: Place | None = None
    axis_pressed: bool = False
    whole: str = ""


def wanted(scene: Scene, node: AnyNode, frame: float) -> float:
    """How wide a node is that shows its lines in full, in points, up to a sensible width."""
    first = imgui.calc_text_size(title(scene, node)).x + _icon(node)
    second = imgui.calc_text_size(detail(scene, node, frame)).x
    second += _axis_width() if isinstance(node, ZDepthMap) else 0.0
    return min(max(first, second) + grown(ENDS), grown(WIDEST))


def draw(
    scene: Scene, node: AnyNode, numbers: Numbers, frame: float, carries: bool, width: float
) -> Drawn:
    """Draw a node. carries: whether it has children. width: of the node, in points."""
    nodes.begin_node(numbers.node)
    left = _end(numbers.parent_end, nodes.PinKind.input, node.parent is not None)
    imgui.same_line()
    imgui.begin_group()
    imgui.text_colored(imgui.ImVec4(*COLOURS[type(node)]), ICONS[type(node)])
    imgui.same_line()
    room = max(width, grown(NODE)) - grown(ENDS)
    first, second = title(scene, node), detail(scene, node, frame)
    shown = _short(first, room - _icon(node))
    imgui.text(shown)
    has_axis = isinstance(node, ZDepthMap)
    shown_below = _short(second, room - _axis_width() if has_axis else room)
    imgui.text_colored(imgui.ImVec4(*FAINT), shown_below)
    axis, pressed = _axis() if has_axis else (None, False)
    imgui.end_group()
    used = imgui.get_item_rect_size().x
    imgui.same_line(0.0, 8.0 + max(room - used, 0.0))
    right = _end(numbers.child_end, nodes.PinKind.output, carries)
    nodes.end_node()
    whole = "" if (shown, shown_below) == (first, second) else f"{first}\n{second}".rstrip()
    return Drawn(left, right, axis, pressed, whole)


def short(text: str, room: float, measure: Callable[[str], float]) -> str:
    """As much of a line as fits into so many points, whole where all of it does. measure: how wide
    a line is, in points."""
    if measure(text) <= room + 0.5:  # widths are rounded
        return text
    fits, too_long = 0, len(text)
    while too_long - fits > 1:
        middle = (fits + too_long) // 2
        if measure(f"{text[:middle]}…") <= room:
            fits = middle
        else:
            too_long = middle
    return f"{text[:fits]}…"


def _short(text: str, room: float) -> str:
    return short(text, room, lambda line: imgui.calc_text_size(line).x)


def _icon(node: AnyNode) -> float:
    """Points that its icon takes."""
    return imgui.calc_text_size(ICONS[type(node)]).x + imgui.get_style().item_spacing.x


def _axis_width() -> float:
    """Points that the button of a map's axis takes."""
    return button_width(AXIS) + 8.0


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
    pressed = imgui.small_button(AXIS)
    return _middle(), pressed


def _middle() -> Place:
    low, high = imgui.get_item_rect_min(), imgui.get_item_rect_max()
    return (low.x + high.x) / 2, (low.y + high.y) / 2
