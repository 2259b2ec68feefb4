"""Folders as they are listed for choosing: sequences as one line."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import MediaError
from engine.frames import split_name
from engine.media.folder import Entry, EntryKind, grouped, kind_of, list_folder


def made(folder: Path, *names: str) -> list[tuple[str, str, tuple[int, ...]]]:
    for name in names:
        (folder / name).touch()
    return [(e.name, e.kind.value, e.frames) for e in list_folder(folder)]


def test_numbered_pictures_are_one_line(tmp_path: Path) -> None:
    (tmp_path / "renders").mkdir()
    shots = [f"shot.{frame}.exr" for frame in (1001, 1002, 1003, 1005)]
    found = made(tmp_path, "b.mov", "a.png", "notes.txt", ".hidden.png", *shots)
    assert found == [
        ("renders", "folder", ()),
        ("a.png", "still", ()),
        ("b.mov", "video", ()),
        ("notes.txt", "other", ()),
        ("shot.####.exr", "sequence", (1001, 1002, 1003, 1005)),
    ]
    entry = list_folder(tmp_path)[-1]
    assert entry.gaps == 1 and entry.path == str(tmp_path / "shot.####.exr")
    assert [e.kind for e in list_folder(tmp_path, sequences=False)].count(EntryKind.STILL) == 5


@pytest.mark.parametrize(
    ("names", "lines"),
    [
        (("a1.png", "a2.png", "a10.png"), ["a#.png 1-10"]),
        (("a01.png", "a02.png", "a10.png", "a100.png"), ["a##.png 1-100"]),
        (("a.01.png", "a.02.png", "a.001.png", "a.002.png"), ["a.###.png 1-2", "a.##.png 1-2"]),
        (("a.998.exr", "a.1002.exr"), ["a.###.exr 998-1002"]),
        (("shot_v1.1001.exr", "shot_v2.1001.exr"), ["shot_v1.1001.exr", "shot_v2.1001.exr"]),
        (("plate_v001.exr", "plate_v002.exr"), ["plate_v001.exr", "plate_v002.exr"]),
        (("s1001_v2.exr", "s1002_v2.exr"), ["s####_v2.exr 1001-1002"]),
        (("a.-02.exr", "a.-01.exr", "a.000.exr", "a.001.exr"), ["a.###.exr -2-1"]),
        (("take-1001.exr", "take-1002.exr"), ["take-####.exr 1001-1002"]),
        (("c1.mp4", "c2.mp4"), ["c1.mp4", "c2.mp4"]),
        (("x1@2x.png", "x2@2x.png"), ["x1@2x.png", "x2@2x.png"]),  # @ would be its token
        (("IMG_7.jpg",), ["IMG_7.jpg"]),
        (("2.png", "10.png", "b.png"), ["#.png 2-10", "b.png"]),
        (("norm8.png", "norm16.png"), ["norm8.png", "norm16.png"]),
        (("norm8.png", "norm16.png", "norm32.png"), ["norm8.png", "norm16.png", "norm32.png"]),
        (("wall512.png", "wall1024.png"), ["wall512.png", "wall1024.png"]),
        (("tex_1024.png", "tex_2048.png"), ["tex_1024.png", "tex_2048.png"]),
        (("half3.png", "half7.png"), ["half3.png", "half7.png"]),
        (("f10.png", "f20.png", "f30.png"), ["f##.png 10-30"]),  # every tenth frame
        (("f3.png", "f7.png", "f8.png"), ["f#.png 3-8"]),
        (("a.8.png", "a.16.png"), ["a.#.png 8-16"]),  # a dot before it: a frame
        (("a008.png", "a016.png"), ["a###.png 8-16"]),
    ],
)  # fmt: skip
def test_what_counts_as_a_sequence(names: tuple[str, ...], lines: list[str]) -> None:
    def line(entry: Entry) -> str:
        frames = entry.frames
        return entry.name + (f" {frames[0]}-{frames[-1]}" if frames else "")

    assert [line(entry) for entry in grouped("", names)] == lines


pieces = st.text("ab_.-#@%dvV$F4", max_size=4)
numbers = st.one_of(
    st.integers(-20, 1200).map(str),
    st.integers(0, 120).map(lambda n: f"{n:03d}"),
    st.integers(0, 120).map(lambda n: f"{n:04d}"),
)
endings = st.sampled_from([".png", ".exr", ".jp2", ".mov", ".txt", ""])
files = st.builds(lambda a, n, b, e: f"{a}{n}{b}{e}", pieces, numbers, pieces, endings)


@given(st.sets(files, max_size=12))
def test_every_file_is_listed_and_every_pattern_names_its_frames(names: set[str]) -> None:
    entries = grouped("", names)
    told: set[str] = set()
    for entry in entries:
        if entry.kind is not EntryKind.SEQUENCE:
            told.add(entry.path)
            continue
        pattern = split_name(entry.path)
        assert pattern is not None and len(entry.frames) > 1
        assert list(entry.frames) == sorted(set(entry.frames))
        told |= {pattern.path(frame) for frame in entry.frames}
        # As `frames_on_disk` reads it: no file of that pattern is left out.
        span = range(entry.frames[0] - 2, entry.frames[-1] + 3)
        assert {n for n in span if pattern.path(n) in names} == set(entry.frames)
    assert told == names


def test_numbers_sort_as_numbers(tmp_path: Path) -> None:
    names = [name for name, _, _ in made(tmp_path, "B3.txt", "a10.txt", "a9.txt", "b2.txt")]
    assert names == ["a9.txt", "a10.txt", "b2.txt", "B3.txt"]


def test_kinds_are_told_by_their_ending() -> None:
    told = [kind_of(name).value for name in ("A.EXR", "a.Mov", "a.wav", "a", "a.png.txt")]
    assert told == ["still", "video", "other", "other", "other"]


def test_a_folder_that_cannot_be_read_is_said(tmp_path: Path) -> None:
    with pytest.raises(MediaError, match="there is no folder"):
        list_folder(tmp_path / "nowhere")
    (tmp_path / "file").touch()
    with pytest.raises(MediaError, match="cannot be listed"):
        list_folder(tmp_path / "file")
    with pytest.raises(MediaError, match="cannot be listed"):
        list_folder("a\0b")


@pytest.mark.skipif(sys.platform == "win32", reason="needs symbolic links")
def test_a_link_to_nothing_does_not_hide_the_rest(tmp_path: Path) -> None:
    os.symlink(tmp_path / "gone", tmp_path / "broken.png")
    assert [e.name for e in list_folder(tmp_path)] == ["broken.png"]
