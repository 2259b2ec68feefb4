"""Frame ranges and file names as people write them."""

from __future__ import annotations

import pytest
from fileseq.constants import PAD_STYLE_HASH1
from fileseq.filesequence import FileSequence
from fileseq.frameset import FrameSet
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.errors import RilievoError
from engine.frames import parse_frames, split_name
from engine.output import frame_path, has_frame_token

NUMBERS = st.integers(-300, 3000)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("7", [7]),
        ("1001-1004", [1001, 1002, 1003, 1004]),
        ("1-10x2", [1, 3, 5, 7, 9]),
        ("1,5,9-12", [1, 5, 9, 10, 11, 12]),
        ("-5--1", [-5, -4, -3, -2, -1]),
        ("-2-2x2", [-2, 0, 2]),
        ("4-1", [4, 3, 2, 1]),
        ("10-1x4", [10, 6, 2]),
        (" 1 , 3-4 ", [1, 3, 4]),
        ("1-3,2-5", [1, 2, 3, 4, 5]),
        ("0", [0]),
    ],
)
def test_ranges(text: str, expected: list[int]) -> None:
    assert parse_frames(text) == expected


@settings(deadline=None, max_examples=100)
@given(st.lists(st.tuples(NUMBERS, st.integers(0, 60), st.integers(1, 9)), min_size=1, max_size=6))
def test_ranges_mean_what_fileseq_takes_them_for(items: list[tuple[int, int, int]]) -> None:
    text = ",".join(
        f"{first}" if not length else f"{first}-{first + length}x{step}"
        for first, length, step in items
    )
    assert parse_frames(text) == list(dict.fromkeys(FrameSet(text)))


@pytest.mark.parametrize(
    "text", ["", "a", "1-", "-", "1--", "1-2-3", "1x2", "1-10x", "1-10x-2", "1,,2", "1.5", "1;2"]
)
def test_what_is_no_range_is_named(text: str) -> None:
    with pytest.raises(RilievoError) as caught:
        parse_frames(text)
    assert repr(text) in str(caught.value) and "write it like" in str(caught.value)


@given(st.text("0123456789-x, ", max_size=12))
@settings(deadline=None, max_examples=200)
def test_any_text_is_a_list_or_a_sentence(text: str) -> None:
    try:
        frames, problem = parse_frames(text), ""
    except RilievoError as error:
        frames, problem = [], str(error)
    assert bool(frames) != bool(problem)
    assert len(set(frames)) == len(frames) and (frames or repr(text) in problem)


def test_the_bad_item_of_a_long_range_is_named() -> None:
    with pytest.raises(RilievoError, match=r"'9-' in frame range '1,5,9-' is not a frame"):
        parse_frames("1,5,9-")


def test_step_zero_and_endless_ranges() -> None:
    with pytest.raises(RilievoError, match=r"'1-5x0' .* has step 0"):
        parse_frames("1-5x0")
    with pytest.raises(RilievoError, match="more than the limit of 1,000,000 frames"):
        parse_frames("1-9999999999")


@pytest.mark.parametrize(
    ("name", "frame", "expected"),
    [
        ("out/shot.####.exr", 1001, "out/shot.1001.exr"),
        ("out/shot.####.exr", 7, "out/shot.0007.exr"),
        ("out/shot.####.exr", -5, "out/shot.-005.exr"),
        ("out/shot.####.exr", 123456, "out/shot.123456.exr"),
        ("shot_%04d.png", 12, "shot_0012.png"),
        ("shot_%d.png", 12, "shot_12.png"),
        ("shot@.png", 12, "shot12.png"),
        ("shot.@@@.png", 12, "shot.012.png"),
        ("shot.$F4.png", 12, "shot.0012.png"),
        ("shot.$F.png", 12, "shot.12.png"),
        ("shot.#.png", 12, "shot.12.png"),
        ("a@b.v2.####.left.exr", 3, "a@b.v2.0003.left.exr"),
        ("d####/still.exr", 3, "d####/still.exr"),
        ("still.exr", 3, "still.exr"),
    ],
)
def test_names(name: str, frame: int, expected: str) -> None:
    assert frame_path(name, frame) == expected
    assert has_frame_token(name) is (expected != name)


@settings(deadline=None, max_examples=100)
@given(st.sampled_from(["#", "####", "@", "@@@", "%04d", "%d", "$F", "$F4"]), NUMBERS)
def test_names_are_those_of_fileseq(token: str, frame: int) -> None:
    name = f"/a b/shot.{token}.exr"
    theirs = FileSequence(name, pad_style=PAD_STYLE_HASH1).frame(frame)
    split = split_name(name)
    assert split is not None and split.path(frame) == theirs


def test_a_frame_that_no_file_can_count_is_refused() -> None:
    with pytest.raises(RilievoError, match="beyond 2,147,483,647"):
        parse_frames("3000000000")
