"""Pictures that are too large for the graphics device, by the command: a sentence."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.commands import Shell, complaint

ALL = ("--size", "16384x8192", "--passes", "all")


@pytest.mark.slow
@pytest.mark.timeout(400)
@pytest.mark.parametrize("more", [("--size", "16384x16384"), ALL])
def test_a_picture_too_large_for_the_device(
    shell: Shell, document: Path, more: tuple[str, ...]
) -> None:
    done = shell("render", document, "-f", "1001", "-o", "o.####.exr", "--samples", "1", *more)
    if done.returncode:  # a device may have the room
        assert done.returncode == 1
        assert "takes" in complaint(done.stderr)
