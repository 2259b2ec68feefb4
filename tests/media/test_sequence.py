"""Numbered sequences: how they are named, and what stands in for a frame that is not there."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from engine.errors import MediaError
from engine.media import open_source
from engine.media.missing import stand_in
from engine.media.names import frames_on_disk
from engine.media.sequence import SequenceSource


def sequence(folder: Path, pattern: str, frames: list[int], channels: int = 3) -> None:
    for frame in frames:
        pixels = np.full((4, 6, channels), 100 + frame, np.uint8)
        Image.fromarray(pixels).save(folder / pattern.format(frame))


def seen(source: SequenceSource, t: int) -> int:
    return int(source.frame(t).planes[0][0, 0, 0]) - 100


def opened(path: Path, **options: object) -> SequenceSource:
    source = open_source(path, **options)  # pyright: ignore[reportArgumentType]
    assert isinstance(source, SequenceSource)
    return source


@pytest.mark.parametrize("token", ["####", "%04d", "@@@@", "$F4"])
def test_every_way_to_write_the_frame_number(tmp_path: Path, token: str) -> None:
    sequence(tmp_path, "shot.{:04d}.png", [-5, 0, 8, 9, 10])
    source = opened(tmp_path / f"shot.{token}.png")
    assert (source.info.first, source.info.last, source.info.kind) == (-5, 10, "sequence")
    assert source.info.fps is None and source.info.size == (6, 4)
    assert [seen(source, t) for t in (-5, 0, 10)] == [-5, 0, 10]
    assert source.frame(9).frame == 9


@pytest.mark.parametrize("token", ["#", "@", "%d", "$F"])
def test_numbers_without_padding(tmp_path: Path, token: str) -> None:
    sequence(tmp_path, "s{}.png", [7, 12, 103])
    sequence(tmp_path, "s{:04d}.png", [55])
    assert list(frames_on_disk(str(tmp_path / f"s{token}.png"))) == [7, 12, 103]


def test_frames_longer_than_the_token(tmp_path: Path) -> None:
    sequence(tmp_path, "s.{}.png", [99, 100, 101, -1, -10])
    assert list(frames_on_disk(str(tmp_path / "s.##.png"))) == [-10, -1, 99, 100, 101]


def test_odd_characters_in_names_mean_themselves(tmp_path: Path) -> None:
    folder = tmp_path / "a (b) [c]"
    folder.mkdir()
    sequence(folder, "x+y@2x.{:04d}.v1.png", [1, 2])
    sequence(folder, "xxy@2x.{:04d}.v1.png", [3])
    assert list(frames_on_disk(str(folder / "x+y@2x.####.v1.png"))) == [1, 2]


def test_no_file_of_that_name(tmp_path: Path) -> None:
    with pytest.raises(MediaError, match=r"no file is named like .*shot\.####\.png"):
        open_source(tmp_path / "shot.####.png")
    with pytest.raises(MediaError, match=r"the folder .*gone does not exist"):
        open_source(tmp_path / "gone" / "shot.####.png")


def test_a_missing_frame_is_an_error_unless_told_otherwise(tmp_path: Path) -> None:
    sequence(tmp_path, "s.{:04d}.png", [1, 2, 5])
    source = opened(tmp_path / "s.####.png")
    with pytest.raises(MediaError, match=r"s\.####\.png has no frame 3: there are 1 to 5"):
        source.frame(3)
    assert source.missing_frames == [3]
    assert seen(source, 5) == 5


@pytest.mark.parametrize(
    ("missing", "expected"),
    [("hold", {0: 1, 3: 2, 4: 2, 9: 5}), ("nearest", {0: 1, 3: 2, 4: 5, 9: 5})],
)
def test_stand_ins(tmp_path: Path, missing: str, expected: dict[int, int]) -> None:
    sequence(tmp_path, "s.{:04d}.png", [1, 2, 5])
    source = opened(tmp_path / "s.####.png", missing=missing)
    assert {t: seen(source, t) for t in expected} == expected
    assert source.frame(9).frame == 5  # so that what shows it knows that it has it already
    assert source.missing_frames == sorted(expected)


def test_black_is_transparent(tmp_path: Path) -> None:
    sequence(tmp_path, "s.{:04d}.png", [1, 5], channels=4)
    source = opened(tmp_path / "s.####.png", missing="black")
    got = source.frame(3)
    assert got.frame == 3 and not got.planes[0].any() and got.planes[0].shape == (4, 6, 4)
    assert seen(source, 5) == 5


def test_frames_read_ahead_are_not_reported(tmp_path: Path) -> None:
    sequence(tmp_path, "s.{:04d}.png", [1, 2, 3, 5])
    source = opened(tmp_path / "s.####.png", missing="hold")
    assert [seen(source, t) for t in (1, 2, 3)] == [1, 2, 3]
    assert source.missing_frames == []
    source.close()


def test_a_broken_frame_is_named_and_does_not_break_its_neighbours(tmp_path: Path) -> None:
    sequence(tmp_path, "s.{:04d}.png", [1, 2, 3, 4])
    (tmp_path / "s.0003.png").write_bytes(b"")
    source = opened(tmp_path / "s.####.png", missing="hold")
    assert [seen(source, t) for t in (1, 2)] == [1, 2]
    with pytest.raises(MediaError, match=r"s\.0003\.png is empty"):
        source.frame(3)
    assert seen(source, 4) == 4


def test_unknown_missing_is_refused(tmp_path: Path) -> None:
    sequence(tmp_path, "s.{:04d}.png", [1])
    with pytest.raises(MediaError, match=r"missing='repeat' is not known: choose error, hold"):
        opened(tmp_path / "s.####.png", missing="repeat")


@settings(deadline=None, max_examples=50)
@given(st.sets(st.integers(-50, 50), min_size=1), st.integers(-60, 60))
def test_stand_ins_are_the_nearest_and_the_last(frames: set[int], t: int) -> None:
    have = sorted(frames)
    nearest = stand_in(t, have, "nearest")
    assert abs(nearest - t) == min(abs(frame - t) for frame in have)
    before = [frame for frame in have if frame <= t]
    assert stand_in(t, have, "hold") == (before[-1] if before else have[0])
