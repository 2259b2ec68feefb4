"""A screen to open windows on."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.window_driver import XServer

HERE = Path(__file__).parent
ARTIFACTS = Path(__file__).parents[2] / "output-artifacts"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A press on a busy machine can be over before the window has drawn what it was meant for, so
    what is driven by real events may be tried twice more. What is wrong fails three times."""
    for item in items:
        if HERE in item.path.parents and "display" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.flaky(reruns=2))


@pytest.fixture(scope="session")
def display() -> Iterator[str]:
    """The name of a display with nothing on it."""
    if sys.platform != "linux":
        pytest.skip("windows are driven under X")
    missing = [tool for tool in ("Xvfb", "xdotool", "import") if shutil.which(tool) is None]
    if missing:
        pytest.fail(f"the window's tests need {', '.join(missing)}: `.ci/setup screen` gets them")
    server = XServer()
    yield server.display
    server.close()


@pytest.fixture(scope="session")
def artifacts() -> Path:
    """Where screenshots are kept as output of the tests."""
    ARTIFACTS.mkdir(exist_ok=True)
    return ARTIFACTS
