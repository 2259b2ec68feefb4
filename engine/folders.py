"""Where Rilievo keeps what is no document: settings, emergency copies, what can be made again.

RILIEVO_HOME puts all of it into one folder; otherwise it lies where the system has such things
(XDG folders on Linux, Library on macOS, AppData on Windows).
"""

from __future__ import annotations

import os
from pathlib import Path

import platformdirs

NAME = "rilievo"


def config_folder() -> Path:
    """For settings. It may not be there yet; neither may the others."""
    return _own("config") or platformdirs.user_config_path(NAME, appauthor=False, roaming=True)


def state_folder() -> Path:
    """For what is kept between runs and is nobody's wish: copies of documents not saved yet."""
    return _own("state") or platformdirs.user_state_path(NAME, appauthor=False)


def cache_folder() -> Path:
    """For what can be made again."""
    return _own("cache") or platformdirs.user_cache_path(NAME, appauthor=False)


def _own(name: str) -> Path | None:
    home = os.environ.get("RILIEVO_HOME")
    return Path(home).expanduser() / name if home else None
