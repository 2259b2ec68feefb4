"""The networks that turn pictures into small results: face meshes, depth maps.

`Analyses` is what the renderer is handed: it answers with the result for a map at a frame.
"""

from models.analyses import Analyses
from models.runtime import providers

__all__ = ["Analyses", "providers"]
