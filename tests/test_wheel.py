"""The wheel holds all that runs: shaders, networks, the demo's portrait; and the command starts."""

from __future__ import annotations

import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built without a network: the build backend is among the locked development dependencies."""
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    (built,) = folder.glob("rilievo-*.whl")
    return built


def _tracked(pattern: str) -> set[str]:
    return {path.relative_to(ROOT).as_posix() for path in ROOT.glob(pattern) if path.is_file()}


def test_the_wheel_has_every_source_and_all_data(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    wanted = _tracked("wgsl/*.wgsl") | _tracked("models/weights/*") | _tracked("ui/demo/*.png")
    for room in ("engine", "models", "passes", "ui", "wgsl"):
        wanted |= _tracked(f"{room}/**/*.py")
    assert len(_tracked("wgsl/*.wgsl")) > 5
    assert len(_tracked("models/weights/*.onnx")) == 2
    assert wanted <= names
    rooms = {name.split("/")[0] for name in names if ".dist-info" not in name}
    assert rooms == {"engine", "models", "passes", "ui", "wgsl"}


def test_the_wheel_carries_its_licences(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
    for licence in ("LICENSE", "NOTICE", "models/weights/NOTICE"):
        assert any(name.endswith(f".dist-info/licenses/{licence}") for name in names), licence


def test_the_installed_command_runs_from_the_wheel_alone(wheel: Path, tmp_path: Path) -> None:
    """In a fresh environment that has the dependencies, but not this checkout."""
    fresh = tmp_path / "fresh"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(fresh)], check=True)
    scheme = sysconfig.get_paths("venv", vars={"base": str(fresh), "platbase": str(fresh)})
    packages = Path(scheme["purelib"])
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(packages)
    # A .pth file adds the folder alone, not what the .pth files in it point to: the editable
    # install of this checkout stays out.
    (packages / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")
    name = "python.exe" if sys.platform == "win32" else "python"
    python = Path(scheme["scripts"]) / name

    def run(code: str) -> str:
        done = subprocess.run(
            [str(python), "-I", "-c", code, "info"],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    where = run("import engine, ui.commands; print(engine.__file__, ui.commands.__file__)")
    assert where.count(str(packages)) == 2, where
    report = run("from ui.commands import main; main()")
    assert "rilievo " in report
    assert "is damaged" not in report
    assert report.count("sha256") >= 3
    shaders = "from engine.gpu import open_gpu; print(open_gpu().shaders.source('surface'))"
    assert "fn " in run(shaders)
