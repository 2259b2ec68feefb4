"""What others draw of the same map: pygfx, and DepthFlow's shader on moderngl's EGL context.

Both are installed by `make bench` into an environment of their own; where one is missing or cannot
run, `PeerMissingError` says why and the bench goes on.
"""

from __future__ import annotations

import importlib
import time
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from passes.tessellate import GridShape

Floats = npt.NDArray[np.float32]
Draw = Callable[[int], float]


class PeerMissingError(Exception):
    """A peer that cannot run here; the text says why."""


def grid_points(
    heights: Floats, relief: float, distance: float, step: int
) -> tuple[Floats, Floats, npt.NDArray[np.uint32]]:
    """Positions (n, 3), uvs (n, 2) and triangles (m, 3) of the mesh that a fixed step draws, for
    heights over a picture 1 high, moved along the rays of a camera at `distance`."""
    rows, columns = heights.shape
    shape = GridShape((columns, rows), step)
    across, down = shape.count
    px = np.minimum((np.maximum(np.arange(across), 1) - 1) * step, columns - 1)
    py = np.minimum((np.maximum(np.arange(down), 1) - 1) * step, rows - 1)
    px[-1], py[-1] = columns - 1, rows - 1
    u, v = (px + 0.5) / columns, (py + 0.5) / rows
    u[0], v[0], u[-1], v[-1] = 0.0, 0.0, 1.0, 1.0
    ratio = 1 - heights[np.ix_(py, px)] * relief / distance
    x = (u - 0.5) * columns / rows * ratio
    y = (0.5 - v)[:, None] * ratio
    z = distance * (1 - ratio)
    positions = np.stack([x, y, z], axis=-1).astype(np.float32).reshape(-1, 3)
    uvs = np.stack(np.broadcast_arrays(u[None, :], 1 - v[:, None]), axis=-1)
    corner = (np.arange(down - 1)[:, None] * across + np.arange(across - 1)).astype(np.uint32)
    quads = [corner, corner + across, corner + 1, corner + 1, corner + across, corner + across + 1]
    triangles = np.stack(quads, axis=-1).reshape(-1, 3)
    return positions, np.ascontiguousarray(uvs.reshape(-1, 2), np.float32), triangles


class Pygfx:
    """pygfx drawing a mesh with a texture, unlit, into an offscreen texture."""

    def __init__(self, picture: npt.NDArray[np.uint8], size: tuple[int, int]) -> None:
        try:
            self.gfx: Any = importlib.import_module("pygfx")
        except ImportError as error:
            raise PeerMissingError(f"pygfx is not installed ({error})") from error
        self.name = f"pygfx {version('pygfx')}"
        gfx = self.gfx
        self._target = gfx.Texture(dim=2, size=(*size, 1), format="rgba8unorm", usage=gfx_usage())
        self._renderer = gfx.renderers.WgpuRenderer(self._target, pixel_ratio=1)
        self._renderer.ppaa = "none"
        self._scene = gfx.Scene()
        self._material = gfx.MeshBasicMaterial(map=gfx.Texture(picture, dim=2), side="both")
        self._camera = gfx.PerspectiveCamera(40, size[0] / size[1], depth_range=(0.05, 20))
        self._device = gfx.renderers.wgpu.get_shared().device
        self._mesh: Any = None

    def take(self, mesh: tuple[Floats, Floats, npt.NDArray[np.uint32]]) -> None:
        positions, uvs, triangles = mesh
        geometry = self.gfx.Geometry(positions=positions, texcoords=uvs, indices=triangles)
        self._mesh = self.gfx.Mesh(geometry, self._material)
        self._scene.clear()
        self._scene.add(self._mesh)

    def draw(
        self,
        eye: tuple[float, float, float],
        target: tuple[float, float, float],
        positions: Callable[[], Floats] | None = None,
    ) -> tuple[float, float]:
        """Milliseconds of a frame, and those that this thread computed in the render call.
        positions: makes new ones."""
        begun = time.perf_counter()
        if positions is not None:
            self._mesh.geometry.positions.set_data(positions())
        self._camera.local.position = eye
        self._camera.look_at(target)
        busy = time.thread_time()
        self._renderer.render(self._scene, self._camera)
        called = time.thread_time()
        self._device._poll_wait()
        return (time.perf_counter() - begun) * 1e3, (called - busy) * 1e3


def gfx_usage() -> int:
    import wgpu

    flags = wgpu.TextureUsage
    return flags.RENDER_ATTACHMENT | flags.COPY_SRC | flags.TEXTURE_BINDING


