"""Triangle meshes from files and primitives, ready to be drawn."""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import numpy as np
import numpy.typing as npt
import trimesh
from trimesh.resolvers import FilePathResolver

from engine.errors import MediaError
from engine.media.names import check_name
from engine.media.primitives import PRIMITIVES, primitive


@dataclass(frozen=True, slots=True)
class Mesh:
    """vertices: (n, 8) float32: position, unit normal, and u, v with the origin top left.
    triangles: (m, 3) uint32, counter-clockwise seen from outside. bounds: (2, 3) low and
    high corner.
    """

    vertices: npt.NDArray[np.float32]
    triangles: npt.NDArray[np.uint32]
    bounds: npt.NDArray[np.float64]


def load_mesh(name: str) -> Mesh:
    """A mesh by path (glTF, OBJ, PLY, STL ...) or primitive name: a sphere of radius 0.5,
    a torus of radius 0.5 and tube 0.125 around Z, a box of side 1, a plane of side 1 facing +Z. All
    have texture coordinates: the sphere's are equirectangular, with +Y up and +Z in the picture's
    middle; the torus's run around the ring and the tube; each face of the box has all of it.

    Raises MediaError where the file is missing, not a mesh or has no triangles.
    """
    if name in PRIMITIVES:
        made, triangles = primitive(name)
        bounds = np.stack([made[:, :3].min(axis=0), made[:, :3].max(axis=0)])
        return Mesh(made.astype(np.float32), triangles.astype(np.uint32), bounds)
    check_name(name)
    path = Path(name)
    if not path.is_file():
        raise MediaError(f"{path}: no such mesh file; check the path of the geometry")
    try:
        loaded = _read(path)
    except Exception as error:  # every loader of trimesh has its own kinds
        raise MediaError(f"{path}: not a mesh that can be read ({error})") from error
    if isinstance(loaded, trimesh.Scene):
        loaded = loaded.to_mesh()
    if not isinstance(loaded, trimesh.Trimesh) or len(loaded.faces) == 0:
        raise MediaError(f"{path}: holds no triangles; export the object as a triangle mesh")
    return _as_mesh(loaded)


def _read(path: Path) -> object:
    """What trimesh makes of a file. OBJ names no encoding: what is not UTF-8 is read as Latin-1, in
    which older exporters write the names of objects and materials."""
    if path.suffix.lower() == ".obj":
        content = path.read_bytes()
        try:
            content.decode("utf-8")
        except UnicodeDecodeError:
            text = BytesIO(content.decode("latin-1").encode("utf-8"))
            return trimesh.load_mesh(text, file_type="obj", resolver=_Materials(str(path)))
    return trimesh.load_mesh(path)


class _Materials(FilePathResolver):
    """Finds the files beside an OBJ; material files as UTF-8, whatever they were."""

    def get(self, name: str) -> bytes:
        content = super().get(name)
        if not name.lower().endswith(".mtl"):
            return content
        try:
            content.decode("utf-8")
        except UnicodeDecodeError:
            return content.decode("latin-1").encode("utf-8")
        return content


def _as_mesh(mesh: trimesh.Trimesh) -> Mesh:
    smooth = mesh
    if trimesh.util.is_shape(mesh.vertices, (-1, 3)) and _is_faceted(mesh):
        # Sharp edges keep their facets: each gets vertices of its own.
        smooth = trimesh.graph.smooth_shade(mesh, angle=np.radians(40))
    count = len(smooth.vertices)
    uv = getattr(smooth.visual, "uv", None)
    vertices = np.zeros((count, 8), np.float32)
    vertices[:, :3] = smooth.vertices
    vertices[:, 3:6] = smooth.vertex_normals
    if uv is not None and len(uv) == count:
        vertices[:, 6] = uv[:, 0]
        vertices[:, 7] = 1.0 - uv[:, 1]  # trimesh counts from the bottom, glTF files included
    triangles = np.ascontiguousarray(smooth.faces, dtype=np.uint32)
    return Mesh(vertices, triangles, np.asarray(smooth.bounds, np.float64))


def _is_faceted(mesh: trimesh.Trimesh) -> bool:
    angles = mesh.face_adjacency_angles
    return bool(len(angles)) and bool((angles > np.radians(40)).any())
