"""Fetching networks from a hub on this machine: whole, checked, resumed, offline, refused."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import huggingface_hub
import numpy as np
import pytest
from huggingface_hub import constants

from engine.errors import AnalysisError
from models.depth import cache, fetch
from models.depth.network import DepthNetwork
from models.depth.spec import InputRules, NetworkSpec, Source, SourceFile
from tests.support.hub_server import REVISION, Hub, hub_server
from tests.support.small_disk import small_disk
from tests.support.small_networks import beside_content, depth_network

REPOSITORY = "somebody/depth-small"
NETWORK = depth_network(weights=(0.0, 1.0, 0.0), beside="model.onnx_data")
WEIGHTS = beside_content((0.0, 1.0, 0.0))
LARGE = np.random.default_rng(3).bytes(1_000_000)


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    monkeypatch.setattr(fetch, "PAUSE", 0.0)
    with hub_server() as server:
        use_endpoint(monkeypatch, server.address)
        yield server


def use_endpoint(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    """What HF_ENDPOINT does, which the hub reads when it is imported."""
    template = constants.HUGGINGFACE_CO_URL_TEMPLATE.removeprefix(constants.ENDPOINT)
    monkeypatch.setattr(constants, "HUGGINGFACE_CO_URL_TEMPLATE", address + template)
    monkeypatch.setattr(constants, "ENDPOINT", address)


@pytest.fixture(autouse=True)
def models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where networks are put, and a hub's cache that is empty."""
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.setattr(constants, "HF_ASSETS_CACHE", str(tmp_path / "assets"))
    folder = tmp_path / "models"
    monkeypatch.setenv(cache.FOLDER_VARIABLE, str(folder))
    return folder


def pinned(*files: tuple[str, bytes], url: str = "") -> NetworkSpec:
    source = Source(
        repository="" if url else REPOSITORY,
        revision="" if url else REVISION,
        url=url,
        files=tuple(
            SourceFile(path=path, size=len(content), sha256=hashlib.sha256(content).hexdigest())
            for path, content in files
        ),
    )
    return NetworkSpec(
        name="small", title="Small", licence="MIT", commercial=True, source=source,
        input=InputRules(short_side=28, mean=(0, 0, 0), deviation=(1, 1, 1)),
    )  # fmt: skip


def large(hub: Hub) -> NetworkSpec:
    hub.add(REPOSITORY, "onnx/large.onnx", LARGE)
    return pinned(("onnx/large.onnx", LARGE))


def sentence(spec: NetworkSpec) -> str:
    with pytest.raises(AnalysisError) as caught:
        fetch.fetch(spec)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_a_network_is_fetched_once_and_runs(hub: Hub, models: Path) -> None:
    hub.add(REPOSITORY, "onnx/model.onnx", NETWORK)
    hub.add(REPOSITORY, "onnx/model.onnx_data", WEIGHTS)
    spec = pinned(("onnx/model.onnx", NETWORK), ("onnx/model.onnx_data", WEIGHTS))
    told: list[tuple[str, int, int]] = []
    paths = fetch.fetch(spec, lambda *step: told.append(step))
    assert [path.read_bytes() for path in paths] == [NETWORK, WEIGHTS]
    assert all(path.is_relative_to(models) for path in paths)
    assert told[-1] == ("model.onnx_data", len(WEIGHTS), len(WEIGHTS))
    assert len(hub.requests) == 4  # two files, each redirected once
    assert fetch.fetch(spec) == paths
    assert len(hub.requests) == 4
    answer = DepthNetwork(spec, "cpu").inverse_depth(np.full((28, 28, 3), (9, 51, 200), np.uint8))
    assert answer == pytest.approx(np.full((28, 28), 0.2))


def test_the_layout_is_the_hubs_own(hub: Hub, models: Path) -> None:
    """Other programs find what was fetched, without a network, and so do we what they fetched."""
    (path,) = fetch.fetch(large(hub))
    found = huggingface_hub.hf_hub_download(
        REPOSITORY, "onnx/large.onnx", revision=REVISION, cache_dir=models, local_files_only=True
    )
    assert Path(found) == path
    (repository,) = huggingface_hub.scan_cache_dir(models).repos
    assert repository.repo_id == REPOSITORY and repository.size_on_disk == len(LARGE)
    shutil.rmtree(models)
    theirs = huggingface_hub.hf_hub_download(REPOSITORY, "onnx/large.onnx", revision=REVISION)
    asked = len(hub.requests)
    assert fetch.fetch(large(hub)) == (Path(theirs),)
    assert len(hub.requests) == asked


