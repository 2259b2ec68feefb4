"""Depth Range Auto on maps of known kind: rooms, streets, portraits, tables, corridors, ceilings
and hills, written in every way that such maps are written."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import numpy as np
import numpy.typing as npt
import pytest

from engine.scene import DepthRange
from engine.scene.auto_range import Evidence, RangeGuess, guess_range
from tests.support.depth_scenes import SCENES, Floats


@cache
def depth(name: str) -> Floats:
    return SCENES[name]()


def ends(z: Floats) -> tuple[float, float]:
    known = z[np.isfinite(z)]
    return float(known.min()), float(min(known.max(), 30 * known.min()))


def share(z: Floats) -> Floats:
    near, far = ends(z)
    return np.clip((np.minimum(z, far) - near) / (far - near), 0, 1)


def disparity(z: Floats) -> Floats:
    near, far = ends(z)
    return (1 / np.minimum(z, far) - 1 / far) / (1 / near - 1 / far)


def codes(values: Floats, bits: int) -> Floats:
    return np.round(values * (2**bits - 1)) / (2**bits - 1)


def with_holes(values: Floats, hole: float) -> Floats:
    """As a sensor has them: patches, and a border on one side."""
    rng = np.random.default_rng(5)
    out = values.copy()
    out[:, :4] = hole
    for y, x in rng.integers(4, 110, (12, 2)):
        out[y : y + 6, x : x + 7] = hole
    return out


def half(values: Floats) -> Floats:
    return values.astype(np.float16).astype(np.float64)


def single(values: Floats) -> Floats:
    return values.astype(np.float32).astype(np.float64)


Case = tuple[Callable[[Floats], Floats], int, DepthRange, bool]
N, A, I = DepthRange.NORMALIZED, DepthRange.ABSOLUTE, DepthRange.INVERSE  # noqa: E741
WRITTEN: dict[str, Case] = {
    "metres, float": (lambda z: single(np.minimum(z, ends(z)[1])), 0, A, False),
    "metres, half": (lambda z: half(np.minimum(z, ends(z)[1])), 0, A, False),
    "metres, sky infinite": (single, 0, A, False),
    "metres, sky 1e10": (lambda z: single(np.minimum(z, 1e10)), 0, A, False),
    "metres, half, sky 65504": (lambda z: half(np.minimum(z, 65504)), 0, A, False),
    "metres, holes NaN": (lambda z: with_holes(np.minimum(z, ends(z)[1]), np.nan), 0, A, False),
    "metres, holes 0": (lambda z: with_holes(np.minimum(z, ends(z)[1]), 0.0), 0, A, False),
    "centimetres": (lambda z: single(100 * np.minimum(z, ends(z)[1])), 0, A, False),
    "millimetres, 16 bit": (
        lambda z: codes(with_holes(np.where(z < 20, z / 65.535, 0), 0.0), 16), 16, A, False
    ),
    "white far, 8 bit": (lambda z: codes(share(z), 8), 8, N, False),
    "white far, 16 bit": (lambda z: codes(share(z), 16), 16, N, False),
    "white far, half": (lambda z: half(share(z)), 0, N, False),
    "white far, float": (lambda z: single(share(z)), 0, N, False),
    "white near, 8 bit": (lambda z: codes(1 - share(z), 8), 8, N, True),
    "white near, 16 bit": (lambda z: codes(1 - share(z), 16), 16, N, True),
    "white near, float": (lambda z: single(1 - share(z)), 0, N, True),
    "disparity, 8 bit": (lambda z: codes(disparity(z), 8), 8, N, True),
    "disparity, 16 bit": (lambda z: codes(disparity(z), 16), 16, N, True),
    "disparity, float": (lambda z: single(disparity(z)), 0, N, True),
    "1/Z, float": (lambda z: single(0.5 * ends(z)[0] / z), 0, I, False),
    "1/Z, half": (lambda z: half(0.4 * ends(z)[0] / z), 0, I, False),
    "MiDaS": (lambda z: single(150 + 2700 * disparity(z)), 0, I, False),
    "small relative": (lambda z: single(9 * disparity(z) - 0.4), 0, I, False),
}  # fmt: skip


def _metric(name: str, how: str) -> bool:
    """Whether a map of that kind can be made of the scene."""
    if how == "millimetres, 16 bit":
        return float(np.mean(depth(name) < 20)) > 0.5
    # Values below 1 in a float file could be anything: those are looked at apart.
    if how.startswith("metres"):
        return ends(depth(name))[1] > 1.5 and not (how != "metres, float" and name == "table")
    return True


CASES = [(name, how) for name in SCENES for how in WRITTEN if _metric(name, how)]


def test_the_list_is_long_and_varied() -> None:
    assert len(CASES) >= 140
    assert {WRITTEN[how][2] for _, how in CASES} == {N, A, I}


@pytest.mark.parametrize("how", WRITTEN)
def test_every_map_is_known(how: str) -> None:
    write, bits, kind, inverted = WRITTEN[how]
    wrong = {}
    for name in SCENES:
        if not _metric(name, how):
            continue
        found = guess_range(write(depth(name)), Evidence(bits))
        if (found.kind, found.inverted) != (kind, inverted):
            wrong[name] = found
    assert not wrong


def says(found: RangeGuess, *words: str) -> None:
    for word in words:
        assert word in found.reason, found
    assert "\n" not in found.reason and not found.reason.endswith(".")


def test_the_reason_names_what_was_seen() -> None:
    z = np.minimum(depth("street"), ends(depth("street"))[1])
    says(guess_range(single(z)), "values", "float file", "distances in scene units")
    says(guess_range(single(depth("street"))), "infinitely far", "distances")
    says(guess_range(codes(share(z), 8), Evidence(8)), "whole numbers", "white is far")
    corridor = disparity(depth("corridor"))
    says(guess_range(codes(corridor, 16), Evidence(16)), "planes straight", "white is near")
    says(guess_range(single(3000 * disparity(z))), "inverse depth of no unit")
    says(guess_range(codes(depth("room") / 65.535, 16), Evidence(16)), "millimetres", "codes")


def test_units() -> None:
    room = depth("room")
    millimetres = guess_range(codes(room / 65.535, 16), Evidence(16))
    decoded = codes(room / 65.535, 16) * millimetres.depth_scale
    np.testing.assert_allclose(decoded, room, atol=6e-4)  # metres
    relative = guess_range(single(2700 * disparity(room)))
    assert relative.relative
    assert relative.depth_scale == pytest.approx(2700, rel=0.05)
    assert not guess_range(single(0.5 / room)).relative


def test_names_help_where_the_picture_says_nothing() -> None:
    """A smooth bump: near if it is a disparity, far if it is a depth, a hill if it is a height."""
    y, x = np.mgrid[0:80, 0:80] / 79 - 0.5
    bump = 1 - np.exp(-8 * (x**2 + y**2))  # dark in the middle
    assert guess_range(bump, Evidence(16, name="shot_disparity_v2.png")).inverted
    height = guess_range(bump, Evidence(16, name="wallHeight.png"))
    assert height.kind is DepthRange.RELIEF
    says(height, '"height"')
    assert guess_range(bump, Evidence(16, channel="Displacement.Y")).kind is DepthRange.RELIEF


def test_a_dispute_is_no_word_and_neither_is_a_folder() -> None:
    bump = codes(share(depth("room")), 16)
    plain = guess_range(bump, Evidence(16))
    assert guess_range(bump, Evidence(16, name="dispute_invoice.png")) == plain


def flat(value: float) -> npt.NDArray[np.float64]:
    return np.full((40, 50), value)


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        (flat(0.5), N), (flat(0.0), N), (flat(7.0), A), (flat(np.nan), N), (flat(np.inf), A),
        (np.zeros((1, 1)), N), (np.array([[1.0, 2.0]]), A), (np.array([[0.0], [1.0]]), N),
        (np.where(np.eye(30) > 0, np.nan, 3.0), A), (-flat(4.0), N),
    ],
)  # fmt: skip
def test_maps_that_say_nothing_do_no_harm(values: Floats, kind: DepthRange) -> None:
    found = guess_range(values)
    assert found.kind is kind
    assert found.reason


def test_size_does_not_matter() -> None:
    z = depth("corridor")
    large = np.kron(codes(share(z), 16), np.ones((4, 4)))
    assert guess_range(large, Evidence(16)).inverted is False
    assert guess_range(1 - large, Evidence(16)).inverted is True


@pytest.mark.parametrize("holes", [False, True])
def test_millimetres_of_a_sensor_whose_largest_code_means_nothing(holes: bool) -> None:
    y, x = np.mgrid[:180, :320]
    metres = np.where(np.hypot(y - 90, x - 160) < 50, 1.5, 1 / (0.25 + 0.1 * x / 320))
    codes = (metres * 1000).astype(np.uint16)
    codes[:15] = 65535
    if holes:
        codes[20:40, 20:40] = 0
    guess = guess_range(codes / 65535, Evidence(bits=16))
    assert guess.kind is DepthRange.ABSOLUTE
    assert guess.depth_scale == pytest.approx(65.535)
    assert "millimetres" in guess.reason
