"""The commands that list, fetch and remove networks, against a hub on this machine."""

from __future__ import annotations

import hashlib
import json
import os
import pty
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import typer
from huggingface_hub import constants

from models.depth import registry
from models.depth.spec import NetworkSpec, Source, SourceFile
from tests.support.commands import Run, complaint
from tests.support.hub_server import REVISION, Hub, hub_server
from tests.support.small_networks import depth_network
from ui.models_command import offer

REPOSITORY = "somebody/depth"
NETWORK = depth_network()
LARGE = np.random.default_rng(3).bytes(2_000_000)


def spec(name: str, content: bytes, *, commercial: bool = True) -> NetworkSpec:
    file = SourceFile(
        path=f"{name}.onnx", size=len(content), sha256=hashlib.sha256(content).hexdigest()
    )
    return NetworkSpec(
        name=name,
        title=name.title(),
        licence="MIT: any use" if commercial else "CC BY-NC 4.0: not for commercial work",
        commercial=commercial,
        source=Source(repository=REPOSITORY, revision=REVISION, files=(file,)),
    )


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    """A hub with three networks, which are the ones that Rilievo knows."""
    specs = (
        spec("small", NETWORK),
        spec("large", LARGE),
        spec("limited", NETWORK + b"", commercial=False),
    )
    monkeypatch.setattr(registry, "NETWORKS", specs)
    monkeypatch.setattr(registry, "RECOMMENDED", "small")
    monkeypatch.setattr(registry, "own_network", lambda: None)  # the shipped one is always there
    monkeypatch.setenv("RILIEVO_MODELS", str(tmp_path / "models"))
    with hub_server() as server:
        template = constants.HUGGINGFACE_CO_URL_TEMPLATE.removeprefix(constants.ENDPOINT)
        monkeypatch.setattr(constants, "HUGGINGFACE_CO_URL_TEMPLATE", server.address + template)
        monkeypatch.setattr(constants, "ENDPOINT", server.address)
        for name, content in (("small", NETWORK), ("large", LARGE), ("limited", NETWORK)):
            server.add(REPOSITORY, f"{name}.onnx", content)
        yield server


def listed(run: Run) -> dict[str, dict[str, object]]:
    result = run("models", "list", "--json")
    assert result.exit_code == 0, result.output
    return {entry["name"]: entry for entry in json.loads(result.stdout)}


def test_list_names_every_network_on_a_line(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    result = run("models", "list")
    assert result.exit_code == 0
    lines = result.stdout.splitlines()
    for known in registry.NETWORKS:
        (line,) = [line for line in lines if line.split()[:1] == [known.name]]
        assert known.licence.split(":")[0].split()[0] in line
        assert (" ! " in f"{line} ") is not known.commercial
    assert "…" not in result.stdout


def test_the_list_for_programs_has_all_facts(run: Run) -> None:
    found = listed(run)
    assert set(found) >= {known.name for known in registry.NETWORKS}
    best = found["depth-anything-v2-small"]
    assert best["recommended"] is True and best["commercial"] is True
    assert best["bytes"] == 49_642_442 and best["meaning"] == "relative_inverse_depth"
    assert found["depth-anything-v2-large"]["commercial"] is False


def test_fetch_list_remove(hub: Hub, run: Run, tmp_path: Path) -> None:
    assert listed(run)["small"]["installed"] is False
    result = run("models", "fetch", "small", "--yes")
    assert result.exit_code == 0, result.output
    path = Path(result.stdout.strip().rpartition(": ")[2])
    assert path.read_bytes() == NETWORK and path.is_relative_to(tmp_path / "models")
    assert listed(run)["small"]["installed"] is True
    asked = len(hub.requests)
    assert run("models", "fetch", "SMALL").exit_code == 0  # it is here: nobody has to be asked
    assert len(hub.requests) == asked
    result = run("models", "remove", "small")
    assert (result.exit_code, result.stdout) == (0, "removed small (0 kB)\n")
    assert listed(run)["small"]["installed"] is False
    result = run("models", "remove", "small")
    assert result.exit_code == 1 and "small is not here" in complaint(result.stderr)


def test_nobody_to_ask_fetches_nothing(hub: Hub, run: Run) -> None:
    result = run("models", "fetch", "large")
    assert result.exit_code == 1
    said = complaint(result.stderr)
    assert "--yes" in said and "2 MB" in said and "MIT: any use" in said
    assert not hub.requests


def test_a_licence_with_limits_is_accepted_by_name_or_not_at_all(hub: Hub, run: Run) -> None:
    for options in (["--yes"], ["--yes", "--accept-licence", "MIT"], ["--accept-licence", "yes"]):
        result = run("models", "fetch", "limited", *options)
        assert result.exit_code == 1
        assert '--accept-licence "CC BY-NC 4.0"' in complaint(result.stderr)
    assert not hub.requests
    result = run("models", "fetch", "limited", "--yes", "--accept-licence", "CC BY-NC 4.0")
    assert result.exit_code == 0, result.output
    # It is never what is used when nothing was said.
    with pytest.raises(registry.AnalysisError, match="none is here"):
        registry.spec_of("")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["fetch", "depth-anything-v9"], "choose an .onnx file, or one of depth-anything-v2-small"),
        (["fetch", "depth-anything-v2-large"], "CC BY-NC 4.0"),
        (["remove", "depth-anything-v9"], "one of depth-anything-v2-small"),
        (["remove", "depth-anything-v2-large"], "not here"),
    ],
)
def test_names_that_lead_nowhere(
    run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, arguments: list[str], words: str
) -> None:
    monkeypatch.setenv("RILIEVO_MODELS", str(tmp_path))
    result = run("models", *arguments)
    assert result.exit_code == 1
    assert words in complaint(result.stderr)


