"""The GPU: device, shader library, uniforms, readback and timings."""

from engine.gpu.arena import UniformArena, UniformSlot
from engine.gpu.device import Gpu, open_gpu
from engine.gpu.formats import FORMATS, Format, texture_bytes
from engine.gpu.gaps import NO_ATTACHMENT, NO_TARGET
from engine.gpu.ids import next_id
from engine.gpu.pool import TexturePool
from engine.gpu.readback import ReadbackRing, Ticket
from engine.gpu.samplers import Samplers
from engine.gpu.shaders import ShaderLibrary
from engine.gpu.timing import PassTimer
from engine.gpu.uniforms import UniformBlock

__all__ = [
    "FORMATS",
    "NO_ATTACHMENT",
    "NO_TARGET",
    "Format",
    "Gpu",
    "PassTimer",
    "ReadbackRing",
    "Samplers",
    "ShaderLibrary",
    "TexturePool",
    "Ticket",
    "UniformArena",
    "UniformBlock",
    "UniformSlot",
    "next_id",
    "open_gpu",
    "texture_bytes",
]
