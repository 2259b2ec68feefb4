"""`rilievo render`: what it writes, and how it ends when something is wrong."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import time
import warnings
from pathlib import Path
from typing import Any

import av
import OpenEXR
import pytest

from engine.gpu import Gpu
from engine.media import Picture
from engine.media.still import StillSource
from engine.media.video import VideoSource
from passes import PASS_NAMES
from tests.support.commands import NO_DRIVERS, Run, Shell, command, complaint

# Windows has neither such limits nor signals that one process can send to another.
UNIX = pytest.mark.skipif(os.name != "posix", reason="needs Unix")


def _names(folder: str | Path) -> list[str]:
    return sorted(path.name for path in Path(folder).iterdir())


def _parts(path: Path) -> list[str]:
    with OpenEXR.File(str(path)) as file:
        return [part.name() for part in file.parts]


def _edit(document: Path, **changes: object) -> Path:
    """The document with other top-level fields."""
    raw = json.loads(document.read_text(encoding="utf-8"))
    raw.update(changes)
    document.write_text(json.dumps(raw), encoding="utf-8")
    return document


def test_a_film_has_the_documents_pixel_aspect(run: Run, document: Path) -> None:
    _edit(document, pixel_aspect=2.0)
    result = run(
        "render", document, "-f", "1001", "--movie", "film.mp4", "--samples", "1", "--size", "32x24"
    )
    assert result.exit_code == 0, result.stderr
    with av.open("film.mp4") as film:
        assert film.streams.video[0].sample_aspect_ratio == 2


def test_pictures_film_and_summary(run: Run, document: Path, gpu: Gpu) -> None:
    result = run(
        "render", document, "-o", "out/shot.####.exr", "--passes", "beauty,z,normals",
        "--movie", "out/film.mp4", "--samples", "1",
    )  # fmt: skip
    assert result.exit_code == 0, result.stderr
    assert _names("out") == ["film.mp4", "shot.1001.exr", "shot.1002.exr", "shot.1003.exr"]
    assert _parts(Path("out/shot.1002.exr")) == ["beauty", "depth", "N"]
    with av.open("out/film.mp4") as film:
        assert sum(1 for _ in film.decode(video=0)) == 3
    assert "wrote out/shot.1001.exr … shot.1003.exr (3 pictures)" in result.stdout
    assert "wrote out/film.mp4" in result.stdout
    assert re.search(r"3 frames in [\d.]+ s: [\d.]+ frames per second", result.stdout)
    assert gpu.summary in result.stdout


def test_range_size_and_all_passes(run: Run, document: Path) -> None:
    result = run(
        "render", document, "-f", "1001-1003x2", "-o", "a.####.exr", "--size", "32x20",
        "--passes", "all", "--samples", "1",
    )  # fmt: skip
    assert result.exit_code == 0, result.stderr
    assert [name for name in _names(".") if name.startswith("a.")] == ["a.1001.exr", "a.1003.exr"]
    with OpenEXR.File("a.1001.exr") as file:
        assert len(file.parts) == len(PASS_NAMES)
        assert file.parts[0].height() == 20
        assert file.parts[0].width() == 32


@pytest.mark.parametrize("ending", ["png", "jpg"])
def test_pictures_for_the_eye(run: Run, document: Path, ending: str) -> None:
    result = run("render", document, "-f", "1001", "-o", f"a.{ending}", "--samples", "1")
    assert result.exit_code == 0, result.stderr
    assert Path(f"a.{ending}").stat().st_size > 0


@pytest.mark.parametrize("frames", ["1001", "1001-1003"])
def test_stats_show_each_pass(run: Run, document: Path, gpu: Gpu, frames: str) -> None:
    result = run("render", document, "-f", frames, "-o", "a.####.exr", "--samples", "1", "--stats")
    assert result.exit_code == 0, result.stderr
    assert ("beauty" if gpu.timestamps else "no timestamps") in result.stdout


def test_several_frames_need_a_place_for_the_number(run: Run, document: Path) -> None:
    result = run("render", document, "-o", "out/shot.exr")
    assert result.exit_code == 1
    assert "####" in complaint(result.stderr)
    assert not Path("out").exists()


def test_an_ending_that_cannot_be_written(run: Run, document: Path) -> None:
    result = run("render", document, "-o", "shot.####.tga")
    assert result.exit_code == 2
    assert ".exr" in result.stderr


def test_a_missing_frame_is_listed_and_the_others_are_written(
    run: Run, document: Path, picture: Path
) -> None:
    for frame in (1001, 1003):
        Path(f"plate.{frame}.png").write_bytes(picture.read_bytes())
    assert run("new", "plate.####.png", "-o", "gap.rilievo").exit_code == 0
    result = run(
        "render", "gap.rilievo", "-f", "1001-1003", "-o", "out/a.####.exr",
        "--movie", "out/film.mp4", "--samples", "1",
    )  # fmt: skip
    assert result.exit_code == 1
    sentence = complaint(result.stderr)
    assert "1 frame failed (1002)" in sentence
    assert "plate.####.png" in sentence
    # A film with a hole would be out of step with its sound, so there is none.
    assert _names("out") == ["a.1001.exr", "a.1003.exr"]
    assert "plate.####.png has no frame 1002 (nothing stood in)" in result.stdout


@pytest.mark.parametrize(
    ("policy", "said"),
    [
        ("hold", "1002-1003 (1001 stood in), 1005-1006 (1004 stood in)"),
        ("nearest", "1002 (1001 stood in), 1003,1005 (1004 stood in), 1006 (1007 stood in)"),
        ("black", "1002-1003,1005-1006 (black stood in)"),
    ],
)
def test_missing_frames_are_listed_with_what_stood_in(
    run: Run, picture: Path, policy: str, said: str
) -> None:
    for frame in (1001, 1004, 1007):
        Path(f"plate.{frame}.png").write_bytes(picture.read_bytes())
    assert run("new", "plate.####.png", "-o", "gap.rilievo").exit_code == 0
    before = Path("gap.rilievo").read_bytes()
    result = run(
        "render", "gap.rilievo", "-f", "1001-1007", "-o", "out/a.####.png", "--samples", "1",
        "--missing", policy,
    )  # fmt: skip
    assert result.exit_code == 0, result.stderr
    assert f"plate.####.png has no frames {said}\n" in result.stdout
    assert len(_names("out")) == 7
    first, second = (Path(f"out/a.{n}.png").read_bytes() for n in (1001, 1002))
    assert (first == second) == (policy != "black")
    assert Path("gap.rilievo").read_bytes() == before


def test_the_policy_of_a_document_is_overridden(run: Run, picture: Path) -> None:
    for frame in (1001, 1003):
        Path(f"plate.{frame}.png").write_bytes(picture.read_bytes())
    assert run("new", "plate.####.png", "-o", "gap.rilievo").exit_code == 0
    raw = json.loads(Path("gap.rilievo").read_text(encoding="utf-8"))
    raw["media"][0]["missing"] = "hold"
    Path("gap.rilievo").write_text(json.dumps(raw), encoding="utf-8")
    arguments = ["render", "gap.rilievo", "-f", "1002", "-o", "a.####.png", "--samples", "1"]
    result = run(*arguments)
    assert result.exit_code == 0, result.stderr
    assert "has no frame 1002 (1001 stood in)" in result.stdout
    result = run(*arguments, "--missing", "error")
    assert result.exit_code == 1
    assert "1 frame failed (1002)" in complaint(result.stderr)


def test_nothing_is_said_of_media_that_are_whole(run: Run, document: Path) -> None:
    result = run("render", document, "-f", "1001", "-o", "a.png", "--samples", "1")
    assert result.exit_code == 0
    assert "stood in" not in result.stdout


def test_a_video_is_opened_once_for_picture_and_face(
    run: Run, talking_head: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And each of its frames decoded once."""
    assert run("new", talking_head, "--analysis", "face", "--3d", "-o", "a.rilievo").exit_code == 0
    opened: list[VideoSource] = []
    closed: list[VideoSource] = []
    decoded: list[int] = []
    start, stop, decode = VideoSource.__init__, VideoSource.close, VideoSource._decode

    def started(self: VideoSource, *arguments: Any) -> None:
        opened.append(self)
        start(self, *arguments)

    def stopped(self: VideoSource) -> None:
        closed.append(self)
        stop(self)

    def counted(self: VideoSource, t: int) -> Picture:
        decoded.append(t)
        return decode(self, t)

    monkeypatch.setattr(VideoSource, "__init__", started)
    monkeypatch.setattr(VideoSource, "close", stopped)
    monkeypatch.setattr(VideoSource, "_decode", counted)
    result = run(
        "render", "a.rilievo", "-f", "0-2", "-o", "a.####.png", "--samples", "1", "--size", "88x72"
    )
    assert result.exit_code == 0, result.stderr
    assert len(opened) == 1 and closed == opened
    assert len(decoded) == len(set(decoded)) and {0, 1, 2} <= set(decoded)


