"""The passes: from the evaluated document to rendered pictures."""

from passes.rendered import PASS_NAMES, RenderedFrame
from passes.renderer import Renderer

__all__ = ["PASS_NAMES", "RenderedFrame", "Renderer"]
