"""Where the panels stand at first, and which are open."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from imgui_bundle import imgui

from ui.window.theme import grown

Side = Literal["left", "right", "below left", "below right", "below", "beside below"]
LEFT, RIGHT = 310.0, 350.0  # widths at first, in points
BELOW_PICTURE = 270.0  # points that the panels below the picture are high at first
BELOW = {"left": 0.5, "right": 0.38}  # heights of the lower halves, as shares
BIN = 150.0  # points that what stands beside these is wide


@dataclass
class Panel:
    """A panel of the window. draw: makes its widgets; only called while it can be seen.
    focused: it was clicked last, so keys that are its own are meant for it."""

    title: str
    side: Side
    draw: Callable[[], None]
    open: bool = True
    visible: bool = False
    focused: bool = False


def status_height() -> float:
    """Points that the status line is high: it grows with the text."""
    return imgui.get_frame_height() + 5.0


def begin_host() -> tuple[Any, bool]:
    """The window that holds all others; returns the dock space's id and whether the menu bar is
    open. Call `imgui.end()` after its menus."""
    viewport = imgui.get_main_viewport()
    imgui.set_next_window_pos(viewport.pos)
    imgui.set_next_window_size(viewport.size)
    imgui.push_style_var(imgui.StyleVar_.window_padding, (0.0, 0.0))
    imgui.begin(
        "##host",
        None,
        imgui.WindowFlags_.no_decoration
        | imgui.WindowFlags_.no_docking
        | imgui.WindowFlags_.no_move
        | imgui.WindowFlags_.no_background
        | imgui.WindowFlags_.no_bring_to_front_on_focus
        | imgui.WindowFlags_.no_nav_focus
        | imgui.WindowFlags_.menu_bar,
    )
    imgui.pop_style_var()
    return imgui.get_id("dock"), imgui.begin_menu_bar()


def dock(space: Any, centre: str, panels: list[Panel]) -> None:
    """The dock space, filling the host window but for the status line."""
    size = imgui.get_content_region_avail()
    height = max(size.y - status_height(), 1.0)
    if imgui.internal.dock_builder_get_node(space) is None:
        _arrange(space, (max(size.x, 1.0), height), centre, panels)
    # Nothing between it and the status line, which ends where the window does.
    imgui.push_style_var(imgui.StyleVar_.item_spacing, (0.0, 0.0))
    imgui.dock_space(space, (0.0, height), imgui.DockNodeFlags_.no_docking_over_central_node)
    imgui.pop_style_var()


def rearrange(space: Any) -> None:
    """Put all panels back to where they stood at first."""
    imgui.internal.dock_builder_remove_node(space)


def _arrange(space: Any, size: tuple[float, float], centre: str, panels: list[Panel]) -> None:
    internal, private = imgui.internal, imgui.internal.DockNodeFlagsPrivate_
    internal.dock_builder_add_node(space, private.dock_space)
    internal.dock_builder_set_node_size(space, size)
    nodes: dict[str, Any] = {}
    rest = space
    left, right = grown(LEFT), grown(RIGHT)
    for side, direction, share in (
        ("left", imgui.Dir.left, min(left / size[0], 0.3)),
        ("right", imgui.Dir.right, min(right / max(size[0] - left, 1.0), 0.4)),
    ):
        if any(side in panel.side for panel in panels):
            split = internal.dock_builder_split_node(rest, direction, share)
            nodes[side], rest = split.id_at_dir, split.id_at_opposite_dir
    if any(panel.side == "below" for panel in panels):
        share = min(grown(BELOW_PICTURE) / size[1], 0.36)
        split = internal.dock_builder_split_node(rest, imgui.Dir.down, share)
        nodes["below"], rest = split.id_at_dir, split.id_at_opposite_dir
    for side in ("left", "right"):
        if side in nodes and any(panel.side == f"below {side}" for panel in panels):
            split = internal.dock_builder_split_node(nodes[side], imgui.Dir.down, BELOW[side])
            nodes[f"below {side}"], nodes[side] = split.id_at_dir, split.id_at_opposite_dir
    if "below" in nodes and any(panel.side == "beside below" for panel in panels):
        share = min(grown(BIN) / max(size[0] - left - right, 1.0), 0.4)
        split = internal.dock_builder_split_node(nodes["below"], imgui.Dir.left, share)
        nodes["beside below"], nodes["below"] = split.id_at_dir, split.id_at_opposite_dir
    for side, node in nodes.items():
        group = [panel.title for panel in panels if panel.side == side]
        for title in reversed(group):  # the last one to come is in front
            internal.dock_builder_dock_window(title, node)
        _add_flags(node, private.no_close_button)  # each tab has its own cross
    internal.dock_builder_dock_window(centre, rest)
    _add_flags(rest, private.no_tab_bar | imgui.DockNodeFlags_.no_undocking)
    internal.dock_builder_finish(space)


def _add_flags(node: Any, flags: int) -> None:
    # Those it has say, among others, which node is the centre that takes all room to spare.
    found = imgui.internal.dock_builder_get_node(node)
    found.set_local_flags(found.local_flags | flags)
