"""The film of a take keeps the take's time; frames that are not there, sizes and pictures in place
of documents are said in a sentence."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image

from engine.frames import frame_ranges
from engine.scene import AnalysisType, Scene
from tests.support.commands import Run
from tests.support.small_take import FPS, write_take

NETWORKLESS = AnalysisType.GLOBAL


def flat(output: str) -> str:
    """On one line, without the frame that errors of usage are in."""
    return " ".join(output.replace("│", " ").split())


def greys(path: Path) -> list[int]:
    """The mean of each frame of a film, which has a constant rate."""
    with av.open(str(path)) as movie:
        (stream,) = movie.streams.video
        assert stream.base_rate == stream.average_rate == Fraction(30)
        frames = list(movie.decode(video=0))
    assert [frame.time for frame in frames] == pytest.approx([n / FPS for n in range(len(frames))])
    middle = [
        np.asarray(frame.to_ndarray(format="gray"), np.uint8)[8:16, 12:20] for frame in frames
    ]
    return [round(float(grey.mean())) for grey in middle]


def test_a_take_s_film_keeps_its_time_or_has_one_frame_for_each(tmp_path: Path, run: Run) -> None:
    take = write_take(tmp_path / "take.rilievo", analysis=NETWORKLESS)  # 1001, 1002, 1005, 1010
    result = run("render", take, "--movie", "kept.mov", "--samples", "1")
    assert result.exit_code == 0, result.output
    assert (
        "the film keeps the take's time: 4 frames, held where none was recorded, make 10 (0.3 s);"
        " --no-hold makes one of each (0.1 s)"
    ) in result.output
    shown = greys(tmp_path / "kept.mov")
    assert len(shown) == 10
    runs = [shown[0:1], shown[1:4], shown[4:9], shown[9:10]]
    assert all(max(run) - min(run) <= 1 for run in runs)
    assert [run[0] for run in runs] == sorted({run[0] for run in runs})

    result = run("render", take, "--movie", "short.mp4", "--samples", "1", "--no-hold")
    assert result.exit_code == 0, result.output
    assert "one frame for each that was recorded: 0.1 s of the take's 0.3 s" in result.output
    assert len(greys(tmp_path / "short.mp4")) == 4

    # A part of it, with numbers that were not recorded: the film goes on there; pictures cannot.
    result = run("render", take, "--movie", "part.mp4", "-f", "1002-1006", "--samples", "1")
    assert result.exit_code == 0, result.output
    said = "frames 1003-1004,1006 were not recorded; it has 1001-1002,1005,1010"
    assert said in flat(result.output)
    assert len(greys(tmp_path / "part.mp4")) == 4
    result = run("render", take, "-o", "p.####.png", "-f", "1005-1007", "--samples", "1")
    assert result.exit_code == 1
    assert "frames 1006-1007 were not recorded; it has 1001-1002,1005,1010" in result.output
    assert [path.name for path in tmp_path.glob("p.*.png")] == ["p.1005.png"]
    result = run("render", take, "-o", "p.####.png", "-f", "1004", "--movie", "no.mp4")
    assert result.exit_code == 1
    assert "frame 1004 was not recorded; it has 1001-1002,1005,1010" in result.output
    assert not (tmp_path / "no.mp4").exists()


def test_a_take_without_gaps_has_nothing_to_be_said(tmp_path: Path, run: Run) -> None:
    take = write_take(tmp_path / "take.rilievo", frames=(1001, 1002), analysis=NETWORKLESS)
    result = run("render", take, "--movie", "a.mov", "--samples", "1")
    assert result.exit_code == 0 and "hold" not in result.output
    assert len(greys(tmp_path / "a.mov")) == 2


def test_frames_outside_the_document_are_rendered_and_said_once(tmp_path: Path, run: Run) -> None:
    Scene(first=1001, last=1003, size=(16, 16)).save(tmp_path / "s.rilievo")
    result = run("render", "s.rilievo", "-o", "a.####.png", "-f", "999-1001,1005", "--samples", "1")
    assert result.exit_code == 0, result.output
    said = "frames 999-1000,1005 are outside the document's range 1001-1003, and rendered as asked"
    assert flat(result.output).count(said) == 1
    assert len(list(tmp_path.glob("a.*.png"))) == 4
    result = run("render", "s.rilievo", "-o", "b.####.png", "-f", "1001-1003", "--samples", "1")
    assert "outside" not in result.output
    result = run("render", "s.rilievo", "--movie", "a.mov", "--no-hold")
    assert result.exit_code == 1 and "is no take" in result.output
    result = run("render", "s.rilievo", "-o", "b.####.png", "--hold")
    assert result.exit_code == 2 and "give --movie as well" in result.output


@pytest.mark.parametrize(
    ("size", "sentence"),
    [
        ("100000x100000", "has 10,000,000,000 pixels, more than the limit of 134,217,728 pixels"),
        ("99999x99999", "more than the limit"),
        ("999999999x1", "more than the limit"),
        ("0x10", "is not a size: write it like 1920x1080"),
        ("big", "is not a size"),
    ],
)
@pytest.mark.parametrize("command", ["render", "live"])
def test_sizes_that_cannot_be(run: Run, command: str, size: str, sentence: str) -> None:
    options = ["s.rilievo", "-o", "a.png"] if command == "render" else []
    result = run(command, *options, "--size", size)
    assert result.exit_code == 2
    assert sentence in flat(result.output)


@pytest.mark.parametrize("passes", [(), ("--passes", "mine")])
def test_a_picture_in_place_of_a_document_leads_to_new(
    tmp_path: Path, run: Run, passes: tuple[str, ...]
) -> None:
    Image.new("RGB", (8, 8)).save(tmp_path / "a picture.1001.png")
    result = run("render", "a picture.1001.png", "-o", "b.####.exr", *passes)
    assert result.exit_code == 1
    assert "rilievo new 'a picture.1001.png' -o 'a picture.rilievo'" in result.output
    result = run("render", "clip.####.exr", "-o", "b.####.exr")
    assert result.exit_code == 1 and "rilievo new" in result.output
    (tmp_path / "s.rilievo").write_text("{")
    result = run("render", "s.rilievo", "-o", "b.####.exr")
    assert result.exit_code == 1 and "rilievo new" not in result.output


def test_ranges_have_their_gaps() -> None:
    assert frame_ranges([1001]) == "1001"
    assert frame_ranges([-2, -1, 3, 5, 4]) == "-2--1,3-5"
    assert (
        frame_ranges(range(0, 60, 2))
        == "0,2,4,6,8,10,12,14,16,18,20,22 and 18 more ranges up to 58"
    )
