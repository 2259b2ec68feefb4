"""The networks that turn pictures into small results: face meshes, depth maps.

`Analyses` is what the renderer is handed: it answers with the result for a map at a frame.
`LiveAnalyses` answers for live pictures, with the newest result there is.
"""

from models.analyses import Analyses
from models.live import LiveAnalyses, LiveAnalysisStatus, LiveResult
from models.priority import step_back
from models.runtime import providers

__all__ = [
    "Analyses",
    "LiveAnalyses",
    "LiveAnalysisStatus",
    "LiveResult",
    "providers",
    "step_back",
]
