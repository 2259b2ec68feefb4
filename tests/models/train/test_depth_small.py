"""The shipped depth network: the file that was shipped, small, and right about a portrait."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
import pytest

from models import shipped
from models.depth.network import DepthNetwork
from models.depth.registry import OWN, spec_of
from models.train.evaluate import Network
from ui.demo.shot import PORTRAIT

FILE = shipped.FOLDER / shipped.DEPTH_SMALL
Rgb = npt.NDArray[np.uint8]


@pytest.fixture(scope="module")
def network() -> DepthNetwork:
    return DepthNetwork(spec_of(OWN), "cpu")


def _picture(path: Path) -> Rgb:
    bgr = cv2.imread(str(path), cv2.IMREAD_COLOR)
    assert bgr is not None
    return np.ascontiguousarray(bgr[..., ::-1], np.uint8)


def test_file_is_small_and_the_one_that_was_shipped() -> None:
    assert len(shipped.read(shipped.DEPTH_SMALL)) <= 8_000_000


def test_sidecar_says_what_it_takes_and_answers() -> None:
    sidecar = json.loads(FILE.with_suffix(".json").read_text("utf-8"))
    assert sidecar["output"]["meaning"] == "relative_inverse_depth"
    assert sidecar["commercial"] is True
    assert sidecar["input"]["short_side"] % sidecar["input"]["multiple"] == 0


def test_the_person_is_nearer_than_what_is_behind(network: DepthNetwork) -> None:
    """The demo's portrait: face and suit before a flag and a picture of the sky. "Lower is nearer"
    would say that of the suit, and not that the face is nearer than what is beside it."""
    depth = cv2.resize(network.inverse_depth(_picture(PORTRAIT)), (128, 128))
    low, high = np.percentile(depth, [2, 98])
    depth = np.clip((depth - low) / (high - low), 0, 1)
    face, suit = depth[26:40, 52:62], depth[80:110, 40:70]
    beside = np.concatenate([depth[20:45, 2:18].ravel(), depth[20:45, 80:92].ravel()])
    assert np.median(suit) > np.median(beside) + 0.3
    assert np.median(face) > np.median(beside) + 0.1


def test_the_shape_of_a_picture_is_kept(network: DepthNetwork) -> None:
    for (width, height), expected in (
        ((320, 320), (192, 192)),
        ((960, 540), (192, 352)),
        ((270, 480), (352, 192)),
    ):
        answer = network.inverse_depth(np.full((height, width, 3), 90, np.uint8))
        assert answer.shape == expected
        assert np.isfinite(answer).all()


def test_what_measures_it_sees_what_the_program_sees(network: DepthNetwork) -> None:
    """The figures in models/train/README.md are those of what users get."""
    small = cv2.resize(_picture(PORTRAIT), (192, 192), interpolation=cv2.INTER_AREA)
    rgb = np.asarray(small, np.uint8)
    measured = Network(FILE)
    assert measured.run(measured.prepared(rgb)) == pytest.approx(
        network.inverse_depth(rgb), abs=1e-4
    )
