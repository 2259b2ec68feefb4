"""Commands among files and terminals that are not as one would wish: a sentence, never a
traceback, and nothing lost."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

from tests.support.commands import Run, Shell, command, complaint

UNIX = pytest.mark.skipif(sys.platform != "linux", reason="needs /dev/full and such names")


def with_media(document: Path, path: str) -> Path:
    """The document with another path for its first media."""
    raw = json.loads(document.read_text(encoding="utf-8"))
    raw["media"][0]["path"] = path
    document.write_text(json.dumps(raw), encoding="utf-8")
    return document


@pytest.mark.parametrize("path", ["a\0b.png", "a\0b.####.png", "a\0b.mp4"])
def test_a_media_path_with_a_nul(run: Run, document: Path, path: str) -> None:
    result = run("render", with_media(document, path), "-o", "out.####.exr", "--samples", "1")
    assert result.exit_code == 1
    assert "NUL" in complaint(result.stderr)
    assert "\0" not in result.stderr


def test_a_mesh_path_with_a_nul(run: Run, document: Path) -> None:
    raw = json.loads(document.read_text(encoding="utf-8"))
    raw["nodes"].append({"type": "geometry", "id": "Ball", "mesh": "a\0b.obj"})
    document.write_text(json.dumps(raw), encoding="utf-8")
    result = run("render", document, "-o", "out.####.exr", "--samples", "1")
    assert result.exit_code == 1
    assert "NUL" in complaint(result.stderr)


@UNIX
@pytest.mark.parametrize("arguments", [["info"], ["--help"], ["render", "--help"]])
def test_a_stdout_that_is_full(arguments: list[str]) -> None:
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            command(*arguments), stdout=full, stderr=subprocess.PIPE, text=True, check=False
        )
    assert done.returncode == 1
    assert "could not be written to stdout" in complaint(done.stderr)
    assert "Exception ignored" not in done.stderr


def test_a_terminal_without_such_characters(shell: Shell, document: Path) -> None:
    done = shell(
        "render", document, "-f", "1001", "--samples", "1", "--size", "8x6", "-o", "Größe.png",
        env={"PYTHONIOENCODING": "ascii"},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "wrote Gr\\xf6\\xdfe.png" in done.stdout
    assert (document.parent / "Größe.png").exists()


@UNIX
def test_names_that_are_not_utf_8(shell: Shell, picture: Path) -> None:
    folder = os.fsencode(picture.parent)
    name = os.path.join(folder, b"gr\xf6\xdfe.png")
    with open(name, "wb") as file:
        file.write(picture.read_bytes())
    done = shell("new", os.fsdecode(name), "-o", "new.rilievo")
    assert done.returncode == 1
    assert "UTF-8" in complaint(done.stderr)


@pytest.mark.parametrize("target", ["ramp.png", "./sub/../ramp.png", "link.png"])
def test_media_of_the_document_are_not_written_over(
    run: Run, document: Path, picture: Path, target: str
) -> None:
    Path("sub").mkdir()
    os.link(picture, "link.png")
    before = picture.read_bytes()
    result = run("render", document, "-f", "1001", "-o", target, "--samples", "1")
    assert result.exit_code == 1
    assert "media 1" in complaint(result.stderr)
    assert picture.read_bytes() == before


def test_a_frame_of_a_sequence_is_not_written_over(run: Run, picture: Path) -> None:
    for frame in (1001, 1002):
        cv2.imwrite(f"in.{frame}.png", np.full((48, 64, 3), frame % 256, np.uint8))
    assert run("new", "in.####.png", "-o", "shot.rilievo").exit_code == 0
    before = Path("in.1002.png").read_bytes()
    result = run("render", "shot.rilievo", "-o", "in.%04d.png", "--samples", "1")
    assert result.exit_code == 1
    assert "in.1001.png is media 1" in complaint(result.stderr)
    assert Path("in.1002.png").read_bytes() == before
    result = run("render", "shot.rilievo", "-f", "1001", "-o", "other.####.png", "--samples", "1")
    assert result.exit_code == 0, result.stderr
