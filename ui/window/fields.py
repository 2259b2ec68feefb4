"""Controls for the fields of a node, generated from what the document says of them.

Each row has the field's label, its control with its unit, its meaning as a tooltip, and, where the
value is not the default, a button that brings the default back. Dragging makes one undo step.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec
from imgui_bundle import icons_fontawesome_6 as icons
from imgui_bundle import imgui

from engine.scene import (
    AnalysisType,
    Camera,
    Curve,
    Parameter,
    parameters,
    possible_parents,
    readable,
    set_at,
    value_at,
)
from ui.window import analysis_edits, key_button
from ui.window.editor import Editor
from ui.window.theme import ACCENT, FAINT, grown

LABELS = 0.42  # share of the panel's width
LONGEST = 122.0  # points that the longest label takes
SLIDER_SPAN = 200.0  # a range up to this wide is a slider; wider ones are dragged
COLOURS = ("colour", "ambient")
NOTHING: Mapping[str, str] = {}
USUAL: Any = object()  # the default that the document format says

SHORT_UNITS = {
    "pixels": "px",
    "degrees": "°",
    "scene units": "u",
    "texels": "tx",
    "%": "%%",
    "units per map unit": "",
}


def rows(
    editor: Editor, node_id: str, names: Iterable[str], idle: Mapping[str, str] = NOTHING
) -> None:
    """A table with one row for each of these fields of a node. idle: fields that have no effect
    now, and why: they are dimmed."""
    if not begin_table(node_id):
        return
    for name in names:
        field_row(editor, node_id, name, idle.get(name, ""))
    imgui.end_table()


def field_row(
    editor: Editor, node_id: str, name: str, idle: str = "", default: Any = USUAL
) -> None:
    """One row of such a table. idle: why the field has no effect now, so that it is dimmed; empty
    where it has one. default: what its reset button brings back, where that is not the document
    format's own."""
    node = editor.scene.node(node_id)
    parameter = next(p for p in parameters(type(node)) if p.name == name)
    meaning = describe(parameter)
    if idle:
        meaning = f"No effect now: {idle}.\n\n{meaning}"
    row(parameter.label, meaning, dimmed=bool(idle))
    imgui.push_id(f"{node_id}.{name}")
    Field(editor, node_id, parameter, getattr(node, name), idle, default).draw()
    imgui.pop_id()


def begin_table(name: str) -> bool:
    """Two columns: labels and controls. Ends with `imgui.end_table()` if true."""
    if not imgui.begin_table(f"##{name}", 2, imgui.TableFlags_.sizing_stretch_prop):
        return False
    room = imgui.get_content_region_avail().x
    label = max(LABELS * room, min(grown(LONGEST), 0.6 * room))
    imgui.table_setup_column("label", imgui.TableColumnFlags_.width_fixed, label)
    imgui.table_setup_column("value", imgui.TableColumnFlags_.width_stretch)
    return True


def row(label: str, meaning: str = "", *, dimmed: bool = False) -> None:
    """Start a row: its label; the control comes next."""
    imgui.table_next_row()
    imgui.table_next_column()
    imgui.align_text_to_frame_padding()
    (imgui.text_disabled if dimmed else imgui.text)(label)
    if meaning:
        imgui.set_item_tooltip(meaning)
    imgui.table_next_column()


def choose(label: str, present: int, names: Sequence[str]) -> int | None:
    """A list to choose from; the index of what was chosen just now."""
    chosen = None
    # As long as it must be: an entry that has to be scrolled to is not seen.
    if imgui.begin_combo(label, names[present], imgui.ComboFlags_.height_largest):
        for index, name in enumerate(names):
            if entry(name, index, index == present):
                chosen = index
            if index == present:
                imgui.set_item_default_focus()
        imgui.end_combo()
    return chosen


