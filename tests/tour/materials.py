"""What the tour works on: a portrait, and its depth as another program would deliver it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from engine.scene import DepthRange
from ui.demo import PORTRAIT
from ui.new import new_document
from ui.recorded import recorded

FIRST, LAST = 1001, 1048
ROOT = Path(__file__).parents[2]


def folder() -> Path:
    """A fresh folder with a name that may be seen on a picture."""
    made = Path(tempfile.gettempdir()) / "shots"
    if made.exists():
        return Path(tempfile.mkdtemp(prefix="shots-"))
    made.mkdir()
    return made


def prepare(shots: Path) -> Path:
    """The document that the tour opens: the portrait on a surface, and its depth in the media
    list, which nothing shows yet."""
    portrait, depth = shots / "portrait.png", shots / "portrait_depth.exr"
    shutil.copyfile(PORTRAIT, portrait)
    subprocess.run(
        [sys.executable, "-c", "from ui.commands import main; main()", "analyse", str(portrait),
         "--analysis", "face", "-o", str(depth)],
        check=True, env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    scene = new_document(str(portrait), None, None, DepthRange.NORMALIZED, three_d=False)
    scene = scene.with_media(recorded(str(depth), depth=True))
    document = shots / "portrait.rilievo"
    scene.with_settings(name="portrait", first=FIRST, last=LAST, fps=24.0).save(document)
    return document
