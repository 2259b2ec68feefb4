"""Triangle meshes from files and primitives, ready to be drawn."""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import numpy as np
import numpy.typing as npt
import trimesh
from trimesh.visual import TextureVisuals

from engine.errors import MediaError
from engine.media.gltf_mesh import read_gltf_mesh
from engine.media.mesh_piece import Piece
from engine.media.mesh_text import ShortError, checked, has_normals, missing_vertex
from engine.media.names import check_name
from engine.media.primitives import PRIMITIVES, primitive
from engine.regular import read_regular

ENDINGS = ("glb", "gltf", "obj", "off", "ply", "stl")
"""Of mesh files, in lower case. Archives are not among them: what they unpack to has no limit."""

SHARP = np.radians(40)
"""Angle between faces from which on an edge is sharp, where a file says no normals."""

SHORTEST = 1e-12  # a normal below it has no direction


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
    """A mesh by path (one of ENDINGS) or primitive name: a sphere of radius 0.5,
    a torus of radius 0.5 and tube 0.125 around Z, a box of side 1, a plane of side 1 facing +Z. All
    have texture coordinates: the sphere's are equirectangular, with +Y up and +Z in the picture's
    middle; the torus's run around the ring and the tube; each face of the box has all of it.

    A file's own normals and texture coordinates are kept; where it has no normals, edges of more
    than 40 degrees are sharp and all others smooth. Raises MediaError where the file is missing,
    damaged, not a mesh or has no triangles.
    """
    if name in PRIMITIVES:
        made, triangles = primitive(name)
        return _mesh(made, triangles)
    check_name(name)
    path = Path(name)
    ending = path.suffix.lower().removeprefix(".")
    if not path.exists():
        raise MediaError(f"{path}: no such mesh file; check the path of the geometry")
    if ending not in ENDINGS:
        known = ", ".join(f".{other}" for other in ENDINGS)
        raise MediaError(f"{path}: not a mesh that can be read: its name must end in {known}")
    gltf = ending in ("glb", "gltf")
    pieces = [
        p for p in (read_gltf_mesh(path) if gltf else _read(path, ending)) if len(p.triangles)
    ]
    if not pieces:
        raise MediaError(f"{path}: holds no triangles; export the object as a triangle mesh")
    for piece in pieces:
        _check(path, piece)
    smooth = [piece for piece in pieces if piece.normals is not None]
    bare = [piece for piece in pieces if piece.normals is None]
    if bare:
        smooth.append(_with_normals(_joined(bare)))
    whole = _joined(smooth)
    assert whole.normals is not None
    vertices = np.zeros((len(whole.positions), 8))
    vertices[:, :3] = whole.positions
    vertices[:, 3:6] = _unit(whole)
    if whole.uv is not None:
        vertices[:, 6:] = whole.uv
    return _mesh(vertices, whole.triangles)


def _mesh(vertices: npt.NDArray[np.floating], triangles: npt.NDArray[np.integer]) -> Mesh:
    used = vertices[np.unique(triangles), :3]
    bounds = np.stack([used.min(axis=0), used.max(axis=0)]).astype(np.float64)
    return Mesh(vertices.astype(np.float32), triangles.astype(np.uint32, order="C"), bounds)


def _read(path: Path, ending: str) -> list[Piece]:
    """What trimesh makes of a file that is no glTF. Textures and materials are not read."""
    content = b""
    try:
        content = checked(read_regular(path), ending)
        with np.errstate(all="ignore"):  # what does not fit is told by `_check`
            loaded = trimesh.load_scene(
                BytesIO(content), file_type=ending, process=False, skip_materials=True
            )
    except ShortError as error:
        raise MediaError(f"{path}: {error}; export it again") from None
    except OSError as error:
        raise MediaError(f"{path}: cannot be read ({error.strerror or error})") from None
    except IndexError as error:
        said = missing_vertex(content) if ending == "obj" else ""
        said = said or "a face names a corner that is not there"
        raise MediaError(f"{path}: {said}; export it again") from error
    except Exception as error:  # every loader of trimesh has its own kinds
        said = " ".join(str(error).split()) or type(error).__name__
        raise MediaError(f"{path}: not a mesh that can be read ({said})") from error
    own = has_normals(content, ending)
    meshes = [m for m in loaded.geometry.values() if isinstance(m, trimesh.Trimesh)]
    return [_piece(mesh, own) for mesh in meshes]


