"""The wheel holds all that runs: shaders, networks, the demo's portrait; and the command starts."""

from __future__ import annotations

import importlib.metadata
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from ui.demo.shot import demo_scene, prepare

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
    training = _tracked("models/train/*")
    assert training and not training & names
    wanted -= training
    assert len(_tracked("wgsl/*.wgsl")) > 5
    assert len(_tracked("models/weights/*.onnx")) == 3
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


def _closure(name: str, seen: set[str]) -> set[str]:
    """Canonical names of a distribution and all that it needs to run here, extras left out."""
    key = canonicalize_name(name)
    if key in seen:
        return seen
    seen.add(key)
    for text in importlib.metadata.requires(name) or ():
        need = Requirement(text)
        if need.marker is None or need.marker.evaluate({"extra": ""}):
            _closure(need.name, seen)
    return seen


WITHOUT = """
import sys
blocked = set({blocked!r})

class Refuse:
    def find_spec(self, name, path=None, target=None):
        if name in blocked:
            raise ModuleNotFoundError(f"{{name}} is a development package", name=name)

sys.meta_path.insert(0, Refuse())
from ui.commands import main
main()
"""


def test_the_application_needs_no_development_package(tmp_path: Path) -> None:
    """`make demo` installs less than `make test`: libraries that look for optional others find
    them in a developer's environment, and not in a user's."""
    ours = _closure("rilievo", set())
    assert "scikit-image" not in ours
    blocked = sorted(
        module
        for module, owners in importlib.metadata.packages_distributions().items()
        if not {canonicalize_name(owner) for owner in owners} & ours
    )
    assert "skimage" in blocked
    scene = demo_scene(*prepare(tmp_path))
    scene.save(tmp_path / "shot.rilievo")
    options = "-f 1060 -o shot.exr --movie shot.mp4 --size 160x120 --passes all --samples 1"
    code = WITHOUT.format(blocked=blocked)
    done = subprocess.run(
        [sys.executable, "-c", code, "render", "shot.rilievo", *options.split()],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "shot.exr").exists()
