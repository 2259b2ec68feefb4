"""Pictures in: stills, numbered sequences and video, with what their numbers mean."""

from engine.media.colour import (
    DisplayLut,
    Shaper,
    WorkingSpace,
    apply_lut_cpu,
    convert_to_working,
    display_lut,
    display_names,
    from_working_matrix,
    inverse_shaper,
    shaper,
    to_working_matrix,
    working_space,
)
from engine.media.decode import to_display_rgb8, to_linear, to_reduced_rgb8
from engine.media.devices import Device, list_devices
from engine.media.inputs import LiveInput, LiveKind, live_input
from engine.media.layers import find_depth_layer
from engine.media.live import LiveCondition, LiveSource, LiveState, LiveStatistics
from engine.media.missing import MISSING, Missing
from engine.media.names import media_files
from engine.media.open import MediaEntry, open_media, open_source
from engine.media.picture import (
    Alpha,
    AnalysisResult,
    DepthMap,
    Encoding,
    FaceAndDepth,
    FaceMesh,
    FaceResult,
    KeepsPictures,
    Picture,
    Source,
    SourceInfo,
    Transfer,
)
from engine.media.transfer import linear_to_srgb, srgb_to_linear

__all__ = [
    "MISSING",
    "Alpha",
    "AnalysisResult",
    "DepthMap",
    "Device",
    "DisplayLut",
    "Encoding",
    "FaceMesh",
    "FaceAndDepth",
    "FaceResult",
    "KeepsPictures",
    "LiveCondition",
    "LiveInput",
    "LiveKind",
    "LiveSource",
    "LiveState",
    "LiveStatistics",
    "MediaEntry",
    "Missing",
    "Picture",
    "Shaper",
    "Source",
    "SourceInfo",
    "Transfer",
    "WorkingSpace",
    "apply_lut_cpu",
    "convert_to_working",
    "display_lut",
    "display_names",
    "find_depth_layer",
    "from_working_matrix",
    "inverse_shaper",
    "linear_to_srgb",
    "list_devices",
    "media_files",
    "live_input",
    "open_media",
    "open_source",
    "shaper",
    "srgb_to_linear",
    "to_display_rgb8",
    "to_linear",
    "to_reduced_rgb8",
    "to_working_matrix",
    "working_space",
]
