"""Keys set, moved and copied by hand, and what is played, without a window."""

from __future__ import annotations

import pytest

from engine.scene import Channel, Curve, Interpolation, Light, Scene, curve, number_of
from ui.window.animation import Animation
from ui.window.editor import Editor
from ui.window.messages import Messages

INTENSITY = Channel("Light 1", "intensity")
X = Channel("Light 1", "translate", 0)
Y = Channel("Light 1", "translate", 1)
RAMP = curve([(1, 0.0), (5, 4.0), (9, 0.0)])


@pytest.fixture
def animation() -> Animation:
    light = Light(id="Light 1", intensity=RAMP, translate=(1.0, 2.0, 3.0))
    editor = Editor(Scene(nodes=(light,), first=1, last=20, fps=10.0), None, Messages())
    made = Animation(editor)
    made.refresh()
    return made


def keys(animation: Animation, channel: Channel) -> list[tuple[float, float]]:
    found = number_of(animation.editor.scene, channel)
    return [(k.frame, k.value) for k in found.keys] if isinstance(found, Curve) else []


def test_a_vector_is_keyed_as_a_whole_and_frozen_where_it_is(animation: Animation) -> None:
    editor = animation.editor
    vector = tuple(Channel("Light 1", "translate", part) for part in range(3))
    editor.go(4)
    animation.toggle_key(vector)
    assert [keys(animation, channel) for channel in vector] == [[(4, 1)], [(4, 2)], [(4, 3)]]
    assert editor.channels == vector
    assert editor.history.labels == ("Set a key of Translate of Light 1",)
    animation.toggle_key(vector[:1])
    assert keys(animation, X) == [] and number_of(editor.scene, X) == 1.0
    animation.freeze(vector)
    assert number_of(editor.scene, Y) == 2.0
    for _ in range(3):
        editor.undo()
    assert editor.history.is_saved


def test_set_key_keeps_the_curve_where_it_is(animation: Animation) -> None:
    animation.editor.go(3)
    animation.set_key()
    assert keys(animation, INTENSITY) == [(1, 0), (3, 2), (5, 4), (9, 0)]
    assert animation.selected == {(INTENSITY, 3.0)}
    animation.neighbour(1)
    assert animation.editor.frame == 5
    animation.neighbour(-1)
    animation.neighbour(-1)
    animation.neighbour(-1)
    assert animation.editor.frame == 1


def test_a_drag_is_one_step_and_goes_back_to_where_it_began(animation: Animation) -> None:
    animation.select_all()
    start, chosen = animation.curves, animation.selected
    for by in range(1, 5):
        animation.move(start, chosen, by, 0.5 * by)
    animation.end()
    assert keys(animation, INTENSITY) == [(5, 2), (9, 6), (13, 2)]
    assert animation.selected == {(INTENSITY, frame) for frame in (5.0, 9.0, 13.0)}
    animation.move(animation.curves, animation.selected, -1, 0.0)
    animation.end()
    assert animation.editor.history.labels == ("Move 3 keys", "Move 3 keys")
    # Below the least that it may be, keys stop there.
    animation.move(animation.curves, animation.selected, 0, -100.0)
    assert [value for _, value in keys(animation, INTENSITY)] == [0, 0, 0]


def test_keys_are_shaped_deleted_and_what_is_gone_is_not_selected(animation: Animation) -> None:
    animation.selected = frozenset({(INTENSITY, 5.0)})
    animation.shape(Interpolation.HOLD)
    assert animation.curves[INTENSITY].at(8.0) == 4.0
    animation.delete()
    assert keys(animation, INTENSITY) == [(1, 0), (9, 0)]
    assert not animation.selected
    animation.select_all()
    animation.editor.edit(lambda scene: scene.without("Light 1"), "Remove")
    assert animation.refresh() == ()
    assert not animation.chosen and not animation.selected


def test_copied_keys_go_to_this_frame_of_what_is_chosen(animation: Animation) -> None:
    animation.selected = frozenset({(INTENSITY, 5.0), (INTENSITY, 9.0)})
    animation.copy()
    animation.editor.go(12)
    animation.paste()
    assert keys(animation, INTENSITY) == [(1, 0), (5, 4), (9, 0), (12, 4), (16, 0)]
    assert animation.selected == {(INTENSITY, 12.0), (INTENSITY, 16.0)}
    # Into another channel, and those of several each into its own.
    animation.toggle_key((X, Y))
    animation.paste()
    assert keys(animation, X) == keys(animation, Y) == [(12, 4), (16, 0)]
    animation.select_all()
    animation.cut()
    assert keys(animation, X) == [] and number_of(animation.editor.scene, X) == 4.0
    animation.editor.go(2)
    animation.paste()
    assert keys(animation, X) == keys(animation, Y) == [(2, 4), (6, 0)]


def test_a_handle_is_pulled(animation: Animation) -> None:
    animation.select_all()
    animation.shape(Interpolation.BEZIER)
    start = animation.curves[INTENSITY]
    for reach in (1.0, 2.0):
        animation.bend(start, (INTENSITY, 5.0), "out", (reach, 1.0), broken=False)
    animation.end()
    key = animation.curves[INTENSITY].keys[1]
    assert key.tangent_out == (2.0, 1.0)
    assert key.tangent_in is not None and key.tangent_in[1] < 0
    assert animation.editor.history.labels[-1] == "Bend Intensity of Light 1"


# -- what is played --


def play(editor: Editor, frames: int, start: float = 100.0) -> list[int]:
    """The frames shown by so many ticks of a clock of the document's rate."""
    shown = []
    for tick in range(frames):
        editor.advance(start + tick / editor.scene.fps + 1e-6)
        shown.append(editor.frame)
    return shown


def test_playing_goes_from_in_to_out_and_begins_anew_or_stops(animation: Animation) -> None:
    editor = animation.editor
    editor.go(3)
    editor.mark(start=3)
    editor.go(5)
    editor.mark(end=5)
    assert editor.scene.played == (3, 5)
    editor.play()
    assert play(editor, 5) == [3, 4, 5, 3, 4]
    editor.loop = False
    assert play(editor, 3, 200.0) == [5, 5, 5]
    assert not editor.playing
    editor.play()  # at the end it begins anew
    assert editor.frame == 3
    editor.undo()
    assert editor.scene.mark_out is None
    editor.redo()
    editor.mark(start=8)  # on the wrong side of Out
    assert editor.scene.mark_out is None and editor.scene.mark_in == 8
    editor.mark(start=8)
    assert editor.scene.mark_in is None


def test_the_frame_stays_in_the_shot(animation: Animation) -> None:
    editor = animation.editor
    editor.go(99)
    assert editor.frame == 20
    editor.edit(lambda scene: scene.with_settings(last=12), "Last Frame")
    assert editor.frame == 12
    editor.go(-5)
    assert editor.frame == 1
