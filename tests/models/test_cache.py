"""Results on disk: the same as were put, never from another time, and never in the way."""

from __future__ import annotations

import os
import subprocess
import sys
import zlib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import msgspec
import numpy as np
import numpy.typing as npt
import pytest

from engine.media import DepthMap, FaceMesh, FaceResult
from engine.scene import Media, MediaKind, new_media
from models import cache as cache_module
from models.cache import ResultCache, digest, folder_of_user, limit_of_user
from models.identity import code_version, media_identity, picture_identity


@dataclass(frozen=True, slots=True, eq=False)
class Filled:
    values: npt.NDArray[np.uint16]


def filled(bytes: int, seed: int = 0) -> Filled:
    """What no compression makes smaller."""
    return Filled(np.random.default_rng(seed).integers(0, 65536, bytes // 2, np.uint16))


def face(seed: int = 0) -> FaceMesh:
    rng = np.random.default_rng(seed)
    points = rng.normal(0, 100, (468, 3)).astype(np.float32)
    return FaceMesh(
        points, np.arange(9, dtype=np.int32).reshape(3, 3), np.arange(4, dtype=np.int32), 0.1 + 0.2
    )


def files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def test_a_face_comes_back_exactly(tmp_path: Path) -> None:
    cache, key = ResultCache(tmp_path), digest("face", 1)
    assert cache.get(key, FaceResult) is None
    put = FaceResult((640, 480), (face(1), face(2)))
    cache.put(key, put)
    got = ResultCache(tmp_path).get(key, FaceResult)
    assert got is not None and got.size == (640, 480) and len(got.faces) == 2
    for one, other in zip(got.faces, put.faces, strict=True):
        for name in ("points", "triangles", "rim"):
            a, b = getattr(one, name), getattr(other, name)
            assert a.dtype == b.dtype
            np.testing.assert_array_equal(a, b)
        assert one.score == other.score
    cache.put(key, FaceResult((1, 1)))  # another one of that name takes its place
    assert cache.get(key, FaceResult) == FaceResult((1, 1))
    assert len(files(tmp_path)) == 1


def test_a_depth_map_keeps_what_is_missing(tmp_path: Path) -> None:
    values = np.random.default_rng(0).random((5, 7)).astype(np.float32)
    values[2, 3], values[0, 0] = np.nan, -0.25
    cache = ResultCache(tmp_path)
    for confidence in (None, np.full((5, 7), 0.5, np.float32)):
        cache.put(digest("d"), DepthMap(values, confidence, "said"))
        got = cache.get(digest("d"), DepthMap)
        assert got is not None and got.message == "said"
        np.testing.assert_array_equal(got.values, values)
        assert (got.confidence is None) == (confidence is None)


@pytest.mark.parametrize(
    "damage", ["cut", "flipped", "another version", "renamed", "text", "empty"]
)
def test_what_cannot_be_believed_is_removed(tmp_path: Path, damage: str) -> None:
    cache, key = ResultCache(tmp_path), digest("face")
    cache.put(key, FaceResult((64, 48), (face(),)))
    (path,) = files(tmp_path)
    content = bytearray(path.read_bytes())
    if damage == "cut":
        content = content[:-20]
    elif damage == "flipped":
        content[len(content) // 2] ^= 4
    elif damage == "another version":
        content[8] += 1
    elif damage == "text":
        content = bytearray(b"a file of somebody else")
    elif damage == "empty":
        content = bytearray()
    else:
        key = key[:-1] + ("0" if key[-1] != "0" else "1")
        path = path.rename(path.with_name(f"{key[2:]}.result"))
    path.write_bytes(content)
    assert cache.get(key, FaceResult) is None
    assert files(tmp_path) == []


def test_a_result_of_another_kind_is_removed(tmp_path: Path) -> None:
    cache, key = ResultCache(tmp_path), digest("x")
    cache.put(key, {"something": "else"})
    assert cache.get(key, FaceResult) is None
    assert files(tmp_path) == []


def test_what_was_used_longest_ago_is_given_up(tmp_path: Path) -> None:
    other = tmp_path / "ab" / "notes.txt"
    other.parent.mkdir()
    other.write_text("not ours: stays")
    stale = tmp_path / "ab" / "half.1.2.tmp"
    stale.write_text("of a program that was killed")
    os.utime(stale, (0, 0))
    cache = ResultCache(tmp_path, limit=100_000)
    keys = [digest(n) for n in range(12)]
    for n, key in enumerate(keys):
        cache.put(key, filled(10_000, n))
        for path in files(tmp_path):  # a clock that is coarse must not decide
            if path.name.startswith(key[2:]):
                os.utime(path, (1e9 + n, 1e9 + n))
        assert cache.get(keys[0], Filled) is not None  # in use all the time
        assert sum(p.stat().st_size for p in files(tmp_path)) < 101_000
    there = [cache.get(key, Filled) is not None for key in keys]
    assert there[0] and there[-1] and not any(there[1:4])
    assert sum(there) >= 8
    assert other.exists() and not stale.exists()


def test_a_folder_that_cannot_be_written_is_said_and_no_fault(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("")
    cache = ResultCache(blocked)
    cache.put(digest(1), FaceResult((1, 1)))
    assert cache.get(digest(1), FaceResult) is None
    assert "are not kept in" in cache.message and str(blocked) in cache.message
    blocked.unlink()
    cache.put(digest(1), FaceResult((1, 1)))
    assert cache.message == "" and cache.get(digest(1), FaceResult) is not None


def test_a_write_that_fails_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(source: object, target: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(cache_module.os, "replace", full)
    cache = ResultCache(tmp_path)
    cache.put(digest(1), FaceResult((1, 1)))
    assert files(tmp_path) == [] and "No space left" in cache.message


def test_many_threads_and_the_same_names(tmp_path: Path) -> None:
    cache = ResultCache(tmp_path, limit=60_000)

    def work(n: int) -> bool:
        key = digest(n % 5)
        cache.put(key, filled(8_000, n % 5))
        got = cache.get(key, Filled)
        return got is None or bool((got.values == filled(8_000, n % 5).values).all())

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(work, range(60)))
    assert all(path.suffix == ".result" for path in files(tmp_path))


def test_where_it_lies(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("RILIEVO_CACHE", raising=False)
    monkeypatch.setenv("RILIEVO_HOME", str(tmp_path))
    assert folder_of_user() == tmp_path / "cache" / "analysis"
    monkeypatch.setenv("RILIEVO_CACHE", str(tmp_path / "mine"))
    assert folder_of_user() == tmp_path / "mine"
    monkeypatch.setenv("RILIEVO_CACHE", "off")
    cache = ResultCache()
    cache.put(digest(1), FaceResult((1, 1)))
    assert cache.folder is None and cache.get(digest(1), FaceResult) is None


@pytest.mark.parametrize(
    ("said", "bytes"),
    [
        (None, 4e9),
        ("0.5", 5e8),
        ("0", 0),
        ("-3", 0),
        ("plenty", 4e9),
        ("nan", 4e9),
        ("inf", sys.maxsize),
    ],
)
def test_how_large_it_grows(
    monkeypatch: pytest.MonkeyPatch, said: str | None, bytes: float
) -> None:
    monkeypatch.delenv("RILIEVO_CACHE_GB", raising=False)
    if said is not None:
        monkeypatch.setenv("RILIEVO_CACHE_GB", said)
    limit, problem = limit_of_user()
    assert limit == bytes
    assert ("no number" in problem) == (said in ("plenty", "nan"))


def test_a_program_that_is_killed_leaves_whole_results_only(tmp_path: Path) -> None:
    """It writes all the time and is killed at an odd moment: what has a name can be read."""
    script = (
        "import sys, numpy as np\n"
        "from pathlib import Path\n"
        "from models.cache import ResultCache, digest\n"
        "cache = ResultCache(Path(sys.argv[1]))\n"
        "for n in range(100000):\n"
        "    cache.put(digest(n), {'a': np.random.default_rng(n).bytes(200000)})\n"
        "    print(n, flush=True)\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script, str(tmp_path)], stdout=subprocess.PIPE, cwd=Path.cwd()
    ) as process:
        assert process.stdout is not None
        for _ in range(15):
            assert process.stdout.readline()
        process.kill()
    whole = [path for path in files(tmp_path) if path.suffix == ".result"]
    assert len(whole) >= 15
    cache = ResultCache(tmp_path)
    for path in whole:
        assert cache.get(path.parent.name + path.stem, dict[str, bytes]) is not None


# -- what results are named by --


def still(path: Path) -> Media:
    return new_media(path, (4, 4), kind="still")


def test_a_picture_is_told_from_others(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(b"x" * 100)
    os.utime(path, ns=(1, 1))
    first = picture_identity(still(path), 1)
    assert first is not None and first == picture_identity(still(path), 1001)  # a still is a still
    path.write_bytes(b"x" * 50 + b"y" + b"x" * 49)
    os.utime(path, ns=(1, 1))
    assert picture_identity(still(path), 1) != first  # same size, same time
    path.write_bytes(b"x" * 100)
    os.utime(path, ns=(2, 2))
    assert picture_identity(still(path), 1) != first
    os.utime(path, ns=(1, 1))
    assert picture_identity(still(path), 1) == first
    other = Media(name="a", path=str(path), size=(4, 4), kind=MediaKind.STILL, layer="depth")
    assert picture_identity(other, 1) != first
    # The same file, turned or made of its fields otherwise, is another picture.
    ways = [{"orientation": 3}, {"orientation": 2}, {"deinterlace": True}]
    read = {picture_identity(msgspec.structs.replace(still(path), **way), 1) for way in ways}
    assert len(read | {first}) == len(ways) + 1
    path.unlink()
    assert picture_identity(still(path), 1) is None


def test_clips_and_what_has_no_file(tmp_path: Path) -> None:
    video = tmp_path / "a.mp4"
    video.write_bytes(b"v")
    media = new_media(video, (4, 4), kind="video", first=1, last=9)
    assert picture_identity(media, 1) != picture_identity(media, 2)
    assert media_identity(media) is not None
    shorter = new_media(video, (4, 4), kind="video", first=1, last=8)
    assert media_identity(shorter) != media_identity(media)  # its last shot is another
    for frame in (1, 2):
        (tmp_path / f"s.{frame:04}.png").write_bytes(b"s")
    sequence = new_media(tmp_path / "s.####.png", (4, 4), kind="sequence", first=1, last=3)
    assert picture_identity(sequence, 1) != picture_identity(sequence, 2)
    assert picture_identity(sequence, 3) is None  # not there
    before = media_identity(sequence)
    assert before == media_identity(sequence)
    (tmp_path / "s.0003.png").write_bytes(b"s")
    assert media_identity(sequence) != before
    live = new_media("rtsp://camera/1", (4, 4), kind="video", first=0, last=9)
    assert picture_identity(live, 1) is None and media_identity(live) is None


def test_code_has_a_version() -> None:
    assert code_version("models/face") != code_version("engine/scene")
    assert code_version("models/face") == code_version("models/face")


def test_compression_is_no_secret(tmp_path: Path) -> None:
    """The format as it is told: magic, version, checksum, name, zlib."""
    cache = ResultCache(tmp_path)
    cache.put(digest("a"), [1, 2, 3])
    (path,) = files(tmp_path)
    content = path.read_bytes()
    assert content[:8] == b"RILIEVO\0" and content[44:76].hex() == digest("a")
    assert zlib.decompress(content[76:]) == b"\x93\x01\x02\x03"
