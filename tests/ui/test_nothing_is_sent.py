"""No library that Rilievo loads reports to anybody, or leaves an id of the machine behind."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

LOOKED_AT = (
    "import sys; from ui.commands import app; "
    "app(sys.argv[1:], standalone_mode=False); "
    "print('loaded' if 'onnxruntime' in sys.modules else 'not loaded')"
)
NETWORK = (
    "import time; from models import shipped; from models.runtime import load; "
    "load('blazeface', shipped.read('blazeface_short_128.onnx'), 'cpu'); time.sleep({wait})"
)


def at_home(home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Python with a home folder that nobody has used, and nothing said about telemetry."""
    kept = {k: v for k, v in os.environ.items() if k != "ORT_DISABLE_TELEMETRY"}
    kept = {k: v for k, v in kept.items() if not k.startswith(("XDG_", "RILIEVO_CACHE"))}
    return subprocess.run(
        [sys.executable, *arguments], env={**kept, "HOME": str(home)},
        capture_output=True, text=True, check=True,
    )  # fmt: skip


def left_by_others(home: Path) -> list[str]:
    files = (str(path.relative_to(home)) for path in home.rglob("*") if path.is_file())
    return [name for name in files if "icrosoft" in name or "onnx" in name or "deviceid" in name]


def test_a_render_without_an_analysis_loads_no_network_library(
    tmp_path: Path, document: Path
) -> None:
    home = tmp_path / "home"
    home.mkdir()
    out = str(tmp_path / "out.####.exr")
    done = at_home(home, "-c", LOOKED_AT, "render", str(document), "-f", "1001", "--samples", "1",
                   "--size", "16x9", "-o", out)  # fmt: skip
    assert done.stdout.splitlines()[-1] == "not loaded"
    assert left_by_others(home) == []


@pytest.mark.parametrize("wait", [1.5, pytest.param(20.0, marks=pytest.mark.slow)])
def test_a_network_leaves_no_id_of_this_machine(tmp_path: Path, wait: float) -> None:
    at_home(tmp_path, "-c", NETWORK.format(wait=wait))
    assert left_by_others(tmp_path) == []


def test_reporting_is_off_before_the_library_is_imported(tmp_path: Path) -> None:
    code = (
        "import os, sys, models; assert 'onnxruntime' not in sys.modules; "
        "models.providers(); assert os.environ['ORT_DISABLE_TELEMETRY'] == '1'"
    )
    at_home(tmp_path, "-c", code)
