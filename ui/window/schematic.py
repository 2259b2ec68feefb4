"""The Schematic: every node of the document, with a link from each to what carries it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from imgui_bundle import icons_fontawesome_6 as icons
from imgui_bundle import imgui
from imgui_bundle import imgui_node_editor as nodes

from engine.scene import Scene, Surface, names_changed
from ui.window import schematic_drops, schematic_menus, schematic_style
from ui.window.editor import Editor
from ui.window.flow import beside, button_width
from ui.window.kept_places import KeptPlaces
from ui.window.node_actions import NodeActions
from ui.window.schematic_layout import PLAIN, SHAPE, Place, Sizes, placed, rooms, tidy
from ui.window.schematic_links import Links
from ui.window.schematic_nodes import Drawn, Names, draw, wanted
from ui.window.theme import grown

TITLE = "Schematic"
SMALLEST = 40.0  # points across, below which nothing is to be seen
LEFT = imgui.MouseButton_.left
FRAMED = 2  # frames of the window after which sizes are known


class Schematic:
    """area: of the nodes (x, y, width, height in points). shown: where each node is (left, top,
    right, bottom in points). parts: where its parts are.

    open_menu: called to show the parameters of what is selected, with the name of a tab or "".
    """

    def __init__(
        self, editor: Editor, actions: NodeActions, open_menu: Callable[[str], None]
    ) -> None:
        self.area = (0.0, 0.0, *SHAPE)
        self.shown: dict[str, tuple[float, float, float, float]] = {}
        self.parts: dict[str, Drawn] = {}
        self._editor, self._actions, self._open_menu = editor, actions, open_menu
        config = nodes.Config()
        config.settings_file = ""  # the user's state folder has what is kept
        self._context: Any = nodes.create_editor(config)
        self._names = Names()
        self._links = Links(self._names, actions)
        self._places: dict[str, Place] = {}
        self._sizes = PLAIN
        self._rooms: dict[str, float] = {}
        self._roomed: object = None  # what the rooms were worked out from
        self._moved: set[str] = set()  # names whose place the node editor has still to be told
        self._document: tuple[object, Path | None] = (None, None)
        self._scene = Scene()
        self._kept = KeptPlaces(None)
        self._selected: tuple[str, ...] = ()
        self._link: str | None = None  # whose link is selected
        self._visible = False
        self._framing = 0
        self._unkept = False
        self._fresh: set[str] = set()  # nodes that came just now
        self._menu_at: Place = (0.0, 0.0)
        self._menu_of: str | None = None
        self._renaming = schematic_menus.Renaming(actions)

    # -- what can be asked of it --

    def tidy(self) -> None:
        """Put all nodes in order."""
        self._places = tidy(self._editor.scene, self.area[2:], self._sizes)
        self._moved = set(self._places)
        self._kept.write(self._places)
        self.frame()

    def frame(self) -> None:
        """Bring all nodes into view."""
        self._framing = FRAMED

    @property
    def busy(self) -> bool:
        """Whether it can be seen and has still to be drawn although nothing happens."""
        return self._visible and bool(self._framing)

    @property
    def can_delete(self) -> bool:
        """Whether anything is selected, be it a link."""
        return bool(self._editor.selection or self._link)

    def delete(self) -> None:
        """Take the selected nodes away; a link that is selected is cut."""
        if self._link is not None and not self._editor.selection:
            self._actions.hang(self._link, None)
        else:
            self._actions.delete()

    def rename(self) -> None:
        """Ask for another name for the node that was selected last."""
        if self._editor.selection:
            self._renaming.open(self._editor.selection[-1])

    def close(self) -> None:
        """Free the node editor, before imgui's context goes."""
        nodes.destroy_editor(self._context)

    # -- one frame --

    def begin(self) -> None:
        """To be called before the panels are drawn: this one may not be."""
        self._visible = False

    def draw(self) -> None:
        """The panel's content."""
        self._visible = True
        self._take()
        self._buttons()
        corner, size = imgui.get_cursor_screen_pos(), imgui.get_content_region_avail()
        self._resized((corner.x, corner.y, size.x, size.y))
        nodes.set_current_editor(self._context)
        nodes.enable_shortcuts(False)  # the window's own keys do that
        schematic_style.apply()
        nodes.begin("schematic", (0.0, 0.0))
        self._draw_nodes()
        self._links.draw(self._scene, self.parts)
        mouse = nodes.canvas_to_screen(imgui.get_mouse_pos())
        self._links.pull(self._scene, self._under((mouse.x, mouse.y)))
        nodes.suspend()
        self._menus()
        self._whole_name()
        nodes.resume()
        if self._fresh and not self._in_sight(self._fresh):
            self.frame()
        self._fresh = set()
        if self._framing:
            self._framing -= 1
            if not self._framing:
                nodes.navigate_to_content(0.0)
        nodes.end()
        self._selection()
        self._look()
        self._renaming.draw()
        what = schematic_drops.taken(self.area)
        if what is not None:
            self._dropped(what)

    # -- parts --

    def _take(self) -> None:
        """Go on with the document as it is now."""
        scene, document = self._editor.scene, (self._editor.history, self._editor.path)
        if document != self._document:
            another = document[0] is not self._document[0]
            self._document = document
            self._kept = KeptPlaces(self._editor.path)
            if another:
                self._places = self._kept.read()
                self._scene = scene
                self._moved = {node.id for node in scene.nodes}
                self._selected = ()
                self.frame()
            else:
                self._kept.write(self._places)  # it has a file now
        if scene.nodes is not self._scene.nodes:
            for old, new in names_changed(self._scene, scene).items():
                self._names.rename(old, new)
                if old in self._places:
                    self._places[new] = self._places.pop(old)
                self._selected = tuple(new if name == old else name for name in self._selected)
        self._scene = scene
        frame = self._editor.frame
        widths = {node.id: wanted(scene, node, frame) for node in scene.nodes}
        self._sizes = Sizes(widths, grown(1.0))
        fresh = {node.id for node in scene.nodes} - self._places.keys()
        if fresh or not self._places:
            self._places |= placed(scene, self._places, self.area[2:], self._sizes)
            self._moved |= fresh
            self._fresh = fresh
        # While a node is moved, the others keep their widths.
        if (self._places, self._sizes) != self._roomed and not imgui.is_mouse_down(LEFT):
            self._rooms = rooms(self._places, self._sizes)
            self._roomed = (dict(self._places), self._sizes)

    def _resized(self, area: tuple[float, float, float, float]) -> None:
        """The panel has this place now. What was all in view stays so in another size."""
        x, y, width, height = self.area
        boxes = self.shown.values()
        is_other = area[2:] != self.area[2:] and min(area[2:]) > SMALLEST
        if is_other and all(
            x <= a and y <= b and c <= x + width and d <= y + height for a, b, c, d in boxes
        ):
            self.frame()
        self.area = area

    def _buttons(self) -> None:
        if imgui.button(f"{icons.ICON_FA_BROOM} Tidy"):
            self.tidy()
        imgui.set_item_tooltip("Put all nodes in order (T)")
        frame = f"{icons.ICON_FA_EXPAND} Frame###frame schematic"
        beside(button_width(frame))
        if imgui.button(frame):
            self.frame()
        imgui.set_item_tooltip("Bring all nodes into view (F)")
        imgui.same_line()
        more = "Right-click for more"
        if imgui.get_content_region_avail().x >= imgui.calc_text_size(more).x:
            imgui.text_disabled(more)
        else:
            imgui.new_line()

    def _draw_nodes(self) -> None:
        scene, frame = self._scene, self._editor.frame
        self.parts = {}
        carriers = {node.parent for node in scene.nodes}
        for node in scene.nodes:
            numbers = self._names.of(node.id)
            if node.id in self._moved:
                nodes.set_node_position(numbers.node, self._places[node.id])
            imgui.push_id(node.id)
            width = self._rooms.get(node.id, self._sizes.width(node.id))
            drawn = draw(scene, node, numbers, frame, node.id in carriers, width)
            self.parts[node.id] = drawn
            imgui.pop_id()
            if drawn.axis_pressed:
                self._editor.select(node.id)
                self._open_menu("Axis")
        self._moved.clear()

    def _whole_name(self) -> None:
        """Show in full what is cut in the node under the pointer."""
        found = self._names.name(nodes.get_hovered_node().id())
        any_popup = imgui.PopupFlags_.any_popup
        if found and not imgui.is_mouse_down(LEFT) and not imgui.is_popup_open("", any_popup):
            drawn = self.parts.get(found[0])
            if drawn is not None and drawn.whole:
                imgui.set_tooltip(drawn.whole)

    def _menus(self) -> None:
        node, link = nodes.NodeId(), nodes.LinkId()
        if nodes.show_node_context_menu(node):
            found = self._names.name(node.id())
            self._menu_of = found[0] if found else None
            if found and found[0] not in self._editor.selection:
                self._editor.select(found[0])
            imgui.open_popup("node menu")
        elif nodes.show_link_context_menu(link):
            found = self._names.name(link.id())
            self._menu_of = found[0] if found else None
            imgui.open_popup("link menu")
        elif nodes.show_background_context_menu():
            mouse = imgui.get_mouse_pos()
            at = nodes.screen_to_canvas(mouse)
            self._menu_at = (at.x, at.y)
            imgui.open_popup("background menu")
        if self._menu_of is not None:
            schematic_menus.node_menu(self, self._editor, self._actions, self._menu_of)
            schematic_menus.link_menu(self._actions, self._menu_of)
        kind = schematic_menus.background_menu(self, self._actions)
        if kind is not None:
            self._add(kind, self._menu_at)

    def _selection(self) -> None:
        """The node editor's selection and the window's are one."""
        editor = self._editor
        if nodes.has_selection_changed():
            found = [self._names.name(number.id()) for number in nodes.get_selected_nodes()]
            chosen = [entry[0] for entry in found if entry is not None]
            kept = [name for name in self._selected if name in chosen]
            editor.select(*kept, *(name for name in chosen if name not in kept))
            links = [self._names.name(number.id()) for number in nodes.get_selected_links()]
            self._link = next((entry[0] for entry in links if entry is not None), None)
        elif editor.selection != self._selected:
            nodes.clear_selection()
            self._link = None
            for name in editor.selection:
                nodes.select_node(self._names.of(name).node, True)
        self._selected = editor.selection

    def _look(self) -> None:
        """Where everything is now; what the pointer moved is kept."""
        self.shown = {}
        moved = False
        for node in self._scene.nodes:
            number = self._names.of(node.id).node
            at, size = nodes.get_node_position(number), nodes.get_node_size(number)
            low = nodes.canvas_to_screen(at)
            high = nodes.canvas_to_screen((at.x + size.x, at.y + size.y))
            self.shown[node.id] = (low.x, low.y, high.x, high.y)
            if node.id not in self._moved and (at.x, at.y) != self._places[node.id]:
                self._places[node.id] = (at.x, at.y)
                moved = True
            drawn = self.parts[node.id]
            self.parts[node.id] = Drawn(
                _on_screen(drawn.parent_end), _on_screen(drawn.child_end),
                drawn.axis and _on_screen(drawn.axis), whole=drawn.whole,
            )  # fmt: skip
        self._unkept = moved or self._unkept
        if self._unkept and not imgui.is_mouse_down(LEFT):
            self._unkept = False
            self._kept.write(self._places)
        double = self._names.name(nodes.get_double_clicked_node().id())
        if double is not None:
            self._editor.select(double[0])
            self._open_menu("")

    def _in_sight(self, names: Iterable[str]) -> bool:
        """Whether the nodes are where they can be seen."""
        x, y, width, height = self.area
        corners = [nodes.canvas_to_screen(self._places[name]) for name in names]
        return all(x <= c.x < x + width - 60 and y <= c.y < y + height - 30 for c in corners)

    def _dropped(self, what: Any) -> None:
        """A kind of node, or the number of a media, let go over the panel."""
        nodes.set_current_editor(self._context)
        mouse = imgui.get_mouse_pos()
        at = nodes.screen_to_canvas(mouse)
        under = self._under((mouse.x, mouse.y))
        if isinstance(what, int):
            if schematic_drops.show(self._editor, what, under):
                return
            what = Surface
        self._add(what, (at.x, at.y) if under is None else None, under)

    def _under(self, place: Place) -> str | None:
        """The node at a place of the screen, the topmost, where it was drawn last."""
        x, y = place
        found = [n for n, (a, b, c, d) in self.shown.items() if a <= x <= c and b <= y <= d]
        return found[-1] if found else None

    def _add(self, kind: Any, at: Place | None, parent: str | None = None) -> None:
        name = self._actions.add(kind, parent=parent)
        if name is not None and at is not None:
            self._places[name] = at
            self._moved.add(name)


def _on_screen(place: Place) -> Place:
    at = nodes.canvas_to_screen(place)
    return at.x, at.y
