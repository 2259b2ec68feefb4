"""Where the list of commands stands."""

from __future__ import annotations

import pytest

from ui.window.palette import SIZE, placed


@pytest.mark.parametrize("scale", [1.0, 1.6, 2.5])
@pytest.mark.parametrize("screen", [(860.0, 520.0), (1400.0, 860.0)])
def test_all_of_it_can_be_seen(screen: tuple[float, float], scale: float) -> None:
    (x, y), (width, height) = placed((SIZE[0] * scale, SIZE[1] * scale), screen)
    assert x >= 0 and y >= 0  # the line to type in stands at the top
    assert x + width <= screen[0] and y + height <= screen[1]
    assert x == pytest.approx(screen[0] - x - width)
