"""The shipped depth network: the file that was shipped, small, and right about a portrait."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from models import shipped
from models.train.evaluate import Network
from ui.demo.shot import PORTRAIT

FILE = shipped.FOLDER / shipped.DEPTH_SMALL


@pytest.fixture(scope="module")
def network() -> Network:
    return Network(FILE)


def _seen(network: Network, path: Path) -> np.ndarray:
    """Inverse depth of a picture at 128 x 128, as a share of its range."""
    bgr = cv2.imread(str(path), cv2.IMREAD_COLOR)
    assert bgr is not None
    rgb = np.ascontiguousarray(bgr[..., ::-1]).astype(np.uint8)
    depth = cv2.resize(network.run(network.prepared(rgb)), (128, 128))
    low, high = np.percentile(depth, [2, 98])
    return np.clip((depth - low) / (high - low), 0, 1)


def test_file_is_small_and_the_one_that_was_shipped() -> None:
    assert len(shipped.read(shipped.DEPTH_SMALL)) <= 8_000_000


def test_sidecar_says_what_it_takes_and_answers() -> None:
    sidecar = json.loads(FILE.with_suffix(".json").read_text("utf-8"))
    assert sidecar["output"]["meaning"] == "relative_inverse_depth"
    assert sidecar["commercial"] is True
    assert sidecar["input"]["short_side"] % sidecar["input"]["multiple"] == 0


def test_the_person_is_nearer_than_what_is_behind(network: Network) -> None:
    """The demo's portrait: face and suit before a flag and a picture of the sky. "Lower is nearer"
    would say that of the suit, and not that the face is nearer than what is beside it."""
    depth = _seen(network, PORTRAIT)
    face, suit = depth[26:40, 52:62], depth[80:110, 40:70]
    beside = np.concatenate([depth[20:45, 2:18].ravel(), depth[20:45, 80:92].ravel()])
    assert np.median(suit) > np.median(beside) + 0.3
    assert np.median(face) > np.median(beside) + 0.1


def test_any_size_of_whole_blocks(network: Network) -> None:
    for width, height in ((192, 192), (352, 192), (192, 320)):
        picture = np.zeros((1, 3, height, width), np.float32)
        answer = network.run(picture)
        assert answer.shape == (height, width)
        assert np.isfinite(answer).all()
