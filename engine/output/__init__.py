"""Pictures out: EXR with all passes, stills, movies, contact sheets. Whole files or none."""

from engine.output.atomic import atomic, check_place
from engine.output.camera import projection_matrix
from engine.output.contact_sheet import Tile, contact_sheet
from engine.output.exr import ExrHeader, Part, is_whole, read_attribute, write_exr
from engine.output.live_movie import CODECS, ENDINGS, LiveMovie, MovieSink, holds
from engine.output.names import frame_path, has_frame_token
from engine.output.recorded import FilesSink
from engine.output.recorder import Recorder, RecorderStatus, Sink
from engine.output.stills import write_jpeg, write_png
from engine.output.video import MovieWriter
from engine.output.virtual_camera import VirtualCamera
from engine.timecode import Timecode

__all__ = [
    "CODECS",
    "ENDINGS",
    "ExrHeader",
    "FilesSink",
    "LiveMovie",
    "MovieSink",
    "MovieWriter",
    "Part",
    "Recorder",
    "RecorderStatus",
    "Sink",
    "Tile",
    "Timecode",
    "VirtualCamera",
    "atomic",
    "check_place",
    "contact_sheet",
    "frame_path",
    "has_frame_token",
    "holds",
    "is_whole",
    "projection_matrix",
    "read_attribute",
    "write_exr",
    "write_jpeg",
    "write_png",
]
