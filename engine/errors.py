"""The errors a user can meet.

Every one carries a single sentence that names the file, node or value and says what to do. Commands
print that sentence and exit non-zero; a traceback means a bug in Rilievo.
"""


class RilievoError(Exception):
    """Bad input or a missing device: the message is one sentence for the user."""


class SceneError(RilievoError):
    """A document that cannot be read, or a value in it that cannot be meant."""


class MediaError(RilievoError):
    """A picture, sequence or video that cannot be read."""


class OutputError(RilievoError):
    """A file that cannot be written."""


class DeviceError(RilievoError):
    """No graphics adapter, or one that lacks what is needed."""


class GpuMemoryError(DeviceError):
    """Memory that the graphics device has not, or not in one piece."""


class GraphError(RilievoError):
    """A render graph that cannot run; the message lists all its faults."""


class AnalysisError(RilievoError):
    """A network that cannot be loaded or run."""