def test_what_broke_off_is_taken_up_again(hub: Hub) -> None:
    spec = large(hub)
    hub.break_after, hub.breaks = 300_000, 2
    (path,) = fetch.fetch(spec)
    assert path.read_bytes() == LARGE
    assert hub.downloads == ["", "bytes=300000-", "bytes=600000-"]


def test_what_another_run_left_is_taken_up(hub: Hub) -> None:
    spec = large(hub)
    assert spec.source is not None
    hub.break_after, hub.breaks = 0, 100
    part = cache.partial(spec.source, spec.source.files[0])
    part.parent.mkdir(parents=True)
    part.write_bytes(LARGE[:400_000])
    assert "large.onnx of network small could not be fetched" in sentence(spec)
    assert part.stat().st_size == 400_000
    assert set(hub.downloads) == {"bytes=400000-"} and len(hub.downloads) == fetch.TRIES
    hub.breaks = 0
    assert fetch.fetch(spec)[0].read_bytes() == LARGE
    assert not part.exists()


def test_a_server_without_ranges_begins_again(hub: Hub) -> None:
    spec = large(hub)
    hub.ranges, hub.break_after, hub.breaks = False, 300_000, 1
    assert fetch.fetch(spec)[0].read_bytes() == LARGE


def test_a_busy_server_is_asked_again(hub: Hub) -> None:
    spec = large(hub)
    hub.fail, hub.fails = (503, ""), 2
    assert fetch.fetch(spec)[0].read_bytes() == LARGE
    hub.fail, hub.fails = (429, ""), 100
    cache.remove(spec.source or Source(files=()))
    assert "the server answers 429" in sentence(spec)


def test_another_file_than_was_pinned_is_removed(hub: Hub, models: Path) -> None:
    wrong = bytes(len(LARGE))
    hub.add(REPOSITORY, "onnx/large.onnx", wrong)
    said = sentence(pinned(("onnx/large.onnx", LARGE)))
    assert hashlib.sha256(wrong).hexdigest() in said
    assert hashlib.sha256(LARGE).hexdigest() in said
    assert not [path for path in models.rglob("*") if path.is_file() and path.stat().st_size]


def test_another_size_is_refused_before_it_is_fetched(hub: Hub) -> None:
    hub.add(REPOSITORY, "onnx/large.onnx", LARGE + b"more")
    said = sentence(pinned(("onnx/large.onnx", LARGE)))
    assert "1,000,004 bytes" in said and "1,000,000" in said


@pytest.mark.parametrize("damage", ["cut", "flipped"])
def test_a_damaged_file_is_said_and_fetched_anew(hub: Hub, damage: str) -> None:
    spec = large(hub)
    (path,) = fetch.fetch(spec)
    content = bytearray(LARGE)
    content[500] ^= 1
    path.write_bytes(LARGE[:500] if damage == "cut" else content)
    with pytest.raises(AnalysisError, match="rilievo models fetch small"):
        cache.located(spec)
    assert fetch.fetch(spec)[0].read_bytes() == LARGE
    assert cache.located(spec) == (path,)


def test_files_may_lie_elsewhere_in_their_repository(hub: Hub) -> None:
    hub.add(REPOSITORY, "model.onnx", LARGE)
    file = SourceFile(
        path="onnx/model.onnx", size=len(LARGE), sha256=hashlib.sha256(LARGE).hexdigest(),
        also=("model.onnx",),
    )  # fmt: skip
    source = Source(repository=REPOSITORY, revision=REVISION, files=(file,))
    moved = NetworkSpec(name="small", title="Small", licence="MIT", commercial=True, source=source)
    paths = fetch.fetch(moved)
    assert paths[0].name == "model.onnx" and cache.found(source) == paths


def test_a_release_is_fetched_and_removed(hub: Hub, models: Path) -> None:
    hub.files["releases/model-small.onnx"] = LARGE
    spec = pinned(("model-small.onnx", LARGE), url=f"{hub.address}/releases")
    hub.break_after, hub.breaks = 300_000, 1
    (path,) = fetch.fetch(spec)
    assert path.read_bytes() == LARGE and path.is_relative_to(models)
    assert spec.source is not None
    assert cache.remove(spec.source) == len(LARGE)
    assert not path.exists() and cache.found(spec.source) is None


