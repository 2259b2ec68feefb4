"""How the tests call the commands: in this process, and as a user's shell does."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import cv2
import numpy as np
import pytest
from typer.testing import CliRunner, Result

from tests.support.commands import Run, Shell, command
from ui.commands import app


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Call a command in this process, in a folder of its own: `run("render", "-o", "x.exr")`."""
    monkeypatch.chdir(tmp_path)
    runner = CliRunner()

    def call(*arguments: str | os.PathLike[str]) -> Result:
        result = runner.invoke(app, [os.fspath(argument) for argument in arguments])
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result

    return call


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    """Call a command as a process of its own, in a folder of its own."""

    def call(
        *arguments: str | os.PathLike[str], **options: object
    ) -> subprocess.CompletedProcess[str]:
        extra = options.pop("env", {})
        assert isinstance(extra, dict)
        return subprocess.run(
            command(*arguments),
            cwd=tmp_path,
            env={**os.environ, **extra},
            capture_output=True,
            text=True,
            check=False,
            **options,  # type: ignore[arg-type]
        )

    return call


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    """A small colour ramp, 64×48."""
    x, y = np.meshgrid(np.linspace(0, 255, 64), np.linspace(0, 255, 48))
    path = tmp_path / "ramp.png"
    cv2.imwrite(str(path), np.dstack([x, y, 255 - x]).astype(np.uint8))
    return path


@pytest.fixture
def depth(tmp_path: Path) -> Path:
    """A normalized depth map for it, near in the middle, 64×48, 16 bit."""
    x, y = np.meshgrid(np.linspace(-1, 1, 64), np.linspace(-1, 1, 48))
    path = tmp_path / "depth.png"
    cv2.imwrite(str(path), (np.clip(0.3 + 0.4 * np.hypot(x, y), 0, 1) * 65535).astype(np.uint16))
    return path


@pytest.fixture
def document(run: Run, picture: Path, depth: Path) -> Path:
    """A lit relief of the ramp, three frames long."""
    path = picture.parent / "shot.rilievo"
    result = run("new", picture, "--z", depth, "--3d", "-o", path)
    assert result.exit_code == 0, result.output
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace('"last": 1001', '"last": 1003'), encoding="utf-8")
    return path
