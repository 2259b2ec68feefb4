"""The networks that turn pictures into small results: face meshes, depth maps.

`Analyses` is what the renderer is handed: it answers with the result for a map at a frame.
`LiveAnalyses` answers for live pictures, with the newest result there is.
"""

from models.analyses import BATCH, Analyses
from models.global_depth import GivenUpError
from models.installed import installed_networks
from models.live import LiveAnalyses
from models.live_result import ANSWERS, LiveAnalysisStatus, LiveResult
from models.priority import step_back
from models.provenance import Provenance
from models.recent import Recent
from models.runtime import providers
from models.shots import FrameFlicker, flicker

__all__ = [
    "ANSWERS",
    "BATCH",
    "Analyses",
    "FrameFlicker",
    "GivenUpError",
    "LiveAnalyses",
    "LiveAnalysisStatus",
    "LiveResult",
    "Provenance",
    "Recent",
    "flicker",
    "installed_networks",
    "providers",
    "step_back",
]
