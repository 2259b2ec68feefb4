"""Where the panels stand at first, and which are open."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from imgui_bundle import imgui

Side = str  # "left", "right", "below"
STATUS_HEIGHT = 28.0


@dataclass
class Panel:
    """A panel of the window. draw: makes its widgets; only called while it can be seen."""

    title: str
    side: Side
    draw: Callable[[], None]
    open: bool = True
    visible: bool = False


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
    height = max(size.y - STATUS_HEIGHT, 1.0)
    if imgui.internal.dock_builder_get_node(space) is None:
        _arrange(space, (max(size.x, 1.0), height), centre, panels)
    imgui.dock_space(space, (0.0, height), imgui.DockNodeFlags_.no_docking_over_central_node)


def rearrange(space: Any) -> None:
    """Put all panels back to where they stood at first."""
    imgui.internal.dock_builder_remove_node(space)


def _arrange(space: Any, size: tuple[float, float], centre: str, panels: list[Panel]) -> None:
    internal = imgui.internal
    internal.dock_builder_add_node(space, internal.DockNodeFlagsPrivate_.dock_space)
    internal.dock_builder_set_node_size(space, size)
    nodes: dict[Side, Any] = {}
    rest = space
    for side, direction, share in (
        ("left", imgui.Dir.left, min(270.0 / size[0], 0.3)),
        ("right", imgui.Dir.right, min(340.0 / max(size[0] - 270.0, 1.0), 0.4)),
        ("below", imgui.Dir.down, 0.25),
    ):
        if any(panel.side == side for panel in panels):
            split = internal.dock_builder_split_node(rest, direction, share)
            nodes[side], rest = split.id_at_dir, split.id_at_opposite_dir
    for side, node in nodes.items():
        group = [panel.title for panel in panels if panel.side == side]
        internal.dock_builder_dock_window(group[0], node)
        for title in group[1:]:
            internal.dock_builder_dock_window(title, node)
        # Each tab has its own cross.
        internal.dock_builder_get_node(node).set_local_flags(
            internal.DockNodeFlagsPrivate_.no_close_button
        )
    internal.dock_builder_dock_window(centre, rest)
    internal.dock_builder_get_node(rest).set_local_flags(
        internal.DockNodeFlagsPrivate_.hidden_tab_bar | imgui.DockNodeFlags_.no_undocking
    )
    internal.dock_builder_finish(space)
