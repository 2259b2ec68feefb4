"""Which Rilievo this is, wherever it runs from."""

from __future__ import annotations

import tomllib
from importlib.metadata import PackageNotFoundError, requires
from importlib.metadata import version as installed_version
from pathlib import Path
from typing import Any

NAME = "rilievo"
UNKNOWN = "of unknown version"

# Beside the rooms in a source tree; an installed Rilievo has metadata instead.
_PROJECT = Path(__file__).parents[2] / "pyproject.toml"


def version() -> str:
    """Rilievo's own version; from its sources, the one they will have. Never raises."""
    try:
        return installed_version(NAME)
    except PackageNotFoundError:
        return str(_project().get("version", UNKNOWN))


def requirements() -> list[str]:
    """What Rilievo needs, as its metadata or its sources say ("numpy>=2"), without its extras.
    Never raises."""
    try:
        return [item for item in requires(NAME) or () if "extra ==" not in item]
    except PackageNotFoundError:
        return [str(item) for item in _project().get("dependencies", ())]


def software() -> str:
    """'Rilievo <version>', for the headers of files."""
    return f"Rilievo {version()}"


def _project() -> dict[str, Any]:
    try:
        project = tomllib.loads(_PROJECT.read_text(encoding="utf-8"))["project"]
    except (OSError, ValueError, KeyError):
        return {}
    return project if project.get("name") == NAME else {}
