"""The uniform blocks that the passes share with their shaders: one description for both."""

from __future__ import annotations

from engine.gpu import Gpu, UniformBlock

MAX_LIGHTS = 8
MAX_SHADOW_LAYERS = 16  # a point light takes six

VIEW = UniformBlock(
    "View",
    {
        "view_proj": "mat4x4f",
        "eye": "vec4f",
        "clip": "vec4f",  # near, far, -, -
        "jitter": "vec4f",  # pixels x, y (y down), target width, height
    },
)

ITEM = UniformBlock(
    "Item",
    {
        "world": "mat4x4f",
        "normal_matrix": "mat4x4f",
        "size": "vec2f",
        "lattice": "vec2f",
        "source_origin": "vec4f",
        "source_z": "vec4f",
        "colour": "vec4f",  # rgb, opacity
        # roughness, specular, normal map strength, tear threshold (of a background: the step of
        # its surface's mesh)
        "material": "vec4f",
        "reach": "vec4f",  # smallest and largest depth / plane depth, -, -
        "grid": "vec4u",  # columns, rows, step, tiles across
        "object_id": "u32",
    },
)

MOTION = UniformBlock(
    "Motion",
    {
        "to_next": "mat4x4f",  # the item's own space to clip, in the next frame and in the last
        "to_last": "mat4x4f",
        "scale": "vec4f",  # texture coordinates per unit of the maps forward (xy), backward (zw)
    },
)

LIGHTS = UniformBlock(
    "Lights",
    {
        "ambient": "vec4f",  # rgb, number of lights
        "position": f"array<vec4f,{MAX_LIGHTS}>",  # xyz, kind
        "direction": f"array<vec4f,{MAX_LIGHTS}>",
        "colour": f"array<vec4f,{MAX_LIGHTS}>",
        "cone": f"array<vec4f,{MAX_LIGHTS}>",  # cosines: inner, outer; share of a layer; layers
        "shadow": f"array<vec4f,{MAX_LIGHTS}>",  # first layer or -1, bias, softness, texel size
        "matrices": f"array<mat4x4f,{MAX_SHADOW_LAYERS}>",
    },
)

UPLOAD = UniformBlock(
    "Upload",
    {
        "size": "vec2u",
        "chroma_size": "vec2u",
        "plane_offset": "vec4u",
        "plane_stride": "vec4u",
        "plane_row": "vec4u",  # the first that is there
        "to_working": "mat3x3f",
        "yuv": "vec4f",  # luma offset and scale, chroma offset and scale
        "luma_weights": "vec2f",
        "chroma_site": "vec2f",
        "first_row": "u32",
        "rows": "u32",
        "max_code": "f32",
    },
)

ZMAP = UniformBlock(
    "ZMap",
    {
        "lattice": "vec2u",
        "surface_size": "vec2f",
        "to_map": "mat3x3f",
        "source_origin": "vec4f",
        "source_z": "vec4f",
        "source_axes": "mat4x4f",  # rows: x, y and planar z of the source camera, in scene units
        "nothing": "vec2f",  # values of the map that are far, and missing
        "levels": "vec4f",  # black, 1 / (white - black), 1 / gamma, -
        "along_normal": "u32",
        "near": "f32",
        "far": "f32",
        "depth_scale": "f32",
        "relief_depth": "f32",
        "effect": "f32",
        "z_offset": "f32",
    },
)

STEPS = UniformBlock(
    "Steps",
    {
        "size": "vec2u",  # pixels of the map
        "cells": "vec2u",  # columns and rows of this level, and of those beside it; none: 0
        "finer": "vec2u",
        "coarser": "vec2u",
        "at": "u32",  # where their planes begin
        "finer_at": "u32",
        "coarser_at": "u32",
        "width": "f32",  # pixels along a side of a cell
        "step": "f32",  # of the map's values
        "low": "f32",  # the least and most that a value may become
        "high": "f32",
        "lowest": "f32",  # values from here down, and from `highest` up, stay as they are
        "highest": "f32",
        "nothing": "f32",  # and so does this one
    },
)