DIGEST = hashlib.sha256(LARGE).hexdigest()
PATCHED = f"""
from models.depth import registry
from models.depth.spec import *
file = SourceFile(path="large.onnx", size={len(LARGE)}, sha256="{DIGEST}")
source = Source(repository="{REPOSITORY}", revision="{REVISION}", files=(file,))
registry.NETWORKS = (NetworkSpec(
    name="large", title="Large", licence="MIT: any use", commercial=True, source=source),)
from ui.commands import main
main()
"""  # fmt: skip


@pytest.mark.skipif(os.name == "nt", reason="signals between processes are Unix's own")
def test_ctrl_c_leaves_what_the_next_run_takes_up(hub: Hub, tmp_path: Path) -> None:
    """In a process of its own, as a user does it: asked on a terminal, stopped, and run again,
    with the hub's own variables saying where to fetch from and to."""
    env = {**os.environ, "HF_ENDPOINT": hub.address, "HF_HOME": str(tmp_path / "home"),
           "PYTHONPATH": str(Path(__file__).parents[2])}  # fmt: skip
    for name in ("RILIEVO_MODELS", "HF_HUB_CACHE", "HF_HUB_OFFLINE"):
        env.pop(name, None)
    command = [sys.executable, "-c", PATCHED, "models", "fetch", "large"]
    hub.chunk, hub.pause = 50_000, 0.05
    screen, terminal = pty.openpty()
    with subprocess.Popen(
        command, env=env, stdin=terminal, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        os.write(screen, b"y\n")
        end = time.monotonic() + 60
        while not hub.downloads and process.poll() is None and time.monotonic() < end:
            time.sleep(0.02)
        time.sleep(0.3)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=30)
    os.close(screen)
    os.close(terminal)
    assert process.returncode == 130, err
    assert "Large, 2 MB" in out and "licence: MIT" in out
    assert "takes it up again" in complaint(err)
    (part,) = (tmp_path / "home" / "hub").rglob("*.incomplete")
    had = part.stat().st_size
    assert 0 < had < len(LARGE) and part.read_bytes() == LARGE[:had]
    hub.pause = 0.0
    done = subprocess.run(
        [*command, "--yes"], env=env, capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 0, done.stderr
    assert hub.downloads == ["", f"bytes={had}-"]
    path = Path(done.stdout.strip().rpartition(": ")[2])
    assert path.read_bytes() == LARGE and not part.exists()


@pytest.mark.parametrize("answer", [True, False])
def test_what_is_wanted_and_not_here_is_offered(
    hub: Hub, monkeypatch: pytest.MonkeyPatch, answer: bool
) -> None:
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True)
    asked: list[str] = []

    def confirm(question: str, **_: object) -> bool:
        asked.append(question)
        return answer

    monkeypatch.setattr(typer, "confirm", confirm)
    offer("small")
    (small,) = (found for found in registry.NETWORKS if found.name == "small")
    assert asked == ["Fetch it?"] and registry.installed(small) == answer
    for name in ("limited", "", "nobody", *(["small"] if answer else [])):
        offer(name)  # not for all work, the best that is here, unknown, here already
    assert asked == ["Fetch it?"]


def test_nobody_is_asked_where_nobody_can_answer(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.stdin, "isatty", lambda: False)
    offer("small")
    assert not hub.downloads
