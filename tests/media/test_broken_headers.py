"""Headers whose bytes are no text: OpenImageIO raises where it should have told an error."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import OpenEXR
import pytest

from engine.errors import MediaError
from engine.media import open_source
from engine.media.layers import is_own, layers_of
from engine.output.exr import read_attribute


def written(path: Path, extra: dict[str, object] | None = None) -> bytes:
    channels = {"RGB": np.zeros((8, 8, 3), np.float16), "depth.Z": np.zeros((8, 8), np.float32)}
    with OpenEXR.File({"Software": "Rilievo 0.1", **(extra or {})}, channels) as file:
        file.write(str(path))
    return path.read_bytes()


def read(path: Path) -> str:
    """What is said by everything that reads the file; empty where all of it could be read."""
    said = ""
    for reader in (lambda p: open_source(str(p)).frame(0), layers_of, is_own):
        try:
            reader(path)
        except MediaError as error:
            said = str(error)
    read_attribute(path, "Software")
    return said


@pytest.mark.parametrize(
    ("word", "broken"),
    [
        (b"depth.Z\0", b"dep\xff\xfe.Z\0"),
        (b"compression\0", b"compre\xe9sion\0"),
        (b"Software\0string", b"Software\0str\xe9ng"),
        (b"Rilievo 0.1", b"Rili\xe9vo\xff0.1"),
        (b"channels\0chlist", b"channels\0chl\xffst"),
    ],
)
def test_a_name_that_is_no_text(tmp_path: Path, word: bytes, broken: bytes) -> None:
    path = tmp_path / "x.exr"
    content = written(path)
    assert word in content
    path.write_bytes(content.replace(word, broken))
    said = read(path)
    assert not said or (str(path) in said and "\n" not in said)


@pytest.mark.filterwarnings("ignore:.*is reduced to")
def test_every_byte_of_a_header(tmp_path: Path) -> None:
    path = tmp_path / "x.exr"
    content = written(path)
    told = 0
    for place in range(8, content.index(b"screenWindowWidth") + 30):
        damaged = bytearray(content)
        damaged[place] ^= 0xE9
        path.write_bytes(damaged)
        told += bool(read(path))
    assert told > 50
