"""`rilievo analyse`: depth as files that say what made them, gone on with where it was stopped."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
import OpenEXR
import pytest

from engine.media import Source, open_media
from engine.scene import AnalysisType, Media, ZDepthMap, new_media, new_scene
from models import raw_depth
from tests.support import depth_parts, small_networks
from tests.support.commands import NO_DRIVERS, Run, Shell, command, complaint

NEAR, FAR = 0.5, 4.0


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where results are kept for this test."""
    monkeypatch.setenv("RILIEVO_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def red(tmp_path: Path) -> Path:
    """A network: inverse depth is red, 0..1; it takes pictures as they are."""
    path = small_networks.write(tmp_path / "red.onnx", small_networks.depth_network())
    rules = {"short_side": 24, "multiple": 4, "mean": [0, 0, 0], "deviation": [1, 1, 1]}
    (tmp_path / "red.json").write_text(json.dumps({"title": "red", "input": rules}))
    return path


def written(path: Path) -> npt.NDArray[np.float32]:
    with OpenEXR.File(str(path), separate_channels=True) as file:
        assert list(file.channels()) == ["Z"]
        pixels = file.channels()["Z"].pixels
        assert pixels.dtype == np.float32
        return pixels.copy()


def header(path: Path) -> dict[str, object]:
    with OpenEXR.File(str(path), separate_channels=True) as file:
        return dict(file.header())


def stamps(folder: Path) -> dict[str, int]:
    return {path.name: path.stat().st_mtime_ns for path in folder.iterdir()}


def test_a_sequence_becomes_planar_depth(run: Run, tmp_path: Path, red: Path, kept: Path) -> None:
    depth_parts.sequence(tmp_path / "clip", 5, cut=4)
    arguments = (
        "analyse", "clip/plate.####.png", "--network", red, "-o", "out/z.####.exr",
        "--near", str(NEAR), "--far", str(FAR),
    )  # fmt: skip
    result = run(*arguments, "-f", "1-3")
    assert result.exit_code == 0, result.stderr
    assert "wrote out/z.0001.exr … z.0003.exr (3 pictures)" in result.stdout
    assert "flicker" in result.stdout and "the network's own" in result.stdout
    depth = [written(Path(f"out/z.000{n}.exr")) for n in (1, 2, 3)]
    assert depth[0].shape == (48, 64)
    # 1/Z is linear in red, which rises to the right and by 4 levels a frame.
    for values in depth:
        inverse = 1 / values[24, 6:-6].astype(np.float64)
        fit = np.polyval(np.polyfit(np.arange(inverse.size), inverse, 1), np.arange(inverse.size))
        assert np.abs(fit - inverse).max() < 0.04 * (1 / NEAR - 1 / FAR)
        assert inverse[-1] > inverse[0]  # red is near: white is far in Z
    assert (depth[2] < depth[0]).mean() > 0.95  # it comes nearer: no range of each frame's own
    everything = np.concatenate(depth)
    assert NEAR * 0.9 < everything.min() < NEAR * 1.4
    assert FAR * 0.6 < everything.max() <= FAR * 1.001
    said = header(Path("out/z.0002.exr"))
    assert said["analysis"] == "global" and str(said["analysisModel"]).startswith("red ")
    assert said["depthNear"] == NEAR and said["depthFar"] == FAR and said["imageCounter"] == 2
    assert 0 < float(said["rawFar"]) < float(said["rawNear"]) < 1  # type: ignore[arg-type]

    # Going on: what is there stays as it is, and nothing that was analysed is analysed again.
    before = stamps(Path("out"))
    small_networks.write(tmp_path / "gone", red.read_bytes())
    result = run(*arguments)
    assert result.exit_code == 0, result.stderr
    assert "3 frames already there" in result.stdout and "(2 pictures)" in result.stdout
    after = stamps(Path("out"))
    assert {name: after[name] for name in before} == before and len(after) == 5
    assert run(*arguments).stdout.strip() == "5 frames already there, made the same way"

    # Made in another way: not without a word.
    result = run(*arguments, "--no-stabilise")
    assert result.exit_code == 1 and "--overwrite" in complaint(result.stderr)
    assert stamps(Path("out")) == after
    result = run(*arguments, "--no-stabilise", "--overwrite", "-f", "1")
    assert result.exit_code == 0 and stamps(Path("out")) != after


def test_what_was_assumed_and_what_is_not_kept_is_said(
    run: Run, tmp_path: Path, red: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    depth_parts.sequence(tmp_path / "clip", 1)
    (tmp_path / "file").touch()
    monkeypatch.setenv("RILIEVO_CACHE", str(tmp_path / "file" / "cache"))
    plate = tmp_path / "clip" / "plate.0001.png"
    result = run("analyse", plate, "--network", red, "-o", "z.exr", "-f", "1001")
    assert result.exit_code == 0, result.stderr
    assert "red.onnx: assumed larger is nearer" in result.stderr.replace("\n", " ")
    assert "results of analyses are not kept in" in result.stderr.replace("\n", " ")


def test_rendering_closes_the_clips_that_an_analysis_opened(
    run: Run, tmp_path: Path, red: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = depth_parts.sequence(tmp_path / "clip", 2)
    media = new_media(path, depth_parts.SIZE, kind="sequence", first=1, last=2)
    scene = new_scene(media, analysis=AnalysisType.GLOBAL)
    scene.with_values("Z-Depth 1", network=str(red)).save("shot.rilievo")
    opened: list[Source] = []
    closed: list[Source] = []

    def noted(media: Media) -> Source:
        source = open_media(media)
        opened.append(source)
        really = source.close
        monkeypatch.setattr(source, "close", lambda: (closed.append(source), really()))
        return source

    monkeypatch.setattr(raw_depth, "open_media", noted)
    result = run("render", "shot.rilievo", "-f", "1", "-o", "a.exr", "--size", "64x48")
    assert result.exit_code == 0, result.stderr
    assert len(opened) == 1 and closed == opened


def test_a_document_reads_what_was_written(run: Run, tmp_path: Path, red: Path) -> None:
    depth_parts.sequence(tmp_path / "clip", 1)
    plate = tmp_path / "clip" / "plate.0001.png"
    result = run("analyse", plate, "--network", red, "-o", "z.exr", "-f", "1001")
    assert result.exit_code == 0, result.stderr
    result = run("new", plate, "--z", "z.exr", "--range", "absolute", "-o", "shot.rilievo")
    assert result.exit_code == 0, result.stderr
    text = Path("shot.rilievo").read_text().replace('"z_pass": false', '"z_pass": true')
    Path("shot.rilievo").write_text(text)
    result = run("render", "shot.rilievo", "--passes", "z", "-o", "again.exr")
    assert result.exit_code == 0, result.stderr
    with OpenEXR.File("again.exr", separate_channels=True) as file:
        again = file.channels()["depth.Z"].pixels
        np.testing.assert_allclose(again, written(Path("z.exr")), rtol=1e-5)


def test_what_the_network_says_needs_no_graphics(
    shell: Shell, tmp_path: Path, red: Path, kept: Path
) -> None:
    depth_parts.sequence(tmp_path / "clip", 2)
    done = shell(
        "analyse", "clip/plate.####.png", "--network", red, "--raw", "-o", "raw.####.exr",
        env=NO_DRIVERS,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    raw = written(tmp_path / "raw.0001.exr")
    assert raw.shape == (24, 32)
    picture = depth_parts.frame(0)[..., 0].astype(np.float32) / 255
    expected = cv2.resize(picture, (32, 24), interpolation=cv2.INTER_AREA)
    np.testing.assert_allclose(raw, expected, atol=0.006)
    assert header(tmp_path / "raw.0001.exr")["depthMeaning"] == "relative inverse depth"


def test_faces(run: Run, astronaut: Path, kept: Path) -> None:
    picture = np.asarray(cv2.imread(str(astronaut)))[:256, 96:352]
    assert cv2.imwrite("portrait.png", picture)
    result = run("analyse", "portrait.png", "--analysis", "face", "-o", "z.exr")
    assert result.exit_code == 0, result.stderr
    depth = written(Path("z.exr"))
    assert depth.shape == (256, 256)
    assert depth.max() == pytest.approx(1.374, abs=2e-3)  # the surface's own distance
    assert 0.02 < depth.max() - depth.min() < 0.5
    assert header(Path("z.exr"))["analysis"] == "face"
    assert len(list(kept.rglob("*.result"))) == 1


def test_a_missing_frame_is_listed_and_the_others_are_written(
    run: Run, tmp_path: Path, red: Path, kept: Path
) -> None:
    depth_parts.sequence(tmp_path / "clip", 4)
    (tmp_path / "clip" / "plate.0002.png").unlink()
    result = run("analyse", "clip/plate.####.png", "--network", red, "-o", "z.####.exr")
    assert result.exit_code == 1
    assert "1 frame failed (2): " in complaint(result.stderr)
    assert sorted(p.name for p in tmp_path.glob("z.*")) == [
        "z.0001.exr",
        "z.0003.exr",
        "z.0004.exr",
    ]
    result = run(
        "analyse", "clip/plate.####.png", "--network", red, "-o", "y.####.exr", "--missing", "hold"
    )
    assert result.exit_code == 0, result.stderr
    assert "2 (1 stood in)" in result.stdout


@pytest.mark.parametrize(
    ("arguments", "status", "says"),
    [
        (("-o", "z.png"), 2, ".exr"),
        (("-o", "z.exr"), 1, "####"),
        (("-o", "z.####.exr", "-f", "3-9"), 1, "has frames 1 to 3, and not 4-9"),
        (("-o", "z.####.exr", "--near", "3", "--far", "2"), 1, "far"),
        (("-o", "z.####.exr", "--analysis", "face", "--near", "1"), 2, "--analysis global"),
        (("-o", "z.####.exr", "--raw", "--near", "1"), 2, "have no say"),
        (("-o", "red.json/z.####.exr", "--adapter", "abacus"), 1, "red.json/z.0001.exr could not"),
        (("-o", "z.####.exr", "--network", "abacus"), 1, "no network 'abacus'"),
        (("-o", "z.####.exr", "--network", "nowhere.onnx"), 1, "nowhere.onnx"),
        (("-o", "z.####.exr", "--provider", "abacus"), 1, "'abacus' is not available"),
    ],
)
def test_what_cannot_be_meant_is_said_before_anything_is_written(
    run: Run, tmp_path: Path, red: Path, arguments: tuple[str, ...], status: int, says: str
) -> None:
    depth_parts.sequence(tmp_path / "clip", 3)
    network = () if "--network" in arguments or "face" in arguments else ("--network", str(red))
    result = run("analyse", "clip/plate.####.png", *arguments, *network)
    assert result.exit_code == status
    assert says in " ".join(result.stderr.split()), result.stderr
    assert not list(tmp_path.rglob("*.exr"))


@pytest.mark.skipif(os.name != "posix", reason="needs Unix signals")
def test_ctrl_c_leaves_whole_files_and_the_next_run_goes_on(
    run: Run, shell: Shell, tmp_path: Path, kept: Path
) -> None:
    depth_parts.sequence(tmp_path / "clip", 12)
    slow = small_networks.write(tmp_path / "slow.onnx", small_networks.costly_network(24, 4))
    arguments = ("analyse", "clip/plate.####.png", "--network", slow, "--raw", "-o", "z/z.####.exr")
    with subprocess.Popen(
        command(*arguments), cwd=tmp_path, stderr=subprocess.PIPE, text=True
    ) as process:
        end = time.monotonic() + 60
        while len(list(tmp_path.glob("z/z.*.exr"))) < 2 and time.monotonic() < end:
            time.sleep(0.01)
        process.send_signal(signal.SIGINT)
        assert process.stderr is not None
        assert "stopped; what was written before is whole" in process.stderr.read()
        assert process.wait(30) == 130
    first = stamps(tmp_path / "z")
    assert 2 <= len(first) < 12 and all(".tmp" not in name for name in first)
    result = run(*arguments)
    assert result.exit_code == 0, result.stderr
    assert f"{len(first)} frames already there" in result.stdout
    after = stamps(tmp_path / "z")
    assert len(after) == 12 and {name: after[name] for name in first} == first


def test_a_document_may_name_a_network_of_its_own(run: Run, tmp_path: Path, red: Path) -> None:
    depth_parts.sequence(tmp_path / "clip", 1)
    result = run("new", "clip/plate.0001.png", "--analysis", "global", "--3d", "-o", "shot.rilievo")
    assert result.exit_code == 0, result.stderr
    from engine.scene import Scene

    scene = Scene.load("shot.rilievo")
    (node,) = (node for node in scene.nodes if isinstance(node, ZDepthMap))
    assert node.near == pytest.approx(0.6 * 1.3737, rel=1e-3)
    scene.with_values(node.id, network=str(red), z_pass=True).save("shot.rilievo")
    assert json.loads(Path("shot.rilievo").read_text())["nodes"][-2]["network"] == "red.onnx"
    result = run("render", "shot.rilievo", "--passes", "z", "-o", "z.exr", "--samples", "1")
    assert result.exit_code == 0, result.stderr
    with OpenEXR.File("z.exr", separate_channels=True) as file:
        depth = file.channels()["depth.Z"].pixels
    assert depth[24, 4] > depth[24, 60] > 0.6
