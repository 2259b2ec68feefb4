"""What is done to keys by hand, and the channels of a document that hold them."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.errors import SceneError
from engine.scene import (
    Channel,
    Curve,
    Interpolation,
    Key,
    Light,
    Scene,
    Surface,
    animated,
    channels_of,
    curve,
    new_media,
    number_of,
    parameter_of,
    set_at,
    title_of,
    with_numbers,
)
from engine.scene import key_edits as edits
from tests.scene.strategies import curves, scenes

HOLD, LINEAR, BEZIER = Interpolation.HOLD, Interpolation.LINEAR, Interpolation.BEZIER
RAMP = curve([(1, 0.0), (5, 4.0), (9, 0.0)])


def values(found: object) -> list[tuple[float, float]]:
    assert isinstance(found, Curve)
    return [(key.frame, key.value) for key in found.keys]


def test_the_first_key_makes_a_smooth_curve_and_the_last_one_gone_a_number() -> None:
    one = edits.with_value(2.5, 7, 2.5)
    assert one == Curve((Key(7, 2.5, BEZIER),))
    assert edits.without(one, {7}) == 2.5
    assert edits.without(RAMP, {5}) == curve([(1, 0.0), (9, 0.0)])
    assert edits.without(3.0, {5}) == 3.0


def test_a_new_key_goes_on_as_the_curve_did() -> None:
    keys = Curve((Key(1, 0, HOLD), Key(9, 8, BEZIER, (-1, 0.5), (1, 0.5))))
    assert keys.keyed(5, 3).keys[1] == Key(5, 3, HOLD)
    assert keys.keyed(12, 3).keys[2] == Key(12, 3, BEZIER)
    assert keys.keyed(-3, 3).keys[0] == Key(-3, 3, HOLD)
    # One that is there keeps its handles.
    assert keys.keyed(9, 1).keys[1] == Key(9, 1, BEZIER, (-1, 0.5), (1, 0.5))
    assert set_at(keys, 5, 3) == keys.keyed(5, 3)
    assert set_at(1.0, 5, 3.0) == 3.0


def test_keys_are_moved_in_time_and_value_within_their_range() -> None:
    assert values(edits.moved(RAMP, {5}, 2, 1.0)) == [(1, 0), (7, 5), (9, 0)]
    assert values(edits.moved(RAMP, {1, 5}, 0, 3.0, 0.0, 6.0)) == [(1, 3), (5, 6), (9, 0)]
    # Onto another one: it goes. Past it: they change places.
    assert values(edits.moved(RAMP, {5}, 4, 0.0)) == [(1, 0), (9, 4)]
    assert values(edits.moved(RAMP, {1}, 6, 0.0)) == [(5, 4), (7, 0), (9, 0)]
    assert edits.moved(RAMP, {1, 5, 9}, 0, 0.0) == RAMP


@settings(deadline=None)
@given(curves(), st.integers(-40, 40), st.floats(-5, 5))
def test_all_keys_moved_move_the_curve(found: Curve, by: int, frame: float) -> None:
    moved = edits.moved(found, {key.frame for key in found.keys}, by, 0.0)
    start = found.keys[0].frame
    assert moved.at(start + frame + by) == pytest.approx(
        found.at(start + frame), rel=1e-6, abs=1e-6
    )
    back = edits.moved(moved, {key.frame for key in moved.keys}, -by, 0.0)
    assert [key.value for key in back.keys] == [key.value for key in found.keys]


def test_keys_are_shaped() -> None:
    bent = Curve((Key(1, 0, BEZIER, None, (2.0, 3.0)), Key(9, 4, LINEAR)))
    assert edits.shaped(bent, {1}, HOLD).at(8.9) == 0.0
    assert edits.shaped(bent, {1}, LINEAR).at(5) == 2.0
    assert edits.shaped(bent, {1}, BEZIER).keys[0].tangent_out is None
    assert edits.shaped(bent, {9}, BEZIER).keys[0] == bent.keys[0]


def test_a_pulled_handle_turns_the_other_one_with_it_unless_broken() -> None:
    smooth = Curve(tuple(Key(f, v, BEZIER) for f, v in ((0, 0.0), (12, 3.0), (24, 9.0))))
    before, after = smooth.handles(1)
    assert before is not None and after is not None
    assert before[1] / before[0] == pytest.approx(after[1] / after[0])
    pulled = edits.bent(smooth, 12, "out", (3.0, -6.0)).keys[1]
    assert pulled.tangent_out == (3.0, -6.0)
    assert pulled.tangent_in == pytest.approx((before[0], 8.0))
    broken = edits.bent(smooth, 12, "out", (3.0, -6.0), broken=True).keys[1]
    assert broken.tangent_in == before
    # It stays on its own side, and at the end of a curve there is only one.
    assert edits.bent(smooth, 12, "in", (5.0, 1.0)).keys[1].tangent_in == (0.0, 1.0)
    assert edits.bent(smooth, 0, "out", (2.0, 1.0)).keys[0].tangent_in is None
    assert smooth.handles(0)[0] is None and smooth.handles(2)[1] is None


def test_handles_are_those_that_the_curve_runs_by() -> None:
    smooth = Curve(tuple(Key(f, v, BEZIER) for f, v in ((0, 0.0), (12, 3.0), (24, 9.0))))
    fixed = smooth
    for index, key in enumerate(smooth.keys):
        for side, handle in zip(("in", "out"), smooth.handles(index), strict=True):
            if handle is not None:
                fixed = edits.bent(fixed, key.frame, side, handle, broken=True)  # type: ignore[arg-type]
    assert [fixed.at(f) for f in range(25)] == pytest.approx([smooth.at(f) for f in range(25)])


def test_keys_are_pasted_over_what_is_there() -> None:
    copied = RAMP.keys[1:]
    assert values(edits.pasted(RAMP, copied, 4)) == [(1, 0), (5, 4), (9, 4), (13, 0)]
    assert values(edits.pasted(7.0, copied, 0, high=3.0)) == [(5, 3), (9, 0)]
    assert edits.pasted(7.0, (), 0) == 7.0


def test_neighbours() -> None:
    numbers = [RAMP, 3.0, curve([(4, 1), (6, 1)])]
    assert edits.neighbour(numbers, 5, 1) == 6
    assert edits.neighbour(numbers, 5, -1) == 4
    assert edits.neighbour(numbers, 9, 1) is None
    assert edits.has_key(RAMP, 5) and not edits.has_key(RAMP, 6) and not edits.has_key(0.0, 5)


# -- channels --


def test_channels_by_place_and_by_what_an_artist_calls_them() -> None:
    light = Light(id="Light 1", translate=(1.0, RAMP, 2.0), intensity=RAMP)
    scene = Scene(nodes=(light,), ambient=(0.0, 0.0, RAMP))
    found = list(animated(scene))
    names = [".ambient.2", "Light 1.translate.1", "Light 1.intensity"]
    assert [channel.name for channel in found] == names
    titles = [title_of(scene, channel) for channel in found]
    assert titles == ["Ambient B", "Translate Y", "Intensity"]
    assert all(number_of(scene, channel) == RAMP for channel in found)
    assert channels_of(scene, "Light 1", "intensity") == (found[2],)
    assert len(channels_of(scene, "Light 1", "translate")) == 3
    assert parameter_of(scene, found[2]).high == 1e9
    assert number_of(scene, Channel("gone", "intensity")) is None

    changed = with_numbers(
        scene, {found[0]: 0.5, found[1]: 3.0, Channel("Light 1", "shadow_softness"): RAMP}
    )
    assert changed.ambient == (0.0, 0.0, 0.5)
    node = changed.node("Light 1")
    assert isinstance(node, Light)
    assert (node.translate, node.shadow_softness, node.intensity) == ((1.0, 3.0, 2.0), RAMP, RAMP)
    with pytest.raises(SceneError, match="intensity"):
        with_numbers(scene, {found[2]: curve([(1, -1.0)])})


@settings(deadline=None, max_examples=15)
@given(scenes())
def test_every_channel_that_has_keys_is_found_and_can_be_frozen(scene: Scene) -> None:
    found = list(animated(scene))
    assert all(isinstance(number_of(scene, channel), Curve) for channel in found)
    frozen = with_numbers(scene, {channel: 1.0 for channel in found if _takes_one(scene, channel)})
    assert not [channel for channel in animated(frozen) if _takes_one(scene, channel)]


def _takes_one(scene: Scene, channel: Channel) -> bool:
    parameter = parameter_of(scene, channel)
    # Near and far, black and white must differ: only what stands alone.
    alone = channel.field not in ("near", "far", "black", "white")
    return alone and edits.within(1.0, parameter.low, parameter.high) == 1.0


def test_in_and_out_bound_what_is_played(astronaut) -> None:
    media = new_media(str(astronaut), size=(512, 512))
    scene = Scene(media=(media,), nodes=(Surface(id="a", media=1),), first=10, last=20)
    assert scene.played == (10, 20)
    assert scene.with_settings(mark_in=12, mark_out=15).played == (12, 15)
    assert scene.with_settings(mark_in=5, mark_out=30).played == (10, 20)
    assert scene.with_settings(mark_in=25).played == (10, 20)
    assert scene.frames() == list(range(10, 21))  # what is rendered is the whole shot
    with pytest.raises(SceneError, match="mark_out: expected mark_in"):
        scene.with_settings(mark_in=15, mark_out=12)
