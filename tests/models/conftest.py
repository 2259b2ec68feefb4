"""Pictures for the networks, and the networks loaded once."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np
import numpy.typing as npt
import pytest
from skimage import data

from models.face import FaceAnalysis


@pytest.fixture(scope="session")
def portrait() -> npt.NDArray[np.uint8]:
    """(512, 512, 3) sRGB: the scikit-image astronaut, one face of about 94 x 107 pixels."""
    return data.astronaut()


@pytest.fixture(scope="session")
def talking(talking_head: Path) -> list[npt.NDArray[np.uint8]]:
    """The first 30 frames of the talking head, (144, 176, 3) each."""
    frames: list[npt.NDArray[np.uint8]] = []
    with av.open(str(talking_head)) as clip:
        for frame in clip.decode(video=0):
            frames.append(np.asarray(frame.to_ndarray(format="rgb24"), np.uint8))
            if len(frames) == 30:
                break
    return frames


@pytest.fixture(scope="session")
def faces() -> FaceAnalysis:
    return FaceAnalysis("cpu")
