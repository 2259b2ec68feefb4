"""The contact sheet: every picture is there, in even margins."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from engine.output import Tile, contact_sheet
from engine.output.contact_sheet import BACKGROUND


def tiles(count: int, width: int = 60, height: int = 40) -> list[Tile]:
    shades = np.linspace(90, 250, count).astype(np.uint8)
    return [
        Tile(f"Pass {number}", np.full((height, width, 3), shade, np.uint8))
        for number, shade in enumerate(shades)
    ]


@settings(deadline=None, max_examples=25)
@given(st.integers(1, 20), st.integers(1, 120), st.integers(1, 120), st.booleans())
@example(1, 65, 1, False)
def test_every_picture_is_on_the_sheet(count: int, width: int, height: int, head: bool) -> None:
    pictures = tiles(count, width, height)
    sheet = contact_sheet(pictures, tile_width=96, title="Passes" if head else "")
    assert sheet.dtype == np.uint8 and sheet.shape[2] == 3
    for picture in pictures:
        shade = picture.rgb[0, 0]
        expected = min(96 * height / width, 192) * min(96, 192 * width / height)
        there = int(np.all(sheet == shade, axis=2).sum())
        assert there >= 0.5 * expected or expected < 40


def test_margins_are_even_and_dark() -> None:
    sheet = contact_sheet(tiles(6), columns=3, tile_width=120)
    lit = np.argwhere(np.any(sheet > 80, axis=2))
    left, right = lit[:, 1].min(), sheet.shape[1] - 1 - lit[:, 1].max()
    assert left == right == 8 and lit[:, 0].min() == 8
    for edge in (sheet[0], sheet[-1], sheet[:, 0], sheet[:, -1]):
        assert (edge == BACKGROUND).all()


def test_proportions_are_kept() -> None:
    tall = Tile("tall", np.full((100, 50, 3), 255, np.uint8))
    wide = Tile("wide", np.full((50, 100, 3), 128, np.uint8))
    sheet = contact_sheet([tall, wide], columns=2, tile_width=100)
    for shade, size in ((255, (100, 200)), (128, (100, 50))):
        there = np.argwhere(np.all(sheet == shade, axis=2))
        height, width = np.ptp(there, axis=0) + 1
        assert (width, height) == size


def test_titles_are_written_under_their_pictures() -> None:
    named = contact_sheet(tiles(2), columns=2, tile_width=200)
    blank = contact_sheet([Tile("", tile.rgb) for tile in tiles(2)], columns=2, tile_width=200)
    changed = np.argwhere(np.any(named != blank, axis=2))
    picture_bottom = 8 + 200 * 40 // 60
    assert len(changed) > 50 and changed[:, 0].min() > picture_bottom


def test_a_long_title_stays_in_its_column() -> None:
    long = [
        Tile("A very long name for a pass that nobody should have chosen " * 3, t.rgb)
        for t in tiles(2)
    ]
    sheet = contact_sheet(long, columns=2, tile_width=200)
    gap = sheet[:, 8 + 200 + 1 : 8 + 200 + 7]
    assert (gap == BACKGROUND).all()


@pytest.mark.parametrize(("count", "columns"), [(1, 1), (4, 2), (9, 3)])
def test_the_sheet_is_about_as_wide_as_a_screen(count: int, columns: int) -> None:
    sheet = contact_sheet(tiles(count, 160, 90))
    given_columns = contact_sheet(tiles(count, 160, 90), columns=columns)
    assert sheet.shape == given_columns.shape