def test_warnings_of_the_media_are_still_said(
    run: Run, document: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = StillSource.frame

    def warned(self: StillSource, t: int) -> Picture:
        warnings.warn(f"{self.info.path} looks odd.", stacklevel=2)
        return read(self, t)

    monkeypatch.setattr(StillSource, "frame", warned)
    result = run("render", document, "-f", "1001-1003", "-o", "a.####.png", "--samples", "1")
    assert result.exit_code == 0, result.stderr
    said = result.stderr.replace("\n", "")
    assert said.count("warning: ") == 2  # of the picture and of its depth, once each
    assert said.count("looks odd.") == 2


def _unknown_field(raw: dict[str, object]) -> None:
    raw["colour"] = 3


def _wrong_type(raw: dict[str, object]) -> None:
    raw["fps"] = "fast"


def _cycle(raw: dict[str, list[dict[str, object]]]) -> None:
    first, second = raw["nodes"][0], raw["nodes"][1]
    first["parent"], second["parent"] = second["id"], first["id"]


def _from_the_future(raw: dict[str, object]) -> None:
    raw["version"] = 999


@pytest.mark.parametrize(
    ("spoil", "place"),
    [
        (_unknown_field, "colour"),
        (_wrong_type, "fps"),
        (_cycle, "Surface 1"),
        (_from_the_future, "version"),
    ],
)
def test_a_document_that_cannot_be_meant(run: Run, document: Path, spoil, place: str) -> None:
    raw = json.loads(document.read_text(encoding="utf-8"))
    spoil(raw)
    document.write_text(json.dumps(raw), encoding="utf-8")
    result = run("render", document, "-o", "out/a.####.exr")
    assert result.exit_code == 1
    sentence = complaint(result.stderr)
    assert document.name in sentence
    assert place in sentence
    assert not Path("out").exists()


@pytest.mark.parametrize("content", [b"", b"{", b"\x89PNG\r\n\x1a\n", b"[]", b"\xff\xfe\x00"])
def test_a_file_that_is_no_document(run: Run, content: bytes) -> None:
    Path("bad.rilievo").write_bytes(content)
    result = run("render", "bad.rilievo", "-o", "a.####.exr")
    assert result.exit_code == 1
    assert "bad.rilievo" in complaint(result.stderr)


def test_a_document_that_is_not_there(run: Run) -> None:
    result = run("render", "nowhere.rilievo", "-o", "a.####.exr")
    assert result.exit_code == 1
    assert "nowhere.rilievo" in complaint(result.stderr)


def test_media_that_is_gone(run: Run, document: Path, depth: Path) -> None:
    depth.unlink()
    result = run("render", document, "-o", "out/a.####.exr", "--movie", "out/film.mp4")
    assert result.exit_code == 1
    assert depth.name in complaint(result.stderr)
    assert not Path("out").exists() or _names("out") == []


def test_an_unknown_provider_and_adapter(run: Run, document: Path, astronaut: Path) -> None:
    assert run("new", astronaut, "--analysis", "face", "-o", "face.rilievo").exit_code == 0
    result = run("render", "face.rilievo", "-o", "a.####.exr", "--provider", "abacus")
    assert result.exit_code == 1
    assert "abacus" in complaint(result.stderr)
    result = run("render", document, "-o", "a.####.exr", "--adapter", "Voodoo 2")
    assert result.exit_code == 1
    assert "Voodoo 2" in complaint(result.stderr)
    assert not list(Path.cwd().glob("a.*"))


def test_a_size_that_the_adapter_cannot_draw(run: Run, document: Path) -> None:
    result = run("render", document, "-o", "a.####.exr", "--size", "99999x10")
    assert result.exit_code == 1
    assert "99999" in complaint(result.stderr)


def test_no_adapter(shell: Shell, document: Path) -> None:
    result = shell("render", document, "-o", "out/a.####.exr", env=NO_DRIVERS)
    assert result.returncode == 1
    assert "Vulkan driver" in complaint(result.stderr)
    assert not (document.parent / "out").exists()


@UNIX
def test_a_full_disk(document: Path, tmp_path: Path) -> None:
    """A limit on the size of files stands in for a disk that is full after some kilobytes."""
    import resource

    done = subprocess.run(
        command(
            "render", document, "-o", "out/a.####.exr", "--movie", "out/film.mp4",
            "--size", "256x192", "--passes", "all", "--samples", "1",
        ),
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000)),
    )  # fmt: skip
    assert done.returncode == 1
    sentence = complaint(done.stderr)
    assert "a.1001.exr" in sentence
    assert "2 more were not tried" in sentence or "failed (1001" in sentence
    assert _names(tmp_path / "out") == []


