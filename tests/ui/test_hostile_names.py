"""Names of strangers' files reach the terminal as text, and never as orders to it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.support.commands import Run, Shell, complaint
from ui.plain_text import LONGEST, plain

TITLE = "\x1b]0;owned\x07"
FORGED = "a\nrilievo: all is well"
EVIL = [TITLE, FORGED, "\r\x1b[2K", "[bold red]x[/]", "\u202egpj.exe", "\x9b31m", "a\x7f", "\u2028"]
POSIX = pytest.mark.skipif(sys.platform == "win32", reason="such names cannot be there")


@pytest.mark.parametrize("name", EVIL)
def test_what_a_terminal_would_obey_is_shown(name: str) -> None:
    shown = plain(f"see {name}!")
    assert all(c.isprintable() for c in shown)
    assert "[bold red]" in shown or "[bold" not in name


def test_other_scripts_and_signs_stay() -> None:
    text = "Größe 20° × «Maß» 写真 ünï – … 👩"
    assert plain(text) == text


def test_a_name_that_floods_is_cut_and_a_sentence_is_not() -> None:
    shown = plain("x" * 5000 + " is no picture")
    assert len(shown) == LONGEST + 1 + len(" is no picture")
    sentence = "word " * 500
    assert plain(sentence) == sentence


def clean(done: subprocess.CompletedProcess[str]) -> str:
    said = done.stdout + done.stderr
    assert all(c.isprintable() or c == "\n" for c in said), said
    return said


@POSIX
@pytest.mark.parametrize(
    "name", ["".join(EVIL[:3]), *(pytest.param(name, marks=pytest.mark.slow) for name in EVIL)]
)
def test_commands_show_names_as_they_are(shell: Shell, tmp_path: Path, name: str) -> None:
    path = tmp_path / f"{name.replace('/', '')}.png"
    path.write_bytes(b"no picture")
    done = shell("new", path, "-o", "x.rilievo")
    assert done.returncode == 1
    clean(done)
    complaint(done.stderr)
    again = shell("render", path, path)  # a wrong call
    assert again.returncode == 2
    assert "\x1b]0" not in again.stdout + again.stderr
    assert "\nrilievo: all is well" not in again.stdout + again.stderr


@POSIX
def test_names_in_a_document(run: Run, shell: Shell, document: Path, tmp_path: Path) -> None:
    raw = json.loads(document.read_text(encoding="utf-8"))
    for node in raw["nodes"]:
        if node["type"] == "z_depth_map":
            node["id"] = f"{TITLE}{FORGED}[red]"
            node["depth_range"] = "auto"
    document.write_text(json.dumps(raw), encoding="utf-8")
    done = shell("render", document, "-f", "1001", "--samples", "1", "--size", "16x9",
                 "--stats", "-o", f"out {TITLE}.####.png")  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "\\x1b" in clean(done)


def test_a_warning_is_a_sentence(shell: Shell, tmp_path: Path) -> None:
    """Not a path of a source file and its line of code."""
    Image.fromarray(np.zeros((2, 17000), np.uint8)).save(tmp_path / "wide.png")
    done = shell("new", "wide.png", "-o", "x.rilievo")
    assert done.returncode == 0, done.stderr
    assert "is reduced to" in done.stderr
    assert ".py" not in done.stderr
    assert "warnings.warn" not in done.stderr


@pytest.mark.parametrize(
    "ending", ["png", *(pytest.param(e, marks=pytest.mark.slow) for e in ("jpg", "tif"))]
)
def test_libraries_print_nothing_of_their_own(shell: Shell, tmp_path: Path, ending: str) -> None:
    random = np.random.default_rng(0).integers(0, 255, (64, 64, 3)).astype(np.uint8)
    Image.fromarray(random).save(tmp_path / f"x.{ending}")
    content = bytearray((tmp_path / f"x.{ending}").read_bytes())
    content[len(content) // 2] ^= 0xFF
    (tmp_path / f"x.{ending}").write_bytes(content)
    done = shell("new", f"x.{ending}", "-o", "x.rilievo", "--force")
    lines = [line for line in done.stderr.splitlines() if line]
    assert all(line.startswith("rilievo: ") for line in lines), done.stderr
