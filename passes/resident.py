"""What lives on the GPU between frames: pictures, meshes, and what is known of faces."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from engine.errors import MediaError
from engine.gpu import UniformArena
from engine.graph import PassContext, TextureSpec, Use, Write
from engine.media import AnalysisResult, KeepsPictures, Picture, Source, open_media
from engine.media.colour_maps import without_colours
from engine.media.meshes import Mesh, load_mesh
from engine.scene import EvaluatedFrame, EvaluatedZMap, Media, MediaFrame, Scene
from engine.scene.nothing import Nothing
from passes.data_maps import pictures_of
from passes.kernels import Toolbox
from passes.media_textures import FORMATS, MediaTexture
from passes.media_textures import Use as MediaUse
from passes.mesh_topology import Topology, topology_of


class AnalysisProvider(Protocol):
    """Answers with the result for a map that an analysis makes (models.Analyses)."""

    def result(self, z_map: EvaluatedZMap, frame: int) -> AnalysisResult | None: ...


Sources = Callable[[int], Source | None]
"""Answers with a media that is open already (live ones are), by its index; None: open it here."""


_Key = tuple[int, MediaUse, str | None]
"""The index of a media, what its numbers are, and the colour map that shows them."""


@dataclass(frozen=True, slots=True)
class ResidentMesh:
    """A mesh and its buffers. corners: (8, 3) of its bounding box, in its own space."""

    mesh: Mesh
    vertices: Any
    indices: Any
    index_count: int
    corners: npt.NDArray[np.float64]


class Resident:
    """Pictures and meshes of one document, loaded when first needed and kept.

    sources: media that the caller has open, and closes. What such a source answers is shown,
    whatever the frame; the same `Picture` as the last time is not uploaded again. Within one frame
    it must answer with one picture.
    """

    def __init__(self, tools: Toolbox, scene: Scene, sources: Sources | None = None) -> None:
        self.tools = tools
        self.scene = scene
        self._given = sources or (lambda _: None)
        self._shown: dict[_Key, Picture] = {}
        self.arena = UniformArena(tools.gpu, 16 * 1024, label="upload uniforms")
        self.textures: dict[_Key, MediaTexture] = {}
        self.warnings: list[str] = []
        # What means nothing in a media, by which colour map shows it, and of which open source.
        self.nothing: dict[tuple[Media, str | None], tuple[Source, Nothing]] = {}
        self._sources: dict[int, Source] = {}
        self._meshes: dict[str, ResidentMesh] = {}
        self._topologies: dict[tuple[str, tuple[int, int]], tuple[Topology, Any]] = {}

    def show(self, scene: Scene) -> bool:
        """Take an edited document; whether pictures were dropped because their media changed."""
        changed = [
            index
            for index, (old, new) in enumerate(zip_longest(self.scene.media, scene.media))
            if old != new
        ]
        self.scene = scene
        dropped = False
        for index in changed:
            for key in [key for key in self.textures if key[0] == index]:
                self.textures.pop(key).release()
                self._shown.pop(key, None)
                dropped = True
            if index in self._sources:
                self._sources.pop(index).close()
        return dropped

    def picture(self, media: MediaFrame, use: MediaUse) -> MediaTexture:
        """The texture of a media at its frame, loading the picture if it is not there yet."""
        key = (media.index, use, media.colour_map)
        texture = self.textures.get(key)
        if texture is None:
            texture = MediaTexture(self.tools, self.arena, media.index, use, media.colour_map)
        given = self._given(media.index)
        if given is not None:
            picture = given.frame(media.frame)
            if picture is not self._shown.get(key):
                texture.load(_numbers(picture, media.colour_map))
                self._shown[key] = picture
        elif texture.frame != media.frame or key in self._shown:
            self._shown.pop(key, None)
            with warnings.catch_warnings(record=True) as caught:
                warnings.simplefilter("always")
                picture = self.source(media.index).frame(media.frame)
                texture.load(_numbers(picture, media.colour_map))
            texture.frame = media.frame
            self._note(caught)
        # Known only once it holds a picture: what cannot be read leaves nothing behind.
        self.textures[key] = texture
        return texture

    def opened(self, index: int) -> Source:
        """The media of that index: the caller's where it has it open. Raises MediaError."""
        return self._given(index) or self.source(index)

    def source(self, index: int) -> Source:
        """The open media of that index."""
        if index not in self._sources:
            with warnings.catch_warnings(record=True) as caught:
                warnings.simplefilter("always")
                self._sources[index] = open_media(self.scene.media[index])
            self._note(caught)
        return self._sources[index]

    def held(self, index: int) -> frozenset[int]:
        """The frames of a media, in its own numbering, that need not be read again."""
        source = self._sources.get(index)
        return source.held if isinstance(source, KeepsPictures) else frozenset()

    def mesh(self, name: str) -> ResidentMesh:
        """The buffers of a mesh file or primitive. Raises MediaError."""
        if name not in self._meshes:
            mesh = load_mesh(name)
            gpu = self.tools.gpu
            limit = int(gpu.limits["max-storage-buffer-binding-size"])
            if mesh.vertices.nbytes > limit:
                raise MediaError(
                    f"{name}: {len(mesh.vertices)} vertices are more than this"
                    f" graphics adapter draws ({limit // 32}); reduce the mesh"
                )
            vertices = gpu.buffer(mesh.vertices.nbytes, "STORAGE | COPY_DST", label=name)
            indices = gpu.buffer(mesh.triangles.nbytes, "INDEX | COPY_DST", label=name)
            gpu.queue.write_buffer(vertices, 0, mesh.vertices)
            gpu.queue.write_buffer(indices, 0, mesh.triangles)
            low, high = mesh.bounds
            corners = np.array(
                [
                    [x, y, z]
                    for x in (low[0], high[0])
                    for y in (low[1], high[1])
                    for z in (low[2], high[2])
                ]
            )
            self._meshes[name] = ResidentMesh(mesh, vertices, indices, mesh.triangles.size, corners)
        return self._meshes[name]

    def topology(self, name: str, lattice: tuple[int, int]) -> tuple[Topology, Any]:
        """A mesh ready to be subdivided for a map decoded to `lattice` (width, height) texels, and
        the buffer with its words. Raises MediaError."""
        key = (name, lattice)
        if key not in self._topologies:
            gpu = self.tools.gpu
            topology = topology_of(self.mesh(name).mesh, lattice)
            limit = int(gpu.limits["max-storage-buffer-binding-size"])
            if max(topology.words.nbytes, 96 * topology.triangles) > limit:
                raise MediaError(
                    f"{name}: {topology.triangles} triangles are more than this graphics adapter"
                    " displaces by a Z-Depth map; reduce the mesh"
                )
            words = gpu.buffer(topology.words.nbytes, "STORAGE | COPY_DST", label=f"{name} edges")
            gpu.queue.write_buffer(words, 0, topology.words)
            self._topologies[key] = (topology, words)
        return self._topologies[key]

    def keep_topologies(self, used: Iterable[tuple[str, tuple[int, int]]]) -> None:
        """Free all those but these, by mesh and lattice."""
        for key in self._topologies.keys() - set(used):
            self.tools.gpu.drop(self._topologies.pop(key)[1])

    def load(self, frame: EvaluatedFrame) -> None:
        """Load all pictures that a frame shows, so that sizes are known before passes are made."""
        for surface in frame.surfaces:
            self.picture(surface.media, MediaUse.COLOUR)
            if surface.matte is not None:
                self.picture(surface.matte, MediaUse.VECTOR)
        for item in (*frame.surfaces, *frame.geometries):
            if item.normal_map is not None:
                self.picture(item.normal_map.media, MediaUse.VECTOR)
            for picture in pictures_of(item.maps).all:
                if picture is not None:
                    self.picture(*picture)
        for geometry in frame.geometries:
            if geometry.media is not None:
                self.picture(geometry.media, MediaUse.COLOUR)
            self.mesh(geometry.mesh)

    def release(self) -> None:
        """Free everything and close the media."""
        for texture in self.textures.values():
            texture.release()
        for mesh in self._meshes.values():
            self.tools.gpu.drop(mesh.vertices)
            self.tools.gpu.drop(mesh.indices)
        for _, words in self._topologies.values():
            self.tools.gpu.drop(words)
        for source in self._sources.values():
            source.close()
        self.textures.clear()
        self._topologies.clear()
        self._shown.clear()
        self._meshes.clear()
        self._sources.clear()
        self.arena.release()

    def _note(self, caught: list[warnings.WarningMessage]) -> None:
        for entry in caught:
            text = str(entry.message)
            if text not in self.warnings:
                self.warnings.append(text)


def _numbers(picture: Picture, colour_map: str | None) -> Picture:
    """A picture, or the numbers that a colour map made visible. Raises MediaError."""
    return picture if colour_map is None else without_colours(picture, colour_map)


class UploadPass:
    """Convert the pictures that are new in this frame."""

    def __init__(self, textures: list[MediaTexture]) -> None:
        self.name = "upload"
        self.textures = textures
        self.reads = ()
        self.writes = tuple(
            Write(t.name, TextureSpec(FORMATS[t.use], size=t.size), use=Use.STORAGE)
            for t in textures
        )

    def encode(self, ctx: PassContext) -> None:
        if not any(texture.pending for texture in self.textures):
            return
        with ctx.compute_pass() as encoder:
            for texture in self.textures:
                texture.encode(encoder)
