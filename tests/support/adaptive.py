"""Making adaptive meshes of bare depth maps, and proving on the GPU that they are whole."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import wgpu

from engine.gpu import Gpu, UniformArena
from engine.graph import RenderGraph
from engine.scene import Projection
from passes.blocks import register_blocks
from passes.camera import NEAR_SHARE, view_projection
from passes.kernels import Toolbox
from passes.tessellate_adaptive import AdaptiveKernels, AdaptivePass
from tests.support.shots import DISTANCE, relief_shot, with_camera_at

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Checked:
    """What wgsl/adaptive_check.wgsl found. full: the full grid is drawn and there is no list."""

    triangles: int
    full: bool
    area: int
    wrong: int
    unpaired: tuple[int, int]
    sides: tuple[int, ...]


class MeshCheck:
    """Makes adaptive meshes of depth maps and checks them on the GPU."""

    def __init__(self, gpu: Gpu, folder: Path, screen: tuple[int, int]) -> None:
        self.gpu = gpu
        self.folder = folder
        self.screen = screen
        register_blocks(gpu)
        self.tools = Toolbox(gpu)
        self.kernels = AdaptiveKernels(gpu)

    def check(
        self,
        ratios: Floats,
        tolerance: float = 1.0,
        eye: tuple[float, float, float] = (0.6, 0.3, 1.2),
        projection: Projection = Projection.CAMERA_RAYS,
    ) -> Checked:
        """ratios: (h, w) depth / plane depth. eye: where the camera looks at the origin from."""
        height, width = ratios.shape
        scene = relief_shot(
            self.folder, np.zeros((height, width), np.float32),
            displace=True, three_d=True, tolerance=tolerance, project_along=projection,
        )  # fmt: skip
        frame = with_camera_at(scene, eye).evaluate(1)
        surface, camera = frame.surfaces[0], frame.camera
        assert surface.z_map is not None
        usage = wgpu.TextureUsage.TEXTURE_BINDING | wgpu.TextureUsage.COPY_DST
        texture = self.gpu.texture("rg32float", (width, height), usage, label="test z")
        texels = np.zeros((height, width, 2), np.float32)
        texels[..., 0] = ratios * DISTANCE
        self.gpu.write_texture(texture, texels)
        arena = UniformArena(self.gpu)
        graph = RenderGraph(self.gpu)
        graph.import_texture("z", texture)
        tessellate = AdaptivePass(self.tools, self.kernels, arena, "test", "z", (width, height))
        graph.add(tessellate)
        near = camera.near * NEAR_SHARE
        view = view_projection(camera, camera.tan_half)
        tessellate.update(surface, surface.z_map, view, self.screen, camera.tan_half[1], near)
        wanted = [tessellate.indices, tessellate.arguments]
        plan = graph.compile(self.screen, wanted)
        found = self.gpu.buffer(32, wgpu.BufferUsage.STORAGE | wgpu.BufferUsage.COPY_SRC)
        arena.upload()
        encoder = self.gpu.device.create_command_encoder()
        graph.execute(encoder, plan)
        indices, draws = (graph.texture(name) for name in wanted)
        compute = encoder.begin_compute_pass()
        bindings = {0: tessellate.uniforms, 2: indices, 3: draws, 4: found}
        self.kernels.use(compute, "adaptive_check", "check", bindings)
        compute.dispatch_workgroups(64, -(-tessellate.capacity // (3 * 4096)))
        compute.end()
        self.gpu.submit(encoder)
        numbers = np.frombuffer(self.gpu.queue.read_buffer(found), np.int32)
        drawn = np.frombuffer(self.gpu.queue.read_buffer(draws), np.uint32)
        for resource in (texture, found):
            self.gpu.drop(resource)
        graph.release()
        arena.release()
        return Checked(
            triangles=int(drawn[10]),
            full=bool(drawn[11]),
            area=int(numbers[0]),
            wrong=int(numbers[1]),
            unpaired=(int(numbers[2]), int(numbers[3])),
            sides=tuple(int(n) for n in numbers[4:8]),
        )


def assert_whole(found: Checked, size: tuple[int, int]) -> None:
    """The mesh of a picture of size (width, height) covers each of its places exactly once."""
    width, height = size
    if found.full:
        assert found.triangles == 2 * (width + 1) * (height + 1)
        return
    assert found.wrong == 0, found
    assert found.area == 8 * width * height, found
    assert found.unpaired == (0, 0), found
    assert found.sides == (2 * height, 2 * height, 2 * width, 2 * width), found
