"""Files in forms that are not read: each is named, and what to do is said."""

from __future__ import annotations

import struct
import warnings
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from engine.errors import MediaError
from engine.media import open_source, to_linear


def box(brand: bytes, *others: bytes) -> bytes:
    content = b"ftyp" + brand + bytes(4) + b"".join(others)
    return struct.pack(">I", len(content) + 4) + content + bytes(64)


FOREIGN = {
    "a.heic": (box(b"heic", b"mif1", b"heic"), "a HEIC picture"),
    "b.jpg": (box(b"mif1", b"mif1", b"heic"), "a HEIC picture"),
    "c.avif": (box(b"avif", b"mif1"), "an AVIF picture"),
    "d.cr3": (box(b"crx ", b"isom"), "a camera raw file"),
    "e.nef": (b"MM\x00\x2a" + bytes(64), "a camera raw file"),
    "f.raf": (b"FUJIFILMCCD-RAW " + bytes(64), "a camera raw file"),
    "g.h5": (b"\x89HDF\r\n\x1a\n" + bytes(64), "an HDF5 file"),
    "h.pdf": (b"%PDF-1.7\n", "a PDF"),
    "i.svg": (b"<?xml version='1.0'?>\n<svg/>", "an SVG drawing"),
    "j.xcf": (b"gimp xcf v011" + bytes(64), "a GIMP document"),
    "k.blend": (b"BLENDER-v400" + bytes(64), "a Blender scene"),
    "l.glb": (b"glTF" + bytes(64), "a glTF mesh"),
    "m.dcm": (bytes(128) + b"DICM" + bytes(64), "a DICOM picture"),
    "n.mov": (box(b"heic"), "a HEIC picture"),
}


@pytest.mark.parametrize("name", FOREIGN)
def test_what_is_not_read_is_named(name: str, tmp_path: Path) -> None:
    """Number 6: its format was "not known"."""
    content, what = FOREIGN[name]
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(MediaError) as raised:
        open_source(path)
    assert str(raised.value).startswith(f"{path} is {what}") and str(raised.value).endswith(".")


def test_arrays_of_numpy_are_named(tmp_path: Path) -> None:
    np.save(tmp_path / "z.npy", np.ones((4, 4), np.float32))
    np.savez(tmp_path / "z.npz", z=np.ones((4, 4), np.float32))
    for name in ("z.npy", "z.npz"):
        with pytest.raises(MediaError, match=r"NumPy.*floats first, such as EXR"):
            open_source(tmp_path / name)


def test_floats_of_pfm_are_read(tmp_path: Path) -> None:
    """Their first row is the bottom one."""
    depth = np.arange(12, dtype=np.float32).reshape(3, 4) + 0.5
    path = tmp_path / "z.pfm"
    path.write_bytes(b"Pf\n4 3\n-1.0\n" + depth[::-1].astype("<f4").tobytes())
    assert np.array_equal(open_source(path).frame(0).planes[0][..., 0], depth)


def luminance_exr() -> bytes:
    """An EXR of 4 x 4 pixels, with two differences of colour at half its size."""

    def attribute(name: bytes, kind: bytes, value: bytes) -> bytes:
        return name + b"\0" + kind + b"\0" + struct.pack("<i", len(value)) + value

    channels = b"".join(
        name + b"\0" + struct.pack("<iiii", 1, 0, step, step)
        for name, step in ((b"BY", 2), (b"RY", 2), (b"Y", 1))
    )
    window = struct.pack("<iiii", 0, 0, 3, 3)
    header = b"\x76\x2f\x31\x01" + struct.pack("<i", 2)
    header += attribute(b"channels", b"chlist", channels + b"\0")
    header += attribute(b"compression", b"compression", b"\0")
    header += attribute(b"dataWindow", b"box2i", window)
    header += attribute(b"displayWindow", b"box2i", window)
    header += attribute(b"lineOrder", b"lineOrder", b"\0")
    header += attribute(b"pixelAspectRatio", b"float", struct.pack("<f", 1))
    header += attribute(b"screenWindowCenter", b"v2f", struct.pack("<ff", 0, 0))
    header += attribute(b"screenWindowWidth", b"float", struct.pack("<f", 1)) + b"\0"
    lines: list[bytes] = []
    for y in range(4):
        values = np.full(8 if y % 2 == 0 else 4, 0.5, "<f2").tobytes()
        lines.append(struct.pack("<ii", y, len(values)) + values)
    at, offsets = len(header) + 32, b""
    for line in lines:
        offsets += struct.pack("<Q", at)
        at += len(line)
    return header + offsets + b"".join(lines)


def test_luminance_and_chroma_are_named(tmp_path: Path) -> None:
    path = tmp_path / "a.exr"
    path.write_bytes(luminance_exr())
    with pytest.raises(MediaError, match=r"luminance and chroma.*save it as RGB"):
        open_source(path).frame(0)


def test_a_jpeg_with_a_depth_picture_within_says_so(tmp_path: Path) -> None:
    """As several kinds of cameras and phones write it; a plain one is let be."""
    picture = Image.fromarray(np.full((16, 16, 3), 90, np.uint8))
    depth = Image.fromarray(np.full((16, 16), 30, np.uint8))
    picture.save(tmp_path / "a.jpg", format="MPO", save_all=True, append_images=[depth])
    space = b'<x xmlns:GDepth="http://ns.google.com/photos/1.0/depthmap/" GDepth:Format="x"/>'
    picture.save(tmp_path / "b.jpg", xmp=space)
    for name, what in (("a.jpg", "MPF"), ("b.jpg", "GDepth")):
        with pytest.warns(UserWarning, match=f"{what}.*not read.*--z"):
            source = open_source(tmp_path / name)
        assert to_linear(source.frame(0)).shape == (16, 16, 4)
    picture.save(tmp_path / "c.jpg")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        open_source(tmp_path / "c.jpg")