class DepthFlow:
    """DepthFlow's ray-marching shader, at its default quality of 50."""

    QUALITY = 0.5

    def __init__(
        self, picture: npt.NDArray[np.uint8], depth: Floats, size: tuple[int, int]
    ) -> None:
        try:
            moderngl: Any = importlib.import_module("moderngl")
            folders = [
                Path(str(importlib.import_module("importlib.util").find_spec(name).origin)).parent
                for name in ("shaderflow", "depthflow")
            ]
        except (ImportError, AttributeError) as error:
            raise PeerMissingError(
                f"moderngl, shaderflow or depthflow is missing ({error})"
            ) from error
        try:
            self._context = moderngl.create_standalone_context(backend="egl")
        except Exception as error:
            raise PeerMissingError(f"moderngl finds no EGL context here ({error})") from error
        self.name = f"DepthFlow {version('depthflow')}, {self._context.info['GL_RENDERER']}"
        include = folders[0] / "resources" / "shaders" / "include"
        shaders = [include / "shaderflow.glsl", include / "camera.glsl"]
        shaders.append(folders[1] / "resources" / "depthflow.glsl")
        missing = [str(path.name) for path in shaders if not path.exists()]
        if missing:
            raise PeerMissingError(f"DepthFlow's shaders have moved: no {', '.join(missing)}")
        body = "\n".join(path.read_text() for path in shaders)
        fragment = FRAGMENT_HEAD + "\n".join(UNIFORMS) + "\n" + body
        try:
            program = self._context.program(vertex_shader=VERTEX, fragment_shader=fragment)
        except Exception as error:
            raise PeerMissingError(f"DepthFlow's shader does not compile here ({error})") from error
        values = {
            **DEFAULTS, "iResolution": size, "iWantAspect": size[0] / size[1],
            "iQuality": self.QUALITY, "image": 0, "depth": 1,
        }  # fmt: skip
        for name, value in values.items():
            if name in program:
                program[name].value = value
        self._offset = program["iDepthOffset"]
        height, width = depth.shape
        image = self._context.texture((width, height), 3, picture[::-1].tobytes())
        self._depth = self._context.texture((width, height), 1, depth[::-1].tobytes(), dtype="f4")
        image.use(0)
        self._depth.use(1)
        self._frame = self._context.framebuffer([self._context.texture(size, 4)])
        corners = np.array([-1, -1, 1, -1, -1, 1, 1, 1], np.float32)
        self._quad = self._context.simple_vertex_array(
            program, self._context.buffer(corners), "vertex_gluv"
        )

    def draw(self, offset: float, depth: Floats | None = None) -> float:
        """Milliseconds of a frame with the camera moved sideways, and a new map if given."""
        begun = time.perf_counter()
        if depth is not None:
            self._depth.write(depth)
        self._offset.value = (offset, 0.0)
        self._frame.use()
        self._quad.render(5)  # triangle strip
        self._context.finish()
        return (time.perf_counter() - begun) * 1e3

    def picture(self) -> npt.NDArray[np.uint8]:
        """What was drawn last, (h, w, 3)."""
        width, height = self._frame.size
        pixels = np.frombuffer(self._frame.read(components=3), np.uint8)
        return pixels.reshape(height, width, 3)[::-1]


VERTEX = """#version 330
in vec2 vertex_gluv;
uniform vec2 iResolution;
out vec2 agluv; out vec2 gluv; out vec2 astuv; out vec2 stuv; out vec2 stxy; out vec2 glxy;
out vec2 fragCoord;
void main() {
    gl_Position = vec4(vertex_gluv, 0.0, 1.0);
    agluv = vertex_gluv;
    gluv = agluv * vec2(iResolution.x / iResolution.y, 1.0);
    astuv = agluv * 0.5 + 0.5; stuv = gluv * 0.5 + 0.5;
    stxy = iResolution * astuv; glxy = stxy - iResolution / 2.0; fragCoord = stxy;
}
"""
FRAGMENT_HEAD = """#version 330
in vec2 agluv; in vec2 gluv; in vec2 astuv; in vec2 stuv; in vec2 stxy; in vec2 glxy;
in vec2 fragCoord;
out vec4 fragColor;
"""
# What ShaderFlow's Python side declares; values are DepthFlow's and the camera's defaults.
DEFAULTS: dict[str, Any] = {
    "iCameraMode": 1, "iCameraProjection": 0, "iCameraPosition": (0.0, 0.0, 0.0),
    "iCameraOrbital": 0.0, "iCameraDolly": 0.0, "iCameraZenith": (0.0, 1.0, 0.0),
    "iCameraUpward": (0.0, 1.0, 0.0), "iCameraRight": (1.0, 0.0, 0.0),
    "iCameraForward": (0.0, 0.0, 1.0), "iCameraIsometric": 0.0, "iCameraFocalLength": 1.0,
    "iCameraZoom": 1.0, "iCameraSeparation": 0.05,
    "iDepthHeight": 0.2, "iDepthSteady": 0.05, "iDepthSticky": True, "iDepthFocus": 0.0,
    "iDepthZoom": 1.0, "iDepthIsometric": 0.3, "iDepthDolly": 0.0, "iDepthOffset": (0.0, 0.0),
    "iDepthCenter": (0.0, 0.0), "iDepthOrigin": (0.0, 0.0),
    "iInpaint": 0.0, "iLensIntensity": 0.0, "iLensDecay": 0.4, "iLensQuality": 30,
    "iBlurIntensity": 0.0, "iBlurStart": 0.6, "iBlurEnd": 1.0, "iBlurExponent": 2.0,
    "iBlurQuality": 4, "iBlurDirections": 16, "iVigIntensity": 0.0, "iVigDecay": 20.0,
    "iColorsSaturation": 1.0, "iColorsContrast": 1.0, "iColorsBrightness": 1.0,
    "iColorsSepia": 0.0,
    "iResolution": (1.0, 1.0), "iWantAspect": 1.0, "iQuality": 0.5, "iTau": 0.0, "iTime": 0.0,
    "iFramerate": 60.0, "iRealtime": True,
}  # fmt: skip


def _glsl_type(value: Any) -> str:
    if isinstance(value, bool):
        return "bool"
    if isinstance(value, tuple):
        return f"vec{len(value)}"
    return "int" if isinstance(value, int) else "float"


UNIFORMS = [f"uniform {_glsl_type(value)} {name};" for name, value in DEFAULTS.items()]
UNIFORMS += ["uniform sampler2D image;", "uniform sampler2D depth;"]
