"""The test harness itself can fail: reference pictures, logged errors, the adapter's guard."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from tests.support.adapter import EXPECT
from tests.support.images import LOOSE_SHARE, References, compare

ROOT = Path(__file__).parents[1]


@pytest.fixture
def images(tmp_path: Path) -> References:
    return References(tmp_path / "images", tmp_path / "artifacts", adapter="here")


def _grey(value: int = 100) -> np.ndarray:
    return np.full((20, 50, 3), value, np.uint8)


def _keep(images: References, name: str, image: np.ndarray) -> None:
    images.update = True
    images.check(name, image, largest=0)
    images.update = False


def test_compare_tells_largest_and_share() -> None:
    image = _grey()
    image[0, 0] = 110
    image[0, 1, 2] = 103
    found = compare(image, _grey(), largest=3)
    assert found.largest == 10
    assert found.share == pytest.approx(1 / 1000)


def test_compare_takes_nan_for_nan_only() -> None:
    image = np.array([[np.nan, 1.0, np.inf]])
    assert compare(image, image, largest=0).share == 0
    found = compare(image, np.array([[0.0, 1.0, np.inf]]), largest=1e9)
    assert found.largest == np.inf
    assert found.share == pytest.approx(1 / 3)


@pytest.mark.parametrize("kind", [np.uint8, np.float32])
def test_a_reference_matches_itself_bit_for_bit(images: References, kind: type) -> None:
    image = (np.random.default_rng(1).random((9, 7, 3)) * 255).astype(kind)
    _keep(images, "noise", image)
    images.check("noise", image, largest=0)


def test_a_missing_reference_fails_and_shows_the_picture(images: References) -> None:
    with pytest.raises(AssertionError, match="--update-images"):
        images.check("new", _grey(), largest=2)
    assert (images.artifacts / "new-new.png").exists()


def test_each_of_the_two_tolerances_can_fail(images: References) -> None:
    _keep(images, "grey", _grey())
    image = _grey()
    image[:2, :1] += 20
    images.check("grey", image, largest=2, share=0.002)
    images.check("grey", image, largest=20, share=0.0)
    with pytest.raises(AssertionError, match=r"0\.200% of the pixels differ by more than 2"):
        images.check("grey", image, largest=2, share=0.001)
    assert (images.artifacts / "grey-new.png").exists()
    assert (images.artifacts / "grey-difference.png").exists()


def test_another_size_fails(images: References) -> None:
    _keep(images, "grey", _grey())
    with pytest.raises(AssertionError, match="10×50×3"):
        images.check("grey", _grey()[:10], largest=255, share=1)


def test_another_adapter_is_compared_loosely_but_compared(images: References) -> None:
    _keep(images, "grey", _grey())
    images.adapter = "elsewhere"
    image = _grey(106)
    images.check("grey", image, largest=2)
    few = _grey()
    few[: int(20 * LOOSE_SHARE * 0.9) or 1, :10] = 255
    images.check("grey", few, largest=2)
    with pytest.raises(AssertionError, match="made on here, drawn on elsewhere"):
        images.check("grey", _grey(120), largest=2)


def test_unused_references_are_found_and_removed(images: References) -> None:
    _keep(images, "used", _grey())
    (images.folder / "stray.png").write_bytes(b"")
    assert images.unused() == ["stray.png"]
    images.remove(images.unused())
    assert images.unused() == []
    images.check("used", _grey(), largest=0)


def _pytest(
    folder: Path, text: str, *arguments: str, **env: str
) -> subprocess.CompletedProcess[str]:
    """Run a file of tests with the project's own fixtures."""
    path = folder / "test_inner.py"
    path.write_text(text, encoding="utf-8")
    options = ["-p", "tests.conftest", "-p", "no:cacheprovider", "--rootdir", str(folder)]
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-c", os.devnull, *options, *arguments, str(path)],
        cwd=ROOT,
        env={**os.environ, **env},
        capture_output=True,
        text=True,
        check=False,
    )


LOGS = """
import logging

def test_logs():
    logging.getLogger("{logger}").error("the draw went wrong")
"""


@pytest.mark.parametrize(
    ("logger", "code"), [("wgpu", 1), ("rendercanvas", 1), ("rendercanvas.glfw", 1), ("other", 0)]
)
def test_a_logged_error_fails_its_test(tmp_path: Path, logger: str, code: int) -> None:
    done = _pytest(tmp_path, LOGS.format(logger=logger))
    assert done.returncode == code, done.stdout
    assert ("errors were logged" in done.stdout) == bool(code)


def test_a_test_may_expect_a_logged_error(tmp_path: Path) -> None:
    text = LOGS.format(logger="wgpu").replace("logs():", "logs(logged_errors):")
    done = _pytest(tmp_path, text + "    assert logged_errors.pop() == 'wgpu: the draw went wrong'")
    assert done.returncode == 0, done.stdout


def test_another_adapter_than_expected_ends_the_run(tmp_path: Path) -> None:
    done = _pytest(tmp_path, "def test_passes(): pass", **{EXPECT: "Voodoo 2"})
    assert done.returncode == 1
    assert "Voodoo 2" in done.stdout + done.stderr
    assert "1 passed" not in done.stdout


def test_the_header_names_the_adapter(tmp_path: Path) -> None:
    done = _pytest(tmp_path, "def test_passes(gpu): print(gpu.summary)", "-s")
    adapter = next(line for line in done.stdout.splitlines() if line.startswith("adapter: "))
    assert adapter.removeprefix("adapter: ") in done.stdout.replace(adapter, "")
    assert done.returncode == 0
