"""Random valid documents."""

from __future__ import annotations

import os
import string
from typing import Any

import msgspec
from hypothesis import strategies as st

from engine.scene import (
    MAPS,
    NODE_TYPES,
    AnalysisType,
    Aov,
    Axis,
    Camera,
    Curve,
    DepthRange,
    Geometry,
    Interpolation,
    Key,
    Light,
    Media,
    MotionVectorsMap,
    Outside,
    Parameter,
    Projection,
    Region,
    Scene,
    Shape,
    Surface,
    ZDepthMap,
    parameters,
)

words = st.text(string.ascii_letters + "äø日 -_", min_size=1, max_size=12).filter(str.strip)


def plain(low: float, high: float) -> st.SearchStrategy[float]:
    return st.floats(low, high, allow_nan=False) | st.sampled_from([low, high])


@st.composite
def curves(draw: st.DrawFn, low: float = -1e3, high: float = 1e3) -> Curve:
    frames = draw(st.lists(st.integers(-2000, 2000), min_size=1, max_size=5, unique=True))
    handle = st.floats(0, 100), st.floats(-100, 100)
    keys = [
        Key(
            float(frame),
            draw(plain(low, high)),
            draw(st.sampled_from(Interpolation)),
            draw(st.none() | st.tuples(*handle).map(lambda pair: (-pair[0], pair[1]))),
            draw(st.none() | st.tuples(*handle)),
        )
        for frame in sorted(frames)
    ]
    return Curve(tuple(keys))


def values(parameter: Parameter) -> st.SearchStrategy[Any]:
    """What a parameter may be set to, where it names nothing else."""
    low = -1e6 if parameter.low is None else parameter.low
    high = 1e6 if parameter.high is None else parameter.high
    number = plain(low, high)
    if parameter.animated:
        number |= curves(low, high)
    kinds: dict[str, st.SearchStrategy[Any]] = {
        "number": number,
        "vector": st.tuples(number, number, number),
        "pair": st.tuples(number, number),
        "integer": st.integers(int(low), int(high)),
        "switch": st.booleans(),
        "choice": st.sampled_from(parameter.choices) if parameter.choices else st.none(),
        "choice_or_number": st.sampled_from(parameter.choices or ("",)) | number,
        "text": words,
    }
    strategy = kinds[parameter.kind]
    return st.none() | strategy if parameter.optional else strategy


def fields(draw: st.DrawFn, kind: type[msgspec.Struct]) -> dict[str, Any]:
    """Some of a node's fields, those that name nothing else."""
    chosen: dict[str, Any] = {}
    for parameter in parameters(kind):
        if parameter.kind in ("node", "media", "list") or parameter.name in ("id", "mesh"):
            continue
        if draw(st.booleans()):
            chosen[parameter.name] = draw(values(parameter))
    if {"near", "far"} & chosen.keys():
        chosen |= {"near": draw(plain(0.001, 1.0)), "far": draw(plain(1.5, 1e6))}
    if {"black", "white"} & chosen.keys():
        chosen |= {"black": draw(plain(-5, 0.25)), "white": draw(plain(0.5, 5))}
    return chosen


@st.composite
def media(draw: st.DrawFn) -> Media:
    first = draw(st.integers(-100, 2000))
    return Media(
        name=draw(words),
        path=os.path.abspath("/pictures/" + draw(words).strip()),
        size=(draw(st.integers(1, 5000)), draw(st.integers(1, 5000))),
        first=first,
        last=first + draw(st.integers(0, 100)),
        fps=draw(st.none() | plain(1, 120)),
        offset=draw(plain(-50, 50)),
        speed=draw(plain(0, 4)),
        outside=draw(st.sampled_from(Outside)),
        part=draw(st.none() | st.integers(0, 3) | words),
        layer=draw(st.none() | words),
        view=draw(st.none() | words),
        track=draw(st.none() | st.integers(1, 9)),
    )