def entry(name: str, index: int, is_present: bool = False) -> bool:
    """One line of a list; whether it was chosen just now."""
    if "##" not in name:
        return imgui.selectable(f"{name}##{index}", is_present)[0]
    # What follows "##" in a label is not shown, and sequences are called so: shot.####.exr.
    corner, width = imgui.get_cursor_screen_pos(), imgui.calc_text_size(name).x
    imgui.push_id(index)
    chosen = imgui.selectable(f"##{name}", is_present, 0, (width, 0.0))[0]
    imgui.pop_id()
    colour = imgui.get_color_u32(imgui.Col_.text)
    imgui.get_window_draw_list().add_text((corner.x, corner.y), colour, name)
    return chosen


def colour(label: str, now: list[float]) -> list[float] | None:
    """A scene-linear colour, red, green and blue; what it was changed to just now."""
    flags = imgui.ColorEditFlags_.float | imgui.ColorEditFlags_.hdr
    padding = imgui.get_style().frame_padding.y
    imgui.push_style_var(imgui.StyleVar_.frame_padding, (3.0, padding))  # room for the digits
    changed, numbers = imgui.color_edit3(label, now, flags)
    imgui.pop_style_var()
    return [max(0.0, float(number)) for number in list(numbers)[:3]] if changed else None


def describe(parameter: Parameter) -> str:
    """What a field means, its unit and range, for a tooltip."""
    parts = [parameter.meaning[:1].upper() + parameter.meaning[1:] + "."]
    if parameter.unit:
        parts.append(f"In {parameter.unit}." if parameter.unit != "%" else "In percent.")
    if parameter.low is not None and parameter.high is not None:
        parts.append(f"{parameter.low:g} to {parameter.high:g}.")
    if parameter.animated:
        parts.append("Can be keyed.")
    return "\n".join(parts)


