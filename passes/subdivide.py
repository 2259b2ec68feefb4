"""A geometry with a Z-Depth map in 3D mode: its triangles subdivided where the map shows, raised.

Each edge has one level, which the triangles on both sides share, so that nothing cracks. The errors
of all levels are measured once for each map; levels are chosen, and the mesh made anew, for each
camera, on the GPU alone.
"""

from __future__ import annotations

from typing import Any

import wgpu

from engine.gpu import UniformArena
from engine.graph import BufferSpec, PassContext, Read, Use, Write
from engine.scene import EvaluatedSurface, EvaluatedZMap
from passes.adaptive_view import DEPTH_WEIGHT
from passes.blocks import SUBDIVIDE
from passes.camera import Matrix
from passes.kernels import GROUP, Toolbox
from passes.mesh_topology import Topology

MOST_TRIANGLES = 3_000_000  # 36 MB of indices
MOST_VERTICES = 2_000_000  # 64 MB
VERTEX_BYTES = 32
HEADER, ROW = 32, 9  # words; wgsl/mesh_topology.wgsl has the same
THREADS = 64  # of a workgroup
WORK_WIDTH = 64  # workgroups along x
MOST_LANES = 16
BUSY = 65_536  # threads that keep a GPU busy
ARGUMENTS_BYTES = 64


def lanes_for(triangles: int) -> int:
    """Threads that share the work on one triangle: more where there are few."""
    return min(MOST_LANES, 1 << (max(BUSY // max(triangles, 1), 1).bit_length() - 1))


class SubdividePass:
    """Make one geometry's vertices and triangles for the frame's camera.

    vertices, indices, arguments: names of the buffers in the graph. Vertices have 8 float32 each:
    raised position, the mesh's own normal, u and v.
    """

    def __init__(
        self,
        tools: Toolbox,
        arena: UniformArena,
        name: str,
        z: str,
        lattice: tuple[int, int],
        topology: Topology,
        mesh: Any,
    ) -> None:
        """z: the graph's name of surface Z, a texture of `lattice` (width, height) pixels. mesh:
        the buffer with the topology's words."""
        self.name = f"subdivide {name}"
        self.tools = tools
        self.topology = topology
        self.stale = True
        self.vertices = f"{name} vertices"
        self.indices = f"{name} triangles"
        self.arguments = f"{name} draw"
        self._state, self._positions = f"{name} levels", f"{name} edge positions"
        self._z = z
        self._lattice = lattice
        self._mesh = mesh
        self._made_from = b""
        self.uniforms = arena.slot(SUBDIVIDE)
        self.kept = [self._state, self.vertices, self.indices, self.arguments]
        triangles, vertices = topology.finest
        # At the coarsest, each triangle of the mesh is there with vertices of its own.
        self.most_triangles = max(min(triangles, MOST_TRIANGLES), topology.triangles)
        self.most_vertices = max(min(vertices, MOST_VERTICES), 3 * topology.triangles)
        rows = topology.edges + topology.triangles
        self.reads = (Read(z),)
        self.writes = (
            Write(self._state, BufferSpec(4 * (HEADER + ROW * rows)), use=Use.STORAGE),
            Write(
                self._positions,
                # Each place along an edge is a vertex of some triangle, too.
                BufferSpec(16 * (topology.points + self.most_vertices)),
                use=Use.STORAGE,
            ),
            Write(
                self.vertices,
                BufferSpec(VERTEX_BYTES * self.most_vertices, wgpu.BufferUsage.COPY_SRC),
                use=Use.STORAGE,
            ),
            Write(
                self.indices,
                BufferSpec(12 * self.most_triangles, wgpu.BufferUsage.COPY_SRC),
                use=Use.STORAGE,
            ),
            Write(
                self.arguments,
                BufferSpec(ARGUMENTS_BYTES, wgpu.BufferUsage.COPY_SRC),
                use=Use.STORAGE,
            ),
        )

    def update(
        self,
        surface: EvaluatedSurface,
        z_map: EvaluatedZMap,
        view_proj: Matrix,
        size: tuple[int, int],
        tan_half: float,
        near: float,
    ) -> None:
        """Write the uniforms for a camera.

        surface: the plane that the map is measured on (`mapped_geometry.measured`). view_proj:
        (4, 4) world to clip. size: (width, height) of the picture in pixels. tan_half: of the
        vertical field of view. near: points nearer than this are not measured.
        """
        topology = self.topology
        edges, segments, places, triangles = topology.tables
        self.uniforms.update(
            to_clip=view_proj @ surface.world,
            half_view=(size[0] / 2, size[1] / 2),
            lattice=self._lattice,
            distance=z_map.source.world[2, 3],
            depth_weight=DEPTH_WEIGHT * size[1] / (2 * tan_half),
            tolerance=0.0 if z_map.tolerance is None else z_map.tolerance,
            near=near,
            step=z_map.step if z_map.tolerance is None else 0,
            lanes=lanes_for(topology.triangles),
            points=topology.points,
            edges=topology.edges,
            triangles=topology.triangles,
            edges_at=edges,
            segments_at=segments,
            places_at=places,
            triangles_at=triangles,
            most_triangles=self.most_triangles,
            most_vertices=self.most_vertices,
        )

    def encode(self, ctx: PassContext) -> None:
        uniforms = self.uniforms.bytes()
        if not self.stale and uniforms == self._made_from:
            return
        self._made_from = uniforms
        self._encode(ctx)

    def _encode(self, ctx: PassContext) -> None:
        u, z, mesh = self.uniforms, ctx.view(self._z), self._mesh
        state, draws = ctx.buffer(self._state), ctx.buffer(self.arguments)
        positions = ctx.buffer(self._positions)
        topology = self.topology
        edges, triangles = topology.edges, topology.triangles
        shared = triangles * lanes_for(triangles)
        with ctx.compute_pass() as encoder:

            def run(shader: str, entry: str, items: int, bindings: dict[int, Any]) -> None:
                kernel = self.tools.kernel(shader, entry)
                kernel.dispatch(encoder, _spread(items), bindings)

            if self.stale:
                rows = HEADER + ROW * (edges + triangles)
                run("mesh_measure", "clear", rows, {0: u, 3: state})
                measured = {0: u, 1: z, 2: mesh, 3: state}
                run("mesh_measure", "measure_edges", edges, measured)
                run("mesh_measure", "measure_triangles", shared, measured)
            chosen = {0: u, 2: mesh, 3: state}
            run("mesh_choose", "begin", 1, {3: state, 4: draws})
            run("mesh_choose", "choose_edges", edges, chosen)
            run("mesh_choose", "choose_triangles", triangles, chosen)
            run("mesh_choose", "count", triangles, chosen)
            run("mesh_choose", "fit", 1, {0: u, 3: state})
            placed = {0: u, 1: z, 2: mesh, 5: positions}
            run("mesh_emit", "place_points", topology.points, placed)
            run("mesh_emit", "place_edges", edges, {**placed, 8: state})
            run("mesh_emit", "reserve", triangles, {0: u, 8: state})
            made = {6: ctx.buffer(self.vertices), 7: ctx.buffer(self.indices)}
            run("mesh_emit", "emit", shared, {**placed, **made, 3: state, 4: draws})
            run("mesh_choose", "finish", 1, {0: u, 3: state, 4: draws})


def _spread(items: int) -> tuple[int, int]:
    """What a kernel is dispatched over for so many threads: workgroups of THREADS, WORK_WIDTH to a
    row, in the units of `Kernel.dispatch`."""
    groups = -(-items // THREADS)
    return GROUP * WORK_WIDTH, GROUP * -(-groups // WORK_WIDTH)