def _piece(mesh: trimesh.Trimesh, own_normals: bool) -> Piece:
    uv = getattr(mesh.visual, "uv", None)
    if uv is not None and np.shape(uv)[:1] == mesh.vertices.shape[:1]:
        uv = np.asarray(uv, np.float64)[:, :2] * (1.0, -1.0) + (0.0, 1.0)  # it counts from below
    else:
        uv = None
    triangles = np.asarray(mesh.faces, np.int64)
    positions = np.asarray(mesh.vertices, np.float64)
    inside = not len(triangles) or int(triangles.max()) < len(positions)
    normals = np.asarray(mesh.vertex_normals, np.float64) if own_normals and inside else None
    return Piece(positions, normals, uv, triangles)


def _check(path: Path, piece: Piece) -> None:
    """Raises MediaError for corners that are not there, or nowhere."""
    low, high = int(piece.triangles.min()), int(piece.triangles.max())
    if low < 0 or high >= len(piece.positions):
        wrong, there = (low if low < 0 else high), len(piece.positions)
        raise MediaError(f"{path}: a triangle names vertex {wrong} of {there}; export it again")
    # A float32 on the graphics card is all that a position becomes.
    used = np.unique(piece.triangles)
    finite = np.abs(piece.positions[used]) < np.finfo(np.float32).max
    bad = used[~np.all(finite, axis=1)]
    if bad.size:
        first = int(bad[0])
        count = f" ({bad.size} of {used.size} are like that)" if bad.size > 1 else ""
        raise MediaError(
            f"{path}: vertex {first} is at no finite place{count}; repair the mesh and export it"
            " again"
        )
    if piece.uv is not None and not np.isfinite(piece.uv).all():
        raise MediaError(f"{path}: a texture coordinate is not a finite number; export it again")


def _joined(pieces: list[Piece]) -> Piece:
    """All pieces as one; where only some have texture coordinates, the others' are 0."""
    starts = np.cumsum([0, *(len(piece.positions) for piece in pieces)])
    normals = [piece.normals for piece in pieces if piece.normals is not None]
    uv = None
    if any(piece.uv is not None for piece in pieces):
        uv = np.concatenate(
            [np.zeros((len(p.positions), 2)) if p.uv is None else p.uv for p in pieces]
        )
    return Piece(
        np.concatenate([piece.positions for piece in pieces]),
        np.concatenate(normals) if len(normals) == len(pieces) else None,
        uv,
        np.concatenate(
            [p.triangles + start for p, start in zip(pieces, starts[:-1], strict=True)]
        ),
    )  # fmt: skip


def _with_normals(piece: Piece) -> Piece:
    """The piece with normals of its own: smooth, but for sharp edges."""
    columns = piece.positions if piece.uv is None else np.hstack([piece.positions, piece.uv])
    # Exactly equal corners become one, so that faces know their neighbours.
    rows, corner = np.unique(columns + 0.0, axis=0, return_inverse=True)
    uv = None if piece.uv is None else rows[:, 3:]
    mesh = trimesh.Trimesh(
        rows[:, :3], corner.reshape(-1)[piece.triangles], process=False,
        visual=None if uv is None else TextureVisuals(uv=uv),
    )  # fmt: skip
    angles = np.asarray(mesh.face_adjacency_angles)
    if len(angles) and (angles > SHARP).any():
        mesh = trimesh.graph.smooth_shade(mesh, angle=SHARP)
    found = getattr(mesh.visual, "uv", None)
    return Piece(
        np.asarray(mesh.vertices, np.float64),
        np.asarray(mesh.vertex_normals, np.float64),
        None if found is None else np.asarray(found, np.float64),
        np.asarray(mesh.faces, np.int64),
    )


def _unit(piece: Piece) -> npt.NDArray[np.float64]:
    """(n, 3) unit normals; where the file's have no direction, that of the faces around."""
    assert piece.normals is not None
    length = np.linalg.norm(piece.normals, axis=1, keepdims=True)
    good = np.isfinite(length) & (length > SHORTEST)
    if not good.all():
        mesh = trimesh.Trimesh(piece.positions, piece.triangles, process=False)
        around = np.asarray(mesh.vertex_normals, np.float64)
        return np.where(good, piece.normals / np.where(good, length, 1.0), around)
    return piece.normals / length
