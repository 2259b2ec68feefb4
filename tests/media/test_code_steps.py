"""How finely a depth picture's whole numbers are cut, whatever its file could hold."""

from __future__ import annotations

import numpy as np
import pytest

from engine.media import Encoding, Picture
from engine.media.code_steps import code_step, step_of_codes

RAMP = np.linspace(0, 255, 64 * 48).reshape(48, 64, 1)


def picture(plane: np.ndarray, **encoding: object) -> Picture:
    return Picture((plane,), Encoding(**encoding))  # type: ignore[arg-type]


def test_a_file_of_8_bits_has_steps_of_one_code() -> None:
    assert code_step(picture(RAMP.astype(np.uint8))) == pytest.approx(1 / 255)


def test_floats_have_no_steps() -> None:
    assert code_step(picture((RAMP / 255).astype(np.float32))) == 0.0


@pytest.mark.parametrize(("factor", "step"), [(257, 257), (256, 256), (1, 1), (180.7, 180.7)])
@pytest.mark.parametrize("start", [0, 3000])
def test_16_bits_that_hold_8_have_the_steps_of_8(factor: float, step: float, start: int) -> None:
    plane = np.round(np.floor(RAMP) * factor + start).clip(0, 65535).astype(np.uint16)
    assert code_step(picture(plane, bits=16)) * 65535 == pytest.approx(step, rel=1e-4)


def test_16_bits_that_hold_16_have_steps_of_one_code() -> None:
    smooth = np.round((RAMP / 255) ** 1.5 * 65535).astype(np.uint16)
    noise = np.random.default_rng(1).integers(0, 65536, (48, 64, 1), dtype=np.uint16)
    for plane in (smooth, noise):
        assert code_step(picture(plane, bits=16)) == pytest.approx(1 / 65535)


def test_a_few_values_far_apart_are_a_drawing_and_no_steps() -> None:
    plane = np.repeat(np.array([0, 100, 200], np.uint8), 100).reshape(10, 30, 1)
    assert code_step(picture(plane)) == pytest.approx(1 / 255)


def test_5_bits_in_8() -> None:
    assert step_of_codes(np.arange(0, 249, 8)) == 8
    assert step_of_codes(np.sort([*range(0, 249, 8), 21])) == 1  # one that is none of them


@pytest.mark.parametrize("bits", [8, 10, 12])
def test_video_of_limited_range_uses_fewer_codes(bits: int) -> None:
    scale = 2 ** (bits - 8)
    plane = (16 * scale + np.arange(219 * scale)[None, :, None]).astype(np.uint16)
    if bits == 8:
        plane = plane.astype(np.uint8)
    found = code_step(picture(plane, model="yuv", full_range=False, bits=bits))
    assert found == pytest.approx(1 / (219 * scale))
    full = code_step(picture(plane, model="yuv", full_range=True, bits=bits))
    assert full == pytest.approx(1 / (2**bits - 1))
