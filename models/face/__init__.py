"""Face Analysis: the networks that find faces and their shape."""

from models.face.analysis import FINEST, LIVE_SMALL, FaceAnalysis

__all__ = ["FINEST", "LIVE_SMALL", "FaceAnalysis"]
