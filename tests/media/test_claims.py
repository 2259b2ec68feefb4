"""A file may claim any size: what it claims is said before anything is allocated for it."""

from __future__ import annotations

import os
import socket
import struct
import tracemalloc
import zlib
from pathlib import Path

import av
import numpy as np
import OpenEXR
import pytest

from engine.errors import MediaError, RilievoError, SceneError
from engine.frames import parse_frames
from engine.media import open_source
from engine.scene import Scene, load_camera

NAMED_PIPES = pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")


def exr(path: Path, display: int, data: int = 8) -> Path:
    """A small picture in a display window of that side."""
    channels = {"RGB": np.zeros((data, data, 3), np.float16)}
    window = (np.array([0, 0], np.int32), np.array([display - 1, display - 1], np.int32))
    with OpenEXR.File({"displayWindow": window, "dataWindow": None}, channels) as file:
        del file.header()["dataWindow"]
        file.write(str(path))
    return path


def png(path: Path, side: int) -> Path:
    """A header that claims a square, and little else."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    head = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    body = chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(bytes(100))) + chunk(b"IEND", b"")
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + body)
    return path


def refused(path: Path) -> str:
    tracemalloc.start()
    try:
        with pytest.raises(MediaError, match="RILIEVO_MAX_PIXELS") as told:
            open_source(str(path))
        assert tracemalloc.get_traced_memory()[1] < 2**24
    finally:
        tracemalloc.stop()
    return str(told.value)


@pytest.mark.parametrize("side", [16384, 100_000])
def test_a_display_window(tmp_path: Path, side: int) -> None:
    said = refused(exr(tmp_path / "w.exr", side))
    assert f"a display window of {side} x {side} pixels" in said
    assert "134,217,728 pixels" in said


@pytest.mark.parametrize("side", [12_000, 60_000])
def test_a_png(tmp_path: Path, side: int) -> None:
    """OpenImageIO refuses what is absurd for the size of the file; the rest is ours to refuse."""
    with pytest.raises(MediaError, match=r"RILIEVO_MAX_PIXELS|claims a 10299 MB image"):
        open_source(str(png(tmp_path / "claim.png", side)))


def test_a_film(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "film.mkv"
    with av.open(str(path), "w") as film:
        stream = film.add_stream("ffv1", rate=25)
        assert isinstance(stream, av.VideoStream)
        stream.width = stream.height = 64
        frame = av.VideoFrame.from_ndarray(np.zeros((64, 64, 3), np.uint8))
        film.mux([*stream.encode(frame), *stream.encode()])
    monkeypatch.setenv("RILIEVO_MAX_PIXELS", "4095")
    assert "64 x 64 pixels" in refused(path)


def test_the_limit_is_raised_by_the_variable_that_it_names(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = exr(tmp_path / "w.exr", 64)
    monkeypatch.setenv("RILIEVO_MAX_PIXELS", "4095")
    assert "set RILIEVO_MAX_PIXELS to 4096" in refused(path)
    monkeypatch.setenv("RILIEVO_MAX_PIXELS", "4096")
    assert open_source(str(path)).info.size == (64, 64)
    monkeypatch.setenv("RILIEVO_MAX_PIXELS", "lots")
    with pytest.raises(RilievoError, match="RILIEVO_MAX_PIXELS is 'lots'"):
        open_source(str(path))


def test_documents_and_cameras_without_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RILIEVO_MAX_DOCUMENT", "1000")
    (tmp_path / "long.rilievo").write_bytes(b" " * 1001)
    (tmp_path / "long.chan").write_bytes(b"1 0 0 0 0 0 0\n" * 100)
    for name, read in (("long.rilievo", Scene.load), ("long.chan", load_camera)):
        with pytest.raises(SceneError, match=f"{name}: .*set RILIEVO_MAX_DOCUMENT to"):
            read(tmp_path / name)


def test_a_huge_file_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "huge.rilievo"
    with path.open("wb") as file:
        file.truncate(2**34)  # 16 GB that take no room on the disk
    with pytest.raises(SceneError, match="268,435,456 bytes"):
        Scene.load(path)


def test_frames_without_end() -> None:
    with pytest.raises(RilievoError, match="RILIEVO_MAX_FRAMES to 20000001"):
        parse_frames("-10000000-10000000")
    scene = Scene(first=-10_000_000, last=10_000_000)
    with pytest.raises(RilievoError, match="the document has 20,000,001 frames"):
        scene.frames()


@NAMED_PIPES
@pytest.mark.parametrize("kind", ["pipe", "socket", "device"])
@pytest.mark.parametrize(
    "name", ["x.exr", "x.png", "x.mp4", "x.####.exr", "x.rilievo", "x.chan", "x.glb"]
)
def test_what_is_no_file_is_not_waited_for(tmp_path: Path, name: str, kind: str) -> None:
    path = tmp_path / name.replace("####", "0001")
    if kind == "pipe":
        os.mkfifo(path)
    elif kind == "socket":
        with socket.socket(socket.AF_UNIX) as made:
            made.bind(str(path))
    else:
        path.symlink_to("/dev/zero")
    readers = {".rilievo": Scene.load, ".chan": load_camera, ".glb": load_camera}
    read = readers.get(path.suffix, lambda p: open_source(str(p)).frame(1))
    with pytest.raises((MediaError, SceneError), match=f"is a {kind}"):
        read(tmp_path / name)
