"""Takes that are damaged or made to do harm: one sentence, or the frames; never anything else."""

from __future__ import annotations

import json
import os
import shutil
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engine.errors import RilievoError, SceneError
from engine.gpu import Gpu
from engine.media import DepthMap, FaceAndDepth, FaceResult
from tests.support.small_take import write_take
from ui.retake import TakeRenderer
from ui.take import folder_of
from ui.take_reading import Take

HOSTILE: list[Any] = [
    None, True, -1, 0, 1, 3, 99, 2**31, 2**40, 2**62, 10**30, -0.5, 1e300, "", "x", "../..",
    "../../etc/passwd", "/dev/zero", "00001.rilievo\n", [], [1], [[1]], [0, 0], [-1, -1],
    [2**16, 2**16], [1e300] * 3, [[0.0] * 4] * 4, {}, {"Z-Depth 1": 10**9},
]  # fmt: skip


def lines_of(path: Path) -> list[dict[str, Any]]:
    log = folder_of(path) / "log.jsonl"
    return [json.loads(line) for line in log.read_text().splitlines()]


def put(path: Path, lines: list[dict[str, Any]]) -> None:
    text = "".join(json.dumps(line) + "\n" for line in lines)
    (folder_of(path) / "log.jsonl").write_text(text)


def places(value: Any, key: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every place in a line that has a value, however deep."""
    if key:
        yield key
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from places(inner, (*key, name))
    if isinstance(value, list):
        for index, inner in enumerate(value):
            yield from places(inner, (*key, index))


def changed(line: dict[str, Any], place: tuple[Any, ...], value: Any) -> dict[str, Any]:
    copy = json.loads(json.dumps(line))
    inner = copy
    for name in place[:-1]:
        inner = inner[name]
    inner[place[-1]] = value
    return copy


def read_all(path: Path) -> str:
    """Read all that a take has, as whoever renders it does; the sentence that it ends in, or ""."""
    take: Take | None = None
    try:
        take = Take(path)
        for number in take.frames:
            row = take.row(number)
            assert take.scene(row.state).nodes
            assert np.isfinite(np.linalg.inv(np.array(row.frame.camera.world))).all()
            for told in row.frame.results.values():
                check_result(take.result(told))
    except RilievoError as error:
        return one_sentence(error)
    finally:
        if take is not None and hasattr(take, "_blocks"):
            take.close()
    return ""


def one_sentence(error: RilievoError) -> str:
    assert "\n" not in str(error)
    return str(error)


def check_result(found: object) -> None:
    if isinstance(found, FaceAndDepth):
        check_result(found.face)
        check_result(found.depth)
    elif isinstance(found, DepthMap):
        assert found.values.ndim == 2 and found.values.size <= 2**27
    else:
        assert isinstance(found, FaceResult)
        for face in found.faces:
            assert np.isfinite(face.points).all()
            for indices in (face.triangles, face.rim):
                assert indices.min() >= 0 and indices.max() < len(face.points)
            if face.bust is not None:
                assert np.isfinite(face.bust).all() and face.bust.shape[1] == len(face.rim)


def kinds(lines: list[dict[str, Any]]) -> dict[str, int]:
    """The first line of each kind."""
    return {line["is"]: n for n, line in reversed(list(enumerate(lines)))}


@pytest.fixture(scope="module")
def taken(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_take(tmp_path_factory.mktemp("take") / "take.rilievo")


@pytest.fixture
def path(taken: Path, tmp_path: Path) -> Path:
    shutil.copytree(taken.parent, tmp_path / "copy")
    return tmp_path / "copy" / taken.name


def test_the_take_is_good(path: Path) -> None:
    assert read_all(path) == ""
    assert set(kinds(lines_of(path))) == {
        "take",
        "kind",
        "state",
        "shape",
        "depth",
        "result",
        "frame",
    }


@pytest.mark.parametrize(
    "every", [11, pytest.param(1, marks=[pytest.mark.slow, pytest.mark.timeout(600)])]
)
def test_each_field_may_be_anything(path: Path, every: int) -> None:
    """Each value of each kind of line, with thirty others (a share of them) in its place; and each
    line left out."""
    lines = lines_of(path)
    refused = tried = 0
    for kind, n in kinds(lines).items():
        for place in places(lines[n]):
            for value in HOSTILE[tried % every :: every]:
                put(path, [*lines[:n], changed(lines[n], place, value), *lines[n + 1 :]])
                refused += bool(read_all(path))
                tried += 1
        put(path, [*lines[:n], *lines[n + 1 :]])
        # Without a kind pictures are as their file says, and a frame is one frame less.
        assert read_all(path) or kind in ("kind", "frame")
    assert tried > 2000 / every and refused > tried / 2


@pytest.mark.parametrize(
    "places_tried", [25, pytest.param(400, marks=[pytest.mark.slow, pytest.mark.timeout(600)])]
)
def test_each_byte_may_be_anything(path: Path, places_tried: int) -> None:
    rng = np.random.default_rng(0)
    for name in ("log.jsonl", "results.bin"):
        file = folder_of(path) / name
        whole = file.read_bytes()
        for at in range(0, len(whole), max(1, len(whole) // places_tried)):
            cut = int(rng.integers(1, 40))
            for damaged in (
                whole[:at] + rng.bytes(cut) + whole[at + cut :],
                whole[:at],
                whole[:at] + whole[at + cut :],
                whole[:at] + rng.bytes(cut) + whole[at:],
            ):
                file.write_bytes(damaged)
                said = read_all(path)
                if name == "results.bin" and len(damaged) != len(whole) and at < len(whole) - 40:
                    assert said.startswith(f"{file} is damaged (")
        file.write_bytes(whole)
    assert read_all(path) == ""


@pytest.mark.parametrize(
    "state", ["../..", "../../etc/passwd", "/etc/passwd", "00001.rilievo\n", ""]
)
def test_a_state_stays_in_its_folder(path: Path, state: str) -> None:
    (path.parent / "other.rilievo").write_text(path.read_text())
    lines = lines_of(path)
    n = kinds(lines)["state"]
    put(path, [*lines[:n], lines[n] | {"name": state}, *lines[n + 1 :]])
    with pytest.raises(
        SceneError, match=rf"log\.jsonl, line {n + 1}: Expected `str` matching regex"
    ):
        Take(path)


def test_a_block_is_no_larger_than_its_line_says(path: Path) -> None:
    """A quarter of a gigabyte of zeros, for a map of 16 x 12 pixels; or a map that claims it."""
    results = folder_of(path) / "results.bin"
    packer = zlib.compressobj(1)
    block = b"".join(packer.compress(bytes(2**24)) for _ in range(16)) + packer.flush()
    results.write_bytes(block)
    lines = lines_of(path)
    n = kinds(lines)["depth"]
    bomb = lines[n] | {"offset": 0, "length": len(block)}
    put(path, [*lines[:n], bomb, *lines[n + 1 :]])
    with peak_below(64 * 2**20):
        assert "is not as long as it says it is" in read_all(path)
    put(path, [*lines[:n], bomb | {"length": 1000, "size": [16384, 8192]}, *lines[n + 1 :]])
    with peak_below(64 * 2**20):
        assert "is too short for what it says it is" in read_all(path)
    put(path, [*lines[:n], bomb | {"size": [2**16, 2**16]}, *lines[n + 1 :]])
    with peak_below(64 * 2**20):
        assert "RILIEVO_MAX_PIXELS" in read_all(path)


class peak_below:  # noqa: N801
    """No more than so many bytes are allocated within it, as far as Python and NumPy know."""

    def __init__(self, most: int) -> None:
        self._most = most

    def __enter__(self) -> None:
        import tracemalloc

        tracemalloc.start()

    def __exit__(self, *_: object) -> None:
        import tracemalloc

        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert peak < self._most, f"{peak / 2**20:.0f} MB"


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda lines: lines[1:], "it begins with a line that says what it is of"),
        (lambda lines: [lines[0], *lines], "it begins with a line that says what it is of"),
        (lambda lines: [*lines, lines[-1]], "frame 1010 comes after frame 1010"),
        (lambda lines: [lines[0], lines[-1]], "frame 1010 has no document"),
        (lambda lines: [lines[0] | {"version": 99}, *lines[1:]], "no take of this version"),
        (lambda lines: [lines[0] | {"live": 7}, *lines[1:]], "says that media 8 was live, but"),
        (
            lambda lines: [lines[0] | {"size": [65536, 65536]}, *lines[1:]],
            "frames of 65536 x 65536 are more than the limit",
        ),
    ],
)
def test_lines_that_do_not_go_together(
    path: Path, change: Callable[[list[dict[str, Any]]], list[dict[str, Any]]], sentence: str
) -> None:
    put(path, change(lines_of(path)))
    assert sentence in read_all(path)


def test_what_is_no_file_is_not_waited_for(path: Path) -> None:
    results = folder_of(path) / "results.bin"
    results.unlink()
    os.mkfifo(results)
    with pytest.raises(SceneError, match=r"results\.bin is a pipe, not a file"):
        Take(path)


def test_pictures_and_results_of_another_kind_are_told(path: Path, gpu: Gpu) -> None:
    """What only shows when a frame is drawn: a plane too many, a result of another analysis."""
    lines = lines_of(path)
    n = kinds(lines)["kind"]
    yuv = json.loads(json.dumps(lines[n]))
    yuv["encoding"]["model"], yuv["shapes"] = "yuv", [[24, 32]] * 3
    put(path, [*lines[:n], yuv, *lines[n + 1 :]])
    assert "not of the kind that its log says" in drawn(path, gpu)
    put(path, [*lines[:n], lines[n] | {"shapes": [[12, 16]]}, *lines[n + 1 :]])
    assert "not of the kind that its log says" in drawn(path, gpu)
    n = kinds(lines)["result"]
    put(path, [*lines[:n], lines[n] | {"both": False}, *lines[n + 1 :]])
    assert "is none of the analysis face_global" in drawn(path, gpu)
    n = kinds(lines)["frame"]
    put(path, [*lines[:n], lines[n] | {"source": 40}, *lines[n + 1 :]])
    assert "has no frame 40" in drawn(path, gpu)
    put(path, lines)
    assert drawn(path, gpu) == ""


def drawn(path: Path, gpu: Gpu) -> str:
    """Render the first frame; the sentence that it ends in, or ""."""
    take: Take | None = None
    try:
        take = Take(path)
        with TakeRenderer(take, samples=1, gpu=gpu) as renderer:
            rendered = renderer.render(take.frames[0])
            rendered.wait()
            assert rendered.display().shape == (*take.head.size[::-1], 3)
    except RilievoError as error:
        return one_sentence(error)
    finally:
        if take is not None:
            take.close()
    return ""


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_each_field_may_be_anything_when_it_is_drawn(path: Path, gpu: Gpu) -> None:
    lines = lines_of(path)
    tried = 0
    for n in kinds(lines).values():
        for place in places(lines[n]):
            for value in HOSTILE[tried % 4 :: 4]:
                put(path, [*lines[:n], changed(lines[n], place, value), *lines[n + 1 :]])
                tried += 1
                if not read_all(path):
                    drawn(path, gpu)
    assert tried > 500