def test_a_folder_that_cannot_be_made(run: Run, document: Path) -> None:
    Path("taken").write_text("a file where a folder is meant")
    result = run("render", document, "-o", "taken/a.####.exr", "--samples", "1")
    assert result.exit_code == 1
    assert "taken" in complaint(result.stderr)


@UNIX
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_stopping_leaves_only_whole_files(document: Path, number: signal.Signals) -> None:
    folder = document.parent / "out"
    _edit(document, last=1400)
    with subprocess.Popen(
        command(
            "render", document, "-o", "out/a.####.exr", "--movie", "out/film.mp4",
            "--size", "320x240", "--samples", "1",
        ),
        cwd=document.parent,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=dict(os.environ),
    ) as process:  # fmt: skip
        deadline = time.monotonic() + 60
        while not (folder / "a.1003.exr").exists():
            assert process.poll() is None, process.communicate()[1]
            assert time.monotonic() < deadline
            time.sleep(0.02)
        process.send_signal(number)
        _, stderr = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "stopped" in complaint(stderr)
    names = _names(folder)
    assert "a.1003.exr" in names
    assert "a.1400.exr" not in names
    assert all(re.fullmatch(r"a\.\d{4}\.exr", name) for name in names), names
    for name in names:
        assert _parts(folder / name) == ["beauty"]
