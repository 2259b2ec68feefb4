"""The files that Rilievo ships in `models/weights`, checked before they are used.

A network that was cut short by a bad copy would load and give random shapes, or fail with a message
about protobuf; so each file is read whole and compared with its SHA-256 first (about 2 ms for all).
"""

from __future__ import annotations

import hashlib
from pathlib import Path

from engine.errors import AnalysisError

FOLDER = Path(__file__).parent / "weights"

FACE_DETECTOR = "blazeface_short_128.onnx"
FACE_LANDMARKS = "face_landmark_468.onnx"
FACE_CANONICAL = "face_canonical_468.npz"
DEPTH_SMALL = "depth_small.onnx"

SHA256: dict[str, str] = {
    FACE_DETECTOR: "84d9c692ba6da4eecc4d546ffa149b95d639d12cfae0fee3cdba6b5fbec2eae8",
    FACE_LANDMARKS: "08c8409aaa54903f462e1931986da8396c749e999950876982bc670d59518103",
    FACE_CANONICAL: "e72803e4033f213ca2e919c05445f5dbfbd650aeb97d662541bfacb2709478b7",
    DEPTH_SMALL: "52f1468fc7c6b07589ce128be9f24ca423ba9380c39529369c02c4a9f087ed6b",
}


def read(name: str, folder: Path | None = None) -> bytes:
    """The content of the shipped file `name` (a key of `SHA256`).

    Raises AnalysisError when it is missing, unreadable or not the file that was shipped.
    """
    path = (folder or FOLDER) / name
    try:
        content = path.read_bytes()
    except OSError as error:
        reason = error.strerror or error
        raise AnalysisError(
            f"model file {path} cannot be read ({reason}): install Rilievo again"
        ) from error
    if hashlib.sha256(content).hexdigest() != SHA256[name]:
        raise AnalysisError(
            f"model file {path} is damaged (its SHA-256 is not {SHA256[name][:12]}…):"
            " install Rilievo again"
        )
    return content
