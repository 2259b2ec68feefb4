"""The report that comes with a bug."""

from __future__ import annotations

import importlib.metadata

from engine.gpu import Gpu
from models import shipped
from tests.support.commands import NO_DRIVERS, Run, Shell


def test_info_has_what_a_bug_report_needs(run: Run, gpu: Gpu) -> None:
    result = run("info")
    assert result.exit_code == 0
    text = result.stdout
    assert gpu.summary in text
    assert all(feature in text for feature in gpu.features)
    assert "providers: " in text
    assert "cpu" in text
    assert "fetched networks: " in text
    assert f"wgpu {importlib.metadata.version('wgpu')}" in text
    for name, checksum in shipped.SHA256.items():
        assert name in text
        assert checksum in text


def test_info_works_without_an_adapter(shell: Shell) -> None:
    result = shell("info", env=NO_DRIVERS)
    assert result.returncode == 0, result.stderr
    assert "No graphics adapter" in result.stdout
    assert "Model files" in result.stdout
    assert "Traceback" not in result.stderr