def test_the_token_is_for_the_hub_alone(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_TOKEN", "hf_secret")
    fetch.fetch(large(hub))
    asked, content = hub.requests
    assert asked[2]["Authorization"] == "Bearer hf_secret"
    assert content[1].startswith("/blobs/") and "Authorization" not in content[2]
    hub.files["releases/a.onnx"] = LARGE
    fetch.fetch(pinned(("a.onnx", LARGE), url=f"{hub.address}/releases"))
    assert "Authorization" not in hub.requests[-1][2]


@pytest.mark.parametrize(
    ("fail", "words"),
    [
        ((401, "GatedRepo"), "accept its licence at"),
        ((403, ""), "log in with `hf auth login`"),
        ((401, "RepoNotFound"), "is not at somebody/depth-small on Hugging Face any more"),
        ((404, "EntryNotFound"), "is not at somebody/depth-small"),
        ((418, ""), "answers 418"),
    ],
)
def test_refusals_say_what_to_do(hub: Hub, fail: tuple[int, str], words: str) -> None:
    spec = large(hub)
    hub.fail = fail
    assert words in sentence(spec)


def test_no_connection_is_said(models: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetch, "PAUSE", 0.0)
    use_endpoint(monkeypatch, "http://127.0.0.1:9")
    said = sentence(pinned(("large.onnx", LARGE)))
    assert "connection refused" in said and "check the connection" in said
    assert [path.name for path in models.iterdir()] == [".locks"]


def test_offline_uses_what_is_here_and_asks_nobody(
    hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    spec = large(hub)
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    assert "HF_HUB_OFFLINE" in sentence(spec)
    assert not hub.requests
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    paths = fetch.fetch(spec)
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    asked = len(hub.requests)
    assert fetch.fetch(spec) == paths and cache.located(spec) == paths
    assert len(hub.requests) == asked


def test_a_full_disk_is_said_before_anything_is_fetched(hub: Hub, models: Path) -> None:
    models.mkdir()
    spec = large(hub)
    with small_disk(models, 512) as mounted:
        if not mounted:
            models.rmdir()
            models.write_text("no folder")
        said = sentence(spec)
    assert cache.FOLDER_VARIABLE in said and str(models) in said
    if mounted:
        assert "does not fit" in said and not hub.downloads


def test_removing_leaves_what_is_shared(hub: Hub, models: Path) -> None:
    other = pinned(("onnx/model.onnx", NETWORK))
    hub.add(REPOSITORY, "onnx/model.onnx", NETWORK)
    spec = large(hub)
    assert spec.source is not None and other.source is not None
    (kept,) = fetch.fetch(other)
    fetch.fetch(spec)
    assert cache.remove(spec.source) == len(LARGE)
    assert kept.read_bytes() == NETWORK
    assert cache.remove(spec.source) == 0
    assert cache.remove(other.source) == len(NETWORK)
    assert [path.name for path in models.iterdir()] == [".locks"]


def test_weights_beside_are_found_through_the_hubs_links(hub: Hub) -> None:
    for name, content in (("model.onnx", NETWORK), ("model.onnx_data", WEIGHTS)):
        hub.add(REPOSITORY, f"onnx/{name}", content)
        huggingface_hub.hf_hub_download(REPOSITORY, f"onnx/{name}", revision=REVISION)
    spec = pinned(("onnx/model.onnx", NETWORK), ("onnx/model.onnx_data", WEIGHTS))
    answer = DepthNetwork(spec, "cpu").inverse_depth(np.full((28, 28, 3), 51, np.uint8))
    assert answer == pytest.approx(np.full((28, 28), 0.2))


def test_removing_what_another_program_fetched_frees_it(hub: Hub, tmp_path: Path) -> None:
    spec = large(hub)
    assert spec.source is not None
    huggingface_hub.hf_hub_download(REPOSITORY, "onnx/large.onnx", revision=REVISION)
    assert cache.remove(spec.source) == len(LARGE)
    left = [path for path in (tmp_path / "hub").rglob("*") if path.is_file()]
    assert not any(path.stat().st_size >= len(LARGE) for path in left)


def test_two_at_the_same_time_fetch_once(hub: Hub) -> None:
    spec = large(hub)
    hub.chunk, hub.pause = 100_000, 0.01
    with ThreadPoolExecutor(2) as pool:
        first, second = pool.map(fetch.fetch, (spec, spec))
    assert first == second and first[0].read_bytes() == LARGE
    assert hub.downloads == [""]  # the second waited for the first
