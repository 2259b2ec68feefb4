"""Depth with flicker added, stabilised: how much of it is gone, and what moving outlines pay."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from models.depth.flicker import flicker
from models.depth.motion import warped
from models.depth.stabilise import STRENGTH, UNKNOWN, CausalStabiliser, Stabilised
from models.depth.two_sided import TwoSidedStabiliser
from models.shots import Shot, ShotDepth
from models.steadiness import usual_rules
from tests.support.moving_depth import F32, Flicker, MovingScene, Shown

FRAMES = 14
Clip = list[Shown]
AMPLITUDES = {
    "usual": Flicker(),
    "strong": Flicker(scale=0.3, shift=0.2, noise=0.05),
    "faint noise": Flicker(scale=0.1, shift=0.05, noise=0.008),
    "blotches": Flicker(scale=0.05, shift=0.05, noise=0.01, blotches=0.03),
}
PANS = {"still": (0.0, 0.0), "panning": (1.4, 0.3)}


@cache
def clip_of(seed: int, pan: str = "still", frames: int = FRAMES, approach: float = 0.0) -> Clip:
    return MovingScene(seed, PANS[pan], approach=approach).frames(frames)


def causal(clip: Clip, raw: list[F32], **options: Any) -> list[Stabilised]:
    stabiliser = CausalStabiliser(**options)
    return [stabiliser.update(v, shown.rgb) for v, shown in zip(raw, clip, strict=True)]


def two_sided(clip: Clip, raw: list[F32], **options: Any) -> list[Stabilised]:
    frames = ((v, shown.rgb) for v, shown in zip(raw, clip, strict=True))
    return list(TwoSidedStabiliser(**options).run(frames))


BOTH = pytest.mark.parametrize("stabilise", [causal, two_sided])
Stabilise = Callable[..., list[Stabilised]]


def line(values: npt.NDArray[Any], truth: npt.NDArray[Any]) -> npt.NDArray[np.float64]:
    """The values after their best scale and shift (least squares)."""
    scale, shift = np.polyfit(values.ravel(), truth.ravel(), 1)
    return scale * values.astype(np.float64) + shift


def true_flicker(values: list[F32], clip: Clip) -> float:
    """Mean difference along the exact motion, less what depth itself changed, over what both
    frames show, as a share of the range."""
    differences, ranges = [], []
    for (v0, c0), (v1, c1) in pairwise(zip(values, clip, strict=True)):
        scale = np.polyfit(c1.inverse.ravel(), v1.ravel(), 1)[0]
        change = v1 - warped(v0, c1.flow)
        change -= scale * (c1.inverse - warped(c0.inverse, c1.flow))
        differences.append(np.abs(change)[c1.seen].mean())
        ranges.append(np.subtract(*np.percentile(v1, (98, 2))))
    return float(np.mean(differences) / np.mean(ranges))


def edge_error(values: npt.NDArray[Any], clip: Clip) -> float:
    """Mean error in the band around moving outlines, from the second frame on."""
    truth = np.stack([shown.inverse for shown in clip])
    band = np.stack([shown.edges for shown in clip])
    band[0] = False
    return float(np.abs(values - truth)[band].mean())


@BOTH
@pytest.mark.parametrize(
    "amplitude",
    ["usual", "blotches"]
    + [pytest.param(a, marks=pytest.mark.slow) for a in ("strong", "faint noise")],
)
@pytest.mark.parametrize(("seed", "pan"), [(0, "still"), (1, "panning")])
def test_flicker_goes_and_moving_outlines_stay(
    stabilise: Stabilise, amplitude: str, seed: int, pan: str
) -> None:
    clip = clip_of(seed, pan)
    raw = AMPLITUDES[amplitude].add(clip, seed)
    stable = [found.values for found in stabilise(clip, raw)]
    assert true_flicker(stable, clip) <= true_flicker(raw, clip) / 5
    # Against the raw depth after the best scale and shift of every single frame; the stabilised
    # gets one for the whole clip.
    truth = [shown.inverse for shown in clip]
    best = np.stack([line(v, t) for v, t in zip(raw, truth, strict=True)])
    held = line(np.stack(stable), np.stack(truth))
    assert edge_error(held, clip) <= 1.1 * edge_error(best, clip)


@BOTH
def test_noise_alone_goes_too(stabilise: Stabilise) -> None:
    clip = clip_of(2)
    raw = Flicker(scale=0, shift=0, noise=0.03).add(clip)
    # A first frame's noise is all there is to show: it takes some frames to average it away.
    stable = [found.values for found in stabilise(clip, raw)][4:]
    assert true_flicker(stable, clip[4:]) <= true_flicker(raw[4:], clip[4:]) / 5


@BOTH
def test_what_does_not_flicker_stays_as_it_is(stabilise: Stabilise) -> None:
    clip = clip_of(3, approach=0.01)
    raw = [shown.inverse for shown in clip]
    stable = np.stack([found.values for found in stabilise(clip, raw)])
    error = np.abs(stable - np.stack(raw))
    assert error.mean() < 0.001
    assert np.quantile(error, 0.99) < 0.01


@BOTH
def test_nothing_trails_behind_what_moves(stabilise: Stabilise) -> None:
    """Ground that a near thing left is as far at once as it was before."""
    clip = clip_of(4)
    raw = Flicker(scale=0.05, shift=0.02, noise=0.01).add(clip)
    stable = line(np.stack([f.values for f in stabilise(clip, raw)]),
                  np.stack([c.inverse for c in clip]))  # fmt: skip
    trail: list[float] = []
    for number in range(6, len(clip)):
        ids = MovingScene(4).ids
        left = (ids(number) == 0) & (ids(number - 1) > 0)
        trail.append(float((stable[number] - clip[number].inverse)[left].mean()))
    # The things stand 0.3 and more before the ground: a trail of a tenth of that would be seen.
    assert abs(np.mean(trail)) < 0.01


def test_strength_0_passes_the_network_through() -> None:
    clip = clip_of(0)[:6]
    raw = Flicker().add(clip)
    for stabilise in (causal, two_sided):
        for found, v in zip(stabilise(clip, raw, strength=0.0), raw, strict=True):
            np.testing.assert_allclose(found.values, v, atol=1e-6)


@pytest.mark.slow
def test_more_strength_holds_stiller() -> None:
    clip = clip_of(0)
    raw = Flicker().add(clip)
    for stabilise in (causal, two_sided):
        figures = [
            true_flicker([f.values for f in stabilise(clip, raw, strength=s)], clip)
            for s in (0.2, 0.5, 1.0)
        ]
        assert figures == sorted(figures, reverse=True)


@BOTH
def test_scale_and_shift_of_the_first_frame_do_not_matter(stabilise: Stabilise) -> None:
    clip = clip_of(1)[:8]
    raw = Flicker().add(clip)
    other = [(250.0 * v + 1000.0).astype(np.float32) for v in raw]
    for a, b in zip(stabilise(clip, raw), stabilise(clip, other), strict=True):
        np.testing.assert_allclose((b.values - 1000) / 250, a.values, atol=2e-3)


@BOTH
def test_confidence_is_low_where_depth_disagrees_with_itself(stabilise: Stabilise) -> None:
    clip = clip_of(0)
    raw = Flicker(scale=0.1, shift=0.05, noise=0.005).add(clip)
    rng = np.random.default_rng(0)
    for v in raw:  # one corner is a guess, anew in every frame
        v[80:, :60] += 0.4 * rng.standard_normal()
    found = stabilise(clip, raw)
    confidence = found[8].confidence
    assert confidence.min() >= 0 and confidence.max() <= 1
    guessed, sure = confidence[90:, :50], confidence[:60, 100:]
    assert np.median(sure) > 0.9
    assert np.median(guessed) < UNKNOWN + 0.05
    assert np.median(causal(clip, raw)[0].confidence) == UNKNOWN  # nothing to compare with


@pytest.mark.parametrize("seed", [1, 3, 4])
def test_a_shot_lies_in_its_range_whatever_its_first_frame_got(seed: int) -> None:
    """The network gives each frame another scale and shift, so the first frame's are nothing to
    hold on to: these shots went from 0.25 to 1.22 of their range, or from -0.03 to 0.56."""
    clip = MovingScene(seed, PANS["still"]).frames(30)
    raw = Flicker().add(clip, seed)
    shot, rules = Shot(0, 29), usual_rules()
    range_ = rules.range([raw[frame] for frame in shot.samples()])
    depth = ShotDepth(shot, lambda n: (raw[n], clip[n].rgb), rules.steady, STRENGTH, range_)
    for _ in shot.frames:
        found = depth.step()
        assert found is not None
        low, high = np.percentile(found.values, (2, 98))
        assert 0 <= low < 0.15 and 0.7 < high < 0.9


@BOTH
def test_holes_stay_holes_and_do_not_spread(stabilise: Stabilise) -> None:
    clip = clip_of(0)[:8]
    raw = Flicker().add(clip)
    holes = np.zeros(raw[0].shape, bool)
    holes[10:30, 100:130] = True
    for v in raw:
        v[holes] = np.nan
    found = stabilise(clip, raw)
    for item in found:
        np.testing.assert_array_equal(np.isnan(item.values), holes)
        assert (item.confidence[holes] == 0).all()
        assert (item.confidence[~holes] > 0).all()
    whole = np.stack([np.where(holes, 0, f.values) for f in found])
    truth = np.stack([np.where(holes, 0, c.inverse) for c in clip])
    scale = np.polyfit(whole[:, ~holes].ravel(), truth[:, ~holes].ravel(), 1)
    error = np.abs(np.polyval(scale, whole) - truth)[:, ~holes]
    assert error.mean() < 0.02


def test_all_missing_or_flat_frames_do_no_harm() -> None:
    clip = clip_of(0)[:6]
    raw = Flicker().add(clip)
    raw[2][:] = np.nan
    raw[3][:] = 0.5
    for stabilise in (causal, two_sided):
        found = stabilise(clip, raw)
        assert np.isnan(found[2].values).all()
        assert all(np.isfinite(found[i].values).all() for i in (0, 1, 3, 4, 5))


@pytest.mark.slow
def test_the_scale_does_not_creep_over_a_long_clip() -> None:
    """Many frames, each aligned to the last: a bias of a thousandth would halve depth."""
    there = clip_of(0)[:10]
    clip = (there + there[::-1]) * 8
    found = causal(clip, Flicker(scale=0.15, shift=0.1, noise=0.03).add(clip, 3))
    scales = [
        np.polyfit(clip[i].inverse.ravel(), found[i].values.ravel(), 1)[0] for i in (10, 80, 159)
    ]
    assert max(scales) / min(scales) < 1.05


def test_two_sided_gives_every_frame_once_in_order_and_holds_few() -> None:
    clip = (clip_of(0) * 2)[:15]
    raw = Flicker().add(clip)
    stabiliser = TwoSidedStabiliser(reach=3)
    given: list[int] = []
    for number, (v, shown) in enumerate(zip(raw, clip, strict=True)):
        given.append(len(stabiliser.push(v, shown.rgb)))
        assert len(stabiliser._frames) <= 7, number
    assert given == [0, 0, 0, *[1] * 12]
    assert len(stabiliser.finish()) == 3
    assert stabiliser.finish() == []
    # Another shot, and one shorter than the reach.
    assert [len(stabiliser.push(v, c.rgb)) for v, c in zip(raw[:2], clip, strict=False)] == [0, 0]
    assert len(stabiliser.finish()) == 2


def test_a_frame_of_another_size_begins_anew() -> None:
    clip = clip_of(0)[:4]
    raw = Flicker().add(clip)
    sizes = [raw[0], raw[1], raw[2][:60, :80].copy(), raw[3][:60, :80].copy()]
    for stabilise in (causal, two_sided):
        found = stabilise(clip, sizes)
        assert [f.values.shape for f in found] == [v.shape for v in sizes]
    np.testing.assert_array_equal(causal(clip, sizes)[2].values, sizes[2])


def test_the_window_s_figure_agrees_with_the_truth() -> None:
    """Measured from pictures alone, and once for the network and what is shown together."""
    clip = clip_of(0)
    raw = Flicker().add(clip)
    stable = [found.values for found in causal(clip, raw)]
    for values in (raw, stable):
        measured = flicker((v, shown.rgb) for v, shown in zip(values, clip, strict=True))
        # Where depth steps, measured motion is a fraction of a pixel wrong.
        assert measured == pytest.approx(true_flicker(values, clip), rel=0.1, abs=0.003)


@BOTH
@pytest.mark.parametrize("size", [(518, 14), (140, 28), (14, 518), (8, 8)])
def test_strips_and_tiny_maps_are_no_harm(stabilise: Stabilise, size: tuple[int, int]) -> None:
    """A thin region of interest makes such maps; the search for motion crashed in them."""
    rng = np.random.default_rng(1)
    width, height = size
    depth = np.linspace(0, 1, width * height, dtype=np.float32).reshape(height, width)
    rgb = rng.integers(0, 255, (height, width, 3)).astype(np.uint8)
    still, none = np.zeros((height, width, 2), np.float32), np.zeros((height, width), bool)
    clip = [Shown(rgb, depth, still, ~none, none)] * 6
    found = stabilise(clip, [depth] * 6)
    assert len(found) == 6
    for shown in found:
        np.testing.assert_allclose(shown.values, depth, atol=0.02)
