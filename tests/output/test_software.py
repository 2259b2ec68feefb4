"""The version is told wherever Rilievo runs from."""

from __future__ import annotations

import tomllib
from importlib.metadata import PackageNotFoundError
from pathlib import Path
from typing import NoReturn

import pytest

from engine.output import software

PROJECT = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text("utf-8"))[
    "project"
]


def _not_installed(name: str) -> NoReturn:
    raise PackageNotFoundError(name)


@pytest.fixture
def sources(monkeypatch: pytest.MonkeyPatch) -> None:
    """As in a source tree, where nothing is installed."""
    monkeypatch.setattr(software, "installed_version", _not_installed)
    monkeypatch.setattr(software, "requires", _not_installed)


@pytest.mark.usefixtures("sources")
def test_sources_tell_their_own_version() -> None:
    assert software.version() == PROJECT["version"]
    assert software.software() == f"Rilievo {PROJECT['version']}"
    assert software.requirements() == PROJECT["dependencies"]


@pytest.mark.usefixtures("sources")
@pytest.mark.parametrize(
    "text", [None, "", "= no", "[project]", '[project]\nname = "other"\nversion = "9"']
)
def test_without_metadata_and_sources_there_is_still_an_answer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str | None
) -> None:
    project = tmp_path / "pyproject.toml"
    if text is not None:
        project.write_text(text, encoding="utf-8")
    monkeypatch.setattr(software, "_PROJECT", project)
    assert software.version() == software.UNKNOWN
    assert software.requirements() == []


def test_installed_metadata_comes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(software, "installed_version", lambda name: f"{name} 7")
    monkeypatch.setattr(software, "requires", lambda name: None)
    assert software.version() == "rilievo 7"
    assert software.requirements() == []


def test_extras_are_not_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    needs = ["numpy>=2", "pyvirtualcam>=0.15 ; extra == 'virtual-camera'"]
    monkeypatch.setattr(software, "requires", lambda name: needs)
    assert software.requirements() == ["numpy>=2"]
