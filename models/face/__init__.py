"""Face Analysis: the networks that find faces and their shape."""

from models.face.analysis import FINEST, FaceAnalysis

__all__ = ["FINEST", "FaceAnalysis"]
