"""EXR files read back through the OpenEXR package, another library than the one that wrote them."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import OpenEXR
import pylinalg
import pytest

from engine.errors import OutputError
from engine.output import ExrHeader, Part, Timecode, projection_matrix, write_exr

W, H = 23, 17
RNG = np.random.default_rng(0)


def clock(timecode: Any) -> tuple[int, ...]:
    return timecode.hours, timecode.minutes, timecode.seconds, timecode.frame


def all_passes() -> list[Part]:
    def data(*channels: str, half: bool = False) -> Part:
        values = RNG.normal(size=(H, W, len(channels))).astype(np.float32) * 10
        return Part(
            channels[0].split(".")[0] if "." in channels[0] else "beauty", channels, values, half
        )

    ids = RNG.integers(0, 2**32, (H, W), dtype=np.uint32)
    return [
        data("R", "G", "B", "A", half=True),
        data("depth.Z"),
        data("N.X", "N.Y", "N.Z"),
        data("P.X", "P.Y", "P.Z"),
        data("uv.U", "uv.V"),
        data("albedo.R", "albedo.G", "albedo.B", half=True),
        data("shadow.R", "shadow.G", "shadow.B", half=True),
        data("depthConfidence.C"),
        Part("objectId", ("objectId.ID",), ids),
    ]


def read(path: Path) -> Any:
    return OpenEXR.File(str(path), separate_channels=True)


def test_all_passes_come_back(tmp_path: Path) -> None:
    path = tmp_path / "shot.1001.exr"
    parts = all_passes()
    write_exr(path, parts, ExrHeader())
    file = read(path)
    assert [part.name() for part in file.parts] == [part.name for part in parts]
    for got, part in zip(file.parts, parts, strict=True):
        assert set(got.channels) == set(part.channels)
        pixels = part.pixels.reshape(H, W, -1)
        for number, name in enumerate(part.channels):
            values = got.channels[name].pixels
            kind = np.float16 if part.half else part.pixels.dtype
            assert values.dtype == kind
            assert np.array_equal(values, pixels[..., number].astype(kind))
        assert got.header["compression"] == OpenEXR.ZIP_COMPRESSION
        assert got.header["type"] == OpenEXR.scanlineimage
        for window in ("dataWindow", "displayWindow"):
            low, high = got.header[window]
            assert low.tolist() == [0, 0] and high.tolist() == [W - 1, H - 1]
    assert list(tmp_path.iterdir()) == [path]


def test_one_part_alone(tmp_path: Path) -> None:
    values = RNG.random((H, W), np.float32)
    write_exr(tmp_path / "z.exr", [Part("depth", ("depth.Z",), values)], ExrHeader())
    file = read(tmp_path / "z.exr")
    assert len(file.parts) == 1
    assert np.array_equal(file.parts[0].channels["depth.Z"].pixels, values)


def test_one_pixel(tmp_path: Path) -> None:
    write_exr(tmp_path / "a.exr", [Part("b", ("Y",), np.ones((1, 1), np.float16))], ExrHeader())
    assert read(tmp_path / "a.exr").parts[0].channels["Y"].pixels.tolist() == [[1.0]]


def test_light_beyond_half_stays_finite(tmp_path: Path) -> None:
    values = np.array([[1e9, -1e9, 65504, 1e-9, np.inf]], np.float32)
    write_exr(tmp_path / "a.exr", [Part("b", ("R",), values, half=True)], ExrHeader())
    got = read(tmp_path / "a.exr").parts[0].channels["R"].pixels[0]
    assert got.tolist() == [65504, -65504, 65504, 0, np.inf]


def test_the_header(tmp_path: Path) -> None:
    chromaticities = (0.713, 0.293, 0.165, 0.83, 0.128, 0.044, 0.32168, 0.33767)
    header = ExrHeader(
        world_to_camera=np.eye(4),
        projection=projection_matrix((0.5, 0.3)),
        fps=Fraction(24000, 1001),
        frame=1001,
        chromaticities=chromaticities,
        pixel_aspect=2.0,
    )
    write_exr(tmp_path / "a.exr", all_passes(), header)
    for part in read(tmp_path / "a.exr").parts:
        got = part.header
        assert got["framesPerSecond"] == Fraction(24000, 1001)
        assert got["imageCounter"] == 1001
        assert clock(got["timeCode"]) == (0, 0, 41, 17)  # 1001 = 41 * 24 + 17
        assert got["software"].startswith("Rilievo") and "Software" not in got
        assert got["chromaticities"] == pytest.approx(chromaticities)
        assert got["pixelAspectRatio"] == 2.0
        assert got["worldToCamera"].shape == got["worldToNDC"].shape == (4, 4)
        assert got["worldToCamera"].dtype == np.float32


def test_what_is_not_known_is_left_out(tmp_path: Path) -> None:
    write_exr(tmp_path / "a.exr", all_passes()[:1], ExrHeader())
    got = read(tmp_path / "a.exr").parts[0].header
    absent = ("worldToCamera", "worldToNDC", "framesPerSecond", "timeCode", "imageCounter")
    assert not set(absent) & set(got)


@pytest.mark.parametrize("shift", [(0.0, 0.0), (0.3, -0.2)])
def test_the_camera_in_openexrs_convention(tmp_path: Path, shift: tuple[float, float]) -> None:
    """Row vectors, looking along +Z, NDC from the upper left: checked on points seen by hand."""
    width, height, tan_half = 64, 36, (0.8, 0.45)
    world = pylinalg.mat_compose((3, 1, 7), pylinalg.quat_from_euler((0.2, 0.5, -0.1)), (1, 1, 1))
    header = ExrHeader(
        world_to_camera=np.linalg.inv(world), projection=projection_matrix(tan_half, shift)
    )
    pixels = np.zeros((height, width), np.float32)
    write_exr(tmp_path / "a.exr", [Part("z", ("depth.Z",), pixels)], header)
    got = read(tmp_path / "a.exr").parts[0].header
    for x, y, planar in [(0, 0, 2), (1.2, -0.7, 3), (-2, 1, 10)]:
        # A point `planar` in front of our camera, x to its right, y above its axis.
        point = world @ [x, y, -planar, 1]
        camera = point @ got["worldToCamera"].astype(np.float64)
        assert camera == pytest.approx([x, y, planar, 1], abs=1e-5)
        ndc = point @ got["worldToNDC"].astype(np.float64)
        ndc = ndc[:2] / ndc[3]
        # Across the film: -1 left, 1 right; the shift moves the axis by halves of the film.
        across = x / planar / tan_half[0] - shift[0]
        up = y / planar / tan_half[1] - shift[1]
        assert ndc == pytest.approx([(across + 1) / 2, (1 - up) / 2], abs=1e-5)
    # The upper left corner of the display window is (0, 0), the lower right (1, 1).
    corner = [(shift[0] - 1) * tan_half[0], (shift[1] + 1) * tan_half[1], -1]
    ndc = (world @ [*corner, 1]) @ got["worldToNDC"].astype(np.float64)
    assert ndc[:2] / ndc[3] == pytest.approx([0, 0], abs=1e-5)


@pytest.mark.parametrize(
    ("frame", "fps", "expected"),
    [
        (0, 24, (0, 0, 0, 0)),
        (1001, Fraction(24), (0, 0, 41, 17)),
        (25 * 3600 * 3 + 24, 25, (3, 0, 0, 24)),
        (59, 60, (0, 0, 0, 29)),
        (-1, 24, (23, 59, 59, 23)),
        (24 * 86400, 24, (0, 0, 0, 0)),
    ],
)
def test_timecode(frame: int, fps: Any, expected: tuple[int, ...], tmp_path: Path) -> None:
    header = ExrHeader(frame=frame, fps=fps)
    write_exr(tmp_path / "a.exr", all_passes()[:1], header)
    assert clock(read(tmp_path / "a.exr").parts[0].header["timeCode"]) == expected


def test_a_given_timecode_wins(tmp_path: Path) -> None:
    header = ExrHeader(frame=1, fps=24, timecode=Timecode(10, 59, 38, 20))
    write_exr(tmp_path / "a.exr", all_passes()[:1], header)
    assert clock(read(tmp_path / "a.exr").parts[0].header["timeCode"]) == (10, 59, 38, 20)


@pytest.mark.parametrize(
    ("fps", "expected"),
    [
        (23.976, Fraction(24000, 1001)),
        (29.97, Fraction(30000, 1001)),
        (59.94, Fraction(60000, 1001)),
        (25.0, Fraction(25)),
        (12.5, Fraction(25, 2)),
        (24, Fraction(24)),
    ],
)
def test_rates_are_fractions(tmp_path: Path, fps: float, expected: Fraction) -> None:
    write_exr(tmp_path / "a.exr", all_passes()[:1], ExrHeader(fps=fps))
    assert read(tmp_path / "a.exr").parts[0].header["framesPerSecond"] == expected


def test_no_rate_of_zero(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="0 frames per second is no frame rate"):
        write_exr(tmp_path / "a.exr", all_passes()[:1], ExrHeader(fps=0))
    assert list(tmp_path.iterdir()) == []


def test_many_threads_write_at_once(tmp_path: Path) -> None:
    def write(frame: int) -> None:
        values = np.full((64, 64), frame, np.float32)
        write_exr(tmp_path / f"s.{frame}.exr", [Part("z", ("Z",), values)], ExrHeader(frame=frame))

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(write, range(24)))
    for frame in range(24):
        part = read(tmp_path / f"s.{frame}.exr").parts[0]
        assert part.header["imageCounter"] == frame and (part.channels["Z"].pixels == frame).all()


def test_an_older_file_is_replaced_whole(tmp_path: Path) -> None:
    path = tmp_path / "a.exr"
    path.write_bytes(b"old")
    write_exr(path, all_passes(), ExrHeader())
    assert len(read(path).parts) == 9


def test_folders_are_made(tmp_path: Path) -> None:
    write_exr(tmp_path / "new" / "er" / "a.exr", all_passes()[:1], ExrHeader())
    assert (tmp_path / "new" / "er" / "a.exr").is_file()


def test_another_ending_is_refused(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match=r"a\.tif .*should end in \.exr"):
        write_exr(tmp_path / "a.tif", all_passes(), ExrHeader())