@st.composite
def regions(draw: st.DrawFn) -> Region:
    shape = draw(st.sampled_from(Shape))
    count = 2 if shape is Shape.RECTANGLE else draw(st.integers(3, 5))
    point = st.tuples(plain(0, 1), plain(0, 1))
    points = tuple(draw(point) for _ in range(count))
    return Region(shape=shape, exclude=draw(st.booleans()), points=points)


@st.composite
def scenes(draw: st.DrawFn, most: int = 6) -> Scene:
    """Documents with every kind of node, parents before and after their children."""
    entries = draw(st.lists(media(), min_size=1, max_size=3))
    number = st.integers(1, len(entries))
    nodes: list[Any] = []
    for index in range(draw(st.integers(0, most))):
        kind = draw(st.sampled_from([Axis, Camera, Light, Surface, Geometry]))
        chosen = fields(draw, kind)
        if nodes and draw(st.booleans()):
            chosen["parent"] = draw(st.sampled_from(nodes)).id
        if kind is Surface:
            chosen |= {"media": draw(number), "matte": draw(st.none() | number)}
        if kind is Geometry:
            mesh = draw(st.sampled_from(["torus", os.path.abspath("/meshes/head.glb")]))
            chosen |= {"mesh": mesh, "media": draw(st.none() | number)}
        nodes.append(_made(kind, f"{kind.__name__} {index}", chosen))
    cameras = [node.id for node in nodes if isinstance(node, Camera)]
    a_camera = st.sampled_from([None, *cameras])
    for carrier in [node for node in nodes if isinstance(node, Surface | Geometry)]:
        if draw(st.booleans()):
            chosen = fields(draw, ZDepthMap) | {
                "media": draw(number),
                "source_camera": draw(a_camera),
                "regions": tuple(draw(st.lists(regions(), max_size=2))),
            }
            if isinstance(carrier, Geometry):
                chosen |= {
                    "analysis": AnalysisType.MEDIA,
                    "depth_range": DepthRange.RELIEF,
                    "project_along": Projection.SURFACE_NORMAL,
                }
            nodes.append(_made(ZDepthMap, f"Z {carrier.id}", chosen | {"parent": carrier.id}))
        for kind in MAPS[1:]:
            if not draw(st.booleans()):
                continue
            chosen = fields(draw, kind) | {"media": draw(number), "parent": carrier.id}
            if kind is MotionVectorsMap:
                chosen["backward"] = draw(st.none() | number)
            nodes.append(_made(kind, f"{kind.__name__} {carrier.id}", chosen))
    carriers = [node.id for node in nodes if isinstance(node, Surface | Geometry)]
    for index in range(draw(st.integers(0, 2))):
        chosen = fields(draw, Aov) | {"parent": draw(st.sampled_from([None, *carriers]))}
        nodes.append(_made(Aov, f"AOV {index}", chosen))
    first = draw(st.integers(-100, 2000))
    return Scene(
        name=draw(st.just("") | words),
        fps=draw(plain(1, 120)),
        first=first,
        last=first + draw(st.integers(0, 200)),
        mark_in=draw(st.none() | st.integers(first - 10, first + 10)),
        mark_out=draw(st.none() | st.integers(first + 10, first + 210)),
        size=(draw(st.integers(1, 4096)), draw(st.integers(1, 4096))),
        pixel_aspect=draw(plain(0.5, 2)),
        camera=draw(a_camera),
        media=tuple(entries),
        nodes=tuple(draw(st.permutations(nodes))),
    )


def _made(kind: type[msgspec.Struct], id: str, chosen: dict[str, Any]) -> Any:
    assert kind in NODE_TYPES
    return msgspec.convert(msgspec.to_builtins(chosen | {"id": id, "type": _tag(kind)}), kind)


def _tag(kind: type[msgspec.Struct]) -> Any:
    return kind.__struct_config__.tag
