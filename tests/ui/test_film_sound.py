"""The sound of a film is known, so that `--movie` can say that it is not copied."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from engine.scene import new_scene
from ui.recorded import recorded
from ui.sources import OpenMedia


@pytest.mark.parametrize("with_sound", [True, False])
def test_sound_is_found(with_sound: bool, tmp_path: Path) -> None:
    """Number 6: it was dropped without a word."""
    path = tmp_path / "clip.mkv"
    with av.open(str(path), "w") as container:
        stream: Any = container.add_stream("ffv1", rate=24)
        stream.width, stream.height, stream.pix_fmt = 16, 16, "yuv420p"
        sound: Any = container.add_stream("pcm_s16le", rate=48000) if with_sound else None
        for number in range(3):
            frame = av.VideoFrame(16, 16, "yuv420p")
            frame.pts = number
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
        if sound is not None:
            silence = av.AudioFrame.from_ndarray(np.zeros((1, 12000), np.int16), "s16", "mono")
            silence.sample_rate, silence.pts, silence.time_base = 48000, 0, Fraction(1, 48000)
            container.mux(sound.encode(silence))
            container.mux(sound.encode(None))
    with OpenMedia(new_scene(recorded(str(path)))) as media:
        media(0).frame(0)
        assert media.with_sound() == (["clip.mkv"] if with_sound else [])