BLUR = UniformBlock(
    "Blur",
    {
        "axis": "vec2i",
        "sigma": "f32",
        "spacing": "i32",
        "threshold": "f32",  # share of the nearer depth
    },
)
EDGE_AWARE = UniformBlock(
    "EdgeAware",
    {
        "axis": "vec2i",
        "spacing": "i32",
        "variance": "f32",  # of a hop, as a share of spacing squared
        "reach": "i32",  # pixels over which a step of depth is looked for
        "trust": "f32",  # pixels beside an outline in which the map may be wrong
        "everywhere": "u32",
        "last": "u32",
    },
)
GRID = UniformBlock("Grid", {"count": "vec2u", "step": "u32"})
ADAPTIVE = UniformBlock(
    "Adaptive",
    {
        "origin": "vec4f",
        "corner": "vec4f",
        "across": "vec4f",
        "down": "vec4f",
        "plane": "vec4f",
        "picture": "vec2u",
        "cells": "vec2i",
        "tiles": "vec2u",
        "blocks": "vec2u",
        "last_blocks": "vec2u",
        "half_view": "vec2f",  # pixels
        "words": "u32",
        "rows": "u32",
        "capacity": "u32",
        "tolerance": "f32",  # pixels
        "border": "f32",  # share of it
        "depth_weight": "f32",  # pixels for a share of view depth
        "near": "f32",
        "along_normal": "u32",
        "tile_indices": "u32",
        "full_tiles": "u32",
    },
)
SUBDIVIDE = UniformBlock(
    "Subdivide",
    {
        "to_clip": "mat4x4f",
        "half_view": "vec2f",  # pixels
        "lattice": "vec2u",
        "distance": "f32",  # of the plane that heights are over, in surface Z
        "depth_weight": "f32",  # pixels for a share of view depth
        "tolerance": "f32",  # pixels
        "near": "f32",
        "step": "u32",  # 0: automatic
        "lanes": "u32",  # threads to a triangle
        "points": "u32",
        "edges": "u32",
        "triangles": "u32",
        "edges_at": "u32",
        "segments_at": "u32",
        "places_at": "u32",
        "triangles_at": "u32",
        "most_triangles": "u32",
        "most_vertices": "u32",
    },
)
TEAR = UniformBlock(
    "Tear",
    {
        "lattice": "vec2u",
        "axis": "vec2i",
        "count": "vec2u",  # vertices of a grid
        "step": "u32",
        "words": "u32",
        "threshold": "f32",  # share of the nearer depth
        "capacity": "u32",
        "tile_indices": "u32",
        "full_tiles": "u32",
    },
)
FILL = UniformBlock(
    "Fill",
    {
        "source_origin": "vec4f",
        "source_z": "vec4f",
        "lattice": "vec2u",
        "surface_size": "vec2f",
        "size": "vec2u",  # texels of this level
        "coarser": "vec2u",
        "count": "vec2u",  # vertices
        "offset": "u32",
        "coarser_offset": "u32",
        "share": "u32",  # pixels along a side of a texel of the finest level
        "step": "u32",  # pixels between vertices
        "reach": "u32",  # pixels
        "reach_offset": "u32",
        "matte": "u32",  # 0 none, 1 alpha, 2 luma
        "along_normal": "u32",
    },
)
ACCUMULATE = UniformBlock("Accumulate", {"weight": "f32", "keep": "f32"})
FACE_MAP = UniformBlock("FaceMap", {"size": "vec2f"})
DEPTH_MAP = UniformBlock(
    "DepthMap",
    {
        "lattice": "vec2u",
        "coarse": "u32",  # pixels of the lattice to one of the cuts
        "low": "f32",  # smallest and largest value
        "high": "f32",
        "spacing": "f32",  # of samples of the picture, in pixels of the map
        "level": "f32",  # mip level at which the picture is sampled
    },
)
FACE_ON_DEPTH = UniformBlock(
    "FaceOnDepth",
    {
        "to_surface": "mat3x3f",  # picture coordinates to surface units
        "source_z": "vec4f",
        "size": "vec2f",  # pixels of the picture
        "near": "f32",
        "far": "f32",
        "height": "f32",  # of the surface
        "distance": "f32",  # of its plane
        "low": "f32",  # smallest and largest value
        "high": "f32",
    },
)
DEPTH_RANGE = UniformBlock(
    "DepthRange",
    {
        "far": "vec4f",  # distances that maps call far; 0: none
        "near": "f32",  # of the camera
        "empty": "f32",  # where nothing is: the camera's far
    },
)

DISPLAY = UniformBlock(
    "Display",
    {"mode": "u32", "exposure": "f32", "low": "f32", "high": "f32", "far": "f32", "colours": "u32"},
)

ALL = (
    VIEW, ITEM, MOTION, LIGHTS, UPLOAD, ZMAP, STEPS, BLUR, EDGE_AWARE, GRID, ADAPTIVE, SUBDIVIDE,
    TEAR, FILL, ACCUMULATE, FACE_MAP, DEPTH_MAP, FACE_ON_DEPTH, DEPTH_RANGE,
    DISPLAY,
)  # fmt: skip


def register_blocks(gpu: Gpu) -> None:
    """Make the blocks known to the shaders' `// uniforms:` lines."""
    gpu.shaders.register(*ALL)
