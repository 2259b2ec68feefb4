"""Time code: counted as SMPTE 12M has it, and taken from the plate to all that is written."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import OpenImageIO
import pytest
from OpenImageIO import ImageOutput, ImageSpec, TypeDesc

from engine.errors import SceneError
from engine.media import open_source
from engine.output import ExrHeader, MovieWriter, Part, write_exr
from engine.scene import Scene
from engine.timecode import Timecode, packed_timecode
from ui.new import new_document

NTSC = Fraction(30000, 1001)


@pytest.mark.parametrize(
    ("start", "frames", "fps", "expected"),
    [
        ("00:00:59;29", 1, NTSC, "00:01:00;02"),
        ("00:09:59;29", 1, NTSC, "00:10:00;00"),
        ("01:00:00;00", 17982, NTSC, "01:10:00;00"),
        ("00:59:59:24", 1, Fraction(25), "01:00:00:00"),
        ("23:59:59:23", 1, Fraction(24), "00:00:00:00"),
        ("23:59:59;29", 1, NTSC, "00:00:00;00"),
        ("00:01:00;02", -1, NTSC, "00:00:59;29"),
        ("00:00:59;59", 1, Fraction(60000, 1001), "00:01:00;04"),
        ("10:00:00:59", 1, Fraction(60), "10:00:01:00"),
        ("10:00:00:05", 3, Fraction(24000, 1001), "10:00:00:08"),
        ("10:00:00;05", 3, Fraction(25), "10:00:00:08"),  # which has no drop frame
    ],
)
def test_counting(start: str, frames: int, fps: Fraction, expected: str) -> None:
    code = Timecode.parsed(start)
    assert code is not None and str(code.later(frames, fps)) == expected


def test_every_frame_of_a_day_of_drop_frame_has_its_own_code() -> None:
    """Stepping is adding: no code comes twice, none of those that are dropped comes at all."""
    zero = Timecode(0, 0, 0, 0, drop=True)
    at = zero
    for number in range(1, 20000):
        at = at.later(1, NTSC)
        assert at == zero.later(number, NTSC)
        assert not (at.frames < 2 and at.seconds == 0 and at.minutes % 10)
    assert zero.later(2589408, NTSC) == zero


@pytest.mark.parametrize("text", ["10:59:58:20", "01:00:00;02", "23:59:59:29"])
def test_packing_keeps_it_all(text: str) -> None:
    code = Timecode.parsed(text)
    assert code is not None and Timecode.unpacked(packed_timecode(code)) == code
    assert str(code) == text


@pytest.mark.parametrize("text", ["", "10:59", "25:00:00:00", "10:60:00:00", "a:b:c:d"])
def test_what_is_no_time_code(text: str) -> None:
    assert Timecode.parsed(text) is None
    with pytest.raises(SceneError, match="timecode"):
        Scene(timecode=text)


def write_plate(folder: Path, ending: str, start: int, code: str, rate: tuple[int, int]) -> str:
    """Three pictures with time code and rate in their headers. The sequence's name."""
    first = Timecode.parsed(code)
    assert first is not None
    for number in range(3):
        spec = ImageSpec(16, 16, 3, "half" if ending == "exr" else "uint16")
        packed = packed_timecode(first.later(number, Fraction(*rate)))
        spec.attribute("smpte:TimeCode", TypeDesc("timecode"), (packed, 0))
        spec.attribute("framesPerSecond", TypeDesc("rational"), rate)
        spec.attribute("dpx:FrameRate", rate[0] / rate[1])
        path = str(folder / f"plate.{start + number}.{ending}")
        out: Any = ImageOutput.create(path)
        assert out.open(path, spec) and out.write_image(np.full((16, 16, 3), 0.5, np.float32))
        assert out.close()
    return str(folder / f"plate.####.{ending}")


@pytest.mark.parametrize("ending", ["exr", "dpx"])
@pytest.mark.parametrize(
    ("code", "rate"), [("10:59:58:20", (25, 1)), ("01:00:59;28", (30000, 1001))]
)
def test_a_plates_time_code_becomes_the_documents(
    ending: str, code: str, rate: tuple[int, int], tmp_path: Path
) -> None:
    """Number 7: it was lost, and another one invented."""
    plate = write_plate(tmp_path, ending, 1001, code, rate)
    scene = new_document(plate, None, None, None, three_d=False)
    assert (scene.first, scene.last) == (1001, 1003)
    assert scene.timecode == code and scene.fps == pytest.approx(rate[0] / rate[1], abs=1e-3)
    assert scene.media[0].fps is None  # a sequence is played frame by frame, as it was
    later = scene.with_settings(first=1002)
    assert later.timecode_of(1003) == scene.timecode_of(1003) is not None
    assert later.timecode != code
    path = tmp_path / "s.rilievo"
    scene.save(path)
    assert Scene.load(path).timecode == code


@pytest.mark.parametrize("ending", ["mov", "mp4", "mkv"])
@pytest.mark.parametrize(
    ("code", "fps"), [("10:59:58:20", Fraction(24)), ("01:00:59;28", NTSC), ("09:00:00:45", 60)]
)
def test_a_films_time_code_comes_and_goes(
    ending: str, code: str, fps: Fraction | int, tmp_path: Path
) -> None:
    """From QuickTime's time code track or the tag of Matroska, and back into them."""
    path = tmp_path / f"a.{ending}"
    start = Timecode.parsed(code)
    with MovieWriter(path, (32, 32), Fraction(fps), timecode=start) as movie:
        for _ in range(3):
            movie.write(np.zeros((32, 32, 3), np.uint8))
    with av.open(str(path)) as container:
        tags = [container.metadata, *(stream.metadata for stream in container.streams)]
        found = {text for tag in tags for name, text in tag.items() if name.lower() == "timecode"}
    assert found == {code}
    assert open_source(path).info.timecode == code
    scene = new_document(str(path), None, None, None, three_d=False)
    assert scene.timecode == code
    assert str(scene.timecode_of(scene.first + 2)) == str(start and start.later(2, Fraction(fps)))


def test_an_exr_has_drop_frame_and_two_digits(tmp_path: Path) -> None:
    """Above 30 a second OpenEXR counts pairs, for it has two digits up to 29."""
    for fps, code, expected in (
        (NTSC, Timecode(1, 2, 3, 4, drop=True), "01:02:03;04"),
        (60, Timecode(1, 2, 3, 45), "01:02:03:22"),
    ):
        path = tmp_path / "a.exr"
        part = Part("beauty", ("R", "G", "B"), np.zeros((4, 4, 3), np.float32))
        write_exr(path, [part], ExrHeader(fps=fps, frame=7, timecode=code))
        file: Any = OpenImageIO.ImageInput.open(str(path))
        word = file.spec().getattribute("smpte:TimeCode")[0]
        assert str(Timecode.unpacked(word)) == expected


def test_a_picture_without_a_clock_has_none(write_plain: str) -> None:
    info = open_source(write_plain).info
    assert info.timecode is None and info.header_fps is None


@pytest.fixture
def write_plain(tmp_path: Path) -> str:
    path = str(tmp_path / "a.exr")
    write_exr(path, [Part("beauty", ("R",), np.zeros((4, 4), np.float32))], ExrHeader())
    return path
