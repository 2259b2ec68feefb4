"""Face Analysis: the networks that find faces and their shape."""

from models.face.analysis import FaceAnalysis

__all__ = ["FaceAnalysis"]
