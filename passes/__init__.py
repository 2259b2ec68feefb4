"""The passes: from the evaluated document to rendered pictures."""

from passes.outputs import aov_passes, output_names
from passes.rendered import PASS_NAMES, RenderedFrame
from passes.renderer import Renderer

__all__ = ["PASS_NAMES", "RenderedFrame", "Renderer", "aov_passes", "output_names"]
