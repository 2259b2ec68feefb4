"""Ctrl-C while the window comes up."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest


@pytest.mark.slow
def test_a_window_is_closed_by_ctrl_c_at_any_moment_of_its_start(
    document: Path, display: str
) -> None:
    code = "from ui.commands import main; print('started', flush=True); main()"
    for delay in (0.1, 0.4, 0.8, 1.6):
        with subprocess.Popen(
            [sys.executable, "-c", code, "open", document.name],
            cwd=document.parent, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            env={**os.environ, "DISPLAY": display, "PYTHONPATH": str(Path(__file__).parents[3])},
        ) as process:  # fmt: skip
            assert process.stdout is not None
            process.stdout.readline()
            time.sleep(delay)
            process.send_signal(signal.SIGINT)
            _, stderr = process.communicate(timeout=30)
        assert process.returncode in (0, 130), (delay, stderr)
        assert "Traceback" not in stderr, (delay, stderr)