class Field:
    """One control. value: the field's present value. idle, default: see `field_row`."""

    def __init__(
        self, editor: Editor, node: str, parameter: Parameter, value: Any, idle: str = "",
        default: Any = USUAL,
    ) -> None:  # fmt: skip
        self.editor = editor
        self.node = node
        self.parameter = parameter
        self.value = value
        self.idle = idle
        self.default = parameter.default if default is USUAL else default

    def draw(self) -> None:
        """The control, its reset button and its diamond, in the present table cell."""
        differs = self._differs()
        can_be_keyed = self._can_be_keyed
        space = imgui.get_frame_height() + 2 if differs else 0
        space += key_button.width() + 2 if can_be_keyed else 0
        imgui.set_next_item_width(-space if space else -1)
        imgui.begin_disabled(bool(self.idle))
        getattr(self, f"_{self.parameter.kind}")(space)
        imgui.end_disabled()
        if self.idle:
            imgui.set_item_tooltip(f"No effect now: {self.idle}.")
        if imgui.is_item_deactivated():
            self.editor.history.end_merge()
        if differs:
            imgui.same_line(0.0, 2.0)
            self._reset_button()
        if can_be_keyed:  # last, so that it stays where it is when the other comes or goes
            imgui.same_line(0.0, 2.0)
            self._key_button()

    @property
    def _edited(self) -> tuple[str, ...]:
        """The nodes that the control edits."""
        return (self.node,)

    @property
    def _can_be_keyed(self) -> bool:
        return self.parameter.animated and self.value is not None

    def _key_button(self) -> None:
        key_button.draw(self.editor, self.node, self.parameter.name)

    def _reset_button(self) -> None:
        imgui.push_style_color(imgui.Col_.button, (0.0, 0.0, 0.0, 0.0))
        imgui.push_style_color(imgui.Col_.text, FAINT)
        pressed = imgui.button(f"{icons.ICON_FA_ROTATE_LEFT}##reset", (imgui.get_frame_height(), 0))
        imgui.pop_style_color(2)
        imgui.set_item_tooltip(f"Back to {self._default_text()}")
        if pressed:
            self._reset()
            self.editor.history.end_merge()

    # -- the kinds --

    def _number(self, _space: float) -> None:
        if self.value is None:
            self._automatic(lambda: 1.0 if self._low() <= 1.0 <= self._high() else self._low())
            return
        shown = value_at(self.value, self.editor.frame)
        self._key_colour(isinstance(self.value, Curve))
        changed, number = self._scalar(shown)
        self._key_colour_end(isinstance(self.value, Curve))
        if changed:
            self._put(set_at(self.value, self.editor.frame, number))

    def _integer(self, _space: float) -> None:
        if self.value is None:
            self._automatic(lambda: int(max(self._low(), 1)))
            return
        low, high = int(self._low()), int(self._high())
        changed, number = imgui.drag_int(
            "##value", self.value, 0.1, low, high, f"%d {self._unit()}".strip(),
            imgui.SliderFlags_.always_clamp,
        )  # fmt: skip
        if changed:
            self._put(number)

    def _pair(self, space: float) -> None:
        self._several(space)

    def _vector(self, space: float) -> None:
        if self.parameter.name in COLOURS:
            now = [value_at(part, self.editor.frame) for part in self.value]
            numbers = colour("##value", now)
            if numbers is not None:
                self._put_parts(numbers)
            return
        self._several(space)

    def _several(self, space: float) -> None:
        """Two or three numbers side by side."""
        count = len(self.value)
        gap = imgui.get_style().item_inner_spacing.x
        width = (imgui.get_content_region_avail().x - space - gap * (count - 1)) / count
        numbers = [value_at(part, self.editor.frame) for part in self.value]
        touched = False
        imgui.begin_group()
        for index, part in enumerate(self.value):
            if index:
                imgui.same_line(0.0, gap)
            imgui.push_id(index)
            imgui.set_next_item_width(width)
            self._key_colour(isinstance(part, Curve))
            changed, numbers[index] = self._scalar(numbers[index], narrow=True)
            self._key_colour_end(isinstance(part, Curve))
            imgui.pop_id()
            touched = touched or changed
        imgui.end_group()
        if touched:
            self._put_parts(numbers)

    def _switch(self, _space: float) -> None:
        changed, value = imgui.checkbox("##value", self.value)
        if changed:
            self._put(value)

    def _choice(self, _space: float) -> None:
        choices = self.parameter.choices
        present = choices.index(str(self.value.value))
        chosen = choose("##value", present, [readable(choice) for choice in choices])
        if chosen is not None:
            self._put(choices[chosen])

    def _choice_or_number(self, space: float) -> None:
        """A list whose last entry is a number, and the number where it was chosen."""
        choices = self.parameter.choices
        number = float(self.value) if isinstance(self.value, int | float) else None
        if number is not None:
            imgui.set_next_item_width(0.5 * (imgui.get_content_region_avail().x - space))
        present = len(choices) if number is not None else choices.index(str(self.value))
        names = [*(readable(choice) for choice in choices), "Value"]
        chosen = choose("##value", present, names)
        if chosen is not None and chosen != present:
            self._put(0.0 if chosen == len(choices) else choices[chosen])
        if number is None:
            return
        imgui.same_line(0.0, 2.0)
        imgui.set_next_item_width(-space if space else -1)
        _, typed = imgui.input_text("##number", f"{number:.9g}")
        if imgui.is_item_deactivated_after_edit():
            self._put(self._number_in(typed, number))

    def _number_in(self, typed: str, present: float) -> float:
        """What was typed, within the range; the present number where that is none."""
        try:
            number = float(typed)
        except ValueError:
            number = math.nan
        if math.isnan(number):
            self.editor.messages.fail(f'{self.parameter.label}: "{typed}" is no number')
            return present
        return min(max(number, self._low()), self._high())

    def _text(self, _space: float) -> None:
        _, text = imgui.input_text("##value", self.value or "")
        if imgui.is_item_deactivated_after_edit():
            may_be_empty = self.parameter.default == ""
            empty = "" if may_be_empty else None if self.parameter.optional else self.value
            self._put(text or empty)

    def _node(self, _space: float) -> None:
        scene = self.editor.scene
        if self.parameter.name == "parent":
            fits = possible_parents(scene, self._edited)
            self._pick(fits, ["none" if name is None else name for name in fits])
            return
        cameras = [node.id for node in scene.nodes if isinstance(node, Camera)]
        self._pick([None, *cameras], ["the surface's own", *cameras])

    def _media(self, _space: float) -> None:
        media = self.editor.scene.media
        numbers: list[Any] = [None] if self.parameter.optional else []
        names = ["none"] if self.parameter.optional else []
        numbers += range(1, len(media) + 1)
        names += [f"[{number}] {entry.name}" for number, entry in enumerate(media, 1)]
        self._pick(numbers, names)

    def _list(self, _space: float) -> None:
        imgui.align_text_to_frame_padding()
        imgui.text_disabled(f"{len(self.value)} shapes" if self.value else "all of it")

    # -- parts --

    def _pick(self, values: Sequence[Any], names: list[str]) -> None:
        present = values.index(self.value) if self.value in values else 0
        chosen = choose("##value", present, names)
        if chosen is not None:
            self._put(values[chosen])

    def _automatic(self, start: Any) -> None:
        """A button that turns an automatic value into one that is set by hand."""
        if imgui.button("automatic##value", (-1, 0)):
            self._put(start())
        imgui.set_item_tooltip("Click to set it by hand")

    def _scalar(self, shown: float, *, narrow: bool = False) -> tuple[bool, float]:
        low, high = self._low(), self._high()
        digits = "%.3g" if narrow else "%.4g"
        text = digits if narrow else f"{digits} {self._unit()}".strip()
        flags = imgui.SliderFlags_.always_clamp | imgui.SliderFlags_.no_round_to_format
        if high - low <= SLIDER_SPAN and not narrow:
            if 0 < low * 1000 <= high:  # as fine about 1 as about 100
                flags |= imgui.SliderFlags_.logarithmic
            return imgui.slider_float("##value", shown, low, high, text, flags)
        # A hundredth of what it is for each pixel: fine for small values, quick for large ones.
        speed = max(abs(shown) * 0.01, 0.002)
        return imgui.drag_float("##value", shown, speed, low, high, text, flags)

    def _put_parts(self, numbers: Sequence[float]) -> None:
        frame = self.editor.frame
        self._put(tuple(set_at(o, frame, n) for o, n in zip(self.value, numbers, strict=True)))

    def _reset(self) -> None:
        self._put(self.default)

    def _put(self, value: Any) -> None:
        if self.parameter.name == "analysis":  # which brings other defaults with it
            analysis_edits.choose(self.editor, (self.node,), AnalysisType(value))
            return
        before = self.editor.scene
        self.editor.set(self.node, self.parameter.label, **{self.parameter.name: value})
        if self.parameter.kind == "media":
            self.editor.shows((self.node,), before)

    def _low(self) -> float:
        return -1e9 if self.parameter.low is None else self.parameter.low

    def _high(self) -> float:
        return 1e9 if self.parameter.high is None else self.parameter.high

    def _unit(self) -> str:
        unit = self.parameter.unit
        return SHORT_UNITS.get(unit, unit)

    def _differs(self) -> bool:
        default = self.default
        return default is not msgspec.NODEFAULT and self.value != default

    def _default_text(self) -> str:
        default = self.default
        if isinstance(default, tuple):
            return ", ".join(f"{part:g}" for part in default)
        if isinstance(default, float):
            return f"{default:.4g}"
        return "automatic" if default is None else readable(str(getattr(default, "value", default)))

    def _key_colour(self, keyed: bool) -> None:
        if keyed:
            imgui.push_style_color(imgui.Col_.text, ACCENT)

    def _key_colour_end(self, keyed: bool) -> None:
        if keyed:
            imgui.pop_style_color()
